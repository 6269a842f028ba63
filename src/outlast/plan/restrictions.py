"""One line per restriction. In: a plan and its conditional simulations. Out: `RestrictionLine`s.
One reason to exist: how likely, how long we outlast it now and under the plan, and what it costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from outlast.network.arrays import NetworkArrays
from outlast.plan.answer import RestrictionLine
from outlast.plan.explain import Story
from outlast.plan.study import Conditional
from outlast.survive import Outlasted, outlast_restrictions


def restriction_lines(story: Story, cuts: Mapping[int, Sequence[Conditional]]) -> tuple[RestrictionLine, ...]:
    """Every restriction that is still news, the dearest first; dated ones that only close markets
    are part of the demand the plan counts on."""
    arrays = story.arrays
    held = np.maximum(arrays.on_hand, [story.target(item) for item in range(len(arrays.item_ids))])
    now, plan = outlast_restrictions(arrays, arrays.on_hand), outlast_restrictions(arrays, held)
    lines = [
        _line(story, arrays, r, now[name], plan[name], cuts.get(r))
        for r, name in enumerate(arrays.restriction_ids)
        if name in now
    ]
    return tuple(sorted(lines, key=lambda line: (-line.loss_if_now, line.restriction_id)))


def _line(
    story: Story,
    arrays: NetworkArrays,
    r: int,
    now: Outlasted,
    plan: Outlasted,
    cut: Sequence[Conditional] | None,
) -> RestrictionLine:
    row = next(x for x in story.network.restrictions if x.restriction_id == arrays.restriction_ids[r])
    return RestrictionLine(
        restriction_id=row.restriction_id,
        authority=row.authority,
        effect=row.effect,
        hazard_per_year=row.hazard_per_year,
        hazard_low=row.hazard_low,
        hazard_high=row.hazard_high,
        time_to_survive_weeks=float(now.weeks),
        time_to_survive_plan_weeks=float(plan.weeks),
        exceeds_window=now.weeks >= arrays.window_weeks,
        time_to_switch_p50_weeks=None if now.switch is None else now.switch.p50,
        first_item_out=now.first_item_out,
        first_product_out=now.first_product_out,
        first_item_out_plan=plan.first_item_out,
        first_product_out_plan=plan.first_product_out,
        loss_if_now=0.0 if cut is None else float(cut[0].loss.mean()),
        loss_if_plan=0.0 if cut is None else float(cut[1].loss.mean()),
    )
