"""Answers in a few lines for a terminal. In: findings and answers. Out: text.
One reason to exist: what a person reads first is short and ranked, and looks alike in every command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outlast.errors import Finding

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
    """Restrictions, then products and sources with the most at risk."""
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
    lines += ["", "Weeks. Gap: median time to switch less time to survive.", NOTICE]
    return "\n".join(lines)


def _tell_exposure(line: Exposure | ProductExposure, window: int) -> str:
    survive = f"> {window}" if line.exceeds_window else str(line.time_to_survive_weeks)
    median = line.time_to_switch_weeks.p50 if line.time_to_switch_weeks else None
    switch = "-" if median is None else f"{median:.0f}"
    gap = "-" if line.gap_weeks is None else f"{line.gap_weeks:+.0f}"
    return f"  {line.id:<24.24}{survive:>10}{switch:>10}{gap:>8}{line.contribution_at_risk:>18,.0f}"


def tell_outlook(outlook: Outlook) -> str:
    """Loss, then restrictions by what they cost, then products."""
    money, loss, cash = outlook.currency, outlook.loss, outlook.cash_low
    lines = [
        f"{outlook.case_name}, nothing changed, {outlook.scenarios:,} scenarios, "
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
