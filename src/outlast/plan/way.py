"""Which way a plan is made. In: a planning problem and what the user asks for. Out: `Way`.
One reason to exist: small problems are solved exactly, large ones by first-order steps, and the answer says
which, why, and what is left out for it.
"""

from __future__ import annotations

from typing import TypeVar, get_args

from outlast.errors import UsageError
from outlast.network.network import Network
from outlast.optimise.comb import CombProblem, estimated_rows
from outlast.optimise.first_order.scope import beyond
from outlast.plan.answer import Method, Way

Word = TypeVar("Word", bound=str)
MANY_ROWS = 100_000.0
"""Rows of the extensive form beyond which the fast way is gone where nobody says otherwise; see
`docs/first_order.md` for what it rests on."""
LEFT_OUT = (
    "what each option of an item would cost",
    "the 95% upper limit on the optimality gap (batches)",
    "what each decision by hand costs",
    "a plan of fewer orders for nearly the same loss",
)
"""What a plan of the fast way does not say."""


EXACT = Way("exact", "exact", 0, "asked for")
"""The way of whoever does not choose."""


def one_of(word: str, known: tuple[Word, ...], kind: str) -> Word:
    """The word that is meant.

    Raises:
        UsageError: there is no such word.
    """
    for each in known:
        if word == each:
            return each
    *others, last = known
    raise UsageError(f"there is no {kind} {word!r}: choose {', '.join(map(str, others))} or {last}")


def read_method(word: str) -> Method:
    """The way asked for; raises as `one_of`."""
    return one_of(word, get_args(Method), "method")


def choose_way(network: Network, problem: CombProblem, asked: Method) -> Way:
    """The way for a problem: what is asked for, if it can be gone; by size if nobody asks."""
    rows = round(estimated_rows(problem))
    size = f"{rows:,} rows"
    if asked == "exact":
        return Way("exact", asked, rows, "asked for")
    if asked == "auto" and rows <= MANY_ROWS:
        return Way("exact", asked, rows, f"{size}: small enough to be solved exactly")
    if reasons := refusals(network, problem):
        why = f"the fast way does not know: {'; '.join(reasons)}"
        if rows > MANY_ROWS:
            why += f"; with {size} the exact way may take hours"
        return Way("exact", asked, rows, why)
    why = "asked for" if asked == "fast" else f"{size}: too large to be solved exactly in minutes"
    return Way("fast", asked, rows, why, LEFT_OUT)


def way_words(way: Way) -> tuple[str, ...]:
    """The way that was gone, in sentences; nothing of an exact one that nobody could expect to be another."""
    if way.used == "fast":
        left = "; ".join(way.left_out)
        return (f"Planned the fast way, by first-order steps ({way.why}). Not worked out: {left}.",)
    if way.asked == "fast" or (way.rows > MANY_ROWS and way.asked == "auto"):
        return (f"Planned the exact way: {way.why}.",)
    return ()


def refusals(network: Network, problem: CombProblem) -> list[str]:
    """Why the fast way can't be gone; empty if it can."""
    found = beyond(problem)
    objective = network.settings.plan.objective
    if objective != "expected":
        words = {"least_cash": "the least cash for a survival", "regret": "the least regret"}
        found.append(words[objective])
    if network.watch_states:
        found.append("watch states")
    return found
