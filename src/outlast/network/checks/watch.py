"""Watch states. In: `Look`. Out: findings.
One reason to exist: rules on what is watched, how it moves, and what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from outlast.errors import Finding
from outlast.network.checks.look import Look

SUM_SLACK = 1e-6
"""Odds written with six digits may miss 1 by this."""


def check_watch_states(look: Look) -> Iterator[Finding]:
    """One state holds on the first day, and every other can be reached from it."""
    states = look.network.watch_states
    if not states:
        return
    now = [row for row, state in enumerate(states) if state.now]
    if len(now) != 1:
        many = f"{len(now)} states are" if now else "No state is"
        message = f"{many} marked now; one holds on the first day."
        yield look.error(
            "watch-now", "watch_states", now[1] if now else 0, "now", message, "Write true in one row."
        )
        return
    reached = {states[now[0]].state_id}
    moves = [m for m in look.network.watch_transitions if m.probability > 0]
    for _ in states:
        reached |= {move.to_state for move in moves if move.from_state in reached}
    for row, state in enumerate(states):
        if state.state_id not in reached:
            message = f"{state.state_id} can't be reached from {states[now[0]].state_id}."
            remedy = "Add a row to watch_transitions that leads there, or remove the state."
            yield look.warning("watch-state-unreachable", "watch_states", row, "state_id", message, remedy)


def check_watch_transitions(look: Look) -> Iterator[Finding]:
    """The odds of leaving and staying in a state sum to 1."""
    total = {state.state_id: 0.0 for state in look.network.watch_states}
    last: dict[str, int] = {}
    for row, move in enumerate(look.network.watch_transitions):
        if move.from_state in total:
            total[move.from_state] += move.probability
            last[move.from_state] = row
    for row, state in enumerate(look.network.watch_states):
        name = state.state_id
        if name not in last:
            message = f"No row of watch_transitions says where {name} leads."
            remedy = f"Add one, for example {name},{name},1 if it never ends."
            yield look.error("watch-state-without-row", "watch_states", row, "state_id", message, remedy)
        elif abs(total[name] - 1.0) > SUM_SLACK:
            message = f"The rows from {name} sum to {total[name]:.10g}, not to 1."
            remedy = f"Correct them; {name},{name} is the row of staying."
            yield look.error("watch-odds", "watch_transitions", last[name], "probability", message, remedy)


def check_watch_hazards(look: Look) -> Iterator[Finding]:
    """Hazards of restrictions that have none, and states that change nothing."""
    network = look.network
    acts = {act.restriction_id: act for act in network.restrictions}
    for row, hazard in enumerate(network.watch_hazards):
        act = acts.get(hazard.restriction_id)
        if act is not None and act.hazard_per_year is None:
            message = (
                f"{act.restriction_id} has no hazard_per_year: it comes on a date or follows another, "
                "whatever the state."
            )
            remedy = "Give it hazard_per_year in restrictions, or remove the row."
            yield look.error("watch-hazard-unused", "watch_hazards", row, "restriction_id", message, remedy)
    changed = any(
        hazard.restriction_id in acts
        and hazard.hazard_per_year != acts[hazard.restriction_id].hazard_per_year
        for hazard in network.watch_hazards
    )
    if len(network.watch_states) > 1 and not changed:
        message = "Watch states are given, but none changes the hazard of a restriction."
        remedy = "Add rows to watch_hazards, or remove the states."
        yield look.warning("watch-without-effect", "watch_states", 0, "state_id", message, remedy)
