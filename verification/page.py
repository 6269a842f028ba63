"""docs/verification.md. In: the records in docs/verification/. Out: the page.
One reason to exist: what the page says is what was asserted: `python -m verification.page`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verification.record import FOLDER

PAGE = FOLDER.parent / "verification.md"
ORDER = (
    "base-stock",
    "eoq-first",
    "eoq-first-far-away",
    "eoq-second",
    "newsvendor-first",
    "newsvendor-second",
    "yield",
    "diversification",
    "tomlin-length",
    "tomlin-pure",
    "decroix",
    "conservation",
    "stockpyl-networks",
    "stockpyl-driven",
    "stockpyl-disruptions",
    "stockpyl-reorder-points",
    "stockpyl-formulas",
    "stockpyl-serial-cost",
    "supplynetpy-stage",
    "supplynetpy-two-stages",
    "supplynetpy-assembly",
)
"""Every comparison must be here: one that was not run is missed."""
HEAD = """# Verification

What the simulator computes, beside theory and beside other programs. `make verify` runs every comparison,
writes its record and picture to [docs/verification](verification) and this page, and fails where a figure is
out of its tolerance. How tolerances come about stands with each comparison. `>` and `<`: ours has to lie on
that side of the other figure.
"""


def records(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Records by key."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def render(found: dict[str, dict[str, Any]]) -> str:
    """The page."""
    parts = [HEAD, *(section(found[key]) for key in ORDER)]
    return "\n".join(parts)


def section(record: dict[str, Any]) -> str:
    """One comparison: what, figures, tolerance, differences."""
    lines = [f"## {record['title']}", "", record["what"], ""]
    if (FOLDER / f"{record['key']}.svg").exists():
        lines += [f"![{record['title']}](verification/{record['key']}.svg)", ""]
    lines += ["| figure | ours | | other | tolerance |", "|---|---:|---|---:|---:|"]
    for figure in record["figures"]:
        tolerance = f"{figure['tolerance']:.2g}" if figure["relation"] == "=" else ""
        cells = f"{figure['ours']:.7g} | {figure['relation']} | {figure['other']:.7g}"
        lines.append(f"| {figure['name']} | {cells} | {tolerance} |")
    lines += ["", f"Tolerance: {record['tolerance']}.", "", f"Source: {record['source']}.", ""]
    if record["differences"]:
        lines += ["Differences:", ""]
        lines += [f"- {what} {why}" for what, why in record["differences"]]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(render(records()), encoding="utf-8")
    print(PAGE)
