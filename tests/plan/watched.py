"""The stationary case with watch states. In: a folder. Out: the folder of a case with triggers to gain by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.plan.stationary import write_stationary


def write_watched(
    folder: Path,
    hazards: Mapping[str, float],
    moves: Mapping[tuple[str, str], float],
    *,
    margin: float = 4.0,
    draws: int = 4,
    horizon: int = 52,
) -> Path:
    """Writes the stationary case with these states, the first of which holds now; what leaves no state by
    `moves` stays in it."""
    write_stationary(folder, 0.5, margin, draws=draws, horizon=horizon)
    names = list(hazards)
    stay = {name: 1.0 - sum(p for (a, _), p in moves.items() if a == name) for name in names}
    rows = [(a, b, p) for (a, b), p in moves.items()] + [(name, name, stay[name]) for name in names]
    files = {
        "watch_states.csv": "state_id,now,meaning\n"
        + "".join(f"{name},{'true' if name == names[0] else ''},about {name}\n" for name in names),
        "watch_transitions.csv": "from_state,to_state,probability\n"
        + "".join(f"{a},{b},{p!r}\n" for a, b, p in rows),
        "watch_hazards.csv": "restriction_id,state_id,hazard_per_year\n"
        + "".join(f"CUT,{name},{hazard}\n" for name, hazard in hazards.items()),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


PERSISTENT = {("CALM", "TENSE"): 0.06, ("TENSE", "CALM"): 0.04}
TENFOLD = {"CALM": 0.05, "TENSE": 1.0}
"""Hazards that differ by more than ten times."""
