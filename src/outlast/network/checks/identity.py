"""Who is who: keys, references, quantiles. In: `Look`. Out: findings.
One reason to exist: rules that follow from the declarations, the same for every table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date

from outlast.errors import Finding
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.checks.look import Look
from outlast.network.coded import distinct_rows
from outlast.network.declarations import KEYS, REPEATABLE, declarations, propose_nearest
from outlast.network.network import TABLES

_SECTIONS: tuple[type, type] = (CaseSettings, PlanSettings)
_ABSURD_QUANTITY = 1e9
_PROPOSALS = 20
"""Nearest names are sought for so many unknown names of a column: the search is slow on long lists."""


def check_keys(look: Look) -> Iterator[Finding]:
    """Keys that occur twice."""
    for table in TABLES:
        rows = look.network.table(table)
        if table == "bom" or not rows:
            continue
        key_columns, repeatable = KEYS[table], table in REPEATABLE
        names = declarations(TABLES[table]) if repeatable else key_columns
        columns = [look.network.column(table, name) for name in names]
        firsts, own = distinct_rows(columns)
        if len(firsts) == len(rows):
            continue
        for row, number in enumerate(own):
            first = firsts[number]
            if first == row or not (look.is_sound(table, row) and look.is_sound(table, first)):
                continue
            key = tuple(cells[row] for cells in columns)
            if any(value == "" for value in key[: len(key_columns)]):
                continue
            column = key_columns[-1]
            earlier = look.place_of(table, first, column).line
            if repeatable:
                message = f"The row is the same as that of line {earlier}."
                yield look.warning(
                    "identical-row", table, row, column, message, "Remove one, if it counts twice."
                )
            elif len(key) == 1:
                message = f"{key[0]} was already given on line {earlier}."
                remedy = "Rename or remove one of the two."
                yield look.error("duplicate-id", table, row, column, message, remedy)
            else:
                words = ", ".join("always" if value is None else str(value) for value in key)
                message = f"A row for {words} was already given on line {earlier}."
                yield look.error("duplicate-row", table, row, column, message, "Remove one of the two.")


def check_look_alikes(look: Look) -> Iterator[Finding]:
    """Identifiers that differ in case or width only, and would not be seen as two."""
    for table, key in KEYS.items():
        if len(key) > 1 or table in REPEATABLE or table == "cash":
            continue
        first: dict[str, str] = {}
        for row, name in enumerate(look.network.column(table, key[0])):
            other = first.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
            if other != name:
                message = f"{name} and {other} look alike, but are two names."
                remedy = "If they are one, write both the same way."
                yield look.warning("look-alike-ids", table, row, key[0], message, remedy)


def check_bom_overlaps(look: Look) -> Iterator[Finding]:
    """Bill of materials lines of one pair whose days of validity overlap."""
    lines: dict[tuple[str, str], list[int]] = {}
    bom = look.network.bom
    for row, line in enumerate(bom):
        if not line.parent_id or not line.child_id:
            continue
        pair = lines.setdefault((line.parent_id, line.child_id), [])
        for other in pair:
            begins = max(line.valid_from or date.min, bom[other].valid_from or date.min)
            ends = min(line.valid_to or date.max, bom[other].valid_to or date.max)
            if begins <= ends:
                earlier = look.place_of("bom", other, "child_id").line
                message = (
                    f"Line {earlier} already gives {line.child_id} in {line.parent_id} for the same days."
                )
                remedy = "Remove one line, add the quantities, or end one before the other begins."
                yield look.error("duplicate-row", "bom", row, "child_id", message, remedy)
                break
        pair.append(row)


def check_references(look: Look) -> Iterator[Finding]:
    """Names that no row of the table they refer to has."""
    for table, row_type in TABLES.items():
        for column, declaration in declarations(row_type).items():
            target, _, target_column = declaration.column.refers_to.partition(".")
            if not target or target in look.unread:
                continue
            known = set(look.network.column(target, target_column).values)
            names = look.network.column(table, column)
            proposals: dict[str, str] = {}
            for row in names.rows_where((set(names.values) - known - {""}).__contains__):
                name = names[row]
                if name not in proposals:
                    proposals[name] = propose_nearest(name, known) if len(proposals) < _PROPOSALS else ""
                message = f"{name} is not in {target}."
                remedy = proposals[name] or f"Add it to {target} or correct it."
                yield look.error("unknown-reference", table, row, column, message, remedy)


def check_quantiles(look: Look) -> Iterator[Finding]:
    """p10, p50 and p90 that are incomplete, out of order, or zero below a value above zero."""
    for table, row_type in TABLES.items():
        for middle in declarations(row_type):
            if not middle.endswith("_p50"):
                continue
            names = [middle[:-3] + end for end in ("p10", "p50", "p90")]
            for row, values in enumerate(look.network.table(table)):
                given = [getattr(values, name) for name in names]
                missing = [name for name, value in zip(names, given, strict=True) if value is None]
                if missing and len(missing) < 3:
                    message = f"Of p10, p50 and p90, this row lacks {' and '.join(missing)}."
                    remedy = "Give all three, or none."
                    yield look.error("quantiles-incomplete", table, row, missing[0], message, remedy)
                if missing:
                    continue
                low, median, high = given
                if low > median or median > high:
                    column = names[0] if low > median else names[2]
                    message = f"p10 {low:g}, p50 {median:g} and p90 {high:g} are not in order."
                    remedy = "Make p10 the smallest and p90 the largest."
                    yield look.error("quantiles-out-of-order", table, row, column, message, remedy)
                elif low == 0 < high:
                    message = "p10 is 0, which no lognormal duration has."
                    yield look.error(
                        "quantile-zero",
                        table,
                        row,
                        names[0],
                        message,
                        "Write a small value, for example 0.1.",
                    )


def check_quantities(look: Look) -> Iterator[Finding]:
    """Quantities that are possible but absurd."""
    for table, column in (("stock", "on_hand"), ("open_orders", "quantity"), ("demand", "units_per_week")):
        quantities = look.network.column(table, column)
        for row in quantities.rows_where(lambda quantity: quantity > _ABSURD_QUANTITY):
            message = f"{quantities[row]:g} units are more than a thousand million."
            yield look.warning(
                "absurd-quantity", table, row, column, message, "Check the figure and its unit."
            )


def check_evidence(look: Look) -> Iterator[Finding]:
    """Evidence that points at nothing."""
    names: dict[str, set[str]] = {}
    for row, values in enumerate(look.network.evidence):
        table = values.table
        if table == "case":
            known_columns = _case_columns()
        elif table in TABLES:
            known_columns = set(declarations(TABLES[table]))
        else:
            message = f"There is no table {table}."
            remedy = propose_nearest(table, [*TABLES, "case"]) or "Name a table, or case for case.toml."
            yield look.warning("evidence-unknown", "evidence", row, "table", message, remedy)
            continue
        if values.column != "*" and values.column not in known_columns:
            message = f"{table} has no column {values.column}."
            remedy = propose_nearest(values.column, known_columns) or "Name a column, or * for all."
            yield look.warning("evidence-unknown", "evidence", row, "column", message, remedy)
        if values.row == "*" or table == "case" or table in look.unread:
            continue
        if table not in names:
            names[table] = set(name_rows(look, table))
        if values.row not in names[table]:
            message = f"No row of {table} is called {values.row}."
            remedy = propose_nearest(values.row, names[table]) or "Name a row, or * for all."
            yield look.warning("evidence-unknown", "evidence", row, "row", message, remedy)


def name_rows(look: Look, table: str) -> Iterator[str]:
    """Names by which evidence may call the rows of a table: the first key column, the first two joined by /,
    and so on."""
    columns = [look.network.column(table, name) for name in KEYS[table]]
    for count in range(1, len(columns) + 1):
        for row in distinct_rows(columns[:count])[0]:
            yield "/".join(str(column[row]) for column in columns[:count])


def _case_columns() -> set[str]:
    top, plan = (declarations(row_type) for row_type in _SECTIONS)
    return {*top, *plan, *(f"plan.{key}" for key in plan)}
