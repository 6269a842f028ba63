"""A small case week by week: the example over half a year, planned without the long certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from outlast.intake.assemble import read_case
from outlast.intake.template import write_template
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.sources import OpenOrder
from outlast.plan import explain
from outlast.plan.answer import ChangeLine, PlanAnswer, Since
from outlast.plan.changes import NO_PLAN, what_changed
from outlast.plan.decide import decide, plan_again
from outlast.plan.previous import Previous
from outlast.plan.purchases import name_plan, number_purchases, purchase_lines
from outlast.plan.summary import Done
from outlast.provenance import trace_run
from tests.test_pipeline import sample

SEED, DRAWS = 5, 2


def quiet(message: str) -> None:
    """Progress is not looked at here."""


def write_example(folder: Path) -> Path:
    """The case of `outlast init`, over half a year."""
    write_template(folder)
    path = folder / "case.toml"
    text = path.read_text("utf-8").replace("# horizon_weeks = 104\n", "horizon_weeks = 26\n")
    path.write_text(text, "utf-8")
    assert "\nhorizon_weeks = 26\n" in text
    return folder


def read_example(folder: Path) -> Network:
    """The example as read, from a folder that does not exist yet."""
    return read_case(write_example(folder))


def over_a_year(network: Network) -> Network:
    """The example over a year, in which more is bought ahead than in half a year."""
    return replace(network, settings=replace(network.settings, horizon_weeks=52))


def called_off_weekly(network: Network) -> Network:
    """The example over a year, its sensors bought in many small calls."""
    limited = {"capacity_per_week": 160.0, "order_multiple": 10.0, "minimum_order": 10.0}
    sources = tuple(
        replace(row, **limited) if row.source_id == "SENSOR-ACME" else row  # type: ignore[arg-type]
        for row in network.sources
    )
    return over_a_year(replace(network, sources=sources))


def cheap_to_keep(network: Network) -> Network:
    """The example with cameras that cost less to hold than the sensors in them: they are made ahead."""
    items = tuple(
        replace(row, holding_rate_per_year=0.05) if row.item_id == "CAMERA" else row for row in network.items
    )
    return replace(network, items=items)


def plan_week(network: Network, previous: Previous | None = None) -> Done:
    """Decided and rounded; neither simulated nor certified."""
    return decide(network, seed=SEED, draws=DRAWS, time_limit=None, progress=quiet, previous=previous)


def answer_of(done: Done) -> PlanAnswer:
    """As much of the answer as next week's plan looks at."""
    made_from = trace_run(done.network.hashes, SEED)
    drafted = purchase_lines(done.story)
    plan_id = name_plan(made_from, done.network, drafted)
    answer: PlanAnswer = sample(PlanAnswer)
    settings = done.network.settings
    summary = replace(answer.summary, start=settings.start, horizon_weeks=settings.horizon_weeks)
    return replace(
        answer,
        provenance=made_from,
        plan_id=plan_id,
        case_name=settings.name,
        what_if=done.network.what_if,
        summary=summary,
        items=explain.item_lines(done.story),
        purchases=number_purchases(plan_id, drafted),
        production=explain.production_lines(done.story),
        qualifications=explain.qualification_lines(done.story),
        overrides=(),
        since=NO_PLAN,
        changes=(),
    )


def before(done: Done) -> Previous:
    """A decided plan, as the one before."""
    return Previous(answer_of(done), done.network)


def differences(done: Done) -> tuple[Since, tuple[ChangeLine, ...]]:
    """What changed since the plan before."""
    again = partial(plan_again, done, seed=SEED, draws=DRAWS)
    return what_changed(done, explain.item_lines(done.story), again, quiet)


def next_week(
    network: Network, placed: Previous | None = None, kinds: tuple[str, ...] = ("build-up",)
) -> Network:
    """The case a week later when nothing unforeseen happened: a week's use gone, what was due arrived, and
    what the plan `placed` wanted in its first week on order, as far as it is of these kinds."""
    arrays = number(network)
    start = network.settings.start + timedelta(weeks=1)
    arrived = {
        item: float((arrays.open_shipped[0] + arrays.open_unshipped[0])[arrays.source_item == item].sum())
        for item in range(len(arrays.item_ids))
    }
    place = {item_id: item for item, item_id in enumerate(arrays.item_ids)}
    stock = tuple(
        replace(
            row,
            on_hand=row.on_hand + (0.0 if arrays.made[k] else arrived[k] - float(arrays.usage[0, k])),
        )
        for row in network.stock
        for k in [place[row.item_id]]
    )
    orders = tuple(row for row in network.open_orders or () if row.arrival_date >= start)
    if placed is not None:
        orders += planned_calls(placed.answer, orders[0], start, kinds)
    settings = replace(network.settings, start=start)
    return replace(network, settings=settings, stock=stock, open_orders=orders)


def planned_calls(
    answer: PlanAnswer,
    like: OpenOrder,
    until: date,
    kinds: tuple[str, ...] = ("build-up", "replenishment"),
) -> tuple[OpenOrder, ...]:
    """What a plan orders before a day, as open orders that are not shipped, otherwise like one there is."""
    return tuple(
        replace(
            like,
            source_id=line.source_id,
            quantity=call.quantity,
            arrival_date=call.arrival_date,
            shipped=False,
            order_id=call.order_id,
        )
        for line in answer.purchases
        for call in line.calls
        if line.kind in kinds and call.order_date < until
    )
