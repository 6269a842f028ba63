"""Triggers in words and tables. In: `PlanAnswer` of a case with watch states. Out: text, `Table`s.
One reason to exist: "when the state becomes X, order this and start that" reads alike on page, in workbook
and terminal.
"""

from __future__ import annotations

from datetime import date, timedelta

from outlast.plan.answer import PlanAnswer, Trigger, TriggerAction, Watch
from outlast.report.cells import Cell, Column, Table, name_cell
from outlast.report.figures import show_between, show_date, show_money, show_number, show_share, with_weeks

AFTER_WEEKS = (0, 13, 26, 52)
"""Weeks after the first look for which a change is told on the page; the workbook has all."""
MOST = 4
"""Actions of a change in a terminal."""


def states_table(answer: PlanAnswer) -> Table:
    """The watch states, and the hazards in each."""
    watch = answer.watch
    restrictions = [hazard.restriction_id for hazard in watch.states[0].hazards] if watch else []
    columns = (
        Column("Watch state"),
        Column("Meaning", wide=True),
        Column("Share of the horizon", "share"),
        *(Column(f"{name}, events a year", "quantity") for name in restrictions),
    )
    rows = tuple(
        (
            Cell(state.state_id, below="now" if state.now else ""),
            Cell(state.meaning),
            Cell(state.share, "share"),
            *(Cell(hazard.hazard_per_year, "quantity") for hazard in state.hazards),
        )
        for state in (watch.states if watch else ())
    )
    return Table("Watch states", columns, rows, "This case has no watch states.")


def triggers_table(answer: PlanAnswer, triggers: tuple[Trigger, ...] | None = None) -> Table:
    """A row for each action of each change of the state; of all changes if not told which."""
    watch, money = answer.watch, answer.summary.currency
    ahead = with_weeks(str(watch.ahead_weeks)) if watch else ""
    columns = (
        Column("State becomes"),
        Column("On", "date"),
        Column("After", detail=True),
        Column("Odds of that", "share", detail=True),
        Column("Do"),
        Column("Item"),
        Column("Item id", detail=True),
        Column("From"),
        Column("Source id", detail=True),
        Column("First on", "date", detail=True),
        Column(f"In {ahead}", "quantity"),
        Column("Had it stayed", "quantity"),
        Column(f"Cost, {money}", "amount"),
    )
    told = (watch.triggers if watch else ()) if triggers is None else triggers
    rows = []
    for trigger in told:
        for action in trigger.actions or (None,):
            rows.append(_row(trigger, action))
    return Table("Triggers", columns, tuple(rows), "The plan waits for no change of the watch state.")


def _row(trigger: Trigger, action: TriggerAction | None) -> tuple[Cell, ...]:
    last = trigger.changes[-1]
    before = ", ".join(f"{change.state_id} on {change.date}" for change in trigger.changes[:-1])
    start = (
        Cell(last.state_id, below=f"after {before}" if before else ""),
        Cell(last.date, "date"),
        Cell(before),
        Cell(trigger.odds, "share"),
    )
    if action is None:
        return (*start, Cell("nothing else"), *(Cell("") for _ in range(8)))
    counted = action.kind != "start switch"
    return (
        *start,
        Cell(action.kind if action.quantity > 0 else f"no {action.kind}"),
        name_cell(action.name, action.item_id),
        Cell(action.item_id),
        Cell(action.supplier),
        Cell(action.source_id),
        Cell(action.date, "date"),
        Cell(action.quantity if counted else None, "quantity") if counted else Cell(""),
        Cell(action.otherwise, "quantity") if counted else Cell(""),
        Cell(action.cost, "amount"),
    )


def told_triggers(watch: Watch) -> tuple[Trigger, ...]:
    """First changes of the state, at the first look and some time later; by state."""
    firsts = [trigger for trigger in watch.triggers if len(trigger.changes) == 1]
    if not firsts:
        return ()
    begin = min(trigger.changes[0].date for trigger in firsts)
    out = []
    for state in dict.fromkeys(trigger.changes[0].state_id for trigger in firsts):
        mine = [trigger for trigger in firsts if trigger.changes[0].state_id == state]
        days: list[date] = []
        for weeks in AFTER_WEEKS:
            later = [t for t in mine if t.changes[0].date >= begin + timedelta(weeks=weeks)]
            if later and later[0].changes[0].date not in days:
                days.append(later[0].changes[0].date)
                out.append(later[0])
    return tuple(out)


def watch_sentences(answer: PlanAnswer) -> list[str]:
    """What the triggers are worth, and what the plan looks at; none without triggers."""
    watch, money = answer.watch, answer.summary.currency
    if watch is None:
        return []
    gain = watch.gain
    between = show_between(show_money(gain.low, money), show_money(gain.high, money))
    if gain.low > 0:
        worth = f"Acting on the watch state saves {show_money(gain.mean, money)} of expected loss ({between})"
    elif gain.high < 0:
        worth = f"Acting on the watch state loses {show_money(-gain.mean, money)} by simulation ({between})"
    else:
        worth = f"What acting on the watch state saves can't be told from chance ({between})"
    changes = "the first change" if watch.changes_followed == 1 else f"up to {watch.changes_followed} changes"
    every, more = with_weeks(str(watch.review_weeks)), show_share(watch.odds_of_more_changes)
    return [
        f"{worth}, against the best plan that does not look at it, on the same fresh scenarios.",
        f"The plan looks at the state every {every} and acts on {changes}; with odds of {more} there are "
        "more before any cut: plan again then.",
    ]


def tell_watch(answer: PlanAnswer) -> list[str]:
    """What to do when the watch state changes, for a terminal."""
    watch = answer.watch
    if watch is None:
        return []
    now = next(state.state_id for state in watch.states if state.now)
    lines = [f"While the watch state is {now}, do the above. When it changes:"]
    meaning = {state.state_id: state.meaning for state in watch.states}
    state = ""
    for trigger in told_triggers(watch):
        change = trigger.changes[0]
        if change.state_id != state:
            state = change.state_id
            lines.append(f"  when it becomes {state}{f' ({meaning[state]})' if meaning[state] else ''}:")
        lines.append(f"    on {show_date(change.date)}: {_tell_actions(answer, trigger)}")
    if state == "":
        lines.append("  nothing else")
    return [*lines, *watch_sentences(answer), ""]


def _tell_actions(answer: PlanAnswer, trigger: Trigger) -> str:
    told = [_tell_action(answer, action) for action in trigger.actions[:MOST]]
    rest = [f"{len(trigger.actions) - MOST} more in the report"] if len(trigger.actions) > MOST else []
    return "; ".join([*told, *rest]) or "nothing else"


def _tell_action(answer: PlanAnswer, action: TriggerAction) -> str:
    what = action.name or action.item_id
    if action.kind == "start switch":
        verb = "start" if action.quantity > 0 else "do not start"
        return f"{verb} the switch of {what} to {action.supplier}"
    verb = {"order": "order", "make": "make", "run down": "run down"}[action.kind]
    source = f" from {action.supplier}" if action.supplier else ""
    many = (
        f"{verb} {show_number(action.quantity)} {what}{source}"
        if action.quantity > 0
        else (f"{verb} no {what}{source}")
    )
    weeks = with_weeks(str(answer.watch.ahead_weeks)) if answer.watch else ""
    return f"{many} in {weeks} (else {show_number(action.otherwise)})"
