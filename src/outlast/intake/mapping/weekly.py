"""Quantities of orders and periods as demand by week. In: converted rows, the first day of the case.
Out: rows whose levels hold from one to the next. One reason to exist: what is written sums up to what
was read, week by week, and weeks without any are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from outlast.errors import UsageError
from outlast.intake.mapping.conversion import Converted
from outlast.intake.mapping.figures import write_number

FORECAST = (
    "what was sold is history, not demand. Forecast the weeks from the start on and import that, or give the "
    "case an earlier start in case.toml"
)
_MOST_WEEKS = 2000


@dataclass
class _Line:
    """Demand for one product in one market."""

    units: dict[int, float] = field(default_factory=dict)
    value: dict[int, float] = field(default_factory=dict)
    prices: dict[int, set[float]] = field(default_factory=dict)
    line: dict[int, int] = field(default_factory=dict)
    rest: tuple[str, ...] = ()
    """Cells of the other columns, of the first row."""

    def add(self, week: int, units: float, price: float, line: int) -> None:
        self.units[week] = self.units.get(week, 0.0) + units
        self.value[week] = self.value.get(week, 0.0) + units * price
        self.prices.setdefault(week, set()).add(price)
        self.line.setdefault(week, line)


def spread_by_week(
    converted: Converted, start: date | None, lengths: Mapping[date, int] | None, goes_on: bool
) -> tuple[Converted, list[str]]:
    """Demand rows with the units of each week, and what to tell.

    Args:
        converted: rows of demand. Without `lengths` units_per_week holds the quantity of an order on
            from_date; with them, a rate from from_date on.
        start: first day of the case, from which weeks count; None: the Monday before the first row.
        lengths: days of the period that begins on each day.
        goes_on: the last level holds on; else demand is 0 after the last week.

    Raises:
        UsageError: all of it lies before the start, or far beyond it.
    """
    at = {name: converted.columns.index(name) for name in ("from_date", "units_per_week", "unit_price")}
    days = [date.fromisoformat(row[at["from_date"]]) for row in converted.rows]
    if not days:
        return converted, []
    begin = start or min(days) - timedelta(days=min(days).weekday())
    last = max(days)
    lines: dict[tuple[str, ...], _Line] = {}
    past_rows, past_units, cut = 0, 0.0, 0
    for row, day, number in zip(converted.rows, days, converted.lines, strict=True):
        figure, price = float(row[at["units_per_week"]]), float(row[at["unit_price"]])
        length = lengths[day] if lengths else 1
        per_day = figure / 7 if lengths else figure
        first, end = max(day, begin), day + timedelta(days=length)
        if end <= begin:
            past_rows, past_units = past_rows + 1, past_units + per_day * length
            continue
        cut += first > day
        line = lines.setdefault(_key(converted, row), _Line(rest=row))
        if goes_on and day == last:
            end += timedelta(days=-(end - begin).days % 7)
        if (end - begin).days > 7 * _MOST_WEEKS:
            raise UsageError(f"{day} is more than {_MOST_WEEKS:,} weeks after the start {begin}: correct it.")
        while first < end:
            week = (first - begin).days // 7
            until = min(end, begin + timedelta(weeks=week + 1))
            line.add(week, per_day * (until - first).days, price, number)
            first = until
    what = "periods" if lengths else "order lines"
    if not lines:
        raise UsageError(f"All {past_rows:,} {what} lie before the start {begin}: {FORECAST}.")
    result, notes = _write(converted, at, lines, begin, goes_on)
    if past_rows:
        reason = f"before the start {begin}: history, not demand"
        result = replace(result, left_out={**converted.left_out, reason: past_rows})
        notes.append(f"{past_units:,.6g} units before the start {begin} are not imported: {FORECAST}")
    if cut:
        notes.append(
            f"{cut:,} figures are of a period that begins before {begin}: only the days from then on count"
        )
    if not lengths:
        notes.append(
            f"the last order is of {last}, so its week may not be complete; after it demand is 0, as orders "
            "are no forecast"
        )
    return result, notes


def _key(converted: Converted, row: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[converted.columns.index(name)] for name in ("product_id", "market_id"))


def _write(
    converted: Converted,
    at: Mapping[str, int],
    lines: Mapping[tuple[str, ...], _Line],
    begin: date,
    goes_on: bool,
) -> tuple[Converted, list[str]]:
    """Rows where a level or price changes, from the start to the week after the last."""
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    end = max(max(line.units) for line in lines.values())
    mixed = 0
    for line in lines.values():
        price, number = _first_price(line), min(line.line.values())
        before: tuple[str, str] | None = None
        for week in range(end + (1 if goes_on else 2)):
            units = line.units.get(week, 0.0)
            if units > 0:
                price, number = line.value[week] / units, line.line[week]
                mixed += len(line.prices[week]) > 1
            level = write_number(units), write_number(price)
            if level != before:
                cells = list(line.rest)
                cells[at["from_date"]] = (begin + timedelta(weeks=week)).isoformat()
                cells[at["units_per_week"]], cells[at["unit_price"]] = level
                rows.append(tuple(cells))
                numbers.append(number)
                before = level
    total = sum(sum(line.units.values()) for line in lines.values())
    notes = [f"{len(converted.rows):,} rows hold {total:,.6g} units from {begin} on, in {end + 1:,} weeks"]
    if mixed:
        notes.append(f"in {mixed:,} weeks prices differ: their mean, weighted by units, is taken")
    return Converted(converted.columns, rows, numbers, converted.left_out), notes


def _first_price(line: _Line) -> float:
    """Price of the first week with units, else of the first week."""
    sold = [week for week in sorted(line.units) if line.units[week] > 0]
    if sold:
        return line.value[sold[0]] / line.units[sold[0]]
    return min(line.prices[min(line.prices)])
