"""A plan and a bound too large for one program, checked by plain sums tooth by tooth. In: teeth, points,
multipliers. Out: `Sums`. One reason to exist: as `proof`, whose sums these are, with one tooth in memory.

Source: Boyd & Vandenberghe (2004), Convex Optimization, section 5.1.3 (weak duality); Van Slyke & Wets
(1969), L-shaped method (what multipliers prove of a tooth is a plane below what it loses, by the trunk).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlast.optimise.one_tooth import OneTooth
from outlast.optimise.program import LinearProgram
from outlast.optimise.proof import CLOSE, least_value

Floats = NDArray[np.float64]


@dataclass
class Sums:
    """What has been gone through so far; begun with the trunk alone."""

    cost: Floats
    """What the trunk pays, shape (trunk column) [money per unit of the column]."""
    constant: float
    slope: Floats
    """Planes below what teeth lose, added up: by trunk columns."""
    height: float
    """The same with a trunk of nothing [money]."""
    teeth: int = 0

    @classmethod
    def begin(cls, trunk: LinearProgram) -> Sums:
        """Nothing has been gone through."""
        return cls(trunk.cost.copy(), trunk.offset, np.zeros(len(trunk.cost)), 0.0)

    def add(self, tooth: OneTooth, multipliers: Floats) -> None:
        """A tooth with multipliers of its rows [money per unit of the row]."""
        self.cost[tooth.columns] += tooth.paid
        self.constant += tooth.constant
        self.height += plane_height(tooth, multipliers)
        self.slope -= tooth.link.T @ multipliers
        self.teeth += 1

    def floor(self, trunk: LinearProgram, multipliers: Floats) -> float:
        """What no plan loses less than, by multipliers of the rows of the trunk [money]; -inf where they
        press on a side that is open. Whole starts are counted as if they could be taken in part.

        Args:
            trunk: within what is decided by hand; its costs are not asked.
            multipliers: shape (row of the trunk).
        """
        reduced = self.cost + self.slope - trunk.matrix.T @ multipliers
        rows = least_value(multipliers, trunk.row_lower, trunk.row_upper)
        return self.constant + self.height + rows + least_value(reduced, trunk.lower, trunk.upper)

    def loss(self, x: Floats, lost: float) -> float:
        """Loss of a plan whose teeth have `lost` so much in all [money]."""
        return float(self.constant + self.cost @ x + lost)


def plane_height(tooth: OneTooth, multipliers: Floats) -> float:
    """Height of the plane below a tooth's loss where the trunk is nothing [money]; -inf where the multipliers
    press on a side that is open."""
    own = tooth.own
    reduced = own.cost - own.matrix.T @ multipliers
    return least_value(multipliers, own.row_lower, own.row_upper) + least_value(reduced, own.lower, own.upper)


def follow_faults(tooth: OneTooth, x: Floats, y: Floats) -> list[str]:
    """What of the rows and bounds of a tooth breaks when `y` follows the trunk `x`."""
    own, found = tooth.own, list[str]()
    activity = own.matrix @ y + tooth.link @ x
    slack = CLOSE * (1.0 + abs(own.matrix) @ np.abs(y) + abs(tooth.link) @ np.abs(x))
    if np.any(activity < own.row_lower - slack) or np.any(activity > own.row_upper + slack):
        found.append("what follows an event breaks a row")
    wide = CLOSE * (1.0 + np.abs(y))
    if np.any(y < own.lower - wide) or np.any(y > own.upper + wide):
        found.append("what follows an event breaks a bound")
    return found
