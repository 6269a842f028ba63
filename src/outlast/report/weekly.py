"""The weekly loop in words and tables. In: `PlanAnswer`, `Placed`. Out: text, `Table`s.
One reason to exist: what changed since last week and why, and what people decided by hand, look alike on
page, in workbook and terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outlast.plan.answer import ChangeLine, OptionLine, PlanAnswer
from outlast.report.buying import option_words
from outlast.report.cells import Cell, Column, Table, name_cell
from outlast.report.figures import NOTICE, show_date, show_money, show_number, show_share

if TYPE_CHECKING:
    from pathlib import Path

    from outlast.plan.placing import Placed
    from outlast.plan.why import WhyAnswer

FOUND_BY = {
    "record": "on record",
    "planned again": "tested by planning again",
    "inputs": "only input that changed",
    "none": "not known",
}
MOST = 8
"""Lines of a list in a terminal."""


def changes_table(answer: PlanAnswer) -> Table:
    """Every difference to the plan before, and why."""
    columns = (
        Column("Change"),
        Column("Item"),
        Column("Item id", detail=True),
        Column("Supplier"),
        Column("Source id", detail=True),
        Column("Date before", "date"),
        Column("Quantity before", "quantity"),
        Column("Date now", "date"),
        Column("Quantity now", "quantity"),
        Column(f"Money moved, {answer.summary.currency}", "amount"),
        Column("Why", wide=True),
        Column("How that is known"),
    )
    rows = tuple(
        (
            Cell(line.kind),
            name_cell(line.name, line.item_id),
            Cell(line.item_id),
            Cell(line.supplier),
            Cell(line.source_id),
            Cell(line.date_before, "date"),
            Cell(line.quantity_before, "quantity"),
            Cell(line.date_after, "date"),
            Cell(line.quantity_after, "quantity"),
            Cell(line.money, "amount"),
            Cell(line.reason.replace(" -> ", " → ")),
            Cell(FOUND_BY[line.found_by]),
        )
        for line in answer.changes
    )
    return Table("Changes", columns, rows, "Nothing changed since the plan before.")


def inputs_table(answer: PlanAnswer) -> Table:
    """What changed in the case since the plan before."""
    rows = tuple((Cell(text.replace(" -> ", " → ")),) for text in answer.since.inputs)
    return Table(
        "Changed inputs", (Column("What changed in the case", wide=True),), rows, "No input changed."
    )


def overrides_table(answer: PlanAnswer) -> Table:
    """What people decided by hand, what became of it, and what it costs."""
    columns = (
        Column("Row", "count", detail=True),
        Column("Decided by hand"),
        Column("About"),
        Column("Quantity", "quantity"),
        Column("From", "date"),
        Column("To", "date"),
        Column("In this plan", wide=True),
        Column(f"Costs, {answer.summary.currency}", "amount"),
        Column("Why", wide=True),
        Column("Who", detail=True),
        Column("Set on", "date", detail=True),
    )
    rows = tuple(
        (
            Cell(line.row, "count"),
            Cell(line.kind.replace("_", " ")),
            Cell(line.source_id or line.item_id),
            Cell(line.quantity, "quantity"),
            Cell(line.from_date, "date"),
            Cell(line.to_date, "date"),
            Cell(line.kept),
            Cell(line.cost, "amount"),
            Cell(line.reason, below=line.author),
            Cell(line.author),
            Cell(line.set_on, "date"),
        )
        for line in answer.overrides
    )
    return Table("By hand", columns, rows, "Nobody decided anything by hand.")


def since_words(answer: PlanAnswer) -> tuple[str, ...]:
    """What changed since the plan before, in a few sentences; none without one."""
    since, money = answer.since, answer.summary.currency
    if not since.plan_id:
        return ()
    kinds = {
        kind: sum(line.kind == kind for line in answer.changes)
        for kind in ("added", "dropped", "moved", "resized")
    }
    parts = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count) or "none changed"
    placed = sum(line.kind == "placed" for line in answer.changes)
    late = sum(line.kind == "not placed" for line in answer.changes)
    share, cost = show_share(since.change_cost_share), show_money(since.cost, money)
    return (
        f"Since plan {since.plan_id} of {show_date(since.start) if since.start else 'an unknown day'}: "
        f"{since.kept} build-up orders as they were, {parts}; {placed} placed, {late} due but not placed.",
        f"{show_share(since.moved_share)} of the money of purchases moved; if changes cost nothing it would "
        f"be {show_share(since.moved_share_free)}. A change had to be worth {share} of the money it moves; "
        f"that costs {cost} of expected loss.",
    )


def tell_since(answer: PlanAnswer) -> list[str]:
    """The same for a terminal, with the largest changes."""
    words = since_words(answer)
    if not words:
        return []
    ranked = sorted(answer.changes, key=lambda line: -line.money)
    lines = [f"  {tell_change(line)}" for line in ranked[:MOST]]
    rest = [f"  and {len(ranked) - MOST} more: see the report"] if len(ranked) > MOST else []
    inputs = [f"  {text}" for text in answer.since.inputs[:MOST]]
    heading = ["What changed in the case:"] if inputs else []
    return [words[0], *lines, *rest, words[1], *heading, *inputs, ""]


def tell_change(line: ChangeLine) -> str:
    """One change in a line."""

    def side(day: object, quantity: float | None) -> str:
        parts = [] if quantity is None else [show_number(quantity)]
        return " on ".join([*parts, *([str(day)] if day else [])])

    before, after = side(line.date_before, line.quantity_before), side(line.date_after, line.quantity_after)
    what = " -> ".join(part for part in (before, after) if part)
    return f"{line.kind} {line.source_id or line.item_id}{': ' + what if what else ''}: {line.reason}"


def tell_overrides(answer: PlanAnswer) -> list[str]:
    """What people decided by hand, for a terminal."""
    if not answer.overrides:
        return []
    lines = []
    for line in answer.overrides[:MOST]:
        cost = "" if line.cost is None else f"; costs {show_money(line.cost, answer.summary.currency)}"
        quantity = "" if line.quantity is None else f" {show_number(line.quantity)}"
        what = f"{line.kind.replace('_', ' ')}{quantity} {line.source_id or line.item_id}"
        why = ", ".join(part for part in (line.reason, line.author) if part)
        lines.append(f"  {what}{f' ({why})' if why else ''}: {line.kept}{cost}")
    rest = [f"  and {len(answer.overrides) - MOST} more"] if len(answer.overrides) > MOST else []
    return ["Set by hand:", *lines, *rest, ""]


def tell_why(answer: WhyAnswer) -> str:
    """The reason in a few sentences."""
    name = f" ({answer.name})" if answer.name not in ("", answer.item_id) else ""
    heading = [f"{answer.item_id}{name}: {answer.verdict}"] if answer.item_id else []
    options = [f"  {words}" for words in tell_options(answer.options)]
    return "\n".join([*heading, *(f"  {sentence}" for sentence in answer.sentences), *options, NOTICE])


def tell_options(options: Sequence[OptionLine]) -> list[str]:
    """A line for each way to bridge a cut; `*` marks what the plan does."""
    if not options:
        return []
    lines = [
        "",
        "The best plan with each way to bridge a cut and none of the item's others (* planned):",
        f"  {'way':<52}{'loses':>14}{'at least':>14}{'switch':>12}{'stock':>12}",
    ]
    for line in options:
        when = f" {line.start_date}" if line.option == "start later" else ""
        way = f"{option_words(line)}{when}{f' ({line.source_id})' if line.source_id else ''}"
        mark = "*" if line.chosen else " "
        if line.loss is None or line.floor is None or line.stock_cost is None:
            lines.append(f"{mark} {way:<52}  {line.remark}")
            continue
        figures = (
            f"{line.loss:>14,.0f}{line.floor:>14,.0f}{line.switch_cost:>12,.0f}{line.stock_cost:>12,.0f}"
        )
        lines.append(f"{mark} {way:<52}{figures}")
    return lines


def tell_placed(placed: Placed, plan: Path, case: Path) -> str:
    """What was marked as placed, and what to do next."""
    lines = [f"Marked as placed in {placed.path}:"]
    lines += [
        f"  {call.order_id}  {show_number(call.quantity)} {line.item_id} from {line.source_id}, "
        f"arrives {call.arrival_date}"
        for line, call in placed.orders
    ]
    if placed.before:
        lines.append(f"Marked before, and left alone: {', '.join(placed.before)}.")
    if placed.assumed:
        lines.append(f"{placed.assumed} orders that were assumed so far are written out: correct them.")
    if placed.changed:
        lines.append(f"The case has changed since that plan was made: {', '.join(placed.changed)}.")
    lines.append(f"Next week, with new stock in the case: outlast plan {case} --previous {plan} --start DATE")
    return "\n".join(lines)
