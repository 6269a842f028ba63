"""What is different from the plan before, and why. In: two plans and their cases. Out: `ChangeLine`s.
One reason to exist: a planner who sees a changed plan asks why, and gets a reason that was tested, not
made up: with last week's figure put back, the plan is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlast.errors import InfeasibleError
from outlast.network.checks import check_network
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.optimise.comb import estimated_rows
from outlast.plan.answer import ChangeLine, ItemLine, Since
from outlast.plan.compared import (
    Amounts,
    Draft,
    FoundBy,
    compare_making,
    compare_purchases,
    compare_replenishment,
    compare_starts,
    compare_targets,
)
from outlast.plan.differences import Fact, find_facts, put_back, stock_news, tell_facts
from outlast.plan.previous import Previous, Standing, moved_share, stand_purchases
from outlast.plan.summary import Done

Floats = NDArray[np.float64]
RESOLVE_ROWS = 30_000.0
"""Rows of a planning problem up to which it is made again with each group of figures put back."""
RESOLVE_GROUPS = 6
NO_PLAN = Since("", None, (), 0, 0, 0.0, 0.0, 0.0, 0.0)

PlanAgain = Callable[[Network], Amounts]
"""Plans a case."""


def what_changed(
    done: Done, items: Sequence[ItemLine], plan_again: PlanAgain, progress: Callable[[str], None]
) -> tuple[Since, tuple[ChangeLine, ...]]:
    """Every difference to the plan before, and what it comes to."""
    previous = done.previous
    if previous is None:
        return NO_PLAN, ()
    standing = stand_purchases(previous, done.network)
    compared = compare_purchases(done, standing)
    changed = len(compared.drafts)
    compared.drafts += compare_making(done)
    compared.drafts += compare_replenishment(done, previous, standing)
    compared.drafts += compare_starts(done, previous)
    compared.drafts += compare_targets(done, previous, items)
    orders = [(line, call) for line in previous.answer.purchases for call in line.calls]
    named = {row.order_id for row in done.network.open_orders or ()}
    placed = frozenset(call.order_id for _, call in orders if call.order_id in named)
    foreseen: dict[str, float] = {}
    for line, call in orders:
        if line.kind == "replenishment" and call.order_id not in named:
            foreseen[line.source_id] = foreseen.get(line.source_id, 0.0) + call.quantity
    facts: list[Fact] = []
    if previous.network is not None:
        old, new = number(previous.network), done.arrays
        facts = find_facts(previous.network, done.network, old, new, placed, foreseen)
        _give_reasons(done, compared.drafts, facts, placed, plan_again, progress)
    else:
        for draft in compared.drafts:
            draft.reason = "not known: the files of the plan before were not kept"
    lines = (*_standing_lines(done, standing), *(_line(done, draft) for draft in compared.drafts))
    return _since(done, previous, facts, standing, compared.kept, changed), lines


def _since(
    done: Done,
    previous: Previous,
    facts: Sequence[Fact],
    standing: Sequence[Standing],
    kept: int,
    changed: int,
) -> Since:
    problem, trunk = done.problem, done.best.trunk
    plain = done.without_triggers or done
    bought = done.schedule.bought(problem, trunk)
    inputs = [*_stock_hint(done, previous), *tell_facts(facts), *_cash_hint(done, previous, standing)]
    if previous.network is None:
        inputs.append("the files of the plan before were not kept, so its inputs cannot be compared")
    return Since(
        plan_id=previous.answer.plan_id,
        start=previous.answer.summary.start,
        inputs=tuple(inputs),
        kept=kept,
        changed=changed,
        moved_share=moved_share(problem, trunk.buy_sources, bought),
        moved_share_free=moved_share(problem, trunk.buy_sources, done.best.x[trunk.buy]),
        change_cost_share=problem.earlier.share if problem.earlier else 0.0,
        cost=max(plain.best.objective - plain.calm.objective, 0.0),
    )


def _stock_hint(done: Done, previous: Previous) -> list[str]:
    """Stock of last week taken for this week's would count twice what was used since."""
    later = done.network.settings.start > previous.answer.summary.start
    files = [name for name in done.network.hashes if Path(name).stem == "stock"]
    same = [n for n in files if previous.answer.provenance.hashes.get(n) == done.network.hashes[n]]
    if not later or not same:
        return []
    return [f"{same[0]} is the same as for the plan before: it is taken as the stock of the new start"]


def _cash_hint(done: Done, previous: Previous, standing: Sequence[Standing]) -> list[str]:
    """Cash limits count from the start: what was ordered before it has to be taken off by hand."""
    ordered = sum(
        one.line.cost * one.call.quantity / one.line.quantity for one in standing if _is_placed(one)
    )
    limited = bool(np.isfinite(done.arrays.cash_limit).any())
    same = previous.network is not None and (
        previous.network.cash == done.network.cash
        and previous.network.settings.plan.budget == done.network.settings.plan.budget
    )
    if ordered <= 0 or not limited or not same:
        return []
    money = f"{done.network.settings.currency} {ordered:,.0f}"
    return [
        f"build-up worth {money} was ordered since the plan before, and the cash limits are unchanged: they "
        "count what is paid from the new start on; lower them if that money is no longer there"
    ]


