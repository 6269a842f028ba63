"""Limits in conflict in the user's words, and concessions. In: a problem without a plan.
Out: `InfeasibleError`. One reason to exist: whoever asks for too much learns which few limits exclude
each other, how far each would have to give, and what that would buy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from outlast.errors import Concession, InfeasibleError
from outlast.network.network import Network
from outlast.network.wording import figure
from outlast.optimise.comb import CombProblem
from outlast.optimise.conflict import Conflict, Limit, find_conflict, loosen
from outlast.optimise.constraints import in_time
from outlast.optimise.highs import Status
from outlast.optimise.solve import solve
from outlast.plan.overrides import NEAR, name_override
from outlast.plan.summary import measure_name

BY_HAND = ("buying", "start", "never")
IDLE_CONFLICT = ("the stock at the start", "shelf life, storage and cash limits, even with nothing bought")
WORTH_GAP = 0.001
"""Share of the improvement to which plans are solved that say what a concession buys."""


def explain_conflict(
    network: Network,
    problem: CombProblem,
    reference: float | None,
    progress: Callable[[str], None],
    otherwise: Sequence[str],
) -> InfeasibleError:
    """The fewest limits in conflict, what each would have to give, and what that would buy.

    Args:
        network: the case.
        problem: its comb tree, for which no plan was found.
        reference: objective of buying nothing extra [money]; None: there is no such plan either.
        progress: told what is going on.
        otherwise: what to name where the limits leave a plan after all (in parts of lots, or bought week by
            week), or where none of them is to blame.
    """
    progress("looking for the fewest limits in conflict")
    conflict = find_conflict(problem)
    if conflict is None:
        return InfeasibleError(otherwise)
    names = [name_limit(network, problem, limit) for limit in conflict.limits]
    hands = [limit for limit in conflict.limits if limit.kind in BY_HAND]
    without = problem
    for limit in hands:
        without = loosen(without, limit, np.inf)
    loss_without = _loss(without, reference) if hands else None
    concessions = []
    for limit, give, name in zip(conflict.limits, conflict.gives, names, strict=True):
        progress(f"working out what giving way buys: {name}")
        loss = None
        if give is not None:
            loss = _loss(loosen(problem, limit, give * (1 + NEAR)), reference)
        concessions.append(_concede(network, problem, conflict, limit, give, name, loss, loss_without))
    return InfeasibleError(names, concessions)


def _loss(problem: CombProblem, reference: float | None) -> float | None:
    """Measure of the loss of the best plan [money]; None where there is none."""
    found = solve(problem, gap=WORTH_GAP, reference=reference)
    return None if found.status is Status.INFEASIBLE else 0.0 - found.objective


def _concede(
    network: Network,
    problem: CombProblem,
    conflict: Conflict,
    limit: Limit,
    give: float | None,
    name: str,
    loss: float | None,
    loss_without: float | None,
) -> Concession:
    """What one limit has to give, in words and figures."""
    currency = network.settings.currency
    words = f"{name}: {_give_words(network, problem, limit, give)}"
    saves = None if loss is None or loss_without is None else loss_without - loss
    if loss is not None:
        words += f"; the {measure_name(problem.risk)} is then {currency} {figure(loss)}"
    if loss is not None and saves is not None and limit.kind not in ("start", "never"):
        hands = sorted(one.number + 1 for one in conflict.limits if one.kind in BY_HAND)
        rows = f"row{'s' if len(hands) > 1 else ''} {', '.join(map(str, hands))} of overrides"
        near = abs(saves) <= WORTH_GAP * abs(loss)
        than = (
            "about as much as"
            if near
            else f"{currency} {figure(abs(saves))} {'less' if saves > 0 else 'more'} than"
        )
        words += f", {than} without {rows}"
    finite = give is not None and math.isfinite(give)
    unit = unit_of(network, problem, limit) if finite else ""
    return Concession(name, give if finite else None, unit, loss, saves, words)


def _give_words(network: Network, problem: CombProblem, limit: Limit, give: float | None) -> str:
    """What a limit has to give."""
    if give is None:
        return "no change of it alone is enough, as other limits are in conflict too"
    if math.isinf(give):
        return "let it go"
    amount = f"{round_up(give):,.10g}"
    unit = unit_of(network, problem, limit)
    quantity = f"{unit} {amount}" if limit.kind == "cash" else f"{amount} {unit}"
    if limit.kind == "buying":
        row = next(one for one in problem.by_hand.limits if one.row == limit.number)
        sides = ["less"] * (row.low > 0) + ["more"] * math.isfinite(row.high)
        return f"{quantity} {' or '.join(sides)}"
    if limit.kind == "last order":
        return f"{quantity} earlier"
    if limit.kind == "minimum order":
        return f"{quantity} less"
    return f"{quantity} more"


def unit_of(network: Network, problem: CombProblem, limit: Limit) -> str:
    """The unit in which a limit gives, in words."""
    arrays = problem.arrays
    if limit.kind == "cash":
        return network.settings.currency
    if limit.kind == "storage":
        return "units of space"
    if limit.kind in ("shelf life", "last order"):
        return "weeks"
    if limit.kind == "buying":
        override = network.overrides[limit.number]
        item_id = override.item_id or network.source[override.source_id].item_id
    else:
        item_id = arrays.item_ids[arrays.source_item[limit.number]]
    unit = network.item[item_id].unit or "units"
    return f"{unit} a week" if limit.kind == "capacity" else unit


def name_limit(network: Network, problem: CombProblem, limit: Limit) -> str:
    """A limit in the user's words."""
    arrays, number = problem.arrays, limit.number
    if limit.kind in BY_HAND:
        return name_override(network, number)
    if limit.kind == "cash":
        money = f"{network.settings.currency} {limit.size:,.10g}"
        if network.settings.plan.budget == limit.size:
            return f"the budget of {money}"
        return f"the cash limit of {money} from {network.calendar.date_of(number)} on"
    if limit.kind == "storage":
        return f"the storage limit of {limit.size:,.10g}"
    if limit.kind == "shelf life":
        return f"the shelf life of {arrays.item_ids[number]} ({limit.size:,.10g} weeks)"
    source_id, size = arrays.source_ids[number], f"{limit.size:,.10g}"
    if limit.kind == "last order":
        timely = np.flatnonzero(in_time(problem, np.array([number]))[:, 0])
        if not len(timely):
            return f"the lead time of {source_id} ({size} weeks): nothing ordered now is of use in this plan"
        day = network.calendar.date_of(problem.epoch_week(int(timely[-1])))
        return f"the last day for orders from {source_id} that are of use in this plan ({day})"
    return f"the {limit.kind} of {source_id} ({size}{' a week' if limit.kind == 'capacity' else ''})"


def round_up(value: float, digits: int = 5) -> float:
    """A figure of so many digits that is not smaller, but for noise of floating point."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** (digits - 1 - math.floor(math.log10(value)))
    return math.ceil(value * scale * (1 - 1e-9)) / scale
