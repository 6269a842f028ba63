"""Plans with triggers: what they know, what they are worth out of sample, and what they say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from outlast.cli import app
from outlast.errors import UsageError
from outlast.intake.assemble import read_case
from outlast.network.network import Network
from outlast.plan.certify import mean_interval
from outlast.plan.decide import GAP_TARGET, TIDY_SHARE, decide, look_at_states
from outlast.plan.schedule import hoarding
from outlast.plan.summary import Done
from outlast.plan.triggers import Triggers
from outlast.plan.watched import to_play, with_triggers
from outlast.plan.watching import WatchPolicy, nodes_at_event, play
from outlast.scenarios.draw import Draws
from outlast.simulate.run import simulate
from tests.plan.watched import PERSISTENT, TENFOLD, write_watched

AGREE = 1e-9


def silent(message: str) -> None:
    """Nobody listens."""


def decided(network: Network) -> Done:
    done = decide(
        network,
        seed=network.settings.seed,
        draws=network.settings.scenarios,
        time_limit=None,
        progress=silent,
    )
    return look_at_states(done, None, silent)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_watched(tmp_path_factory.mktemp("cases") / "persistent", TENFOLD, PERSISTENT)


@pytest.fixture(scope="module")
def done(folder: Path) -> Done:
    return decided(read_case(folder))


@pytest.fixture(scope="module")
def triggers(done: Done) -> Triggers:
    assert done.triggers is not None
    return done.triggers


def test_a_plan_with_triggers_beats_the_best_one_without_out_of_sample(done: Done) -> None:
    """States persist, hazards differ by twenty times. Both follow the same fresh draws; the interval is that
    of the differences of pairs."""
    _, followed, without = to_play(done, hoarding(done.arrays))
    assert without is not None
    fresh = Draws(4000, 20260105)
    gain = mean_interval(
        play(done.arrays, fresh, followed).value - simulate(done.arrays, fresh, without).value
    )
    assert gain.low > 0
    assert done.without_triggers is not None
    planned = done.evaluation.objective - done.without_triggers.evaluation.objective
    assert planned > 0
    assert gain.low / 2 < planned < 2 * gain.high


def test_the_plan_lies_between_that_without_triggers_and_its_bound(done: Done) -> None:
    assert done.without_triggers is not None
    assert done.evaluation.objective >= done.without_triggers.evaluation.objective - AGREE
    assert done.evaluation.objective <= done.best.bound + AGREE * abs(done.best.bound)
    room = done.best.bound - done.nothing.objective
    assert done.best.bound - done.evaluation.objective <= 0.02 * room


def test_what_two_paths_have_in_common_is_decided_alike(done: Done, triggers: Triggers) -> None:
    """A company cannot know that the state will change: up to that week both policies are one, and so are
    stock, money and orders on the same draw."""
    tree, arrays = triggers.solution.tree, done.arrays
    _, policy, _ = to_play(done, hoarding(arrays))
    assert isinstance(policy, WatchPolicy)
    assert tree.changed.sum() > 10
    draws = Draws(8, 3, event=(0, arrays.horizon_weeks))
    items = range(len(arrays.item_ids))
    differing = 0
    for node in np.flatnonzero(tree.changed)[::3]:
        parted = int(tree.epoch[node]) * arrays.epoch_weeks
        one = policy.by_leaf[triggers.leaf(int(node))]
        other = policy.by_leaf[triggers.leaf(int(tree.parent[node]))]
        for name in ("protective", "buildup", "base_position"):
            a, b = getattr(one, name), getattr(other, name)
            assert np.array_equal(a[:parted], b[:parted]), (name, node)
            differing += int(not np.array_equal(a, b))
        assert np.array_equal(np.minimum(one.start_week, parted), np.minimum(other.start_week, parted))
        stocks = [simulate(arrays, draws, p, record_items=items).on_hand for p in (one, other)]
        assert np.array_equal(stocks[0][:, :parted], stocks[1][:, :parted])
    assert differing > 0


def test_scenarios_are_played_by_the_plan_of_their_path(done: Done, triggers: Triggers) -> None:
    """One by one, and in any number, each by the policy of the states it has seen."""
    arrays = done.arrays
    _, policy, _ = to_play(done, hoarding(arrays))
    assert isinstance(policy, WatchPolicy)
    draws = Draws(96, 5)
    together = play(arrays, draws, policy)
    scenarios = draws.part(arrays, 0, 96)
    nodes = nodes_at_event(arrays, scenarios, triggers.solution.tree)
    assert len(set(nodes.tolist())) > 5
    for n in range(0, 96, 7):
        alone = simulate(arrays, scenarios.part(n, n + 1), policy.by_leaf[policy.leaf(int(nodes[n]))])
        assert np.array_equal(alone.value, together.value[[n]])
        assert alone.event_week[0] == together.event_week[n]


def test_states_that_change_no_hazard_leave_the_plan_alone(tmp_path: Path) -> None:
    network = read_case(write_watched(tmp_path / "even", {"CALM": 0.5, "TENSE": 0.5}, PERSISTENT))
    assert decided(network).triggers is None


def test_one_state_is_a_plan_without_triggers(tmp_path: Path) -> None:
    one = decided(read_case(write_watched(tmp_path / "one", {"CALM": 0.5}, {})))
    none = write_watched(tmp_path / "none", {"CALM": 0.5}, {})
    for name in ("states", "transitions", "hazards"):
        (none / f"watch_{name}.csv").unlink()
    plain = decided(read_case(none))
    assert one.triggers is None
    assert one.evaluation.objective == pytest.approx(plain.evaluation.objective, rel=1e-9)
    both = one.schedule.orders, plain.schedule.orders
    amounts = [[order.quantity for order in orders] for orders in both]
    assert amounts[0] == pytest.approx(amounts[1], rel=1e-9)
    assert [(o.source, o.week) for o in both[0]] == [(o.source, o.week) for o in both[1]]


def test_what_is_not_planned_yet_is_refused(done: Done, folder: Path) -> None:
    assert done.without_triggers is not None
    plain = done.without_triggers
    risky = replace(plain, problem=replace(plain.problem, risk=replace(plain.problem.risk, weight=0.5)))
    with pytest.raises(UsageError, match="risk_weight = 0"):
        with_triggers(risky, gap=GAP_TARGET, tidied=TIDY_SHARE, time_limit=None, progress=silent)


def run(arguments: Sequence[str]) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_outlast_plan_says_what_to_do_when_the_state_changes(folder: Path, tmp_path: Path) -> None:
    text = run(["plan", str(folder), "--out", str(tmp_path), "--on", "this"])
    assert "While the watch state is CALM, do the above. When it changes:" in text
    assert "when it becomes TENSE (about TENSE):" in text
    assert "order" in text.split("when it becomes TENSE")[1]
    watch = json.loads((tmp_path / "plan.json").read_text("utf-8"))["watch"]
    assert watch["gain"]["low"] > 0
    assert [state["state_id"] for state in watch["states"]] == ["CALM", "TENSE"]
    assert [h["hazard_per_year"] for s in watch["states"] for h in s["hazards"]] == pytest.approx([0.05, 1.0])
    assert watch["triggers"][0]["changes"][0]["state_id"] == "TENSE"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "When the watch state changes" in page
