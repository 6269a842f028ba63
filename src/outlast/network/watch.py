"""Watch states: how tense the situation is, how it moves, and what hazard each state brings.
In: nothing. Out: frozen rows of the tables watch_states, watch_transitions and watch_hazards.
One reason to exist: the vocabulary of what a company watches before anything happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from outlast.network.column import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """What the situation may be, as long as nothing has happened."""

    state_id: Annotated[str, Column("Identifier, unique", example="TENSE")]
    now: Annotated[bool, Column("The state on the first day; true in one row")] = False
    meaning: Annotated[str, Column("How it is told from the others", example="Named by officials")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTransition:
    """Where a state leads; the rows of a from_state sum to 1."""

    from_state: Annotated[
        str, Column("State in one epoch", refers_to="watch_states.state_id", example="CALM")
    ]
    to_state: Annotated[
        str,
        Column("State in the next; the same one if it stays", refers_to="watch_states.state_id"),
    ]
    probability: Annotated[
        float, Column("Odds of that", unit="probability per epoch (plan.epoch_weeks)", low=0, high=1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHazard:
    """The hazard of a restriction in a state; without a row it is restrictions.hazard_per_year."""

    restriction_id: Annotated[
        str, Column("Restriction", refers_to="restrictions.restriction_id", example="LISTED")
    ]
    state_id: Annotated[str, Column("State", refers_to="watch_states.state_id", example="TENSE")]
    hazard_per_year: Annotated[
        float, Column("Rate of the event in this state", unit="events per year", low=0, high=100)
    ]
