"""Triggers in a plan and in its words. In: `Done` of a case with watch states. Out: `Done`, `Watch`.
One reason to exist: what is done when the watch state changes is found, played and told in one place; a plan
of a case without states passes through as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outlast.network.arrays import NetworkArrays
from outlast.network.chain import occupancy
from outlast.network.pricing import order_money
from outlast.optimise.comb import AT_EVENT
from outlast.optimise.highs import Status
from outlast.optimise.watch_tree import grow_tree, odds_of_more
from outlast.periods import WEEKS_PER_YEAR
from outlast.plan import answer as say
from outlast.plan.certify import Evaluation, mean_interval
from outlast.plan.explain import Story
from outlast.plan.schedule import Schedule, plan_policy
from outlast.plan.study import Trial, measured
from outlast.plan.summary import Done
from outlast.plan.triggers import Triggers, plan_triggers
from outlast.plan.watching import WatchPolicy
from outlast.simulate.policy import Policy

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
AHEAD_WEEKS = 13
"""Weeks after a change of the state for which actions are told."""
TOLD = 0.05
"""Share of a week's use from which a difference is told."""
KINDS = ("start switch", "order", "make", "run down")


def with_triggers(
    done: Done, *, gap: float, tidied: float, time_limit: float | None, progress: Progress
) -> Done:
    """The plan that looks at watch states; the one given where there is nothing to look at.

    Args:
        done: the best plan that does not look.
        gap: as for `plan_triggers`.
        tidied: as for `plan_triggers`.
        time_limit: most time for the choice of switch starts [s].
        progress: told what is going on.
    """
    if not worth_looking(done.arrays) or not done.problem.teeth or done.stopped():
        return done
    if done.regret is not None or done.secured is not None:
        return done
    triggers = plan_triggers(
        done.problem,
        done.schedule,
        done.nothing.objective,
        done.story.lot,
        gap=gap,
        tidied=tidied,
        time_limit=time_limit,
        progress=progress,
        stopped=done.stopped,
    )
    if triggers is None:
        return done
    solution, calm = triggers.solution, triggers.leaf(0)
    schedule, stock = triggers.schedules[calm], triggers.stock(calm)
    program = solution.master.teeth.program
    best = replace(
        done.best,
        status=Status.GAP,
        objective=solution.objective,
        bound=solution.bound,
        rows=program.n_row,
        columns=len(program.cost),
        passes=solution.master.teeth.passes,
    )
    evaluation = Evaluation(
        True, triggers.objective, schedule.run_down, schedule.make, stock, np.inf, np.zeros(0)
    )
    story = replace(done.story, schedule=schedule, stock=stock)
    return replace(
        done,
        best=best,
        schedule=schedule,
        evaluation=evaluation,
        story=story,
        triggers=triggers,
        without_triggers=done,
    )


