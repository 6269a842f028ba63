"""Which column of a file is which column of the case. In: headings, what their cells can be, ids
of the case. Out: `Candidate`s with confidence and reason. One reason to exist: names propose,
cells confirm or object; only what both say is taken without asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from outlast.intake.mapping.cells import Reading
from outlast.intake.mapping.measures import factor_of
from outlast.intake.mapping.vocabulary import (
    Names,
    file_names,
    meanings_of,
    names_of,
    normalise,
    split_unit,
    split_words,
)
from outlast.network.declarations import KEYS, REPEATABLE, Declaration, declarations
from outlast.network.network import TABLES

SURE = 0.85
"""A candidate of this confidence without a rival is taken without asking."""
WORTH_ASKING = 0.5
"""Below this an optional column is not asked about."""
_RIVAL = 0.15
"""A second candidate this near to the first makes the choice doubtful."""
_OWN, _KNOWN, _VAGUE, _SIMILAR = 1.0, 0.95, 0.6, 0.65
"""Confidence of a name: the case format's own, a known one, one of many meanings, a similar one."""
_PROGRAMS: Mapping[str, str] = {
    "sap": "SAP",
    "odoo": "Odoo",
    "erpnext": "ERPNext",
    "frepple": "frePPLe",
    "dynamics": "Dynamics",
}
_CONFIRMED = 0.25
"""What is added where the identifiers of a column are those of the table it refers to."""

Known = Mapping[str, frozenset[str]]
"""Identifiers of the case by `table.column`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column of the file that may fill a column of the case."""

    heading: str
    confidence: float
    """From 0 to 1."""
    reason: str


def rank_tables(file: str, readings: Mapping[str, Reading], known: Known) -> list[tuple[str, float]]:
    """Tables of the case that a file may be, best first, each with a score from 0 to about 1.2."""
    stem = normalise(file.rsplit(".", 1)[0].replace("\\", "/").rsplit("/", 1)[-1])
    scores = []
    for table, row_type in TABLES.items():
        if table not in file_names():
            continue
        chosen = assign(propose_columns(table, readings, known))
        needed = [name for name, declared in declarations(row_type).items() if declared.required]
        key = next(iter(KEYS[table]))
        if key == "source_id" and "source_id" not in chosen and table in ("sources", "open_orders"):
            needed.remove("source_id")
        found = [chosen[name].confidence for name in needed if name in chosen]
        whole = len(found) == len(needed) and min(found) >= WORTH_ASKING
        more = sum(c.confidence >= SURE for name, c in chosen.items() if name not in needed)
        named = 0.25 if any(name in stem for name in file_names()[table] if len(name) > 2) else 0.0
        score = sum(found) / len(needed) * 0.8 + min(more, 4) * 0.04 + named
        scores.append((table, score + (0.1 if whole else 0.0)))
    return sorted(scores, key=lambda pair: -pair[1])


def propose_columns(table: str, readings: Mapping[str, Reading], known: Known) -> dict[str, list[Candidate]]:
    """Candidates for each column of a table of the case, best first."""
    proposals = {}
    for column, declaration in declarations(TABLES[table]).items():
        names = names_of(table, column)
        candidates = [
            candidate
            for heading, reading in readings.items()
            if (candidate := judge(heading, reading, table, declaration, names, known)).confidence > 0.2
        ]
        candidates.sort(key=lambda candidate: -candidate.confidence)
        proposals[column] = candidates
    return proposals


