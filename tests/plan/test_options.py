"""What each way to bridge a cut would cost, against cases in which the other ways are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outlast.intake.assemble import read_case
from outlast.optimise.solve import solve
from outlast.plan.answer import OptionLine
from outlast.plan.decide import decide
from outlast.plan.options import WEIGHED_TO, weigh_options
from outlast.plan.summary import Done
from outlast.report.buying import option_words, options_table
from outlast.report.weekly import tell_options
from tests.plan.edges import write_edge_case

OVERRIDES = "kind,source_id,item_id,from_date,to_date,quantity\n"
NOW = "start_switch,CHIP-NO,,2027-01-04,,\n"
NEVER_BUY = "never_buy,CHIP-US,,,,\n"
CASES = (
    {"hazard": "0.5"},
    {"hazard": "3", "budget": None},
    {"hazard": "1", "budget": 20_000.0, "settings": "risk_weight = 0.5\n"},
)


def decided(folder: Path, **settings: object) -> Done:
    network = read_case(write_edge_case(folder, **settings))  # type: ignore[arg-type]
    return decide(network, seed=1, draws=4, time_limit=None, progress=lambda message: None)


def weighed(done: Done) -> dict[str, OptionLine]:
    chip = done.arrays.item_ids.index("CHIP")
    lines = weigh_options(done, [chip], lambda message: None)
    assert {line.item_id for line in lines} <= {"CHIP"}
    return {line.option: line for line in lines}


def alone(done: Done) -> tuple[float, float]:
    """Loss of the best plan of a case, and what none of its plans is below."""
    found = solve(done.problem, gap=1e-6)
    return -found.objective, -found.bound


@pytest.mark.parametrize("settings", CASES)
def test_each_way_costs_what_it_costs_where_the_others_are_not_there(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    ways = weighed(decided(tmp_path / "all", **settings))
    assert list(ways) == ["nothing", "stock only", "start now", "start at event"]
    others = {
        "stock only": decided(tmp_path / "stock", **settings, alternative=False),
        "nothing": decided(
            tmp_path / "nothing", **settings, alternative=False, overrides=OVERRIDES + NEVER_BUY
        ),
        "start now": decided(tmp_path / "now", **settings, overrides=OVERRIDES + NOW),
    }
    for kind, other in others.items():
        loss, floor = alone(other)
        near = 2 * WEIGHED_TO * abs(loss)
        line = ways[kind]
        assert line.loss is not None
        assert line.floor is not None
        assert line.loss == pytest.approx(loss, abs=near), kind
        assert line.floor <= loss + 1e-6 * abs(loss), kind
        assert floor <= line.loss + 1e-6 * abs(loss), kind
        assert line.floor <= line.loss


def with_start_only_after(folder: Path) -> None:
    """No switch before an event."""
    rows = (folder / "sources.csv").read_text("utf-8").splitlines()
    text = "\n".join(
        f"{row},{'start_allowed' if k == 0 else 'after' if 'CHIP-NO' in row else ''}"
        for k, row in enumerate(rows)
    )
    (folder / "sources.csv").write_text(text + "\n", "utf-8")


def test_a_start_at_the_event_costs_what_it_costs_where_none_is_allowed_before(tmp_path: Path) -> None:
    line = weighed(decided(tmp_path / "all"))["start at event"]
    folder = write_edge_case(tmp_path / "after")
    with_start_only_after(folder)
    other = decide(read_case(folder), seed=1, draws=4, time_limit=None, progress=lambda message: None)
    assert other.schedule.starts == {other.arrays.source_ids.index("CHIP-NO"): -1}
    assert line.loss == pytest.approx(alone(other)[0], rel=2 * WEIGHED_TO)


@pytest.mark.parametrize("settings", CASES)
def test_what_the_plan_does_is_the_best_of_them(tmp_path: Path, settings: dict[str, object]) -> None:
    done = decided(tmp_path, **settings)
    ways = weighed(done)
    (chosen,) = [line for line in ways.values() if line.chosen]
    losses = {kind: line.loss for kind, line in ways.items() if line.loss is not None}
    assert chosen.loss is not None
    assert chosen.loss <= min(losses.values()) * (1 + 2 * WEIGHED_TO)
    assert chosen.loss == pytest.approx(-done.best.objective, rel=2 * WEIGHED_TO)
    assert losses["stock only"] <= losses["nothing"] * (1 + WEIGHED_TO)
    assert ways["nothing"].stock_cost == 0.0


def test_what_was_learned_for_the_plan_serves_again(tmp_path: Path) -> None:
    """Fewer passes than the same options take from nothing."""
    done = decided(tmp_path / "all")
    before = done.master.teeth.passes
    lines = weighed(done)
    again = done.master.teeth.passes - before
    apart = [
        decided(tmp_path / "stock", alternative=False),
        decided(tmp_path / "nothing", alternative=False, overrides=OVERRIDES + NEVER_BUY),
        decided(tmp_path / "now", overrides=OVERRIDES + NOW),
    ]
    anew = sum(solve(other.problem, gap=WEIGHED_TO).passes for other in apart)
    assert len(lines) == 4
    assert again < anew


def test_a_way_that_cash_does_not_pay_for_says_so(tmp_path: Path) -> None:
    ways = weighed(decided(tmp_path, budget=5000.0))
    assert ways["start now"].loss is None
    assert "cash" in ways["start now"].remark
    assert ways["start at event"].loss is not None
    told = "\n".join(tell_options(tuple(ways.values())))
    assert "not possible with the cash limits" in told
    table = options_table(tuple(ways.values()), "EUR")
    assert [row[2].value for row in table.rows] == [
        "nothing",
        "stock only",
        "second source, start now",
        "second source, start at event",
    ]


def test_what_the_customer_would_buy_is_listed_and_not_planned(tmp_path: Path) -> None:
    folder = write_edge_case(tmp_path)
    rows = (folder / "sources.csv").read_text("utf-8").splitlines()
    rows = [f"{row},{'mode' if k == 0 else ''}" for k, row in enumerate(rows)]
    rows.append("CHIP-BY-CUSTOMER,CHIP,THREE,24,8,alternative,,,DE,100,10,20,30,customer")
    (folder / "sources.csv").write_text("\n".join(rows) + "\n", "utf-8")
    done = decide(read_case(folder), seed=1, draws=2, time_limit=None, progress=lambda message: None)
    ways = weighed(done)
    assert ways["customer"].loss is None
    assert not ways["customer"].chosen
    assert "counsel" in ways["customer"].remark
    assert option_words(ways["customer"]) == "the customer buys the part"
    assert option_words(replace(ways["start now"], mode="redesign")) == "redesign, start now"


def test_an_item_without_a_choice_has_no_lines(tmp_path: Path) -> None:
    done = decided(tmp_path, alternative=False)
    assert weigh_options(done, done.problem.items.tolist(), lambda message: None) == ()
