"""The published bill of materials of the camera as parts. In: the BOM file of the IMX290 USB3
camera. Out: `BomPart`s and the modules that use them.
One reason to exist: which lines are the same part, and which are not, is decided here only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from case_folder import read_rows

LEVELS = (1, 10, 100, 500)
"""Order sizes for which the BOM states a price."""

PART_NUMBERS = (
    "DF40C-60DP-0.4V(51)",
    "NRS4018T2R2MDGJ",
    "IMX290LQR-C",
    "AP3417C",
    "MIC550x",
    "DSO221SR",
    "DF40HC(4.0)-60DS-0.4V(51)",
    "FDSD0420-H-2R2M",
    "LIFCL-40-9BG256C",
    "W957D8MFYA5I",
    "MCP1725-ADJE/MC",
    "SST26WF064C / MX25U12832F",
    "10132328-10001LF",
    "NCP360SNT1G",
    "CYUSB3014-BZXC",
    "SP3010-04UTG",
    "AT24CM02",
    "HD3SS3202",
    "ECS-192-7-36B-CKY-TR",
)
"""The real part numbers of the BOM, as it writes them in the columns comment and footprint."""


@dataclass
class BomPart:
    """One part: every line with its part number, or with its value, footprint, description and prices."""

    item_id: str
    name: str
    prices: dict[int, float]
    """USD of one unit by order size; empty where the BOM states none."""
    per_module: dict[str, float] = field(default_factory=dict)
    """Units in one module."""

    @property
    def per_camera(self) -> float:
        """Units in one camera, which has one of each module."""
        return sum(self.per_module.values())

    def price_at(self, order: float) -> float:
        """USD of one unit when `order` units are bought at once."""
        reached = [level for level in self.prices if level <= max(order, 1)]
        return self.prices[max(reached)] if reached else 0.0


def read_bom(path: Path) -> tuple[list[BomPart], list[str]]:
    """Parts and modules in the order of the file."""
    parts: dict[tuple[str, ...], BomPart] = {}
    modules: list[str] = []
    for line in read_rows(path):
        if line["module"] not in modules:
            modules.append(line["module"])
        part = parts.setdefault(identity(line), _new_part(line, [p.item_id for p in parts.values()]))
        before = part.per_module.get(line["module"], 0.0)
        part.per_module[line["module"]] = before + float(line["qty"])
        if part.prices != read_prices(line):
            raise ValueError(f"{part.item_id} has two price lists")
    return list(parts.values()), modules


def identity(line: dict[str, str]) -> tuple[str, ...]:
    """What makes two lines the same part."""
    number = part_number(line)
    if number:
        return (number,)
    words = " ".join(line["description"].lower().split())
    prices = tuple(line[f"unit_price_{level}"] for level in LEVELS)
    return (plain_value(line), line["footprint"], words, *prices)


def part_number(line: dict[str, str]) -> str:
    """Real part number of a line, empty for a generic part."""
    for number in PART_NUMBERS:
        if line["comment_or_mpn"] == number or line["footprint"].endswith(number):
            return number
    return ""


def plain_value(line: dict[str, str]) -> str:
    """Value of a generic part in one spelling: 10u, 10uF and 10µ are the same."""
    value = line["comment_or_mpn"].lower().replace("µ", "u").strip()
    return re.sub(r"^([\d.]+[pnu])f$", r"\1", value)


def read_prices(line: dict[str, str]) -> dict[int, float]:
    """USD of one unit by order size; empty where the BOM states no price."""
    stated = {level: line[f"unit_price_{level}"] for level in LEVELS}
    return {level: float(text) for level, text in stated.items() if text}


def _new_part(line: dict[str, str], taken: list[str]) -> BomPart:
    number = part_number(line)
    words = number or f"{plain_value(line)} {line['footprint']}"
    item_id = re.sub(r"[^A-Z0-9.]+", "-", words.upper()).strip("-")
    same = [other for other in taken if re.fullmatch(re.escape(item_id) + r"(-V\d+)?", other)]
    if same:
        item_id = f"{item_id}-V{len(same) + 1}"
    description = " ".join(line["description"].split())
    name = ", ".join(text for text in (line["comment_or_mpn"], description) if text)
    return BomPart(item_id, name, read_prices(line))
