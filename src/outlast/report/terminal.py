"""Answers in a few lines for a terminal. In: findings and answers. Out: text.
One reason to exist: what a person reads first is short and ranked, and looks alike in every command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outlast.errors import Finding
from outlast.report.figures import show_between, show_money

if TYPE_CHECKING:
    from outlast.plan.outlook import Outlook
    from outlast.survive.answer import Exposure, ProductExposure, SurviveAnswer

NOTICE = "Planning estimate, not legal advice or clearance."
MOST = 8
"""Lines of a ranked list."""


def tell_findings(findings: Sequence[Finding], case: str) -> str:
    """All findings, and how many they are."""
    errors = sum(finding.level == "error" for finding in findings)
    total = f"{case}: {count(errors, 'error')}, {count(len(findings) - errors, 'warning')}"
    return "\n".join([*map(str, findings), total])


def tell_what_if(changes: Sequence[str]) -> str:
    """What was changed of the case for this run only; nothing where nothing was."""
    return "".join(f"WHAT-IF: {change}\n" for change in changes) + ("\n" if changes else "")


def tell_survival(answer: SurviveAnswer, currency: str) -> str:
    """How long, what it costs, who else could deliver, and what a week more of stock would save."""
    lines = ["If supply is cut today:"]
    for heading, exposures in (
        ("restriction", answer.restrictions),
        ("product", answer.products),
        ("source", [line for line in answer.sources if line.contribution_at_risk > 0]),
    ):
        if exposures:
            lines += [
                "",
                f"  {heading:<24}{'survive':>10}{'switch':>10}{'gap':>8}{f'at risk, {currency}':>18}",
            ]
            lines += [_tell_exposure(line, answer.window_weeks) for line in exposures[:MOST]]
    lines += ["", "Weeks. Gap: median time to switch less time to survive."]
    short = [f"{name} after {count(weeks, 'week')}" for name, weeks in answer.short_without_cut]
    if short:
        more = f" and {len(short) - MOST} more" if len(short) > MOST else ""
        lines += [
            f"Short though nothing is cut: {', '.join(short[:MOST])}{more}.",
            "What that loses counts in the losses below too.",
        ]
    lines += [*_tell_losses(answer, currency), *_tell_sourcing(answer), *_tell_cover(answer, currency)]
    return "\n".join([*lines, "", NOTICE])


def _tell_losses(answer: SurviveAnswer, currency: str) -> list[str]:
    """Restrictions and suppliers by expected loss."""
    lines: list[str] = []
    for heading, exposures in (("restriction", answer.restrictions), ("supplier", answer.suppliers)):
        ranked = sorted(exposures, key=lambda line: -line.expected_loss.central)
        ranked = [line for line in ranked if line.lost_contribution.mean > 0][:MOST]
        if ranked:
            columns = f"{'tolerates':>10}{'lost':>10}{'p95':>10}{'odds':>7}"
            lines += ["", f"  {heading:<24}{columns}  expected loss, {currency}"]
        lines += [_tell_loss(line, answer.window_weeks) for line in ranked]
    if not lines:
        return []
    recovers = answer.recover_weeks
    stated = "" if recovers is None else f" Whatever is cut is back after {count(recovers, 'week')}."
    return [
        *lines,
        "",
        f"Tolerates: longest time to recover without a loss.{stated}",
        f"Lost: contribution over {count(answer.window_weeks, 'week')}, "
        f"mean of {answer.draws} draws and 95th percentile. "
        f"Odds: that it comes in {count(answer.horizon_weeks, 'week')}.",
        'Expected loss: odds times mean loss (SCOR: "Value at Risk"), with the interval of the hazards.',
    ]


def _tell_loss(line: Exposure, window: int) -> str:
    weeks, lost, expected = line.tolerable_recovery_weeks, line.lost_contribution, line.expected_loss
    tolerates = "no cut" if weeks is None else f"> {window}" if weeks >= window else str(weeks)
    interval = show_between(show_money(expected.low), show_money(expected.high))
    between = "" if expected.low == expected.high else f" ({interval})"
    return (
        f"  {line.id:<24.24}{tolerates:>10}{show_money(lost.mean):>10}{show_money(lost.p95):>10}"
        f"{line.probability.central:>7.0%}  {show_money(expected.central)}{between}"
    )


def _tell_sourcing(answer: SurviveAnswer) -> list[str]:
    """Sole and single sources, counted and named."""
    lines = [""]
    for kind, words in (
        ("sole", "from a sole source (the case has no other supplier)"),
        ("single", "from a single source (others could be qualified)"),
        ("none", "from no qualified source"),
    ):
        names = [row.item_id for row in answer.sourcing if row.kind == kind]
        if names:
            more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
            lines.append(f"{count(len(names), 'item')} {words}: {', '.join(names[:MOST])}{more}")
    return lines if len(lines) > 1 else []


def _tell_cover(answer: SurviveAnswer, currency: str) -> list[str]:
    """What one more week of cover buys, best first; items whose stock saves nothing are left out."""
    rows = [row for row in answer.cover if row.expected_loss_fall > 0 or row.contribution_at_risk_fall > 0]
    if not rows:
        return []
    columns = f"{'costs':>10}{'a year':>10}{'survive':>10}{'at risk':>10}{'expected':>10}"
    lines = ["", f"  {'one more week of':<24}{columns}"]
    for row in rows[:MOST]:
        money = (row.price, row.holding_per_year, -row.contribution_at_risk_fall, -row.expected_loss_fall)
        costs, year, risk, expected = map(show_money, money)
        gain = f"{row.time_to_survive_gain_weeks:+d}"
        lines.append(f"  {row.item_id:<24.24}{costs:>10}{year:>10}{gain:>10}{risk:>10}{expected:>10}")
    return [
        *lines,
        "",
        f"{currency}, best for its price first. A year: of holding it. Survive, at risk: if the item is cut. "
        "Expected: loss over all restrictions.",
    ]


def _tell_exposure(line: Exposure | ProductExposure, window: int) -> str:
    survive = f"> {window}" if line.exceeds_window else str(line.time_to_survive_weeks)
    median = line.time_to_switch_weeks.p50 if line.time_to_switch_weeks else None
    switch = "-" if median is None else f"{median:.0f}"
    gap = "-" if line.gap_weeks is None else f"{line.gap_weeks:+.0f}"
    return f"  {line.id:<24.24}{survive:>10}{switch:>10}{gap:>8}{line.contribution_at_risk:>18,.0f}"


def tell_outlook(outlook: Outlook) -> str:
    """Loss, then restrictions by what they cost, then products."""
    money, loss, cash = outlook.currency, outlook.loss, outlook.cash_low
    rules = "nothing changed" if outlook.policy == "normal" else f"policy {outlook.policy}"
    lines = [
        f"{outlook.case_name}, {rules}, {outlook.scenarios:,} scenarios, "
        f"an event in {outlook.probability_of_event:.0%}:",
        f"  expected loss    {money} {loss.mean:,.0f} (95 % interval {loss.low:,.0f} to {loss.high:,.0f})",
        f"  CVaR {outlook.cvar_level:<12g}{money} {outlook.cvar:,.0f}",
        f"  lowest cash      {money} {cash.mean:,.0f} on average; "
        f"runs out in {outlook.cash_runs_out:.1%} of scenarios",
        "",
        f"  {'if it falls now':<24}{'half survive':>14}{f'loss, {money}':>18}",
    ]
    ranked = sorted(outlook.restrictions, key=lambda line: -line.loss.mean)
    lines += [
        f"  {line.restriction_id:<24.24}{line.survive_half_weeks:>8} weeks{line.loss.mean:>18,.0f}"
        for line in ranked[:MOST]
    ]
    lines += ["", f"  {'fill rate':<24}{'all':>14}{'with an event':>18}"]
    lines += [
        f"  {line.product_id:<24.24}{_percent(line.fill_rate):>14}{_percent(line.fill_rate_event):>18}"
        for line in sorted(outlook.products, key=lambda line: line.fill_rate or 0.0)[:MOST]
    ]
    return "\n".join([*lines, "", NOTICE])


def count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where it has to be."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
