"""How a table column is declared. In: nothing. Out: `Column`, put on a field by `Annotated`.
One reason to exist: meaning, unit and range of a column are written once, and reading,
checking, the template and the documentation all follow from that one place.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """Meaning, unit and range of one column of the case format."""

    meaning: str
    unit: str = ""
    low: float | None = None
    """Smallest value that makes sense (inclusive)."""
    high: float | None = None
    """Largest value that makes sense (inclusive)."""
    above: float | None = None
    """Value must be strictly greater than this."""
    refers_to: str = ""
    """`table.column` that must hold this value."""
    example: str = ""
    """A value for the template."""
    unused: bool = False
    """Read and checked, but without effect on any figure yet; a case that sets it is told so."""
