"""A network of three tiers to cut. In: nothing. Out: `NetworkArrays` of 1,700 nodes that are used, and
suppliers that recover. One reason to exist: `survive` is measured by pytest-benchmark and by `reach.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from benchmarks.networks import assembly_network, three_children
from outlast.network.actions import CaseSettings
from outlast.network.arrays import NetworkArrays
from outlast.network.network import Network
from outlast.network.sources import Supplier

N_SUPPLIER, N_RESTRICTION = 150, 20


def three_tiers() -> NetworkArrays:
    """2,800 items, of which products need 1,700; 150 suppliers; 20 restrictions, each of which closes a
    twentieth of the sources and is lifted in two cases of three; two years are followed, making is limited,
    goods are on order for each lead time."""
    rng = np.random.default_rng(3)
    plain = assembly_network(three_children(2800, np.random.default_rng(1)), 0.5)
    n_source = len(plain.source_ids)
    left = np.where(rng.random((N_RESTRICTION, n_source)) < 0.05, 0.0, 1.0)
    hits = np.zeros((N_RESTRICTION, len(plain.item_ids)), dtype=bool)
    hits[:, plain.source_item] = left < 1
    one = {
        name: np.repeat(getattr(plain, name), N_RESTRICTION)
        for name in (
            "earliest_week",
            "fixed_week",
            "trigger",
            "trigger_probability",
            "grace_weeks",
            "maintenance_weeks",
            "savings_weeks",
            "in_transit_released",
            "price_multiplier",
            "lead_multiplier",
        )
    }
    return replace(
        plain,
        **one,
        window_weeks=104,
        make_capacity=np.where(plain.made, 1.2 * plain.usage[0], np.inf),
        supplier_ids=tuple(f"SUPPLIER{number}" for number in range(N_SUPPLIER)),
        supplier_capacity=np.full(N_SUPPLIER, np.inf),
        source_supplier=rng.integers(0, N_SUPPLIER, n_source),
        hazard_per_week=np.full(N_RESTRICTION, 0.1 / 52),
        relief_probability=np.full(N_RESTRICTION, 2 / 3),
        relief_median=np.full(N_RESTRICTION, 26.0),
        relief_sigma=np.full(N_RESTRICTION, 0.5),
        restriction_ids=tuple(f"CUT{number}" for number in range(N_RESTRICTION)),
        notice_weeks=rng.integers(0, 13, N_RESTRICTION),
        supply_left=left,
        supply_delay=np.zeros((N_RESTRICTION, n_source), dtype=np.int64),
        hits_item=hits,
        hits_line=np.zeros((N_RESTRICTION, len(plain.line_ids)), dtype=bool),
        on_hand=plain.usage[0] * rng.uniform(0, 60, len(plain.item_ids)),
    )


def suppliers(arrays: NetworkArrays) -> Network:
    """Suppliers that recover after 5 to 40 weeks."""
    rng = np.random.default_rng(4)
    median = rng.uniform(5, 40, N_SUPPLIER)
    return Network(
        settings=CaseSettings(name="three tiers", start=date(2026, 1, 5)),
        suppliers=tuple(
            Supplier(
                supplier_id=name,
                name=name,
                recovery_weeks_p10=0.5 * weeks,
                recovery_weeks_p50=weeks,
                recovery_weeks_p90=2 * weeks,
            )
            for name, weeks in zip(arrays.supplier_ids, median, strict=True)
        ),
    )
