"""The certificate in plain words. In: `PlanAnswer`. Out: sentences and a `Table`.
One reason to exist: how good a plan is, and how that is known, is told the same way everywhere.
"""

from __future__ import annotations

from outlast.plan.answer import Interval, PlanAnswer
from outlast.report.cells import Cell, Column, Table
from outlast.report.figures import show_money, show_share, show_weeks, with_weeks
from outlast.report.regret_words import regret_words


def certificate_words(answer: PlanAnswer) -> tuple[str, ...]:
    """Value by simulation, comparison with the best cover rule, gap and its check: one sentence each."""
    return (_value_words(answer), _rule_words(answer), f"{_gap_words(answer)} {_check_words(answer)}")


def _value_words(answer: PlanAnswer) -> str:
    """The headline of value: what the simulated policy, which sees only the past, achieves."""
    proof, money = answer.certificate, answer.summary.currency
    plan, nothing = -proof.simulated.mean, -proof.simulated_nothing.mean
    saved = nothing - plan
    if saved > 0:
        share = f", {show_share(saved / nothing)} of the loss" if nothing > 0 else ""
        verdict = f"The plan avoids {show_money(saved, money)}{share}."
    elif saved == 0:
        verdict = "The plan changes nothing."
    else:
        verdict = f"The plan does not lower the {proof.measure}."
    mean = proof.measure == "expected loss"
    on_average = "on average" if mean else f"by the measure asked for, {proof.measure}"
    return (
        f"Simulated on {proof.simulated_scenarios:,} fresh scenarios by a policy that sees only the past, "
        f"the plan loses {show_money(plan, money)} {on_average} ({_interval(proof.simulated, money)}); "
        f"doing nothing extra loses {show_money(nothing, money)} "
        f"({_interval(proof.simulated_nothing, money)}). {verdict}"
    )


def _interval(value: Interval, money: str) -> str:
    """95 % interval of a loss, given the interval of its opposite."""
    return f"95% interval {show_money(-value.high, money)} to {show_money(-value.low)}"


def beats_words(answer: PlanAnswer) -> str:
    """The short form: beats the best cover rule, or does not."""
    return ("Beats" if answer.certificate.beats_cover_rule else "Does not beat") + " the best cover rule"


def _rule_words(answer: PlanAnswer) -> str:
    proof, money = answer.certificate, answer.summary.currency
    rule = (
        f"the best cover rule ({_cover(answer)} of every part at risk, "
        f"loss {show_money(-proof.simulated_cover.mean, money)})"
    )
    if proof.beats_cover_rule:
        return f"The plan beats {rule}: the interval of the paired difference lies above zero."
    return (
        f"The plan does not beat {rule} by its interval: the paired difference may be zero or negative, "
        "so the simple rule may serve as well."
    )


def _cover(answer: PlanAnswer) -> str:
    """How much the best cover rule holds."""
    weeks = answer.certificate.cover_rule_weeks
    return f"{with_weeks(show_weeks(weeks))} of cover" if weeks > 0 else "no extra cover"


def _gap_words(answer: PlanAnswer) -> str:
    proof = answer.certificate
    if answer.way.used == "fast":
        return _fast_gap_words(answer)
    if proof.stopped_early:
        return (
            f"Stopped early: at most {show_share(proof.gap)} of what any plan could gain over buying nothing "
            "extra is left open on the planning scenarios."
        )
    if proof.regret:
        return regret_words(answer)
    if answer.requirement is not None:
        return (
            f"The plan makes cash small, not the {proof.measure}: on the planning scenarios it leaves at "
            f"most {show_share(proof.gap)} of what any plan could gain there over buying nothing extra."
        )
    if proof.status == "optimal":
        return "On the planning scenarios no plan could do better: the gap of the improvement is 0%."
    if proof.status == "unproven":
        return "How far the plan is from the best possible one is not proven."
    return (
        f"On the planning scenarios at most {show_share(proof.gap)} of what any plan could gain over "
        "buying nothing extra is left open."
    )


def _fast_gap_words(answer: PlanAnswer) -> str:
    proof = answer.certificate
    stopped = "Stopped early: " if proof.stopped_early else ""
    by_itself = "by its own figures, which nothing proves, " if proof.status == "unproven" else ""
    return (
        f"{stopped}{'planned' if stopped else 'Planned'} the fast way, by first-order steps "
        f"({answer.way.why}); {by_itself}at most {show_share(proof.gap)} of what any plan could gain over "
        "buying nothing extra is left open on the planning scenarios."
    )


