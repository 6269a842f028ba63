"""Tables of a plan. In: `PlanAnswer`. Out: `Table`s, key figures, and the answer in short.
One reason to exist: page, workbook and terminal show the same rows in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from outlast.plan.answer import (
    Interval,
    PlanAnswer,
    PurchaseLine,
    QualificationLine,
    RestrictionLine,
)
from outlast.report.cells import Cell, Column, Table, name_cell
from outlast.report.figures import (
    GLUE,
    NOTICE,
    UNKNOWN,
    shorten,
    show_date,
    show_money,
    show_number,
    show_share,
    show_weeks,
    text_width,
    with_weeks,
)
from outlast.report.grounds import is_assumed
from outlast.report.requirement import requirement_words
from outlast.report.verdict import certificate_words
from outlast.report.watch import tell_watch
from outlast.report.weekly import tell_overrides, tell_since

PLAIN = str.maketrans({GLUE: " ", UNKNOWN: "-", "…": "~"})
"""What not every terminal can show."""
MOST = 8
"""Lines of a ranked list in a terminal."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure of the headline: a change from now to the plan, or a single value."""

    label: str
    now: Cell | None
    plan: Cell
    note: str
    intervals: tuple[Interval, Interval] | None = None
    """95 % intervals of now and plan [money]."""


def key_figures(answer: PlanAnswer) -> tuple[KeyFigure, ...]:
    """What a manager asks first."""
    says, money = answer.summary, answer.summary.currency
    window = says.window_weeks
    worst = show_share(1 - says.cvar_level)
    halves = [
        Cell(weeks, "weeks", window) for weeks in (says.survive_half_now_weeks, says.survive_half_plan_weeks)
    ]
    return (
        *asked_figures(answer),
        KeyFigure(
            "How long a cut is outlasted (median)",
            halves[0] if answer.survival else None,
            halves[1] if answer.survival else Cell("no cut possible"),
            f"half of the simulated cuts are outlasted this long, if they fall in week {says.event_week} "
            f"({show_date(says.start + timedelta(weeks=says.event_week))}){short_at_once(answer)}",
        ),
        KeyFigure(
            f"Chance of a cut within {with_weeks(show_weeks(says.horizon_weeks))}",
            None,
            Cell(says.probability_of_event, "share"),
            "of any restriction in the case, by the stated hazards",
        ),
        KeyFigure(
            "Expected loss",
            Cell(says.expected_loss_now.mean, "money"),
            Cell(says.expected_loss_plan.mean, "money"),
            "probability times loss, summed; cost of protection included",
            (says.expected_loss_now, says.expected_loss_plan),
        ),
        KeyFigure(
            f"Mean loss of the worst {worst}",
            Cell(says.cvar_now, "money"),
            Cell(says.cvar_plan, "money"),
            f"CVaR at level {says.cvar_level:g}, scenarios without a cut included",
        ),
        KeyFigure(
            "Spend on protection",
            None,
            Cell(says.spend_on_buildup + says.spend_on_qualification, "money"),
            f"{show_money(says.spend_on_buildup, money)} on bought stock, "
            f"{show_money(says.spend_on_qualification, money)} on second sources; {peak_words(answer)}",
        ),
        KeyFigure(
            "Cost if nothing happens",
            None,
            Cell(says.cost_if_nothing_happens, "money"),
            "expected cost of protection on paths without a cut, holding and write-down included",
        ),
    )


def short_at_once(answer: PlanAnswer) -> str:
    """That most simulated cuts are not outlasted for a week though stock lasts at mean demand; else nothing.

    Of many items some are short in most weeks, cut or not, where demand swings: then sales since the cut, by
    contribution, are below the fill that counts before any stock has run out for want of supply.
    """
    stock = min((line.time_to_survive_weeks for line in answer.restrictions), default=0.0)
    if not answer.survival or answer.summary.survive_half_now_weeks > 0 or stock < 2:
        return ""
    short = 1 - answer.survival[1].now.p
    return (
        f". Stock lasts {with_weeks(show_weeks(stock))} today at mean demand, but demand swings: in "
        f"{show_share(short)} of the simulated cuts sales are below the fill that counts as outlasted in the "
        "first week already. Losses are told beside the same demand without a cut: they are of the cut"
    )


def asked_figures(answer: PlanAnswer) -> tuple[KeyFigure, ...]:
    """Whether the survival asked for is kept up; nothing where none was asked for."""
    asked = answer.requirement
    if asked is None:
        return ()
    return (
        KeyFigure(
            f"Cuts outlasted for {with_weeks(show_weeks(asked.weeks))}",
            Cell(asked.simulated_nothing, "share"),
            Cell(asked.simulated, "share"),
            f"{show_share(asked.probability)} asked for, at least {show_share(asked.simulated_low)} with 95% "
            f"confidence: {'met' if asked.met else 'not shown to be met'}",
        ),
    )


