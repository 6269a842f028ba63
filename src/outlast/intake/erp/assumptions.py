"""What an ERP does not know: restrictions, origins, ways out, settings. In: a TOML file.
Out: `Assumptions`, and rows of a case. One reason to exist: what is assumed about the future stands in
one file of its own, apart from what was imported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from outlast.errors import CaseError, Finding, Place
from outlast.intake.erp.books import BUY_AT_MOST, SELL_AT_LEAST
from outlast.intake.erp.case_rows import CaseRows, Cell, Origin
from outlast.intake.toml_text import find_lines, load_toml
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import declarations
from outlast.network.network import TABLES
from outlast.tables import parse_text, read_bytes

LARGEST_ASSUMPTIONS = 2**20
"""Assumptions files above this are refused [bytes]."""
OTHER_STATES = "*"
"""Stands for every state that is not named, in [origin]."""
_SECTIONS = ("case", "plan", "books", "origin", "restriction", "scope", "alternative", "cash")
_SETTINGS = ("name", "horizon_weeks", "seed", "scenarios")
_ALTERNATIVE = {
    "instead_of": str,
    "supplier_id": str,
    "supplier_name": str,
    "origin_country": str,
    "price_factor": float,
    "lead_time_weeks": float,
    "switch_cost": float,
    "switch_weeks_p10": float,
    "switch_weeks_p50": float,
    "switch_weeks_p90": float,
    "ramp_weeks": float,
}


@dataclass(frozen=True)
class Assumptions:
    """What is assumed on top of an import."""

    file: str
    settings: Mapping[str, Cell] = field(default_factory=dict)
    plan: Mapping[str, Cell] = field(default_factory=dict)
    books: Mapping[str, float] = field(default_factory=dict)
    """How far prices may be from costs; see `settle_books`."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """Country of origin that is taken for goods of vendors in each state."""
    restrictions: Sequence[Mapping[str, Cell]] = ()
    scopes: Sequence[Mapping[str, Cell]] = ()
    cash: Sequence[Mapping[str, Cell]] = ()
    alternatives: Sequence[Mapping[str, Any]] = ()


NO_ASSUMPTIONS = Assumptions("")


def read_assumptions(path: Path) -> Assumptions:
    """A file of assumptions.

    Raises:
        CaseError: it is no TOML, or holds what assumptions do not have; lists everything.
    """
    data, findings = read_bytes(path, LARGEST_ASSUMPTIONS)
    text = None
    if data is not None:
        text, findings = parse_text(data, path.name)
    if text is None:
        raise CaseError(findings)
    found, findings = load_toml(text, Place(path.name))
    if found is None:
        raise CaseError(findings)
    reader = _Reader(path.name, find_lines(text))
    assumptions = reader.read(found)
    if reader.findings:
        raise CaseError(reader.findings)
    return assumptions


@dataclass
class _Reader:
    """Turns TOML values into assumptions and remembers what is wrong."""

    file: str
    lines: Mapping[str, int]
    findings: list[Finding] = field(default_factory=list)

    def read(self, found: Mapping[str, Any]) -> Assumptions:
        """All sections of a file."""
        for name in sorted(found.keys() - set(_SECTIONS)):
            self.blame(name, f"Assumptions have no section {name}.", f"They have {', '.join(_SECTIONS)}.")
        origin = self.section(found, "origin")
        for state, country in origin.items():
            if not (
                isinstance(country, str) and len(country) == 2 and country.isalpha() and country.isupper()
            ):
                self.blame(f"origin.{state}", f"{country!r} is no country code.", "Write two letters, as CN.")
        return Assumptions(
            self.file,
            self.cells(
                self.section(found, "case"), "case", set(_SETTINGS) & declarations(CaseSettings).keys()
            ),
            self.cells(self.section(found, "plan"), "plan", declarations(PlanSettings).keys()),
            self.factors(self.section(found, "books"), "books", (BUY_AT_MOST, SELL_AT_LEAST)),
            {str(state): str(country) for state, country in origin.items()},
            self.rows(found, "restriction", declarations(TABLES["restrictions"]).keys()),
            self.rows(found, "scope", declarations(TABLES["scopes"]).keys()),
            self.rows(found, "cash", declarations(TABLES["cash"]).keys()),
            [self.alternative(row) for row in self.rows(found, "alternative", _ALTERNATIVE.keys())],
        )

    def blame(self, key: str, message: str, remedy: str) -> None:
        """Note what is wrong with a key."""
        place = Place(self.file, self.lines.get(key), key)
        self.findings.append(Finding("error", "bad-assumptions", place, message, remedy))

    def section(self, found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A section; empty where it is missing."""
        section = found.get(name, {})
        if isinstance(section, Mapping):
            return section
        self.blame(name, f"{name} is no section.", f"Write [{name}] and its keys below.")
        return {}

    def rows(self, found: Mapping[str, Any], name: str, allowed: Any) -> list[dict[str, Cell]]:
        """Repeated sections."""
        rows = found.get(name, [])
        if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows):
            return [self.cells(row, name, allowed) for row in rows]
        self.blame(name, f"{name} is no repeated section.", f"Write [[{name}]] and its keys below.")
        return []

    def cells(self, section: Mapping[str, Any], name: str, allowed: Any) -> dict[str, Cell]:
        """Keys of a section as cells."""
        cells: dict[str, Cell] = {}
        for key, value in section.items():
            if key not in allowed:
                self.blame(
                    f"{name}.{key}", f"{name} has no key {key}.", f"It has {', '.join(sorted(allowed))}."
                )
            elif isinstance(value, bool):
                cells[key] = "true" if value else "false"
            elif isinstance(value, date):
                cells[key] = value.isoformat()[:10]
            elif _is_plain(value):
                cells[key] = value
            else:
                self.blame(
                    f"{name}.{key}", f"{value!r:.60} is no value for {key}.", "Write a number or a text."
                )
        return cells

    def factors(self, section: Mapping[str, Any], name: str, allowed: Sequence[str]) -> dict[str, float]:
        """Keys of a section as numbers above 0."""
        cells = self.cells(section, name, allowed)
        for key, value in cells.items():
            if isinstance(value, str) or not 0 < value <= 1000:
                self.blame(f"{name}.{key}", f"{value!r:.60} is no factor.", "Write a number from 0 to 1000.")
        return {key: float(value) for key, value in cells.items() if not isinstance(value, str)}

    def alternative(self, row: Mapping[str, Cell]) -> Mapping[str, Any]:
        """A way out with every key, each of its kind."""
        for key, kind in _ALTERNATIVE.items():
            value = row.get(key)
            if value is None or isinstance(value, str) != (kind is str):
                expected = "a text" if kind is str else "a number"
                self.blame(f"alternative.{key}", f"alternative needs {key}, {expected}.", "Add it.")
        return row


