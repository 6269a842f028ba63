"""What the figures rest on. In: `PlanAnswer`. Out: tables of assumptions and of origins.
One reason to exist: an assumed figure is marked as such wherever it is shown.
"""

from __future__ import annotations

from dataclasses import replace

from outlast.plan.answer import PlanAnswer
from outlast.provenance import Provenance
from outlast.report.cells import Cell, Column, Table

FIGURES_BEHIND = {
    "hazard": ("restrictions.hazard_per_year", "restrictions.hazard_low", "restrictions.hazard_high"),
    "switch": ("sources.switch_weeks_p10", "sources.switch_weeks_p50", "sources.switch_weeks_p90"),
    "price": ("sources.unit_price",),
    "switch cost": ("sources.switch_cost",),
    "stock": ("stock.on_hand",),
    "unit cost": ("items.unit_cost",),
    "use": ("demand.units_per_week", "bom.quantity"),
}
"""Figures of the case that a column rests on most directly."""


def is_assumed(answer: PlanAnswer, *behind: str) -> bool:
    """Whether figures behind a column (keys of `FIGURES_BEHIND`) are assumed in this case."""
    assumed = {line.about for line in answer.assumptions if line.kind == "assumed"}
    return any(about in assumed for key in behind for about in FIGURES_BEHIND[key])


ASSUMPTION_KINDS = {
    "what-if": "what-if",
    "assumed": "assumed",
    "default": "default taken",
    "model": "limit of the model",
}


def assumptions_table(answer: PlanAnswer) -> Table:
    """Assumed figures first, then defaults, then limits of the model."""
    columns = (Column("Kind"), Column("About"), Column("What was taken", wide=True))
    order = list(ASSUMPTION_KINDS)
    rows = tuple(
        (Cell(ASSUMPTION_KINDS[line.kind]), Cell(line.about), Cell(line.text))
        for line in sorted(answer.assumptions, key=lambda line: order.index(line.kind))
    )
    return Table("Assumptions", columns, rows, "Nothing was assumed that mattered.")


def merge_assumptions(table: Table) -> Table:
    """One row for each sentence, naming all that it is about."""
    about: dict[tuple[Cell, Cell], list[str]] = {}
    for kind, what, text in table.rows:
        about.setdefault((kind, text), []).append(what.show())
    rows = tuple((kind, Cell(", ".join(dict.fromkeys(names))), text) for (kind, text), names in about.items())
    return replace(table, rows=rows)


def provenance_table(made: Provenance) -> Table:
    """Versions, seed and input hashes."""
    facts = [
        ("outlast", made.outlast),
        ("python", made.python),
        ("highspy", made.highspy),
        ("numpy", made.numpy),
        ("seed", str(made.seed)),
        *((f"SHA-256 of {file}", digest) for file, digest in sorted(made.hashes.items())),
    ]
    rows = tuple((Cell(what), Cell(value)) for what, value in facts)
    return Table("Made from", (Column("What"), Column("Value", wide=True)), rows, "")