def worth_looking(arrays: NetworkArrays) -> bool:
    """Whether a state that can be reached within the horizon has another hazard than the present one."""
    if len(arrays.watch_ids) < 2:
        return False
    hazard = arrays.watch_factor * arrays.hazard_per_week
    reached = np.unique(grow_tree(arrays, 1).state)
    share = occupancy(arrays.watch_step, arrays.watch_now, -(-arrays.horizon_weeks // arrays.epoch_weeks))
    seen = np.union1d(reached, np.flatnonzero(share > 0))
    return bool(np.ptp(hazard[seen], axis=0).any())


def to_play(done: Done, hoard: Floats) -> tuple[Policy, Policy | WatchPolicy, Policy | None]:
    """Policies of a plan: while the state stays, whatever it does, and of the best plan that does not look
    at it; None where there are no triggers."""
    stays = plan_policy(done.problem, done.best.trunk, done.schedule, hoard)
    if done.triggers is None or done.without_triggers is None:
        return stays, stays, None
    triggers, plain = done.triggers, done.without_triggers
    problem, trunk = triggers.solution.problem, triggers.solution.master.teeth.grown.comb.trunk
    by_leaf = {
        leaf: plan_policy(problem, trunk, schedule, hoard) for leaf, schedule in triggers.schedules.items()
    }
    followed = WatchPolicy(triggers.solution.tree, by_leaf, triggers.leaf)
    return stays, followed, plan_policy(done.problem, done.best.trunk, plain.schedule, hoard)


def watch_answer(done: Done, trial: Trial) -> say.Watch | None:
    """What the plan does when the state changes, and what that is worth; None without triggers."""
    if done.triggers is None or done.without_triggers is None or trial.without_triggers is None:
        return None
    tree, arrays = done.triggers.solution.tree, done.arrays
    plan, plain = measured(done.problem, trial.plan), measured(done.problem, trial.without_triggers)
    return say.Watch(
        states=state_lines(done),
        changes_followed=tree.most_changes,
        odds_of_more_changes=odds_of_more(arrays, tree.most_changes),
        review_weeks=tree.review_epochs * arrays.epoch_weeks,
        ahead_weeks=AHEAD_WEEKS,
        situations=len(tree.epoch),
        objective_without=done.without_triggers.evaluation.objective,
        simulated_without=mean_interval(-plain),
        gain=mean_interval(plain - plan),
        triggers=tuple(
            trigger_line(done.story, done.triggers, int(node)) for node in np.flatnonzero(tree.changed)
        ),
    )


def state_lines(done: Done) -> tuple[say.WatchStateLine, ...]:
    """The watch states of the case."""
    arrays = done.arrays
    share = occupancy(arrays.watch_step, arrays.watch_now, done.problem.epochs)
    rows = done.network.watch_states
    return tuple(
        say.WatchStateLine(
            row.state_id,
            row.meaning,
            state == arrays.watch_now,
            float(share[state]),
            tuple(
                say.StateHazard(arrays.restriction_ids[r], float(rate) * WEEKS_PER_YEAR)
                for r, rate in enumerate(arrays.hazard_per_week * arrays.watch_factor[state])
                if arrays.hazard_per_week[r] > 0
            ),
        )
        for state, row in enumerate(rows)
    )


def trigger_line(story: Story, triggers: Triggers, node: int) -> say.Trigger:
    """What is done in the weeks after a change, beside what would be done had the state stayed."""
    tree = triggers.solution.tree
    changes = tuple(
        say.StateChange(
            story.network.calendar.date_of(story.problem.epoch_week(int(tree.epoch[step]))),
            story.arrays.watch_ids[tree.state[step]],
        )
        for step in tree.path(node)
        if tree.changed[step]
    )
    changed = triggers.schedules[triggers.leaf(node)]
    stayed = triggers.schedules[triggers.leaf(_sibling(triggers, node))]
    week = story.problem.epoch_week(int(tree.epoch[node]))
    actions = [
        action
        for action in _actions(story, changed, stayed, week)
        if abs(action.quantity - action.otherwise) > 0
    ]
    actions.sort(key=lambda action: (KINDS.index(action.kind), action.date, -action.cost, action.source_id))
    return say.Trigger(changes, float(tree.alive[node]), tuple(actions))


def _sibling(triggers: Triggers, node: int) -> int:
    """The node of the same epoch had the state stayed; the node itself where it is certain to leave."""
    tree = triggers.solution.tree
    same = np.flatnonzero((tree.parent == tree.parent[node]) & ~tree.changed)
    return int(same[0]) if len(same) else node


def _actions(story: Story, changed: Schedule, stayed: Schedule, week: int) -> list[say.TriggerAction]:
    """Orders, starts, making and run-down of the weeks looked ahead, where either schedule has some."""
    arrays, day = story.arrays, story.network.calendar.date_of
    end, out = week + AHEAD_WEEKS, []

    def line(kind: str, item: int, source: int, first: int, both: tuple[float, float], cost: float) -> None:
        named = source >= 0
        out.append(
            say.TriggerAction(
                kind,  # type: ignore[arg-type]
                arrays.item_ids[item],
                story.name(item),
                arrays.source_ids[source] if named else "",
                story.supplier(source) if named else "",
                day(first),
                *both,
                cost,
            )
        )

    for source in sorted({order.source for order in (*changed.orders, *stayed.orders)}):
        mine, other = (
            [o for o in schedule.orders if o.source == source and week <= o.week < end]
            for schedule in (changed, stayed)
        )
        both = sum(o.quantity for o in mine), sum(o.quantity for o in other)
        first = min((o.week for o in mine or other), default=week)
        cost = sum(order_money(arrays, source, o.quantity) for o in mine)
        line("order", int(arrays.source_item[source]), source, first, both, cost)
    for source in sorted({*changed.starts, *stayed.starts}):
        starts = [
            float(week <= schedule.starts.get(source, AT_EVENT) < end) for schedule in (changed, stayed)
        ]
        first = changed.starts.get(source, AT_EVENT) if starts[0] else week
        cost = starts[0] * float(arrays.switch_cost[source])
        line("start switch", int(arrays.source_item[source]), source, first, (starts[0], starts[1]), cost)
    epochs = slice(week // arrays.epoch_weeks, -(-end // arrays.epoch_weeks))
    for kind, name, items in (
        ("make", "make", story.trunk.make_items),
        ("run down", "run_down", story.problem.items),
    ):
        for column, item in enumerate(items):
            amounts = [float(getattr(s, name)[epochs, column].sum()) for s in (changed, stayed)]
            if abs(amounts[0] - amounts[1]) > TOLD * story.use(int(item)):
                cost = amounts[0] * float(arrays.standard_cost[item]) * (1 if kind == "make" else -1)
                line(kind, int(item), -1, week, (amounts[0], amounts[1]), cost)
    return out


def watch_words(done: Done) -> list[str]:
    """What the certificate and the conditional figures of a plan with triggers hold for."""
    if done.triggers is None:
        return []
    tree, weeks = done.triggers.solution.tree, done.arrays.epoch_weeks
    more = odds_of_more(done.arrays, tree.most_changes)
    changes = "one change" if tree.most_changes == 1 else f"{tree.most_changes} changes"
    return [
        f"The plan acts on at most {changes} of the watch state, looked at every "
        f"{tree.review_epochs * weeks} weeks; its bound is that of all plans that do so. With odds of "
        f"{more:.0%} there are more changes before any event: they count by their odds, and planning again "
        "follows them.",
        "Orders, stock, survival and losses given a cut are those of a company whose watch state has stayed; "
        "the simulated mean loss follows the state.",
        "Switches start where the plan without triggers may start them, or where the state has changed.",
        "Ways to bridge a cut, and what decisions by hand cost, are weighed for the plan without triggers.",
    ]
