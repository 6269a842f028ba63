"""Outlast: how long do we outlast a cut, and what do we buy this week.
In: nothing. Out: the public names of the package, each loaded when it is first used.
One reason to exist: one explicit list of what callers may rely on, at no cost to `outlast --help`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outlast.errors import CaseError, Finding, InfeasibleError, OutlastError
    from outlast.intake.assemble import check_case, read_case
    from outlast.intake.template import write_template
    from outlast.network.network import Network
    from outlast.network.numbering import number
    from outlast.pipeline import survive_case
    from outlast.plan.answer import PlanAnswer
    from outlast.plan.decide import plan_case
    from outlast.plan.outlook import simulate_case
    from outlast.report.document import write_report
    from outlast.scenarios.draw import draw_scenarios
    from outlast.simulate.policy import normal_policy

__all__ = [
    "CaseError",
    "Finding",
    "InfeasibleError",
    "Network",
    "OutlastError",
    "PlanAnswer",
    "check_case",
    "draw_scenarios",
    "normal_policy",
    "number",
    "plan_case",
    "read_case",
    "simulate_case",
    "survive_case",
    "write_report",
    "write_template",
]

_HOME = {
    "CaseError": "outlast.errors",
    "Finding": "outlast.errors",
    "InfeasibleError": "outlast.errors",
    "Network": "outlast.network.network",
    "OutlastError": "outlast.errors",
    "PlanAnswer": "outlast.plan.answer",
    "check_case": "outlast.intake.assemble",
    "draw_scenarios": "outlast.scenarios.draw",
    "normal_policy": "outlast.simulate.policy",
    "number": "outlast.network.numbering",
    "plan_case": "outlast.plan.decide",
    "read_case": "outlast.intake.assemble",
    "simulate_case": "outlast.plan.outlook",
    "survive_case": "outlast.pipeline",
    "write_report": "outlast.report.document",
    "write_template": "outlast.intake.template",
}


def __getattr__(name: str) -> Any:
    """The public name, from the module where it lives; see `__all__`."""
    if name not in _HOME:
        raise AttributeError(f"module 'outlast' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
