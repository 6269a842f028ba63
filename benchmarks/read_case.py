"""How long a large case takes to be read, checked and numbered, and how much memory.

    python benchmarks/read_case.py [--rows 2000000] [--form csv|parquet] [--keep FOLDER]

The case is made up: 2,000 products in 10 markets, each with a level of demand in every week. It is read
in a process of its own, so that the peak of memory is that of reading.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

N_PRODUCT, N_PART, N_MARKET = 2000, 500, 10
LONGEST_SECONDS, LARGEST_MIB = 30.0, 3 * 1024.0
START = date(2027, 1, 4)
_CHILD = """
import resource, sys, time
begin = time.perf_counter()
from outlast.intake.assemble import check_case
from outlast.network.numbering import number
loaded = time.perf_counter()
network, findings = check_case(sys.argv[1])
read = time.perf_counter()
assert network is not None, findings[:3]
arrays = number(network)
done = time.perf_counter()
cpu = time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
total = sum(network.column("demand", "units_per_week"))
print(loaded - begin, read - loaded, done - read, cpu, peak, len(network.demand), total)
"""


def write_case(folder: Path, n_row: int, form: str = "csv") -> float:
    """Write a case with about `n_row` rows of demand [in `demand.csv` or `demand.parquet`].

    Returns:
        The sum of `units_per_week` over all rows, for a comparison with what is read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    products = [f"PRODUCT-{number:04d}" for number in range(N_PRODUCT)]
    parts = [f"{number:05d}" for number in range(N_PART)]
    uses = [(product, draw.sample(parts, 3)) for product in products]
    tables = {
        "items": ["item_id,kind,unit_cost", *(f"{p},product,30" for p in products)]
        + [f"{part},part,5" for part in parts],
        "bom": ["parent_id,child_id,quantity", *(f"{p},{c},1" for p, used in uses for c in used)],
        "suppliers": ["supplier_id,name", "S1,First", "S2,Second"],
        "sources": ["source_id,item_id,supplier_id,unit_price,lead_time_weeks,origin_country"]
        + [f"SRC-{part},{part},S{1 + n % 2},5,8,{'US' if n % 2 else 'DE'}" for n, part in enumerate(parts)],
        "stock": ["item_id,on_hand", *(f"{part},1000" for part in parts)],
        "markets": ["market_id,country,currency", *(f"M{n},DE,EUR" for n in range(N_MARKET))],
        "restrictions": ["restriction_id,effect,hazard_per_year", "R1,closes_sources,0.2"],
        "scopes": ["restriction_id,table,column,value", "R1,sources,origin_country,US"],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    settings = f'name = "Large"\nstart = {START}\ncurrency = "EUR"\nhorizon_weeks = 52\n'
    (folder / "case.toml").write_text(settings, encoding="utf-8")
    n_week = max(1, n_row // (N_PRODUCT * N_MARKET))
    return _write_demand(folder, products, n_week, form)


def _draw_demand(products: list[str], n_week: int) -> Iterator[tuple[str, str, date, float, float]]:
    draw = random.Random(2)
    days = [START + timedelta(weeks=week) for week in range(n_week)]
    for product in products:
        for market in range(N_MARKET):
            level, price = draw.uniform(1, 5000), round(draw.uniform(40, 400), 2)
            for day in days:
                yield product, f"M{market}", day, round(level * draw.uniform(0.5, 1.5), 2), price


_HEADING = ("product_id", "market_id", "from_date", "units_per_week", "unit_price")


def _write_demand(folder: Path, products: list[str], n_week: int, form: str) -> float:
    total = 0.0
    if form == "csv":
        with (folder / "demand.csv").open("w", encoding="utf-8") as file:
            file.write(",".join(_HEADING) + "\n")
            for product, market, day, units, price in _draw_demand(products, n_week):
                file.write(f"{product},{market},{day},{units},{price}\n")
                total += units
        return total
    import pyarrow
    from pyarrow import parquet

    columns = [list(cells) for cells in zip(*_draw_demand(products, n_week), strict=True)]
    parquet.write_table(pyarrow.table(dict(zip(_HEADING, columns, strict=True))), folder / "demand.parquet")
    return sum(columns[3])


def measure(folder: Path) -> dict[str, float]:
    """Seconds of import, of reading and checking, of numbering, of the processor over all of these; peak of
    memory [MiB]; rows; units."""
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, str(folder)], capture_output=True, text=True, check=True
    )
    names = ("import_seconds", "read_seconds", "number_seconds", "cpu_seconds", "peak_mib", "rows", "units")
    return dict(zip(names, map(float, run.stdout.split()), strict=True))


def main() -> None:
    """Write a case, read it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--form", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--keep", type=Path, help="folder for the case; kept, and used again if it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary) / "case"
        if not folder.exists():
            write_case(folder, options.rows, options.form)
        for name, value in measure(folder).items():
            print(f"{name:15} {value:14,.2f}")


if __name__ == "__main__":
    main()
