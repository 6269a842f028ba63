"""Policies in words, and policies of the user's own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outlast.errors import UsageError
from outlast.network.arrays import Floats, NetworkArrays
from outlast.periods import NEVER
from outlast.scenarios.draw import Draws, draw_scenarios
from outlast.scenarios.streams import BLOCK
from outlast.simulate.named_policy import FORMS, read_policy
from outlast.simulate.own_policy import KnownWeek
from outlast.simulate.policy import Policy, normal_policy
from outlast.simulate.run import simulate
from tests.reference.networks import cut_at, one_part, random_case


def test_cover_is_weeks_of_use_beyond_the_lead_time() -> None:
    """Lead 2: use of 3 weeks and of 4.5 more, 10 each, then twice as much."""
    arrays = one_part(weeks=20)
    arrays.usage[10:] *= 2
    position = read_policy(arrays, "cover:4.5").base_position[:, 0]
    assert position[0] == 75.0
    assert position[5] == 50.0 + 2.5 * 20
    assert position[19] == 150.0


def test_textbook_policies_in_words() -> None:
    arrays = one_part(weeks=20)
    low_high = read_policy(arrays, "min-max:2:6")
    assert (low_high.base_position[0, 0], low_high.gap[0, 0]) == (90.0, 40.0)
    fixed = read_policy(arrays, "fixed-quantity:2:4")
    assert (fixed.base_position[0, 0], fixed.batch.tolist()) == (50.0, [40.0, 0.0])
    calm = read_policy(arrays, "normal")
    assert np.array_equal(calm.base_position, normal_policy(arrays).base_position)
    assert set(FORMS) == {"normal", "cover:WEEKS", "min-max:MIN:MAX", "fixed-quantity:MIN:WEEKS"}


@pytest.mark.parametrize(
    "words", ["", "cover", "cover:x", "cover:-1", "min-max:6:2", "fixed-quantity:1:0", "best:3"]
)
def test_other_words_are_refused(words: str) -> None:
    with pytest.raises(UsageError, match="polic"):
        read_policy(one_part(weeks=20), words)


def test_more_cover_outlasts_a_cut_for_longer() -> None:
    arrays = one_part(weeks=40)
    lasting = [
        simulate(arrays, cut_at(arrays, 15), read_policy(arrays, f"cover:{weeks}")).survived[0]
        for weeks in (0, 3, 6)
    ]
    assert lasting == [lasting[0], lasting[0] + 3, lasting[0] + 6]


# --- a policy of the user's own


def base_stock(base: Floats):  # type: ignore[no-untyped-def]
    """The built-in base stock in Python: up to the level, sources in their order, within their room."""

    def decide(known: KnownWeek) -> Floats:
        arrays, orders = known.arrays, np.zeros_like(known.room)
        for item in range(len(arrays.item_ids)):
            first, use = arrays.first_source(item), arrays.usage[known.week, item]
            sources = range(arrays.source_ptr[item], arrays.source_ptr[item + 1])
            normal = arrays.source_lead[first] if first >= 0 else 0
            need, rest = base[known.week, item] - known.position[:, item], np.full(len(orders), use)
            for s in sources:  # what slower sources supply is longer on its way
                longer = np.maximum(0.0, known.lead_weeks[:, s] - normal)
                part = np.minimum(rest, known.room[:, s])
                need, rest = need + part * longer, rest - part
            for s in sources:
                orders[:, s] = np.where(need > 1e-9, np.clip(need, 0.0, known.room[:, s]), 0.0)
                need = need - orders[:, s]
        return orders

    return decide


@pytest.mark.parametrize("seed", range(8))
def test_base_stock_in_python_is_the_built_in_one(seed: int) -> None:
    """On rich random networks without lots, splits, expediting, hoards and shares."""
    case = random_case(seed, n_scenario=BLOCK + 3 if seed == 0 else 5)
    n = len(case.arrays.source_ids)
    arrays = replace(
        case.arrays,
        source_minimum=np.zeros(n),
        source_multiple=np.zeros(n),
        source_split=np.zeros(n),
        supplier_capacity=np.full(2, np.inf),  # what is refused, this policy asks nobody else for
        expedite_weeks=np.full(n, -1),
        open_cancellable=np.zeros_like(case.arrays.open_unshipped),  # nor has it a level
    )
    policy = replace(normal_policy(arrays), sharing="priority", start_week=case.policy.start_week)
    built_in = simulate(arrays, case.scenarios, policy, ledger=True, record_items=[0])
    nothing = replace(policy, base_position=np.where(arrays.made, policy.base_position, 0.0))
    own_policy = replace(nothing, decide=base_stock(policy.base_position))
    own = simulate(arrays, case.scenarios, own_policy, ledger=True, record_items=[0])
    for name in ("account", "sold", "ledger", "on_hand", "cash_low", "survived"):
        assert getattr(own, name) == pytest.approx(getattr(built_in, name), rel=1e-9, abs=1e-7, nan_ok=True)


def test_own_policies_see_no_future_and_change_nothing() -> None:
    arrays = one_part(weeks=20)
    arrays = replace(arrays, fixed_week=np.full_like(arrays.fixed_week, 3))
    seen: list[tuple[int, bool]] = []

    def decide(known: KnownWeek) -> Floats:
        seen.append((known.week, bool(known.announced[0, 0])))
        with pytest.raises(ValueError, match="read-only"):
            known.on_hand[0, 0] = 5.0
        with pytest.raises(ValueError, match="read-only"):
            known.arrays.usage[0, 0] = 5.0
        assert not hasattr(known, "relief")
        assert np.all(known.arrays.fixed_week == NEVER)
        return np.zeros_like(known.room)

    outcomes = simulate(arrays, cut_at(arrays, 3), replace(normal_policy(arrays), decide=decide))
    assert seen == [(week, week >= 3) for week in range(13)]
    assert outcomes.sold.tolist() == [[20.0]]  # from stock and what was on order


def test_a_policy_with_a_memory_knows_its_scenarios() -> None:
    """Paths end at different weeks, so rows move; each scenario played alone gives the same, to the byte."""
    arrays = replace(one_part(weeks=20), hazard_per_week=np.array([0.08]), line_sd_share=np.array([0.4]))
    draws = Draws(BLOCK + 14, 3)
    scenarios = draw_scenarios(arrays, draws.n_scenario, draws.seed)

    def late_hoarder() -> Policy:
        news: dict[int, int] = {}

        def decide(known: KnownWeek) -> Floats:
            assert len(known.scenario) == len(known.on_hand)
            for row, scenario in enumerate(known.scenario.tolist()):
                if known.announced[row].any():
                    news.setdefault(scenario, known.week)
            with pytest.raises(ValueError, match="read-only"):
                known.scenario[0] = 7
            late = [known.week - news.get(scenario, known.week) >= 3 for scenario in known.scenario.tolist()]
            return np.where(late, 7.0, 2.0)[:, None] * np.ones_like(known.room)

        return replace(normal_policy(arrays), decide=decide)

    together = simulate(arrays, draws, late_hoarder())
    assert len(set(together.length.tolist())) > 3
    for n in range(draws.n_scenario):
        alone = simulate(arrays, scenarios.part(n, n + 1), late_hoarder())
        assert alone.account.tobytes() == together.account[n : n + 1].tobytes()


@pytest.mark.parametrize(
    "answer", [np.zeros((1, 2)), np.array([[-1.0]]), np.array([[np.nan]]), np.array([[1e300]])]
)
def test_orders_that_are_none_are_refused(answer: Floats) -> None:
    arrays: NetworkArrays = one_part(weeks=20)
    own = replace(normal_policy(arrays), decide=lambda known: answer)
    with pytest.raises(UsageError, match="the policy ordered"):
        simulate(arrays, cut_at(arrays, NEVER), own)


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs/policies.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) == 2
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile("".join(examples), "docs/policies.md", "exec"), names)
    told = {names[name].loss.mean for name in ("today", "own", "patient")}  # type: ignore[attr-defined]
    assert len(told) == 3
    for form in FORMS:
        assert f"`{form}`" in page
