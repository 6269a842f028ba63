"""Comparisons. In: our figures beside those of theory or of a peer. Out: lines on the screen, a record and a
picture in docs/verification/, and a failure where a figure is further away than its tolerance.
One reason to exist: what is asserted is what the page shows (`python -m verification.page`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import altair as alt
import numpy as np
import vl_convert
from numpy.typing import ArrayLike

FOLDER = Path(__file__).parents[1] / "docs" / "verification"
Z = 4.0
"""Standard errors that a mean may be off: a right program fails one comparison in 16,000."""


@dataclass(frozen=True)
class Figure:
    """One figure of ours and what it has to meet."""

    name: str
    ours: float
    other: float
    tolerance: float = 0.0
    relation: Literal["=", ">", "<"] = "="

    @property
    def holds(self) -> bool:
        """Whether ours meets the other within the tolerance, or lies on the stated side of it."""
        if self.relation == "=":
            return abs(self.ours - self.other) <= self.tolerance
        return self.ours > self.other if self.relation == ">" else self.ours < self.other


@dataclass(frozen=True)
class Comparison:
    """What was compared, and every difference with its explanation."""

    key: str
    title: str
    what: str
    source: str
    tolerance: str
    """Where the tolerances come from."""
    figures: tuple[Figure, ...]
    differences: tuple[tuple[str, str], ...] = ()
    """(difference, explanation)"""


def estimate(name: str, values: ArrayLike, other: float) -> Figure:
    """A mean of independent paths beside what it should be, within Z standard errors."""
    sample = np.asarray(values, dtype=np.float64)
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    return Figure(name, float(sample.mean()), other, Z * float(error))


def surely_above(name: str, values: ArrayLike, other: float = 0.0) -> Figure:
    """A mean of independent paths, less Z standard errors, lies above a figure."""
    sample = np.asarray(values, dtype=np.float64)
    error = sample.std(ddof=1) / np.sqrt(len(sample))
    return Figure(
        f"{name} (less {Z:g} standard errors)", float(sample.mean() - Z * error), other, relation=">"
    )


def publish(comparison: Comparison, chart: Any = None) -> None:
    """Print, keep, then assert."""
    for figure in comparison.figures:
        print(
            f"{figure.name}: {figure.ours:.8g} {figure.relation} {figure.other:.8g} +- {figure.tolerance:.2g}"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_short(asdict(comparison)), indent=1, ensure_ascii=False)
    (FOLDER / f"{comparison.key}.json").write_text(text + "\n", encoding="utf-8")
    if chart is not None:
        svg = vl_convert.vegalite_to_svg(_styled(chart).to_dict())
        (FOLDER / f"{comparison.key}.svg").write_text(svg + "\n", encoding="utf-8")
    off = [figure for figure in comparison.figures if not figure.holds]
    assert off == []


def _short(value: Any) -> Any:
    """Figures to nine digits: enough to read, and the last bits of a sum differ between machines."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    return [_short(part) for part in value] if isinstance(value, list | tuple) else value


def _styled(chart: Any) -> Any:
    return (
        chart.configure(font="Arial, 'Liberation Sans', Helvetica, sans-serif", background="white")
        .configure_view(stroke=None)
        .configure_axis(gridColor="#dfe3e6", titleFontWeight="normal", labelFontSize=11, titleFontSize=12)
        .configure_legend(title=None, labelFontSize=11, orient="bottom", labelLimit=400)
    )


COLOURS = ["#1d5b9c", "#c2570c", "#5b8c3a", "#7a4b94", "#8a1c1c", "#333f48"]


def lines_and_points(
    rows: list[dict[str, Any]], x: str, y: str, *, zero: bool = False, log: bool = False
) -> Any:
    """Theory as lines, simulation as points. Rows: `x`, `y`, `who`, and `ours` (true: a point)."""
    scale = alt.Scale(type="log", base=2) if log else alt.Scale(zero=False, nice=False)
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("x:Q", title=x, scale=scale),
        y=alt.Y("y:Q", title=y, scale=alt.Scale(zero=zero)),
        color=alt.Color("who:N", scale=alt.Scale(range=COLOURS)),
    )
    theory = base.transform_filter("!datum.ours").mark_line(strokeWidth=1.8)
    ours = base.transform_filter("datum.ours").mark_point(filled=True, size=55, opacity=1)
    return alt.layer(theory, ours).properties(width=640, height=300)