def peak_words(answer: PlanAnswer) -> str:
    """Most cash out at once, beside the limit of that day."""
    says = answer.summary
    making = "with making for stock, " if answer.production else ""
    peak = f"{show_money(says.peak_cash, says.currency)} out ({show_date(says.peak_cash_date)})"
    text = f"{making}at most {peak}"
    limit = next(
        (line.limit for line in reversed(answer.cash) if line.date <= says.peak_cash_date),
        None,
    )
    return f"{text}, " + ("no limit" if limit is None else f"limit {show_money(limit, says.currency)}")


def cash_table(answer: PlanAnswer) -> Table:
    """Cumulative cash paid for protection, and its limit."""
    money = answer.summary.currency
    columns = (
        Column("From", "date"),
        Column(f"Paid so far, {money}", "amount"),
        Column(f"Limit, {money}", "amount"),
    )
    rows = tuple(
        (Cell(line.date, "date"), Cell(line.spend, "amount"), Cell(line.limit, "amount"))
        for line in answer.cash
    )
    return Table("Cash", columns, rows, "No cash is paid for protection.")


def survival_table(answer: PlanAnswer) -> Table:
    """Share of simulated cuts that are outlasted, by week, with 95 % bands."""
    headings = ("Now", "Now, low", "Now, high", "Plan", "Plan, low", "Plan, high")
    columns = (Column("Weeks after the cut", "count"), *(Column(heading, "share") for heading in headings))
    rows = tuple(
        (
            Cell(line.week, "count"),
            *(
                Cell(value, "share")
                for share in (line.now, line.plan)
                for value in (share.p, share.low, share.high)
            ),
        )
        for line in answer.survival
    )
    return Table("Survival", columns, rows, "No restriction in this case can fall within the horizon.")


def restrictions_table(answer: PlanAnswer) -> Table:
    """Each restriction: how likely, how long we outlast it, what it costs."""
    says = answer.summary
    hazard, switch = is_assumed(answer, "hazard"), is_assumed(answer, "switch")
    columns = (
        Column("Restriction"),
        Column("Restriction id", detail=True),
        Column("Effect", detail=True),
        Column("Events a year", "quantity", assumed=hazard),
        Column("Low", "quantity", assumed=hazard, detail=True),
        Column("High", "quantity", assumed=hazard, detail=True),
        Column("Lasts today, weeks", "weeks"),
        Column("Stops first today"),
        Column("First product today", detail=True),
        Column("Lasts with the plan, weeks", "weeks"),
        Column("Stops first with the plan"),
        Column("First product with the plan", detail=True),
        Column("Switch takes, weeks", "weeks", assumed=switch),
        Column(f"Loss now, {says.currency}", "money"),
        Column(f"Loss with the plan, {says.currency}", "money"),
    )
    rows = tuple(
        (
            name_cell(line.authority, line.restriction_id),
            Cell(line.restriction_id),
            Cell(line.effect.replace("_", " ")),
            Cell(
                line.hazard_per_year if line.hazard_per_year is not None else "fixed date",
                "text" if line.hazard_per_year is None else "quantity",
                below=_between(line.hazard_low, line.hazard_high),
            ),
            Cell(line.hazard_low, "quantity"),
            Cell(line.hazard_high, "quantity"),
            Cell(
                says.window_weeks if line.exceeds_window else line.time_to_survive_weeks,
                "weeks",
                says.window_weeks,
            ),
            Cell(line.first_item_out or "nothing", below=_stops(line.first_product_out)),
            Cell(line.first_product_out),
            Cell(line.time_to_survive_plan_weeks, "weeks", says.window_weeks),
            Cell(line.first_item_out_plan or "nothing", below=_stops(line.first_product_out_plan)),
            Cell(line.first_product_out_plan),
            Cell(line.time_to_switch_p50_weeks, "weeks"),
            Cell(line.loss_if_now, "money"),
            Cell(line.loss_if_plan, "money"),
        )
        for line in answer.restrictions
    )
    return Table("Restrictions", columns, rows, "The case has no restrictions.")


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.2g} to {high:.2g}"


def _stops(product: str) -> str:
    return f"stops {product}" if product else ""


def comparison_table(answer: PlanAnswer) -> Table:
    """What the plan advises beside what was done in fact."""

    def figure(value: float, unit: str) -> Cell:
        share = unit.startswith(("share", "growth"))
        return Cell(value, "share" if share else "quantity", below=unit)

    columns = (
        Column("What"),
        Column("Plan advises", "quantity"),
        Column("Was done", "quantity"),
        Column("Unit", detail=True),
        Column("Why they differ", wide=True),
        Column("Source", wide=True),
    )
    rows = tuple(
        (
            Cell(line.what),
            figure(line.advised, line.unit),
            figure(line.done, line.unit),
            Cell(line.unit),
            Cell(line.explanation),
            Cell(line.citation),
        )
        for line in answer.comparison
    )
    return Table("Advised and done", columns, rows, "This case has no record of what was done.")


