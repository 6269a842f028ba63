"""Weeks, epochs, horizons. In: dates and the settings of a case. Out: week and epoch numbers.
One reason to exist: that a date becomes a week in one place only, the same way everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_PER_YEAR = 365.25 / 7
"""Weeks in a year [weeks]."""

NEVER = 2**30
"""The week number of what does not happen."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Discrete weeks from `start`; decisions in epochs of `epoch_weeks`; losses counted for
    `window_weeks` after an event, whatever the horizon."""

    start: date
    horizon_weeks: int
    """Weeks in which purchases are planned and a first event may fall."""
    window_weeks: int = 104
    """Weeks that are followed after an event."""
    epoch_weeks: int = 4
    """Weeks between two decisions of the plan."""

    @property
    def n_epoch(self) -> int:
        """Number of epochs; the last one may be shorter than `epoch_weeks`."""
        return -(-self.horizon_weeks // self.epoch_weeks)

    @property
    def n_week(self) -> int:
        """Weeks that any simulated path can reach: horizon and window."""
        return self.horizon_weeks + self.window_weeks

    def epoch_starts(self) -> list[int]:
        """Week number at which each epoch starts."""
        return [epoch * self.epoch_weeks for epoch in range(self.n_epoch)]

    def week_of(self, day: date) -> int:
        """Week that contains `day`; negative before the start."""
        return (day - self.start).days // 7

    def date_of(self, week: int) -> date:
        """First day of a week."""
        return self.start + timedelta(days=7 * int(week))
