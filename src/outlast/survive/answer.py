"""What `outlast survive` says. In: nothing. Out: frozen dataclasses, its JSON field by field.
One reason to exist: calculation, report and JSON schema agree on one shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["sole", "single", "multiple", "none"]
"""Of the sourcing of an item."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """10th, 50th and 90th percentile of a time [weeks]; None: never."""

    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Range:
    """A figure and the interval that the hazards' own intervals give it."""

    central: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Lost contribution within the window over all durations [money]: mean, and quantiles."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one cut does. Weeks count from the news, which comes in week 0."""

    id: str
    """Item, source, supplier or restriction that is cut."""
    time_to_survive_weeks: int
    """Whole weeks in which all demand that needs what is cut can be met; the window if longer."""
    exceeds_window: bool
    """It is longer than the window: show it as "> W"."""
    time_to_switch_weeks: Quantiles | None
    """Until the last of the cut items has another source that delivers; None: some item has none."""
    time_to_recover_weeks: Quantiles | None
    """Until what is cut is back: the supplier's recovery, or relief; None: not stated."""
    gap_weeks: float | None
    """Median time to switch less time to survive, the largest over the cut items that run out within
    the window (over all, if none does); negative: slack. None: no switch, or nothing is cut."""
    contribution_at_risk: float
    """Contribution of the products that need what is cut, from the week they run out to the median
    switch, or to the end of the window [money]."""
    contribution_per_week: float
    """Contribution of these products in a mean week of the window [money/week]."""
    tolerable_recovery_weeks: int | None
    """Longest time until what is cut is back (may be ordered from, or made, again) with all demand met
    as without the cut and no switch; the window if longer. None: none is short enough."""
    lost_contribution: Loss
    """If it is cut: contribution of all demand less the most that stock, pipeline, open sources and
    returning supply allow, with switches and recovery as long as their distributions say."""
    probability: Range
    """That it is cut within the horizon, by the restrictions of the case."""
    expected_loss: Range
    """Probability times mean lost contribution [money]; SCOR's "Value at Risk", not a quantile."""
    first_item_out: str
    """Item that runs out first; empty if none does within the window."""
    first_product_out: str
    """Product that then stops: of those that need it, the one that earns least per unit of it."""


@dataclass(frozen=True, slots=True)
class ProductExposure:
    """The single source whose cut stops a product first."""

    id: str
    time_to_survive_weeks: int
    exceeds_window: bool
    worst_source: str
    """Source whose cut is outlasted for the shortest time; empty if all exceed the window."""
    time_to_switch_weeks: Quantiles | None
    """Of the item of that source, once it is cut; if all exceed the window, of the slowest switch."""
    time_to_recover_weeks: Quantiles | None
    """Until that source itself is back; None: not stated."""
    gap_weeks: float | None
    contribution_at_risk: float
    """Contribution of this product from running out to the median switch, within the window [money]."""
    contribution_per_week: float


@dataclass(frozen=True, slots=True)
class Sourcing:
    """How many suppliers an item that is bought could come from."""

    item_id: str
    kind: Kind
    """sole: no other supplier in the case; single: one is qualified, others could be; multiple: several
    are qualified; none: none is qualified."""
    qualified: tuple[str, ...]
    """Suppliers, in the order in which they are used."""
    alternatives: tuple[str, ...]
    """Suppliers that could be qualified."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What one more week of cover of one item buys, and what it costs."""

    item_id: str
    units: float
    """Its mean use in a week of the window."""
    price: float
    """Money for them: a normal order, or what making them costs."""
    holding_per_year: float
    """Of holding them for a year [money]."""
    time_to_survive_gain_weeks: int
    """By which a cut of this item is outlasted longer."""
    contribution_at_risk_fall: float
    """In a cut of this item [money]."""
    expected_loss_fall: float
    """Of all restrictions together [money]."""
    expected_loss_fall_per_price: float | None
    """Money that each unit of money saves; None: it costs nothing."""


@dataclass(frozen=True, slots=True)
class SurviveAnswer:
    """Everything `outlast survive` reports; lists of cuts have the largest contribution at risk first."""

    window_weeks: int
    horizon_weeks: int
    """Weeks in which a restriction may come."""
    draws: int
    """Of all durations."""
    recover_weeks: int | None
    """Stated time to recover of everything; None: the case's own."""
    products: tuple[ProductExposure, ...]
    items: tuple[Exposure, ...]
    """All sources of an item cut; of a made item, its making."""
    sources: tuple[Exposure, ...]
    suppliers: tuple[Exposure, ...]
    restrictions: tuple[Exposure, ...]
    sourcing: tuple[Sourcing, ...]
    """Bought items in use; sole sources first."""
    cover: tuple[Cover, ...]
    """Items in use; what saves most for its price comes first."""
    short_without_cut: tuple[tuple[str, int], ...]
    """Items that fall short though nothing is cut, and how many weeks they last."""
    assumptions: tuple[str, ...]
