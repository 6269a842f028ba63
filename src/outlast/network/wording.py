"""Lists and figures in sentences. In: names, numbers. Out: words.
One reason to exist: a sentence stays short however much it names, and never says 0 of what is little.
"""

from __future__ import annotations

from collections.abc import Sequence


def list_some(names: Sequence[str]) -> str:
    """Up to five names, and how many more."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def figure(value: float) -> str:
    """An amount: whole from 100 on, three significant digits below; thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 99.5 or value == round(value) else f"{value:,.3g}"