def _is_plain(value: Any) -> bool:
    """Whether a value is a number or a text that no spreadsheet would run."""
    if isinstance(value, str):
        return value.isprintable() and value[:1] not in ("=", "+", "-", "@")
    return isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < 1e18


def add_assumptions(
    case: CaseRows, assumptions: Assumptions, states: Mapping[str, str], costs: Mapping[str, float]
) -> None:
    """Write assumptions into the rows of a case: origins of sources, ways out, acts, money.

    Args:
        case: rows so far; sources get their origin.
        assumptions: what is assumed.
        states: state of each supplier.
        costs: unit cost of each item [USD], from which prices of alternatives follow.
    """
    assumed = Origin("assumed", f"{assumptions.file}: assumed, no estimate of anybody's risk")
    origins: dict[str, set[str]] = {}
    for row in case.tables.get("sources", []):
        state = states.get(str(row["supplier_id"]), "")
        country = assumptions.origin.get(state) or assumptions.origin.get(OTHER_STATES)
        if country:
            row["origin_country"] = country
            case.origins.setdefault(("sources", "origin_country"), {})[str(row["source_id"])] = Origin(
                "assumed", f"{assumptions.file}: goods of vendors in a US state are taken as of this country"
            )
        origins.setdefault(str(row["item_id"]), set()).add(country or "")
    for way in assumptions.alternatives:
        hit = [item for item, countries in origins.items() if countries == {way["instead_of"]}]
        _add_alternatives(case, way, hit, costs, assumed)
    for table, rows in (
        ("restrictions", assumptions.restrictions),
        ("scopes", assumptions.scopes),
        ("cash", assumptions.cash),
    ):
        if rows or table != "cash":
            case.head(table)
        for cells in rows:
            names = ("restriction_id", "authority", "table", "column", "group", "from_date")
            case.add(table, cells, {" ".join(column for column in cells if column not in names): assumed})
    own = [key for key in assumptions.settings if key != "name"]
    case.settings([*own, *(f"plan.{key}" for key in assumptions.plan)], assumed)


def _add_alternatives(
    case: CaseRows, way: Mapping[str, Any], items: Sequence[str], costs: Mapping[str, float], assumed: Origin
) -> None:
    """One supplier who could deliver items that come from one country only."""
    supplier = {
        "supplier_id": way["supplier_id"],
        "name": way["supplier_name"],
        "country": way["origin_country"],
    }
    case.add("suppliers", supplier, {"country": assumed})
    figures = {
        key: way[key] for key in _ALTERNATIVE if key.startswith(("lead", "switch", "ramp", "origin_c"))
    }
    for item in items:
        price = {"unit_price": float(f"{costs[item] * way['price_factor']:.4g}")}
        case.add(
            "sources",
            {
                "source_id": f"{item}-{way['supplier_id']}",
                "item_id": item,
                "supplier_id": way["supplier_id"],
                "status": "alternative",
                "priority": 3,
                **price,
                **figures,
            },
            {" ".join(("unit_price priority", *figures)): assumed},
        )
