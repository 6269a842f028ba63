"""Random small cases with all that spreadsheets like to change, as hypothesis strategies."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from outlast.intake.csv_text import write_value
from outlast.tables.table import SPREADSHEET_ERRORS

KNOWN = (
    "00123",
    "1E5",
    "NA",
    "N/A",
    "TRUE",
    "false",
    "1-2",
    "2027-01-04",
    "=1+1",
    "'00123",
    "''",
    "12345678901234567",
    "0.10",
    "+49",
    "@x",
    "-",
    "部品一",
    "螺丝;M3,x",
    "🔩 M3",
    'a "b" c',
    "two\nlines",
    "_x0041_",
    "https://example.org",
    "1,234.5",
    "None",
    "nan",
    "é",
    "A&B<c>",
)
_LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff\ufeff")


def _sound(text: str) -> bool:
    return bool(text.strip()) and not text.strip().startswith("#") and text.strip() not in SPREADSHEET_ERRORS


texts = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN).map(lambda text: f" {text} "),
    st.text(_LETTERS, max_size=12),
).filter(_sound)
names = st.one_of(st.just(""), texts)
identifiers = texts.map(str.strip).filter(
    lambda text: "/" not in text and text not in ("*", "item_id", "source_id")
)
amounts = st.one_of(
    st.integers(0, 10**12).map(float),
    st.floats(0.0, 1e9, allow_subnormal=False),
    st.sampled_from((0.1 + 0.2, 1 / 3, 123456789.12345678, 1e-7, 0.30000000000000004)),
)
days = st.one_of(
    st.sampled_from(
        (date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(2199, 12, 31), date(2000, 2, 29))
    ),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same, or an empty cell."""
    return st.one_of(st.none(), strategy)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, str]:
    """Files of a sound case folder: text by name."""
    products, parts = 1, draw(st.integers(1, 4))
    items = draw(st.lists(identifiers, min_size=products + parts, max_size=products + parts, unique=True))
    sources = draw(st.lists(identifiers, min_size=parts, max_size=parts, unique=True))
    supplier, market = draw(identifiers), draw(identifiers)
    product, bought = items[0], items[1:]
    cost = st.floats(0.01, 1e6)
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [
            {
                "item_id": item,
                "kind": "part" if at else "product",
                "unit_cost": draw(cost),
                "name": draw(names),
            }
            for at, item in enumerate(items)
        ],
        "bom": [{"parent_id": product, "child_id": part, "quantity": draw(cost)} for part in bought],
        "suppliers": [{"supplier_id": supplier, "name": draw(texts), "address": draw(names)}],
        "sources": [
            {
                "source_id": source,
                "item_id": part,
                "supplier_id": supplier,
                "unit_price": draw(cost),
                "lead_time_weeks": draw(st.integers(1, 20)),
                "foreign_direct_product": draw(maybe(st.booleans())),
                "origin_country": draw(maybe(st.sampled_from(("US", "DE", "NA", "NO")))),
            }
            for source, part in zip(sources, bought, strict=True)
        ],
        "stock": [
            {"item_id": item, "on_hand": draw(amounts), "expires": draw(maybe(days))}
            for item in draw(st.lists(st.sampled_from(items), max_size=5))
        ],
        "markets": [{"market_id": market, "country": "DE", "currency": "EUR"}],
        "demand": [
            {
                "product_id": product,
                "market_id": market,
                "from_date": date(2027, 1, 4),
                "units_per_week": draw(amounts),
                "unit_price": draw(cost),
            }
        ],
        "restrictions": [
            {
                "restriction_id": draw(identifiers),
                "effect": "closes_sources",
                "hazard_per_year": draw(st.floats(0.01, 2)),
            }
        ],
        "evidence": [
            {
                "table": "items",
                "row": item,
                "column": "*",
                "status": "assumed",
                "citation": draw(texts),
                "available_from": draw(maybe(days)),
            }
            for item in draw(st.lists(st.sampled_from(items), unique=True))
        ],
    }
    scope = {"table": "sources", "column": "origin_country", "value": "US", "group": draw(names)}
    rows["scopes"] = [{"restriction_id": rows["restrictions"][0]["restriction_id"], **scope}]
    settings = f'name = "odd"\nstart = 2027-01-04\ncurrency = "EUR"\nseed = {draw(st.integers(0, 10**15))}\n'
    if draw(st.booleans()):
        rows["open_orders"] = []
    return {"case.toml": settings, **{f"{name}.csv": compose(name, found) for name, found in rows.items()}}


_EMPTY = {
    "stock": ("item_id", "on_hand", "expires"),
    "open_orders": ("source_id", "quantity", "arrival_date"),
    "evidence": ("table", "row", "column", "status", "citation", "available_from"),
}


def compose(name: str, rows: list[dict[str, Any]]) -> str:
    """Rows as CSV, by the standard library."""
    text = io.StringIO(newline="")
    heading = list(rows[0]) if rows else _EMPTY[name]
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows([[write_value(value) for value in row.values()] for row in rows])
    return text.getvalue()


def write_case(folder: Path, files: dict[str, str]) -> Path:
    """The files of a case in a folder."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8", newline="")
    return folder