def _check_words(answer: PlanAnswer) -> str:
    proof = answer.certificate
    if proof.checked and answer.way.used == "fast":
        return "A second program proves loss and bound event by event: these are its figures."
    if proof.checked:
        return (
            f"Plan and bound are checked by a second program: they agree to {show_share(proof.checked_to)}."
        )
    if answer.watch is not None:
        return "The second program that checks plans and bounds does not know plans with triggers."
    if answer.way.used == "fast":
        return f"A second program did not prove it: {proof.check}."
    return f"A second program does not confirm it: {proof.check}."


def certificate_table(answer: PlanAnswer) -> Table:
    """Every figure of the certificate with one line of explanation; the gap comes first."""
    proof, money = answer.certificate, answer.summary.currency
    small = "Largest regret" if proof.regret else "Planned loss"
    columns = (
        Column("Figure"),
        Column("Value", "money"),
        Column("Low", "money"),
        Column("High", "money"),
        Column("What it means", wide=True),
    )
    rows = (
        _row(
            "Gap of the improvement",
            Cell(proof.gap, "share"),
            "What the bound leaves open, as a share of the most that any plan could gain. "
            f"Status: {proof.status}.",
        ),
        _row(
            "Gap of the objective",
            Cell(proof.gap_of_objective, "share"),
            "The same as a share of the largest regret."
            if proof.regret
            else "The same as a share of the plan's whole loss: the usual figure, which flatters.",
        ),
        _simulated(
            f"Simulated loss, plan, {money}",
            proof.simulated,
            f"Mean of {proof.simulated_scenarios:,} fresh scenarios under a policy that sees only the past. "
            "This is the plan's value.",
        ),
        _simulated(
            f"Simulated loss, nothing extra, {money}", proof.simulated_nothing, "The same scenarios, no plan."
        ),
        _simulated(
            f"Simulated loss, best cover rule, {money}",
            proof.simulated_cover,
            f"The same scenarios with {_cover(answer)} of every part at risk, the best such rule. "
            f"{beats_words(answer)} by its interval.",
        ),
        _row(
            f"{small}, plan, {money}",
            Cell(-proof.objective, "money"),
            "After rounding to lots, on the planning scenarios, where recourse knows all durations.",
        ),
        _row(
            f"{small}, no plan can be lower, {money}",
            Cell(-proof.bound, "money"),
            "A proven bound on the same planning scenarios, for switches that start now, as soon as the cash "
            "calendar allows it, at the event, or never.",
        ),
        _row(
            "Checked by a second program",
            Cell(f"yes, to {show_share(proof.checked_to)}" if proof.checked else "no"),
            f"It shares no code with the solver. {proof.check[0].upper()}{proof.check[1:]}.",
        ),
        _row(
            f"Starting switches in other weeks, {money}",
            Cell(proof.later_starts, "money"),
            "Could lower that bound by this at most: where an event comes first that does not call for the "
            "switch, its cost is saved.",
        ),
        _row(
            f"{small}, nothing extra, {money}",
            Cell(-proof.objective_nothing, "money"),
            "The same planning scenarios, no plan.",
        ),
        _row(
            f"Clairvoyance gap, {money}",
            Cell(proof.clairvoyance_gap, "money"),
            "Simulated less planned loss: what planning gains by knowing durations at the event. "
            "The company does not know them.",
        ),
        _row(
            f"{'Largest regret' if proof.regret else 'Optimality gap'}, 95% upper limit, {money}",
            Cell(proof.gap_upper_95, "money"),
            _limit_words(answer),
        ),
    )
    return Table("Certificate", columns, rows, "")


def _limit_words(answer: PlanAnswer) -> str:
    proof = answer.certificate
    if answer.way.used == "fast":
        return "Not worked out: the batches of scenarios that it needs would take longer than the plan."
    if proof.gap_batches < 2:
        return "Not known: stopped before there were two batches to work it out from."
    return (
        f"With 95% confidence the best plan{' for any of the hazards' if proof.regret else ''} saves no "
        f"more than this beyond ours (Mak, Morton and Wood, {proof.gap_batches} batches)."
    )


def _row(figure: str, value: Cell, meaning: str) -> tuple[Cell, ...]:
    none = Cell("", "text")
    return (Cell(figure), value, none, none, Cell(meaning))


def _simulated(figure: str, value: Interval, meaning: str) -> tuple[Cell, ...]:
    """A simulated loss with its interval; `value` is its opposite."""
    return (
        Cell(figure),
        Cell(-value.mean, "money"),
        Cell(-value.high, "money"),
        Cell(-value.low, "money"),
        Cell(meaning),
    )
