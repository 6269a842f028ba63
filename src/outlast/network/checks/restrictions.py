"""Restrictions and their scopes. In: `Look`. Out: findings.
One reason to exist: rules on what may be cut, when, and whom it hits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from outlast.errors import Finding
from outlast.network.checks.look import Look, find_cycles
from outlast.network.declarations import Declaration, declarations, propose_nearest
from outlast.network.network import TABLES
from outlast.network.restrictions import Restriction, Scope
from outlast.network.scoping import matches_scope, matches_value, rows_of_line, rows_of_source

_SIGNS = (">=", "<=", ">", "<", "=")
_TABLES_OF_EFFECT = {
    "closes_sources": ("sources", "items", "suppliers"),
    "reduces_supplier": ("sources", "items", "suppliers"),
    "closes_lane": ("sources", "items", "suppliers"),
    "closes_markets": ("markets", "items"),
}


def check_causes(look: Look) -> Iterator[Finding]:
    """Restrictions that nothing brings about, or more than one thing; hazards outside their interval."""
    for row, act in enumerate(look.network.restrictions):
        causes = [
            column
            for column in ("hazard_per_year", "effective_date", "triggered_by")
            if getattr(act, column) not in (None, "")
        ]
        if not causes:
            message = (
                f"{act.restriction_id} has neither a hazard nor a date nor a trigger: it would never come."
            )
            remedy = "Fill in hazard_per_year, effective_date or triggered_by."
            yield look.error(
                "restriction-without-cause", "restrictions", row, "hazard_per_year", message, remedy
            )
        elif len(causes) > 1:
            message = f"{act.restriction_id} has {' and '.join(causes)}; it can have one of them."
            remedy = "Keep one; give a second way in which it may come a row of its own."
            yield look.error("restriction-with-two-causes", "restrictions", row, causes[-1], message, remedy)
        low, hazard, high = act.hazard_low, act.hazard_per_year, act.hazard_high
        if hazard is None and (low is not None or high is not None):
            column = "hazard_low" if low is not None else "hazard_high"
            message = "There is an interval of the hazard, but no hazard_per_year."
            yield look.warning(
                "hazard-interval-unused",
                "restrictions",
                row,
                column,
                message,
                "Add it, or remove the interval.",
            )
        bounds = [value for value in (low, hazard, high) if value is not None]
        if any(lower > upper for lower, upper in itertools.pairwise(bounds)):
            column = "hazard_low" if low is not None and low > bounds[1] else "hazard_high"
            message = f"The hazard and its interval are not in order: {', '.join(f'{b:g}' for b in bounds)}."
            remedy = "Make hazard_low the smallest and hazard_high the largest."
            yield look.error("hazard-out-of-order", "restrictions", row, column, message, remedy)


def check_triggers(look: Look) -> Iterator[Finding]:
    """Restrictions that bring themselves about."""
    rows = {act.restriction_id: row for row, act in enumerate(look.network.restrictions)}
    follows = {
        act.restriction_id: [act.triggered_by] for act in look.network.restrictions if act.triggered_by
    }
    for cycle in find_cycles(follows):
        message = f"These restrictions wait for one another: {' -> '.join(cycle)}."
        remedy = "Give one of them a hazard or a date instead of triggered_by."
        yield look.error("trigger-cycle", "restrictions", rows[cycle[-2]], "triggered_by", message, remedy)


def check_relief(look: Look) -> Iterator[Finding]:
    """Relief without times, times without relief, grace without a scope or without weeks."""
    for row, act in enumerate(look.network.restrictions):
        times = (act.relief_weeks_p10, act.relief_weeks_p50, act.relief_weeks_p90)
        if act.relief_probability > 0 and all(value is None for value in times):
            message = f"{act.restriction_id} may be lifted, but it is not said when."
            remedy = "Fill in relief_weeks_p10, _p50 and _p90, or set relief_probability to 0."
            yield look.error("relief-without-times", "restrictions", row, "relief_weeks_p50", message, remedy)
        elif act.relief_probability == 0 and any(value is not None for value in times):
            message = (
                f"{act.restriction_id} has times of relief, but relief_probability is 0: it is never lifted."
            )
            yield look.warning(
                "relief-never", "restrictions", row, "relief_probability", message, "Set the probability."
            )
        if act.grace_weeks > 0 and act.grace_scope == "none":
            message = f"Grace of {act.grace_weeks:g} weeks keeps nothing open, since grace_scope is none."
            remedy = "Set grace_scope to prior_rules if sources stay open in grace."
            yield look.warning("grace-without-scope", "restrictions", row, "grace_scope", message, remedy)
        if act.grace_scope != "none" and act.grace_weeks == 0:
            message = (
                f"grace_scope is {act.grace_scope}, but grace_weeks is 0: {act.restriction_id} has no grace."
            )
            remedy = "Give the weeks of grace, or leave grace_scope empty."
            yield look.warning("scope-without-grace", "restrictions", row, "grace_weeks", message, remedy)


def check_maintenance(look: Look) -> Iterator[Finding]:
    """Licences for maintenance, which not every command sees."""
    for row, act in enumerate(look.network.restrictions):
        if act.grace_scope != "maintenance" or not act.grace_weeks > 0:
            continue
        if act.effect == "closes_markets":
            message = (
                f"{act.restriction_id} closes markets: a licence for maintenance keeps none of them open."
            )
            remedy = "Set grace_scope to prior_rules if they stay open in grace, else to none."
            yield look.warning("maintenance-of-markets", "restrictions", row, "grace_scope", message, remedy)
            continue
        message = (
            f"In the grace of {act.restriction_id} the simulation orders what existing products use; the "
            "planning model and times to survive take its sources as closed from the effective day on."
        )
        remedy = "Nothing to correct: a plan is cautious there, and its simulated figures count the licence."
        yield look.warning("maintenance-not-planned", "restrictions", row, "grace_scope", message, remedy)


def check_restriction_dates(look: Look) -> Iterator[Finding]:
    """Restrictions that lie outside the horizon."""
    if look.start is None:
        return
    last = look.network.calendar.date_of(look.network.calendar.horizon_weeks)
    for row, act in enumerate(look.network.restrictions):
        for column, day in (("effective_date", act.effective_date), ("earliest_date", act.earliest_date)):
            if day is None:
                continue
            if column == "effective_date" and day < look.start:
                message = f"{act.restriction_id} has been in force since {day}, before the start."
                remedy = "Leave out what it has closed, or plan from an earlier start."
                yield look.warning("restriction-before-start", "restrictions", row, column, message, remedy)
            elif day >= last:
                message = f"{column} {day} is after the horizon, which ends on {last}."
                remedy = "Correct the day, or lengthen horizon_weeks."
                yield look.warning("restriction-after-horizon", "restrictions", row, column, message, remedy)


def check_scopes(look: Look) -> Iterator[Finding]:
    """Conditions that cannot be compared, and restrictions that hit nothing."""
    scopes: dict[str, list[tuple[int, Scope]]] = {}
    sound: dict[str, bool] = {}
    for row, scope in enumerate(look.network.scopes):
        scopes.setdefault(scope.restriction_id, []).append((row, scope))
        legible = scope.table in TABLES and scope.column != "" and scope.value != ""
        findings = [*_check_condition(look, row, scope)] if legible else []
        yield from findings
        before = sound.get(scope.restriction_id, True)
        sound[scope.restriction_id] = before and legible and not findings
    for row, act in enumerate(look.network.restrictions):
        if not act.restriction_id:
            continue
        conditions = scopes.get(act.restriction_id, [])
        if not conditions:
            message = f"No row of scopes says what {act.restriction_id} hits."
            remedy = "Add a row to scopes, for example sources, origin_country, US."
            yield look.error(
                "restriction-without-scope", "restrictions", row, "restriction_id", message, remedy
            )
        elif sound[act.restriction_id]:
            yield from _check_hits(look, row, act, conditions)


def _check_condition(look: Look, row: int, scope: Scope) -> Iterator[Finding]:
    """One row of scopes: its column exists, and its value can be compared with that column."""
    columns = declarations(TABLES[scope.table])
    if scope.column not in columns:
        message = f"{scope.table} has no column {scope.column}."
        remedy = propose_nearest(scope.column, columns) or f"Name a column of {scope.table}."
        yield look.error("scope-unknown-column", "scopes", row, "column", message, remedy)
        return
    declaration = columns[scope.column]
    what = _find_misfit(scope.value, declaration)
    if what:
        message, remedy = what
        yield look.error("scope-not-comparable", "scopes", row, "value", message, remedy)
    act = next((a for a in look.network.restrictions if a.restriction_id == scope.restriction_id), None)
    allowed = _TABLES_OF_EFFECT.get(act.effect) if act else None
    if act and allowed and scope.table not in allowed:
        message = f"{act.restriction_id} has effect {act.effect}: {scope.table} are never met."
        yield look.error(
            "scope-wrong-table", "scopes", row, "table", message, f"Choose among {', '.join(allowed)}."
        )


def _find_misfit(value: str, declaration: Declaration) -> tuple[str, str] | None:
    """Why a scope value cannot be compared with a column, and what to do; None if it can."""
    sign = next((sign for sign in _SIGNS if value.startswith(sign)), "")
    wanted = value[len(sign) :].strip()
    probe: Any = {"number": 0.0, "whole number": 0, "true/false": False}.get(declaration.kind, "")
    if declaration.kind == "date":
        return f"{declaration.name} is a date, which scopes do not compare.", "Choose another column."
    try:
        matches_value(probe, value)
        comparable = wanted not in _SIGNS and wanted.lower().lstrip("+-") not in (
            "nan",
            "inf",
            "infinity",
            "",
        )
    except ValueError:
        comparable = False
    if not comparable:
        examples = {"number": ">=0.25", "whole number": ">=2", "true/false": "true"}
        remedy = f"Write a value such as {examples.get(declaration.kind, 'US')}."
        return (
            f"{value!r} cannot be compared with {declaration.name}, which holds {declaration.kind}.",
            remedy,
        )
    if declaration.kind == "choice" and wanted not in declaration.choices:
        remedy = propose_nearest(wanted, declaration.choices) or "Choose one of these."
        return f"{wanted!r} is not one of {', '.join(declaration.choices)}.", remedy
    return None


def _check_hits(
    look: Look, row: int, act: Restriction, conditions: list[tuple[int, Scope]]
) -> Iterator[Finding]:
    """Groups of conditions that hit nothing, cells that are unknown, reductions that reduce nothing."""
    network = look.network
    if act.effect == "closes_markets":
        targets = [rows_of_line(network, *line) for line in network.lines[0]]
    else:
        targets = [rows_of_source(network, source) for source in network.sources]
    groups: dict[str, list[tuple[int, Scope]]] = {}
    for condition in conditions:
        groups.setdefault(condition[1].group, []).append(condition)
    for members in groups.values():
        scopes = [scope for _, scope in members]
        if not any(matches_scope(scopes, rows) for rows in targets):
            name = f"group {scopes[0].group}" if scopes[0].group else "scope"
            what = "no market" if act.effect == "closes_markets" else "no source"
            message = f"The {name} of {act.restriction_id} hits {what}."
            remedy = "Check spelling and case of the values; rows of one group must all hold."
            yield look.warning("scope-hits-nothing", "scopes", members[0][0], "value", message, remedy)
    for scope_row, scope in conditions:
        unknown = [
            values for values in network.table(scope.table) if getattr(values, scope.column) in (None, "")
        ]
        if unknown:
            message = f"{len(unknown)} rows of {scope.table} have no {scope.column} and count as not hit."
            remedy = f"Fill in {scope.column}, and say in evidence where it is assumed."
            yield look.warning("scope-on-unknown", "scopes", scope_row, "column", message, remedy)
    hit = [rows for rows in targets if matches_scope([scope for _, scope in conditions], rows)]
    yield from _check_effect(look, row, act, hit)


def _check_effect(look: Look, row: int, act: Restriction, hit: list[dict[str, Any]]) -> Iterator[Finding]:
    """Restrictions that leave what they hit as it was."""
    if act.effect == "reduces_supplier":
        suppliers = [rows["suppliers"] for rows in hit if rows["suppliers"]]
        if suppliers and all(supplier.output_share_after == 1 for supplier in suppliers):
            message = f"{act.restriction_id} reduces suppliers, but each keeps an output_share_after of 1."
            remedy = "Set output_share_after of the suppliers that it hits."
            yield look.warning("restriction-without-effect", "restrictions", row, "effect", message, remedy)
    elif act.effect != "closes_markets" and act.licence_share == 1:
        message = f"{act.restriction_id} closes nothing: licence_share is 1."
        remedy = "Set licence_share to the share of supply that is still licensed."
        yield look.warning(
            "restriction-without-effect", "restrictions", row, "licence_share", message, remedy
        )