def assign(proposals: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """One candidate for each column of the case, so that no heading serves two: the surest first."""
    pairs = [(column, candidate) for column, found in proposals.items() for candidate in found]
    pairs.sort(key=lambda pair: -pair[1].confidence)
    chosen: dict[str, Candidate] = {}
    taken: set[str] = set()
    for column, candidate in pairs:
        if column not in chosen and candidate.heading not in taken:
            chosen[column] = candidate
            taken.add(candidate.heading)
    return chosen


def find_rival(
    column: str, proposals: Mapping[str, Sequence[Candidate]], chosen: Mapping[str, Candidate]
) -> Candidate | None:
    """Another heading that might as well fill a column, and is not surer for a column of its own."""
    best = chosen[column]
    owned = {candidate.heading: candidate.confidence for candidate in chosen.values()}
    for candidate in proposals[column]:
        if candidate.heading == best.heading:
            continue
        near = candidate.confidence >= best.confidence - _RIVAL
        if near and owned.get(candidate.heading, 0.0) <= candidate.confidence:
            return candidate
    return None


def judge(
    heading: str, reading: Reading, table: str, declaration: Declaration, names: Names, known: Known
) -> Candidate:
    """How well a column of the file suits a column of the case, and why."""
    confidence, reason = _judge_name(heading, declaration, names)
    if confidence == 0:
        return Candidate(heading, 0.0, "")
    factor, objection = _judge_cells(reading, table, declaration)
    confidence *= factor
    reasons = [reason, objection] if objection else [reason]
    target = declaration.column.refers_to
    if target and known.get(target) and reading.distinct:
        share = len(reading.texts & known[target]) / reading.distinct
        where = target.replace(".", " has as ")
        if share >= 0.95 and reading.distinct >= 3:
            confidence = min(1.0, confidence + _CONFIRMED)
            reasons.append(f"{share:.0%} of its texts are what {where}")
        elif share < 0.5:
            confidence *= 0.6
            reasons.append(f"only {share:.0%} of its texts are what {where}")
    return Candidate(heading, round(confidence, 3), "; ".join(reasons))


def _judge_name(heading: str, declaration: Declaration, names: Names) -> tuple[float, str]:
    """What the heading alone says."""
    whole = normalise(heading)
    rest, _ = split_unit(heading, declaration)
    both = {whole, rest} - {""}
    if not both or both & names.unlike:
        return 0.0, ""
    if whole == normalise(declaration.name):
        return _OWN, "the case format's own name"
    for name in (whole, rest):
        if name in names.sure:
            origin = names.sure[name]
            program = _PROGRAMS.get(origin)
            return _KNOWN, f"{program}'s name for it" if program else f"a known {origin.capitalize()} name"
    if both & names.vague:
        return _VAGUE, "the name may mean this or something else"
    words = " ".join(split_words(heading))
    for name in names.sure:
        close = fuzz.ratio(rest, name) >= 88 and min(len(rest), len(name)) >= 6
        # A name inside a longer heading ("average lead time") often means it, and often not.
        inside = name in names.phrases and name in whole
        if close or inside:
            return _SIMILAR, f"{words!r} resembles the known name {name!r}"
    return 0.0, ""


def _judge_cells(reading: Reading, table: str, declaration: Declaration) -> tuple[float, str]:
    """Factor on the confidence, and what the cells have against it."""
    if not reading.filled:
        return 0.5, "all its cells are blank"
    if declaration.kind in ("number", "whole number"):
        known = {t: m for t, m in reading.measured.items() if factor_of(m.word, declaration) is not None}
        share = (reading.numbers + sum(measure.times for measure in known.values())) / reading.filled
        if share < 1:
            unknown = (text for text in reading.measured if text not in known)
            odd = reading.odd_number or next(unknown, "")
            return (0.7 if share > 0.95 else 0.3), f"{odd!r} is no number"
        least = declaration.column.low if declaration.column.above is None else declaration.column.above
        if least is not None and reading.low is not None and reading.low < least:
            return 0.7, f"{reading.low:g} is below {least:g}"
    elif declaration.kind == "date":
        share = reading.dates / reading.filled
        if not reading.dates:
            return 0.2, f"{reading.odd_date!r} is no date"
        if reading.odd_date:
            return (0.7 if share > 0.95 else 0.3), f"{reading.odd_date!r} is no date"
    elif declaration.kind == "choice":
        meanings = meanings_of(table, declaration.name)
        strange = [t for t in reading.texts if t not in declaration.choices and normalise(t) not in meanings]
        # A few codes that nobody knows are asked one by one; the column itself is not in doubt for them.
        if len(strange) * 2 > reading.distinct:
            return (0.8 if reading.distinct <= 12 else 0.3), f"{min(strange)!r} is none of the choices"
    elif declaration.name == "country" or declaration.name.endswith("_country"):
        if not all(len(text) == 2 and text.isascii() and text.isupper() for text in reading.texts):
            return 0.8, "its texts are no two-letter country codes"
    elif declaration.name == "currency":
        if not all(len(text) == 3 and text.isascii() and text.isupper() for text in reading.texts):
            return 0.8, "its texts are no three-letter currency codes"
    elif KEYS[table] == (declaration.name,) and table not in REPEATABLE and reading.distinct < reading.filled:
        return 0.8, f"{reading.filled - reading.distinct} of its texts occur more than once"
    if declaration.required and reading.blank_share > 0.5:
        return 0.8, f"{reading.blank_share:.0%} of its cells are blank"
    return 1.0, ""
