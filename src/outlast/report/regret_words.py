"""Regret of a plan in plain words. In: `PlanAnswer`. Out: a sentence and a `Table`.
One reason to exist: a plan for hazards that nobody knows is told hazard by hazard.
"""

from __future__ import annotations

from outlast.plan.answer import PlanAnswer
from outlast.report.cells import Cell, Column, Table
from outlast.report.figures import show_money, show_share


def regret_words(answer: PlanAnswer) -> str:
    """What the plan may be short of, whichever hazard is true; empty where regret was not planned for."""
    proof, money = answer.certificate, answer.summary.currency
    if not proof.regret:
        return ""
    first, last = proof.regret[0].hazard_per_year, proof.regret[-1].hazard_per_year
    worst = max(proof.regret, key=lambda line: line.regret)
    return (
        f"Whichever hazard is true, from {first:.3g} to {last:.3g} events a year in all, on "
        f"the planning scenarios the best plan for it would lose at most {show_money(worst.regret, money)} "
        f"less than this one; buying nothing extra may lose {show_money(-proof.objective_nothing, money)} "
        f"more than need be. No plan can keep its largest regret below {show_money(-proof.bound, money)} "
        f"(gap of the improvement: {show_share(proof.gap)})."
    )


def regret_table(answer: PlanAnswer) -> Table:
    """A row for every hazard of the grid."""
    money = answer.summary.currency
    columns = (
        Column("Hazards x", "quantity"),
        Column("Events a year, in all", "quantity"),
        Column(f"Planned loss, plan, {money}", "money"),
        Column(f"Least loss of any plan, {money}", "money"),
        Column(f"Regret, plan, {money}", "money"),
        Column(f"Regret, nothing extra, {money}", "money"),
        Column(f"Simulated loss, plan, {money}", "money"),
        Column("95% low", "money", detail=True),
        Column("95% high", "money", detail=True),
        Column(f"Simulated loss, nothing extra, {money}", "money"),
    )
    rows = tuple(
        (
            Cell(line.factor, "quantity"),
            Cell(line.hazard_per_year, "quantity"),
            Cell(line.loss, "money"),
            Cell(line.least_loss, "money"),
            Cell(line.regret, "money"),
            Cell(line.regret_nothing, "money"),
            Cell(line.simulated.mean, "money"),
            Cell(line.simulated.low, "money"),
            Cell(line.simulated.high, "money"),
            Cell(line.simulated_nothing.mean, "money"),
        )
        for line in answer.certificate.regret
    )
    return Table("Regret", columns, rows, "")