def _is_placed(one: Standing) -> bool:
    return one.state in ("placed", "ordered")


def _standing_lines(done: Done, standing: Sequence[Standing]) -> list[ChangeLine]:
    """Orders of the plan before that were placed, or should have been."""
    words = {
        "placed": "open_orders names it",
        "ordered": "its source has that much more on order than before",
        "overdue": "its day has passed and it is not on order; mark it with outlast placed if it is",
    }
    return [
        ChangeLine(
            kind="placed" if _is_placed(one) else "not placed",
            item_id=one.line.item_id,
            name=one.line.name,
            source_id=one.line.source_id,
            supplier=one.line.supplier,
            date_before=one.call.order_date,
            date_after=None,
            quantity_before=one.call.quantity,
            quantity_after=None,
            money=one.line.cost * one.call.quantity / one.line.quantity,
            reason=words[one.state],
            found_by="record",
        )
        for one in standing
        if one.state != "planned"
    ]


def _give_reasons(
    done: Done,
    drafts: Sequence[Draft],
    facts: Sequence[Fact],
    placed: frozenset[str],
    plan_again: PlanAgain,
    progress: Callable[[str], None],
) -> None:
    """Fills in the reason of each difference."""
    groups = list(dict.fromkeys(fact.group for fact in facts))
    again: dict[str, Amounts] = {}
    cheap = estimated_rows(done.problem) <= RESOLVE_ROWS and len(groups) <= RESOLVE_GROUPS
    for group in groups if cheap and drafts else ():
        if done.stopped():
            break
        progress(f"planning again with {group} as before")
        amounts = _plan_with(done, group, placed, plan_again)
        if amounts is not None:
            again[group] = amounts
    for draft in drafts:
        near = [fact for fact in facts if fact.touches(draft.item_id)]
        near.sort(key=lambda fact: fact.group != "overrides")
        far = [fact for fact in facts if fact not in near]
        explaining = [g for g, plan in again.items() if _as_before(draft, draft.read(plan))]
        draft.reason, draft.found_by = _words(explaining, near, far, set(again) == set(groups), cheap)


def _plan_with(done: Done, group: str, placed: frozenset[str], plan_again: PlanAgain) -> Amounts | None:
    """The plan with one group of figures put back; None where that makes no sound case, or no plan."""
    previous = done.previous
    assert previous is not None
    assert previous.network is not None
    news = stock_news(previous.network, done.network, number(previous.network), done.arrays)
    case = put_back(group, previous.network, done.network, placed, news)
    if any(finding.level == "error" for finding in check_network(case)):
        return None
    try:
        return plan_again(case)
    except InfeasibleError:
        return None


def _as_before(draft: Draft, figure: float) -> bool:
    """A figure is nearer to what it was than to what it is."""
    return abs(figure - draft.was) < 0.5 * abs(draft.now - draft.was)


def _words(
    explaining: Sequence[str], near: Sequence[Fact], far: Sequence[Fact], all_tried: bool, cheap: bool
) -> tuple[str, FoundBy]:
    """The reason in a sentence, and how it is known."""
    if explaining:
        texts = []
        for group in explaining[:2]:
            mine = [f for f in near if f.group == group] or [f for f in far if f.group == group]
            texts.append(" and ".join(fact.text for fact in mine[:2]))
        which = "either of these" if len(texts) > 1 else "that"
        return f"{'; '.join(texts)}; with {which} put back the plan is as before", "planned again"
    names = "; ".join(dict.fromkeys(fact.text for fact in near[:3]))
    if not near and not far:
        return "nothing changed but the week: unexplained by any single input", "none"
    if cheap and all_tried:
        several = f" (tried: {names})" if names else ""
        return f"unexplained by a single change: whichever is put back, it stays{several}", "none"
    if len(near) == 1 and not far:
        return f"{names}: the only input that changed", "inputs"
    return f"not separated; what changed: {names or '; '.join(f.text for f in far[:3])}", "none"


def _line(done: Done, draft: Draft) -> ChangeLine:
    network = done.network
    row = network.source.get(draft.source_id)
    item: Any = network.item.get(draft.item_id)
    return ChangeLine(
        kind=draft.kind,
        item_id=draft.item_id,
        name=(item.name or draft.item_id) if item else draft.item_id,
        source_id=draft.source_id,
        supplier=network.supplier[row.supplier_id].name if row else "",
        date_before=draft.before[0],
        date_after=draft.after[0],
        quantity_before=draft.before[1],
        quantity_after=draft.after[1],
        money=draft.money,
        reason=draft.reason,
        found_by=draft.found_by,
    )
