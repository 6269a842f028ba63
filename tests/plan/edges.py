"""A small case as files whose units of money and of each item can be chosen: two products share a part.

PUMP and VALVE (made) hold CHIP (one source in the US, an alternative in Norway) and STEEL (Germany).
All figures in `SIZES` can be replaced; a figure in money is multiplied by `money`, one in units of
CHIP divided by `chip`: the same world, told in other units.
"""

from __future__ import annotations

from pathlib import Path

START = "2027-01-04"


def write_edge_case(
    folder: Path,
    *,
    money: float = 1.0,
    chip: float = 1.0,
    hazard: str = "0.5",
    budget: float | None = 60_000,
    horizon: int = 26,
    draws: int = 3,
    spread: float = 1.5,
    settings: str = "",
    second_product: bool = True,
    alternative: bool = True,
    overrides: str = "",
    more: dict[str, str] | None = None,
) -> Path:
    """Writes the case and returns its folder.

    Args:
        folder: where to; may exist.
        money: units of money in one of the original.
        chip: original chips in a unit of CHIP.
        hazard: of the listing [events per year].
        budget: most cash for protection [original money]; None: no limit.
        horizon: weeks planned.
        draws: of durations.
        spread: 90th percentile of durations over their median; 1: no spread, so all draws are alike.
        settings: more lines of section [plan].
        second_product: whether VALVE is sold.
        alternative: whether there is the source in Norway.
        overrides: rows of overrides.csv, with their heading.
        more: files that replace those written here.
    """
    folder.mkdir(parents=True, exist_ok=True)

    def durations(median: float) -> str:
        return f"{median / spread!r},{median!r},{median * spread!r}"

    cash = "" if budget is None else f"budget = {budget * money!r}\n"
    valve = second_product
    files = {
        "case.toml": f'name = "Edges"\nstart = {START}\nhorizon_weeks = {horizon}\ncurrency = "EUR"\n'
        f"seed = 3\nscenarios = {draws}\n[plan]\n{cash}{settings}",
        "items.csv": "item_id,kind,unit_cost,make_cost,write_down_share,unit\n"
        f"PUMP,product,{40 * money!r},{12 * money!r},0.4,kg\n"
        + (f"VALVE,product,{25 * money!r},{2 * money!r},0.4,kg\n" if valve else "")
        + f"CHIP,part,{20 * money * chip!r},,0.5,kg\nSTEEL,part,{4 * money!r},,0.2,kg\n",
        "bom.csv": f"parent_id,child_id,quantity\nPUMP,CHIP,{1 / chip!r}\nPUMP,STEEL,2\n"
        + (f"VALVE,CHIP,{0.75 / chip!r}\nVALVE,STEEL,2\n" if valve else ""),
        "suppliers.csv": "supplier_id,name\nONE,One Inc\nTWO,Two AS\nTHREE,Three GmbH\n",
        "sources.csv": "source_id,item_id,supplier_id,unit_price,lead_time_weeks,status,minimum_order,"
        "order_multiple,origin_country,switch_cost,switch_weeks_p10,switch_weeks_p50,switch_weeks_p90\n"
        f"CHIP-US,CHIP,ONE,{20 * money * chip!r},6,qualified,{50 / chip!r},{10 / chip!r},US,,,,\n"
        + (
            f"CHIP-NO,CHIP,TWO,{24 * money * chip!r},8,alternative,,,NO,{9000 * money!r},{durations(20)}\n"
            if alternative
            else ""
        )
        + f"STEEL-DE,STEEL,THREE,{4 * money!r},3,qualified,,,DE,,,,\n",
        "stock.csv": f"item_id,on_hand\nPUMP,60\nCHIP,{400 / chip!r}\nSTEEL,400\n",
        "markets.csv": "market_id,country,currency\nHOME,DE,EUR\n",
        "demand.csv": f"product_id,market_id,from_date,units_per_week,unit_price\n"
        f"PUMP,HOME,{START},40,{85 * money!r}\n"
        + (f"VALVE,HOME,{START},20,{38 * money!r}\n" if valve else ""),
        "restrictions.csv": "restriction_id,effect,hazard_per_year,relief_probability,"
        f"relief_weeks_p10,relief_weeks_p50,relief_weeks_p90\nLISTING,closes_sources,{hazard},1,{durations(40)}\n",
        "scopes.csv": "restriction_id,table,column,value\nLISTING,sources,origin_country,US\n",
    }
    if overrides:
        files["overrides.csv"] = overrides
    for name, text in {**files, **(more or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
