"""What people decide by hand. In: `Look`. Out: findings.
One reason to exist: a row that says too little, has no effect, or contradicts another is named
before a plan is made, not after it failed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from outlast.errors import Finding
from outlast.network.actions import Override
from outlast.network.checks.look import Look

TABLE = "overrides"
BUYS = ("buy_exactly", "buy_at_least", "buy_at_most", "never_buy")


def buying_limits(row: Override) -> tuple[float, float]:
    """Least and most that an override lets be bought in its days [item units]."""
    quantity = row.quantity or 0.0
    if row.kind == "buy_at_least":
        return quantity, math.inf
    if row.kind == "buy_at_most":
        return 0.0, quantity
    return quantity, quantity


def check_overrides(look: Look) -> Iterator[Finding]:
    """Rows that say too little or too much, or that have no effect."""
    for number, row in enumerate(look.network.overrides):
        yield from _check_target(look, number, row)
        if row.kind in BUYS:
            yield from _check_buying(look, number, row)
        else:
            yield from _check_switch(look, number, row)


def _check_target(look: Look, number: int, row: Override) -> Iterator[Finding]:
    if bool(row.source_id) == bool(row.item_id):
        message = "An override is about one source or one item; this row names " + (
            "both." if row.source_id else "neither."
        )
        yield look.error(
            "override-target", TABLE, number, "source_id", message, "Fill in source_id or item_id."
        )


def _check_buying(look: Look, number: int, row: Override) -> Iterator[Finding]:
    if row.kind == "never_buy" and row.quantity:
        message = "never_buy has no quantity."
        yield look.error(
            "override-quantity", TABLE, number, "quantity", message, "Empty it, or use buy_at_most."
        )
    elif row.kind != "never_buy" and row.quantity is None:
        message = f"{row.kind} needs a quantity."
        yield look.error("override-quantity", TABLE, number, "quantity", message, "Fill it in.")
    source = look.network.source.get(row.source_id)
    if source is not None and source.status == "alternative":
        message = f"{row.source_id} may be ordered from only after a switch; nothing is bought there ahead."
        remedy = "Decide about its switch (start_switch, never_switch), or make it qualified."
        yield look.error("override-on-alternative", TABLE, number, "source_id", message, remedy)
    if row.from_date and row.to_date and row.to_date < row.from_date:
        message = f"It ends on {row.to_date}, before it begins on {row.from_date}."
        yield look.error("override-dates", TABLE, number, "to_date", message, "Correct one of the two.")
    elif look.start and row.to_date and row.to_date < look.start:
        message = f"It ended on {row.to_date}, before the start: it has no effect any more."
        yield look.warning("override-over", TABLE, number, "to_date", message, "Remove the row.")
    elif look.start and row.from_date and row.from_date >= _end(look):
        message = f"It begins on {row.from_date}, after the last week that is planned: it has no effect yet."
        yield look.warning("override-late", TABLE, number, "from_date", message, "Nothing, or correct it.")


def _check_switch(look: Look, number: int, row: Override) -> Iterator[Finding]:
    for column in (
        ("quantity", "to_date") if row.kind == "start_switch" else ("quantity", "to_date", "from_date")
    ):
        if getattr(row, column) is not None:
            message = f"{row.kind} has no {column}."
            yield look.error("override-quantity", TABLE, number, column, message, "Empty it.")
    if row.item_id and not row.source_id:
        message = f"{row.kind} is about one source; an item may have several."
        yield look.error("override-target", TABLE, number, "item_id", message, "Name the source instead.")
    source = look.network.source.get(row.source_id)
    if source is None:
        return
    if source.status == "qualified":
        message = f"{row.source_id} is qualified: there is nothing to switch to."
        yield look.error("override-on-qualified", TABLE, number, "source_id", message, "Name an alternative.")
    elif row.kind == "start_switch" and source.start_allowed == "after":
        message = f"The switch to {row.source_id} may start only after an event (start_allowed is after)."
        remedy = "Remove the row, or change start_allowed."
        yield look.error("override-start", TABLE, number, "kind", message, remedy)
    if row.kind == "start_switch" and look.start and row.from_date:
        if row.from_date < look.start:
            message = (
                f"The switch began on {row.from_date}, before the start; it is taken to begin at the start."
            )
            remedy = "Once it is under way, shorten switch_weeks by the weeks that have passed."
            yield look.warning("override-over", TABLE, number, "from_date", message, remedy)
        elif row.from_date >= _end(look):
            message = f"It begins on {row.from_date}, after the last week that is planned: no effect yet."
            yield look.warning(
                "override-late", TABLE, number, "from_date", message, "Nothing, or correct it."
            )


def check_override_conflicts(look: Look) -> Iterator[Finding]:
    """Two rows that no plan can meet together."""
    rows = [
        (number, row) for number, row in enumerate(look.network.overrides) if row.source_id or row.item_id
    ]
    for place, (number, row) in enumerate(rows):
        for other, earlier in rows[:place]:
            if _contradict(look, row, earlier) or _contradict(look, earlier, row):
                line = look.place_of(TABLE, other, "kind").line
                message = f"It contradicts the row of line {line}: no plan can meet both."
                yield look.error(
                    "override-conflict", TABLE, number, "kind", message, "Remove one of the two."
                )
                break


def _contradict(look: Look, inner: Override, outer: Override) -> bool:
    """What `inner` asks for at least is more than `outer`, which holds for all of it, allows."""
    if inner.kind not in BUYS:
        both = {inner.kind, outer.kind}
        return inner.source_id == outer.source_id and (
            both == {"start_switch", "never_switch"}
            or (inner.kind == outer.kind == "start_switch" and inner.from_date != outer.from_date)
        )
    if outer.kind not in BUYS:
        return False
    source = look.network.source.get(inner.source_id)
    if inner.item_id:
        covered = inner.item_id == outer.item_id
    else:
        covered = inner.source_id == outer.source_id or (
            source is not None and source.item_id == outer.item_id
        )
    begins = (outer.from_date or date.min) <= (inner.from_date or date.min)
    ends = (outer.to_date or date.max) >= (inner.to_date or date.max)
    return covered and begins and ends and buying_limits(inner)[0] > buying_limits(outer)[1]


def _end(look: Look) -> date:
    """First day after the horizon."""
    settings = look.network.settings
    return settings.start + timedelta(weeks=settings.horizon_weeks)