def due_this_week(answer: PlanAnswer) -> tuple[list[QualificationLine], list[PurchaseLine]]:
    """Switches to start and build-up to order within seven days of the start of the case."""
    end = answer.summary.start + timedelta(days=7)
    switches = [
        line for line in answer.qualifications if line.start_date is not None and line.start_date < end
    ]
    orders = [line for line in answer.purchases if line.kind == "build-up" and line.order_date < end]
    return switches, orders


def short_answer(answer: PlanAnswer) -> str:
    """The plan in a few ranked lines for a terminal: what stops first, how long, what to buy this week."""
    says = answer.summary
    loss_now, loss_plan = says.expected_loss_now.mean, says.expected_loss_plan.mean
    lines = [
        *(f"WHAT-IF: {change}" for change in answer.what_if),
        f"{answer.case_name}: {says.headline}",
        "",
        f"Chance of a cut within {with_weeks(show_weeks(says.horizon_weeks))}: "
        f"{show_share(says.probability_of_event)}. Expected loss: {show_money(loss_now, says.currency)} now, "
        f"{show_money(loss_plan, says.currency)} with the plan.",
    ]
    ranked = sorted(answer.restrictions, key=lambda line: line.time_to_survive_weeks)
    if ranked:
        heading = f"  {'from the news of':<40}{'weeks':>8}   stops first"
        lines += ["", heading, *(row for line in ranked[:MOST] for row in _tell_restriction(answer, line))]
    lines += [
        "",
        *_tell_week(answer),
        "",
        *tell_watch(answer),
        *tell_overrides(answer),
        *tell_since(answer),
        *requirement_words(answer),
        *certificate_words(answer)[: 3 if answer.certificate.regret else 2],
        NOTICE,
    ]
    return "\n".join(lines).translate(PLAIN)


def _tell_restriction(answer: PlanAnswer, line: RestrictionLine) -> list[str]:
    """How long stock lasts today and with the plan, what stops first then, and what a switch takes."""
    window = answer.summary.window_weeks
    today = window if line.exceeds_window else line.time_to_survive_weeks
    switch = line.time_to_switch_p50_weeks
    takes = "" if switch is None else f"; all items have another source after {show_weeks(switch)} weeks"
    told = (
        (f"{line.restriction_id}, today", today, line.first_item_out),
        (
            "  with the plan",
            line.time_to_survive_plan_weeks,
            f"{line.first_item_out_plan or 'nothing'}{takes}",
        ),
    )
    rows = []
    for what, weeks, stops in told:
        what = shorten(what, 39)
        pad = " " * (40 - text_width(what))
        rows.append(f"  {what}{pad}{show_weeks(weeks, window):>8}   {stops or 'nothing'}")
    return rows


def _tell_week(answer: PlanAnswer) -> list[str]:
    """Switches to start and orders to place within a week of the start; the dearest of too many."""
    switches, orders = due_this_week(answer)
    money = answer.summary.currency
    most_switches, most_orders = len(switches), len(orders)
    if many := len(switches) + len(orders) > MOST:
        switches = sorted(switches, key=lambda line: -line.cost)
        orders = sorted(orders, key=lambda line: -line.cost)
        most_switches = min(len(switches), max(MOST // 2, MOST - len(orders)))
        most_orders = MOST - most_switches
    lines = [
        f"start the switch of {shorten(line.name, 40)} to {line.supplier}: {line.reason}"
        for line in switches[:most_switches]
    ]
    lines += [
        f"order {show_number(line.quantity)} {shorten(line.name, 40)} from {line.supplier}, "
        f"{show_money(line.cost, money)}: {line.reason}"
        for line in orders[:most_orders]
    ]
    if not lines:
        later = [line.order_date for line in answer.purchases if line.kind == "build-up"]
        first = f"; the first order is due on {show_date(min(later))}" if later else ""
        return [f"Nothing to buy this week beyond normal replenishment{first}."]
    numbered = [f"  {place}. {line}" for place, line in enumerate(lines, start=1)]
    if not many:
        return ["This week:", *numbered]
    whole = [
        f"{count:,} {what} for {show_money(sum(line.cost for line in every), money)}"
        for what, every in (("switches", switches), ("orders", orders))
        if (count := len(every))
    ]
    rest = (
        f"  and {len(switches) + len(orders) - MOST:,} more; in all {' and '.join(whole)}: see the buy list"
    )
    return ["This week, the dearest first:", *numbered, rest]
