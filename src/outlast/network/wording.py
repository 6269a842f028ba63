"""Lists in sentences. In: names. Out: words.
One reason to exist: a sentence stays short however many it names.
"""

from __future__ import annotations

from collections.abc import Sequence


def list_some(names: Sequence[str]) -> str:
    """Up to five names, and how many more."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
