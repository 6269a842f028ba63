"""A case as files: the stationary part of model.md section 8, with a decoy part and product beside.

One part, one product; weekly demand 1, unit cost 1, holding 0.2 a year, cut at a constant rate,
relief lognormal (median 26, sigma 0.35), no lead time, no alternative, stock keeps its worth.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

SIGMA, MEDIAN = 0.35, 26.0
Z90 = 1.2815515655446004
KNOWN = {(0.2, 4.0): 31.9, (0.5, 1.0): 26.0, (1.0, 4.0): 41.6, (2.0, 1.0): 33.7}
"""(hazard a year, lost contribution over unit cost) -> best weeks of cover."""
EACH_KNOWN = [
    pytest.param(*each, marks=[pytest.mark.slow] if place else []) for place, each in enumerate(KNOWN)
]


def write_stationary(
    folder: Path, hazard: float, margin: float, *, draws: int = 64, horizon: int = 52
) -> Path:
    """Writes the case and returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    low, high = (MEDIAN * math.exp(sign * Z90 * SIGMA) for sign in (-1, 1))
    files = {
        "case.toml": f'name = "Stationary"\nstart = 2026-01-05\nhorizon_weeks = {horizon}\n'
        f'currency = "USD"\nseed = 7\nscenarios = {draws}\n[plan]\nholding_rate_per_year = 0.2\n',
        # The product keeps no worth in stock of its own: it is dear to hold, as the theory has parts only.
        "items.csv": "item_id,kind,unit_cost,holding_rate_per_year,make_cost,unit\n"
        "PART,part,1,,,kg\nPRODUCT,product,1,10,0,kg\nDECOY-PART,part,3,,,kg\nDECOY,product,3,10,0,kg\n",
        "bom.csv": "parent_id,child_id,quantity\nPRODUCT,PART,1\nDECOY,DECOY-PART,1\n",
        "suppliers.csv": "supplier_id,name\nONE,One Ltd\nTWO,Two Ltd\n",
        "sources.csv": "source_id,item_id,supplier_id,unit_price,lead_time_weeks,origin_country\n"
        "PART-ONE,PART,ONE,1,0,US\nDECOY-TWO,DECOY-PART,TWO,3,0,DE\n",
        "stock.csv": "item_id,on_hand\nPART,0\nDECOY-PART,0\n",
        "markets.csv": "market_id,country,currency\nHOME,DE,USD\n",
        "demand.csv": "product_id,market_id,from_date,units_per_week,unit_price\n"
        f"PRODUCT,HOME,2026-01-05,1,{1 + margin}\nDECOY,HOME,2026-01-05,2,9\n",
        "restrictions.csv": "restriction_id,effect,hazard_per_year,relief_probability,"
        "relief_weeks_p10,relief_weeks_p50,relief_weeks_p90\n"
        f"CUT,closes_sources,{hazard},1,{low!r},{MEDIAN!r},{high!r}\n",
        "scopes.csv": "restriction_id,table,column,value\nCUT,sources,origin_country,US\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
