"""The survival asked for, in words and rows. In: `PlanAnswer`. Out: sentences, key figures and a `Table`.
One reason to exist: what a plan of least cash pays, what it is proven against and whether it is enough is
told the same way everywhere.
"""

from __future__ import annotations

from outlast.plan.answer import PlanAnswer, Requirement
from outlast.report.cells import Cell, Column, Table
from outlast.report.figures import show_money, show_share, show_weeks, with_weeks


def asked_words(asked: Requirement) -> str:
    """What was asked for."""
    return f"{with_weeks(show_weeks(asked.weeks))} in {show_share(asked.probability)} of cuts"


def requirement_words(answer: PlanAnswer) -> tuple[str, ...]:
    """Cash and its bound, room to spare, and what fresh scenarios say; nothing where no survival was asked
    for."""
    asked, money = answer.requirement, answer.summary.currency
    if asked is None:
        return ()
    stopped = answer.certificate.stopped_early
    told = (_cash_words(asked, money), _room_words(asked), _checked_words(asked, money, stopped))
    return tuple(filter(None, told))


def _cash_words(asked: Requirement, money: str) -> str:
    least = show_money(asked.least_cash, money)
    if asked.least_cash <= 0:
        return f"On the planning scenarios {asked_words(asked)} are outlasted without any cash."
    found = f"On the planning scenarios {least} is the least cash found that outlasts {asked_words(asked)}"
    if asked.status == "optimal":
        return f"{found}; it is proven that no plan there needs less."
    if asked.status == "unproven":
        return f"{found}; how far it is from the least there is, is not proven."
    bound = show_money(asked.bound, money)
    return f"{found}; no plan there needs less than {bound}, so that {show_share(asked.gap)} is left open."


def _room_words(asked: Requirement) -> str:
    if asked.room_demand <= 0:
        return ""
    return (
        "There demand is its mean and the length of a cut is known when it comes. To hold where neither is "
        f"so, the plan is made for {show_share(asked.room_events)} of cuts and for demand "
        f"{show_share(asked.room_demand)} above its mean after a cut."
    )


def _checked_words(asked: Requirement, money: str, stopped: bool) -> str:
    if not asked.simulated_events:
        return "No cut fell on the fresh scenarios, so that the plan is not checked on them."
    found = (
        f"Checked on {asked.simulated_events:,} fresh cuts by a company that sees only the past: "
        f"{_tenths(asked.simulated)} are outlasted so long, with 95% confidence at least "
        f"{_tenths(asked.simulated_low)}; with nothing extra {_tenths(asked.simulated_nothing)}. "
    )
    if asked.met:
        return f"{found}The requirement is met."
    share = show_share(asked.probability)
    if asked.simulated >= asked.probability:
        found += f"The requirement is not shown to be met: that limit is below {share}."
    else:
        found += f"The requirement is not met out of sample: it asks for {share}."
    if stopped:
        return (
            f"{found} Stopped early: a plan with more room to spare, which may be enough, was not looked for."
        )
    if asked.roomiest is None or asked.roomiest_cash is None:
        return found
    cash = show_money(asked.roomiest_cash, money)
    return (
        f"{found} No room to spare that was tried is enough: {cash}, the most, outlasts "
        f"{_tenths(asked.roomiest)}."
    )


def _tenths(share: float) -> str:
    """To a tenth of a percent: a limit and what is asked for may lie close together."""
    return f"{100 * share:.1f}%"


def requirement_table(answer: PlanAnswer) -> Table:
    """Every figure of the requirement with one line of explanation."""
    money, asked = answer.summary.currency, answer.requirement
    columns = (
        Column("Figure"),
        Column("Nothing extra", "share"),
        Column("Plan", "amount"),
        Column("What it means", wide=True),
    )
    rows = () if asked is None else _rows(asked, money)
    return Table("Survival asked for", columns, rows, "No survival is asked for.")


def _rows(asked: Requirement, money: str) -> tuple[tuple[Cell, ...], ...]:
    none = Cell("", "text")
    fill = show_share(asked.fill_target)
    return (
        (
            Cell("Cuts to outlast"),
            none,
            Cell(asked.probability, "share"),
            Cell(
                f"Share of cuts after which sales so far, weighed by contribution, stay at {fill} of demand "
                f"or above for {with_weeks(show_weeks(asked.weeks))} from the day the act is effective."
            ),
        ),
        (
            Cell(f"Cash of this plan, {money}"),
            Cell(0.0, "amount"),
            Cell(asked.cash, "amount"),
            Cell(
                "All that is paid for protection before a cut, whenever it is due: the peak of the sum paid."
            ),
        ),
        (
            Cell(f"Least cash found, planning scenarios, {money}"),
            none,
            Cell(asked.least_cash, "amount"),
            Cell("Where demand is its mean and the length of a cut is known when it comes."),
        ),
        (
            Cell(f"No plan needs less than, {money}"),
            none,
            Cell(asked.bound, "amount"),
            Cell(
                f"Bound on the same scenarios; {show_share(asked.gap)} is left open. Status: {asked.status}."
            ),
        ),
        (
            Cell("Planned for"),
            none,
            Cell(asked.room_events, "share"),
            Cell(
                f"Share of cuts that this plan was made for, with demand {show_share(asked.room_demand)} "
                "above its mean after a cut: room to spare for what is not known."
            ),
        ),
        (
            Cell("Outlasted, planning scenarios"),
            Cell(asked.planned_nothing, "share"),
            Cell(asked.planned, "share"),
            Cell("Share of the cuts there, by their odds."),
        ),
        (
            Cell("Outlasted, fresh scenarios"),
            Cell(asked.simulated_nothing, "share"),
            Cell(asked.simulated, "share"),
            Cell(f"Share of {asked.simulated_events:,} cuts, by a company that sees only the past."),
        ),
        (
            Cell("The same, 95% sure to be at least"),
            none,
            Cell(asked.simulated_low, "share"),
            Cell(
                "One-sided Clopper-Pearson limit; "
                + ("not below" if asked.met else "below")
                + f" the {show_share(asked.probability)} asked for: "
                + ("the requirement is met." if asked.met else "it is not shown that the requirement is met.")
            ),
        ),
    )
