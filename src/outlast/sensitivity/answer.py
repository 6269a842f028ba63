"""What `outlast sensitivity` says. In: nothing. Out: frozen dataclasses, its JSON field by field.
One reason to exist: calculation, report and JSON schema agree on one shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outlast.plan.answer import Interval
from outlast.provenance import Provenance

Question = Literal["loss", "cvar", "survival"]
"""Expected loss, its CVaR [money], or the share of events that is survived."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One factor moved alone from one end of its range to the other, all others as in the case."""

    factor: str
    """hazard:RESTRICTION, switch_times, margin, holding_cost or demand."""
    unit: str
    """events per year; percentile; ratio (of what the case says)."""
    low: float
    """Low end of its range."""
    base: float
    """As in the case."""
    high: float
    assumed: bool
    """The range is a default; else the case or the user states it."""
    answer_low: float
    """The answer at the low end."""
    answer_high: float


@dataclass(frozen=True, slots=True)
class Index:
    """Shares of the variance of the answer when all factors move at once, with 95 % half-widths."""

    factor: str
    first: float
    """Sobol's first-order index: what the factor explains alone."""
    first_half_width: float
    total: float
    """Total index: what it takes part in."""
    total_half_width: float


@dataclass(frozen=True, slots=True)
class SensitivityAnswer:
    """Factors with the largest swing first."""

    provenance: Provenance
    case_name: str
    currency: str
    what_if: tuple[str, ...]
    question: Question
    survive_weeks: int
    """Asked for survival."""
    cvar_level: float
    plan_id: str
    """Of the plan whose schedule is followed; empty: the company as it is."""
    scenarios: int
    """In every run, the same draws for all."""
    samples: int
    """Base samples of the indices; 0: none were asked for."""
    runs: int
    base: float
    """The answer to the case as it is."""
    base_interval: Interval | None
    """95 % interval of a mean loss; None: another question."""
    swings: tuple[Swing, ...]
    indices: tuple[Index, ...]
    """Empty without samples; largest total first."""
    spread: Interval | None
    """Mean, 5th and 95th percentile of the answer when all factors move at once."""
    left_out: tuple[str, ...]
    """Factors that this case does not have, and why."""
    assumptions: tuple[str, ...]
