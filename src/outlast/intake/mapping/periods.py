"""Columns that are periods: a month, a week or a day in the heading. In: a wide `Table`. Out: the
same with a row for each period. One reason to exist: plans are kept in spreadsheets with a column a
month, and what such a figure stands for is asked, not guessed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from outlast.errors import CaseError, Finding, UsageError
from outlast.intake.dates import parse_day
from outlast.intake.mapping.cells import read_number
from outlast.intake.mapping.foreign_table import Question, kept_rows
from outlast.intake.mapping.remembered import COLUMNS, ENDS, GOES_ON, PER_WEEK, QUANTITY, Rule, TableMapping
from outlast.tables import Table
from outlast.tables.form import PLAIN_FORM
from outlast.tables.table import LARGEST_TABLE

BEGINS, FIGURE, DAYS = "period begins", "figure of the period", "days of the period"
"""Headings of the columns that take the place of the periods."""
FEWEST = 2
"""Fewer headings that look like periods are columns like any other."""
_SPOKEN_MONTH = re.compile(
    r"(?P<m>[^\W\d_]{3,})\.?[-/ .']{0,2}(?P<y>\d{4}|\d{2})|(?P<y2>\d{4})[-/ .]?(?P<m2>[^\W\d_]{3,})\.?"
)
_MONTH = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?:[-/. ]|年)?(?P<m>0[1-9]|1[0-2]|[1-9](?!\d))月?"
    r"|M?(?P<m2>0?[1-9]|1[0-2])[-/. ](?P<y2>(?:19|20)\d\d)",
    re.ASCII,
)
_WEEK = re.compile(
    r"(?:KW|CW|WK|W|Week|Woche)\.? ?(?P<w>\d{1,2})[-/. ](?P<y>(?:19|20)\d\d)"
    r"|(?P<y2>(?:19|20)\d\d)[-/. ]?(?:KW|CW|WK|W|Week)\.? ?(?P<w2>\d{1,2})",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A column that is a period."""

    heading: str
    first: date
    days: int

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.first + timedelta(days=self.days)


def find_periods(heading: Sequence[str]) -> tuple[Period, ...]:
    """Headings that are months, weeks or days, in the order of time; none where fewer than two are.

    Raises:
        UsageError: they can be read in two ways, one is missing or there twice, or kinds are mixed.
    """
    names = [name.strip() for name in heading if name.strip()]
    kinds: tuple[tuple[Callable[[str], date | None], str], ...] = (
        (_read_month, "months"),
        (_read_week, "weeks"),
    )
    found = {kind: [(name, day) for name in names if (day := read(name))] for read, kind in kinds}
    found["days"] = list(_read_days(names))
    whole = [kind for kind, periods in found.items() if len(periods) >= FEWEST]
    if not whole:
        return ()
    if len(whole) > 1:
        raise UsageError(f"The headings are {' and '.join(whole)}; give a table of one kind of period.")
    pairs = sorted(found[whole[0]], key=lambda pair: pair[1])
    return tuple(_measure(pairs, whole[0]))


def rest_of(heading: Sequence[str]) -> list[str]:
    """Headings of the long table that `unpivot` would make; the same where no heading is a period."""
    names = [name.strip() for name in heading]
    try:
        periods = {period.heading for period in find_periods(names)}
    except UsageError:
        return names
    return [*(name for name in names if name not in periods), BEGINS, FIGURE, DAYS] if periods else names


def unpivot(table: Table, periods: Sequence[Period], mapping: TableMapping) -> tuple[Table, list[str]]:
    """A table with a row for each row and period, and what to tell of it.

    Raises:
        CaseError: a figure is no number; each finding has the heading of its period.
        UsageError: the table would be too long, or has headings of its own of these names.
    """
    names = [name.strip() for name in table.heading]
    if set(names) & {BEGINS, FIGURE, DAYS}:
        raise UsageError(f"{table.file} has a column of its own named {BEGINS!r}, {FIGURE!r} or {DAYS!r}.")
    kept = kept_rows(table, mapping.keep)
    rows = range(len(table)) if kept is None else sorted(kept)
    if len(rows) * len(periods) > LARGEST_TABLE:
        raise UsageError(f"{table.file} has more than {LARGEST_TABLE:,} figures; import it in parts.")
    others = [at for at, name in enumerate(names) if name not in {period.heading for period in periods}]
    columns = [(period, table.columns[names.index(period.heading)]) for period in periods]
    findings, blanks = [], 0
    cells: list[list[str]] = []
    for row in rows:
        own = [table.columns[at][row] for at in others]
        for period, column in columns:
            text = column[row].strip()
            blanks += not text
            if text and read_number(text, ".") is None and read_number(text, ",") is None:
                message = f"{text[:60]!r} is no figure."
                remedy = "Write a number; an empty cell is 0."
                findings.append(
                    Finding("error", "not-a-number", table.place(row, period.heading), message, remedy)
                )
            cells.append([*own, period.first.isoformat(), text or "0", str(period.days)])
    if findings:
        raise CaseError(findings[:20])
    lines = [int(table.lines[row]) for row in rows for _ in columns]
    heading = (*(table.heading[at] for at in others), BEGINS, FIGURE, DAYS)
    long = Table.from_rows(table.file, heading, table.heading_line or 1, lines, cells)
    notes = [f"{blanks:,} empty cells of periods are read as 0"] if blanks else []
    return replace(long, sheet=table.sheet, form=table.form), notes


