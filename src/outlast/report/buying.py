"""What to buy, make, start and hold. In: `PlanAnswer`. Out: `Table`s.
One reason to exist: the lists that a buyer works through are the same on page and in workbook.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from outlast.plan.answer import OptionLine, PlanAnswer, PurchaseLine
from outlast.report.cells import Cell, Column, Table, name_cell
from outlast.report.figures import show_date, show_money, show_number
from outlast.report.grounds import is_assumed

BUILD_UP = ("build-up",)
REPLENISHMENT = ("replenishment",)
MAKE = ("make",)
EVERYTHING = ("build-up", "make", "replenishment")


def buying_table(answer: PlanAnswer, kinds: Collection[str] = BUILD_UP) -> Table:
    """Orders to place and stock to make.

    Args:
        answer: the plan.
        kinds: which of "build-up", "make" and "replenishment".
    """
    currency = answer.summary.currency
    columns = (
        Column("Order date", "date"),
        Column("Item"),
        Column("Item id", detail=True),
        Column("Quantity", "quantity"),
        Column("Supplier"),
        Column("Source id", detail=True),
        Column("Arrives", "date", detail=True),
        Column(f"Cost, {currency}", "amount", assumed=is_assumed(answer, "price")),
        Column("Kind", detail=True),
        Column("Purchase", detail=True),
        Column("Why", wide=True),
    )
    rows = [_bought(line) for kind in kinds for line in answer.purchases if line.kind == kind]
    if "make" in kinds:
        place = sum(line.kind == "build-up" for line in answer.purchases) if "build-up" in kinds else 0
        rows[place:place] = [
            (
                Cell(line.start_date, "date"),
                name_cell(line.name, line.item_id),
                Cell(line.item_id),
                Cell(line.quantity, "quantity"),
                Cell("made here"),
                Cell(None),
                Cell(None, "date"),
                Cell(line.cost, "amount"),
                Cell("make for stock"),
                Cell(None),
                Cell(line.reason),
            )
            for line in answer.production
        ]
    return Table("Buy list", columns, tuple(rows), _nothing(answer, kinds))


def _bought(line: PurchaseLine) -> tuple[Cell, ...]:
    return (
        Cell(line.order_date, "date"),
        name_cell(line.name, line.item_id),
        Cell(line.item_id),
        Cell(line.quantity, "quantity", below=_in_purchase_unit(line)),
        Cell(line.supplier, below=f"arrives {show_date(line.arrival_date)}"),
        Cell(line.source_id),
        Cell(line.arrival_date, "date"),
        Cell(line.cost, "amount"),
        Cell(line.kind),
        Cell(line.purchase_id),
        Cell(line.reason),
    )


def _in_purchase_unit(line: PurchaseLine) -> str:
    """The quantity as the supplier counts it, where that is another figure."""
    if line.order_quantity == line.quantity:
        return ""
    return f"{show_number(line.order_quantity)} {line.order_unit}"


def _nothing(answer: PlanAnswer, kinds: Collection[str]) -> str:
    """Why there is nothing to buy or make."""
    if "build-up" not in kinds:
        if "replenishment" in kinds:
            return "Nothing to reorder: stock and open orders cover normal use for now."
        return "Nothing to make for stock."
    if not any(line.at_risk for line in answer.items):
        return "Nothing to buy: no restriction in this case closes a source of anything that is used."
    return "Nothing to buy: the plan found no extra stock that is worth its cost at these hazards and limits."


def merge_orders(table: Table) -> Table:
    """A buy list with one row for each item and source: first order date, quantity and cost in all.

    Many small orders of one part would hide the others; the workbook has every order.
    """
    place = {column.heading: k for k, column in enumerate(table.columns)}
    day, quantity = place["Order date"], place["Quantity"]
    cost = _cost_column(table)
    groups: dict[tuple[object, ...], list[tuple[Cell, ...]]] = {}
    for row in table.rows:
        groups.setdefault((row[place["Item id"]].value, row[place["Source id"]].value), []).append(row)
    rows = []
    for orders in groups.values():
        orders.sort(key=lambda row: str(row[day].value))
        first = list(orders[0])
        if len(orders) > 1:
            last = orders[-1][day].show()
            first[day] = replace(first[day], below=f"{len(orders)} orders to {last}")
            for column in (quantity, cost):
                total = sum(float(str(row[column].value)) for row in orders)
                first[column] = replace(first[column], value=total, below=f"first {first[column].show()}")
        rows.append(tuple(first))
    return replace(table, rows=tuple(sorted(rows, key=lambda row: str(row[day].value))))


def dearest_first(table: Table) -> Table:
    """A merged buy list by week of the first order, in each week the dearest first: for lists too long to be
    shown whole, so that what is shown is due first and most of the money."""
    place = {column.heading: k for k, column in enumerate(table.columns)}
    day, cost = place["Order date"], _cost_column(table)

    def rank(row: tuple[Cell, ...]) -> tuple[tuple[int, int], float]:
        ordered = row[day].value
        week = ordered.isocalendar()[:2] if isinstance(ordered, date) else (0, 0)
        return week, -_money(row[cost])

    return replace(table, rows=tuple(sorted(table.rows, key=rank)))


def shown_words(table: Table, most: int, orders: int, currency: str) -> str:
    """What a cut buy list shows of the whole, in lines, orders and money; empty if it is not cut.

    Args:
        table: merged, in the order in which it is shown.
        most: lines that are shown.
        orders: in the whole list.
        currency: of its costs.
    """
    if len(table.rows) <= most:
        return ""
    costs = [_money(row[_cost_column(table)]) for row in table.rows]
    return (
        f"Due first, in each week the dearest first: {most} of {len(costs):,} lines, "
        f"{show_money(sum(costs[:most]), currency)} of {show_money(sum(costs), currency)}. "
        f"All {orders:,} orders are in plan.xlsx and plan.json."
    )


def _cost_column(table: Table) -> int:
    return next(k for k, column in enumerate(table.columns) if column.kind == "amount")


def _money(cell: Cell) -> float:
    return float(cell.value) if isinstance(cell.value, int | float) else 0.0


def sources_table(answer: PlanAnswer, decisions: Collection[str] | None = None) -> Table:
    """Second sources and redesigns, those to start first.

    Args:
        answer: the plan.
        decisions: only lines with one of these decisions; default: all.
    """
    columns = (
        Column("Decision"),
        Column("Item"),
        Column("Item id", detail=True),
        Column("Second source"),
        Column("Source id", detail=True),
        Column("How"),
        Column("Start", "date"),
        Column("Ready (median)", "date", assumed=is_assumed(answer, "switch")),
        Column(
            f"One-off cost, {answer.summary.currency}", "amount", assumed=is_assumed(answer, "switch cost")
        ),
        Column("Why", wide=True),
    )
    rows = tuple(
        (
            Cell(line.decision),
            name_cell(line.name, line.item_id),
            Cell(line.item_id),
            name_cell(line.supplier, line.source_id),
            Cell(line.source_id),
            Cell(_MODES.get(line.mode, line.mode)),
            Cell(line.start_date, "date"),
            Cell(line.ready_date_p50, "date"),
            Cell(line.cost, "amount"),
            Cell(line.reason),
        )
        for line in answer.qualifications
        if decisions is None or line.decision in decisions
    )
    empty = (
        "No second source to start: the case names none for what is at risk."
        if not answer.qualifications
        else "No second source to start before a cut."
    )
    return Table("Second sources", columns, rows, empty)


def options_table(options: Collection[OptionLine], currency: str, exact: bool = True) -> Table:
    """What each way to bridge a cut would cost, item by item; not known of a plan that is not `exact`."""
    columns = (
        Column("Item"),
        Column("Item id", detail=True),
        Column("Way"),
        Column("Second source"),
        Column("Source id", detail=True),
        Column("Start", "date"),
        Column(f"Loss of the best such plan, {currency}", "amount"),
        Column(f"No such plan loses less than, {currency}", "amount"),
        Column(f"Paid for the switch, {currency}", "amount"),
        Column(f"Stock of the item bought, {currency}", "amount"),
        Column("Planned"),
        Column("Remark", wide=True),
    )
    rows = tuple(
        (
            name_cell(line.name, line.item_id),
            Cell(line.item_id),
            Cell(option_words(line)),
            name_cell(line.supplier, line.source_id) if line.source_id else Cell(""),
            Cell(line.source_id),
            Cell(line.start_date, "date"),
            Cell(line.loss, "amount"),
            Cell(line.floor, "amount"),
            Cell(line.switch_cost if line.source_id else None, "amount"),
            Cell(line.stock_cost, "amount"),
            Cell("yes" if line.chosen else ""),
            Cell(line.remark),
        )
        for line in options
    )
    empty = "No item at risk has a second source to choose." if exact else "Not worked out the fast way."
    return Table("Ways to bridge a cut", columns, rows, empty)


def option_words(line: OptionLine) -> str:
    """A way to bridge a cut, in words."""
    if line.option == "customer":
        return "the customer buys the part"
    if not line.source_id:
        return line.option
    what = "redesign" if line.mode == "redesign" else "second source"
    return f"{what}, {line.option}"


_MODES = {"direct": "direct replacement", "redesign": "redesign", "customer": "customer buys the part"}


def items_table(answer: PlanAnswer) -> Table:
    """Every item: what there is, what to hold."""
    stock, use = is_assumed(answer, "stock"), is_assumed(answer, "use")
    columns = (
        Column("Item"),
        Column("Item id", detail=True),
        Column("Kind"),
        Column("At risk"),
        Column("On hand", "quantity", assumed=stock),
        Column("Target", "quantity"),
        Column("Use a week", "quantity", assumed=use),
        Column("Cover now, weeks", "weeks", assumed=stock or use),
        Column("Cover target, weeks", "weeks"),
        Column(f"Unit cost, {answer.summary.currency}", "quantity", assumed=is_assumed(answer, "unit cost")),
        Column("What stops more"),
    )
    rows = tuple(
        (
            name_cell(line.name, line.item_id),
            Cell(line.item_id),
            Cell(line.kind),
            Cell("yes" if line.at_risk else "no"),
            Cell(line.on_hand, "quantity"),
            Cell(line.target, "quantity"),
            Cell(line.usage_per_week, "quantity"),
            Cell(line.cover_weeks_now if line.usage_per_week > 0 else None, "weeks"),
            Cell(line.cover_weeks_target if line.usage_per_week > 0 else None, "weeks"),
            Cell(line.unit_cost, "quantity"),
            Cell(line.binding),
        )
        for line in answer.items
    )
    return Table("Items", columns, rows, "The case has no items.")
