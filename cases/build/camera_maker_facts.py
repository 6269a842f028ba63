"""Public facts of the camera maker. In: the fact files of the case. Out: figures with their
source and the day on which they became public.
One reason to exist: no fact enters the case without its source and its date.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from case_folder import Origin, read_rows

STATE = "State at the start, published later: "
"""Said of what the company itself knew at the start although the public learnt it later."""


@dataclass(frozen=True)
class Fact:
    """A public figure."""

    value: float
    source: str
    available_from: str

    def origin(self, text: str, status: str = "derived") -> Origin:
        """Evidence for what is made of this fact."""
        return published(text, self.source, self.available_from, status)


def published(text: str, source: str, available_from: str, status: str) -> Origin:
    """Evidence that says so where the public learnt a state of the start only later."""
    return Origin(status, f"{STATE if available_from else ''}{text} ({source})", available_from)


def read_fact(folder: Path, metric: str, period_end: str) -> Fact:
    """A disclosure of Hikvision by metric and period, in the unit of the file."""
    rows = read_rows(folder / "inventory_disclosures.csv")
    found = [
        row
        for row in rows
        if (row["company"], row["metric"], row["period_end"]) == ("Hikvision", metric, period_end)
        and row["status"].startswith("sourced")
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} sourced figures of {metric} at {period_end}")
    source = found[0]["source"]
    return Fact(float(found[0]["value"]), source, publication_day(folder, source))


def publication_day(folder: Path, source: str) -> str:
    """Day on which a source became public; empty: before the start."""
    for row in read_rows(folder / "publication_dates.csv"):
        if source.startswith(row["source_begins"]):
            return row["available_from"]
    raise ValueError(f"no publication date for {source!r}")


@dataclass(frozen=True)
class Precedents:
    """What the acts known at the start say about the next one."""

    rate: float
    """Acts per firm and year."""
    low: float
    high: float
    relief_probability: float
    relief_weeks: tuple[float, float, float]
    """10th, 50th and 90th percentile of the time until sources were open again."""


def judge_precedents(folder: Path, start: date) -> Precedents:
    """Rate and relief from the acts known at the start.

    Rate: acts against the five firms that section 889 names, over the three years before the start,
    with the exact 95 % interval of a Poisson count. Relief: (lifted + 1) / (acts + 2); its time is
    lognormal through those lifted.

    Source: Garwood (1936), Fiducial limits for the Poisson distribution; rule of succession (Laplace).
    """
    from scipy.special import gammaincinv  # only here: slow to import

    firms, years = 5, 3
    rows = [
        row for row in read_rows(folder / "precedents.csv") if date.fromisoformat(row["from_date"]) <= start
    ]
    count = sum(row["named_in_section_889"] == "yes" for row in rows)
    exposure = firms * years
    closed = [
        (date.fromisoformat(row["closed_until"]) - date.fromisoformat(row["from_date"])).days / 7
        for row in rows
        if row["closed_until"]
    ]
    logs = [math.log(weeks) for weeks in closed]
    mean = sum(logs) / len(logs)
    sd = math.sqrt(sum((value - mean) ** 2 for value in logs) / (len(logs) - 1))
    spread = math.exp(1.2815515655446004 * sd)
    return Precedents(
        rate=round(count / exposure, 3),
        low=round(float(gammaincinv(count, 0.025)) / exposure, 3),
        high=round(float(gammaincinv(count + 1, 0.975)) / exposure, 3),
        relief_probability=round((len(closed) + 1) / (len(rows) + 2), 3),
        relief_weeks=(
            round(math.exp(mean) / spread, 1),
            round(math.exp(mean), 1),
            round(math.exp(mean) * spread, 1),
        ),
    )