def add_rules(mapping: TableMapping) -> TableMapping:
    """The mapping with the rules of the columns that `unpivot` makes."""
    begins = Rule(heading=BEGINS, date_order="year-month-day", why="the headings are periods")
    old = mapping.rules.get("units_per_week", Rule())
    figure = Rule(
        heading=FIGURE, unit="per week", decimal_sign=old.decimal_sign, why="figures of the periods"
    )
    if mapping.periods != PER_WEEK:
        figure = replace(figure, unit="per day", divide_by=DAYS)
    return mapping.with_rule("from_date", begins).with_rule("units_per_week", figure)


def ask_periods(periods: Sequence[Period]) -> tuple[Question, ...]:
    """What is to be known of columns that are periods: whether they are, and what follows them."""
    if not periods:
        return ()
    first, last = periods[0].heading, periods[-1].heading
    return (
        Question(
            "periods",
            "units_per_week",
            f"The columns {first} to {last} look like {len(periods)} periods of demand. "
            "What does each figure hold?",
            (QUANTITY, PER_WEEK, COLUMNS),
            reason="as a table of demand they become rows; as columns they are left as they are",
        ),
        Question(
            "after",
            "units_per_week",
            f"What follows {last}, as the last period ends on {periods[-1].end - timedelta(days=1)}?",
            (GOES_ON, ENDS),
            reason="a level of demand holds until another one begins",
        ),
    )


def _read_month(name: str) -> date | None:
    """First day of a month."""
    if match := _MONTH.fullmatch(name):
        return date(int(match["y"] or match["y2"]), int(match["m"] or match["m2"]), 1)
    if match := _SPOKEN_MONTH.fullmatch(name):
        year = match["y"] or match["y2"]
        year = f"20{year}" if len(year) == 2 else year
        return parse_day(f"1 {match['m'] or match['m2']} {year}", PLAIN_FORM)[0]
    return None


def _read_week(name: str) -> date | None:
    """Monday of an ISO week."""
    if not (match := _WEEK.fullmatch(name)):
        return None
    try:
        return date.fromisocalendar(int(match["y"] or match["y2"]), int(match["w"] or match["w2"]), 1)
    except ValueError:
        return None


def _read_days(names: Sequence[str]) -> Iterator[tuple[str, date]]:
    """Headings that are days; those that can be read in two ways by the one with equal steps.

    Raises:
        UsageError: more than one way is left.
    """
    ways: dict[tuple[date, ...], list[str]] = {}
    for order in ("day-month-year", "month-day-year"):
        form = replace(PLAIN_FORM, date_order=order)
        days = {name: day for name in names if _like_day(name) and (day := parse_day(name, form)[0])}
        ways.setdefault(tuple(days.values()), list(days))
    best = max(map(len, ways))
    left = [days for days in ways if len(days) == best]
    if best < FEWEST:
        return
    even = [days for days in left if _is_even(sorted(days))] if len(left) > 1 else left
    if len(even) != 1:
        words = " or ".join(f"{days[0]}, {days[1]}" for days in left)
        one, other, *_ = ways[left[0]]
        raise UsageError(f"The headings {one}, {other} can be read as {words}: write them as 2027-01-04.")
    yield from zip(ways[even[0]], even[0], strict=True)


def _like_day(name: str) -> bool:
    return bool(re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}([T ]00:00(:00)?)?", name, re.ASCII))


def _is_even(days: Sequence[date]) -> bool:
    """Whether days follow each other in equal steps, or month by month."""
    steps = {(b - a).days for a, b in itertools.pairwise(days)}
    return len(steps) == 1 or (len({day.day for day in days}) == 1 and max(steps) <= 31)


def _measure(pairs: Sequence[tuple[str, date]], kind: str) -> Iterator[Period]:
    """Periods with their lengths.

    Raises:
        UsageError: one is missing, or there twice.
    """
    days = [day for _, day in pairs]
    monthly = kind == "months" or (
        kind == "days" and len({day.day for day in days}) == 1 and (days[1] - days[0]).days > 27
    )
    step = 7 if kind == "weeks" else (days[1] - days[0]).days
    for at, (name, day) in enumerate(pairs):
        after = _next_month(day) if monthly else day + timedelta(days=step)
        if at + 1 < len(pairs) and days[at + 1] != after:
            following = pairs[at + 1][0]
            what = "are the same period" if days[at + 1] == day else "leave a gap or overlap"
            raise UsageError(
                f"The headings {name} and {following} {what}: give each period once, without gaps."
            )
        yield Period(name, day, (after - day).days)


def _next_month(day: date) -> date:
    """The same day of the next month; of a day that it has not, its last."""
    first = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    last = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))
