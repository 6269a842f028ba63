"""Demand by week, worked out on columns, is what going through the rows one by one gives.

Two products in two markets, one of them in dollars; rows in any order, before and beyond the weeks that
are followed, several in one week.
"""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.checks import check_network
from outlast.network.coded import CodedRows, code_values
from outlast.network.demand import Demand, Exchange, Market
from outlast.network.items import Item
from outlast.network.money import Exchanger
from outlast.network.network import Network
from outlast.network.numbering import _line_arrays

START = date(2027, 1, 4)
ROW = st.builds(
    Demand,
    product_id=st.sampled_from(["A", "B"]),
    market_id=st.sampled_from(["HOME", "ABROAD"]),
    from_date=st.integers(-30, 120).map(lambda days: START + timedelta(days=days)),
    units_per_week=st.integers(0, 9).map(float),
    unit_price=st.integers(1, 99).map(float),
    sd_share=st.sampled_from([0.0, 0.5]),
)


def network_of(demand):
    return Network(
        settings=CaseSettings(
            name="", start=START, horizon_weeks=4, currency="EUR", plan=PlanSettings(window_weeks=8)
        ),
        items=tuple(Item(item_id=name, kind="product", unit_cost=20.0) for name in "AB"),
        markets=(
            Market(market_id="HOME", country="DE", currency="EUR"),
            Market(market_id="ABROAD", country="US", currency="USD"),
        ),
        exchange=(Exchange(currency="USD", date=START, units_per_case_currency=1.25),),
        demand=demand,
    )


def coded(rows):
    columns = {name: code_values([getattr(row, name) for row in rows]) for name in Demand.__slots__}
    return CodedRows(Demand, columns, len(rows))


def go_through(rows, n_week):
    """Lines, and demand and price by week and line, one row after the other."""
    lines = list(dict.fromkeys((row.product_id, row.market_id) for row in rows))
    demand, price = np.zeros((n_week, len(lines))), np.zeros((n_week, len(lines)))
    for row in sorted(rows, key=lambda row: row.from_date):
        line = lines.index((row.product_id, row.market_id))
        for week in range(n_week):
            if START + timedelta(weeks=week) >= row.from_date:
                demand[week, line] = row.units_per_week
                price[week, line] = row.unit_price / (1.25 if row.market_id == "ABROAD" else 1)
    return tuple(lines), demand, price


@given(st.lists(ROW, max_size=25))
@settings(max_examples=80, deadline=None)
def test_columns_give_what_rows_give(rows):
    lines, demand, price = go_through(rows, 12)
    for table in (tuple(rows), coded(rows)):
        network = network_of(table)
        found = _line_arrays(network, Exchanger(network))
        assert found["line_ids"] == lines
        assert (found["demand"] == demand).all()
        assert (found["price"] == price).all()
        spread = [max(r.sd_share for r in rows if (r.product_id, r.market_id) == line) for line in lines]
        assert found["line_sd_share"].tolist() == spread


@given(st.lists(ROW, min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_coded_rows_have_the_findings_of_plain_ones(rows):
    plain, kept = (list(check_network(network_of(table))) for table in (tuple(rows), coded(rows)))
    assert plain == kept
    keys = [(row.product_id, row.market_id, row.from_date) for row in rows]
    twice = sum(finding.code == "duplicate-row" for finding in plain)
    assert twice == len(keys) - len(set(keys))
    below = {
        row.product_id
        for row in rows
        if row.units_per_week > 0 and row.unit_price / (1.25 if row.market_id == "ABROAD" else 1) < 20
    }
    assert sum(finding.code == "price-below-cost" for finding in plain) == len(below)
