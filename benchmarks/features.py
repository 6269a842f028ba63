"""A company without one of its features. In: `Instance`. Out: `FEATURES`, each with a way to switch it off.
One reason to exist: a feature in a benchmark that changes nothing says nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.everything import DATED, LISTING, MARKET, PLANT, Instance
from outlast.network.arrays import RECEIPT, SHIPMENT, TRANSIT, Floats
from outlast.periods import NEVER
from outlast.simulate.own_policy import KnownWeek, OwnPolicy


@dataclass(frozen=True)
class Feature:
    """A feature and the company without it."""

    name: str
    off: Callable[[Instance], Instance]
    figure: str = "value"
    """What shows it: `value`, `cash_low` or `cash_weeks`, see `FIGURES`."""


def without_pauses(kind: int) -> Callable[[Instance], Instance]:
    """Goods never pause in this way."""

    def off(on: Instance) -> Instance:
        never = np.where(on.arrays.pause_kind == kind, 0.0, on.arrays.pause_fail)
        return on.but(pause_fail=never)

    return off


def without_cut(restriction: int) -> Callable[[Instance], Instance]:
    """A restriction closes nothing, though it comes."""

    def off(on: Instance) -> Instance:
        return on.one(restriction, supply_left=1.0, hits_item=False, hits_line=False)

    return off


def second_sources_closed(on: Instance) -> Instance:
    """What a first source cannot take falls to nobody."""
    later = np.concatenate([[False], np.diff(on.arrays.source_item) == 0])
    return on.but(
        source_capacity=np.where(later & on.arrays.source_qualified, 0.0, on.arrays.source_capacity),
        source_split=np.zeros_like(on.arrays.source_split),
    )


def without_supplier_capacity(on: Instance) -> Instance:
    """Every source makes what it can alone."""
    return on.but(supplier_capacity=np.full_like(on.arrays.supplier_capacity, np.inf))


def without_breaks(on: Instance) -> Instance:
    """One price, however much is ordered."""
    return on.but(
        break_ptr=np.zeros_like(on.arrays.break_ptr), break_from=np.zeros(0), break_price=np.zeros(0)
    )


def without_late_starts(on: Instance) -> Instance:
    """No switch starts at the news (what the policy says counts)."""
    return replace(on, policy=replace(on.policy, start_after=np.zeros_like(on.policy.start_after)))


def order_up_to(on: Instance) -> OwnPolicy:
    """A policy of the user's own: base stock, from sources in their order."""
    level, item_of = on.policy.base_position, on.arrays.source_item

    def decide(known: KnownWeek) -> Floats:
        left = np.maximum(0.0, level[known.week] - known.position)
        units = np.zeros_like(known.room)
        for source, item in enumerate(item_of):
            units[:, source] = np.minimum(left[:, item], known.room[:, source])
            left[:, item] -= units[:, source]
        return units

    return decide


FEATURES = (
    Feature("lost sales (all wait)", lambda on: on.flat(line_backorder=True)),
    Feature("backorders (all are lost)", lambda on: on.flat(line_backorder=False)),
    Feature("priority of markets", lambda on: on.flat(line_priority=1.0)),
    Feature("noise of demand", lambda on: on.flat(line_sd_share=0.0)),
    Feature("scarce parts by shadow price (priority)", lambda on: on.but(sharing="priority")),
    Feature("scarce parts by shadow price (proportional)", lambda on: on.but(sharing="proportional")),
    Feature("re-solved every 4 weeks (26)", lambda on: on.but(resolve_weeks=26)),
    Feature("split shares", lambda on: on.flat(source_split=0.0)),
    Feature("fail-over to a second source", second_sources_closed),
    Feature("lead times", lambda on: on.flat(source_lead=0, source_transit=0, source_lead_sd=0.0)),
    Feature("lead times that vary", lambda on: on.flat(source_lead_sd=0.0)),
    Feature("making times", lambda on: on.flat(make_weeks=0)),
    Feature("open orders that may be cancelled", lambda on: on.flat(open_cancellable=0.0)),
    Feature("capacity of making", lambda on: on.flat(make_capacity=np.inf)),
    Feature("capacity of sources", lambda on: on.flat(source_capacity=np.inf)),
    Feature("capacity of a supplier", without_supplier_capacity),
    Feature("degraded output of a supplier", without_cut(PLANT)),
    Feature("its delay", lambda on: on.flat(supply_delay=0)),
    Feature("smallest orders", lambda on: on.flat(source_minimum=0.0)),
    Feature("order multiples", lambda on: on.flat(source_multiple=0.0)),
    Feature("price breaks", without_breaks),
    Feature("order cost", lambda on: on.flat(source_order_cost=0.0)),
    Feature("expediting", lambda on: on.flat(expedite_weeks=-1)),
    Feature("shelf life", lambda on: on.flat(shelf_life=np.inf)),
    Feature("stock at the start that expires", lambda on: on.flat(expiring=0.0)),
    Feature("quarantine", lambda on: on.but(on_hand=on.arrays.on_hand + on.quarantined)),
    Feature("yield", lambda on: on.flat(source_yield=1.0, source_yield_sd=0.0)),
    Feature("disruptions: no orders", lambda on: on.flat(fail_per_week=0.0, recover_per_week=1.0)),
    Feature("disruptions: shipment", without_pauses(SHIPMENT)),
    Feature("disruptions: transit", without_pauses(TRANSIT)),
    Feature("disruptions: receipt", without_pauses(RECEIPT)),
    Feature("cut of sources", without_cut(LISTING)),
    Feature("cut of sales", without_cut(MARKET)),
    Feature("cut with a date", without_cut(DATED)),
    Feature("notice", lambda on: on.flat(notice_weeks=0)),
    Feature("grace", lambda on: on.flat(grace_weeks=0)),
    Feature("grace for maintenance", lambda on: on.flat(maintenance_weeks=0)),
    Feature("savings", lambda on: on.one(LISTING, savings_weeks=0)),
    Feature("goods in transit released", lambda on: on.flat(in_transit_released=False)),
    Feature("goods in transit stopped", lambda on: on.flat(in_transit_released=True)),
    Feature("relief", lambda on: on.flat(relief_probability=0.0)),
    Feature("follow-up of a restriction", lambda on: on.flat(trigger_probability=0.0)),
    Feature("qualification after the news", without_late_starts),
    Feature("qualification ahead of it", lambda on: on.flat(start_week=NEVER)),
    Feature("ramp", lambda on: on.flat(ramp_weeks=0)),
    Feature("cost of a switch", lambda on: on.flat(switch_cost=0.0)),
    Feature("jump of prices", lambda on: on.flat(price_multiplier=1.0)),
    Feature("jump of lead times", lambda on: on.flat(lead_multiplier=1.0)),
    Feature("protective stock of the plan", lambda on: on.flat(protective=0.0)),
    Feature("build-up orders of the plan", lambda on: on.flat(buildup=0.0)),
    Feature("hoarding on the news", lambda on: on.flat(hoard=0.0)),
    Feature("(s, S) of some items", lambda on: on.flat(gap=0.0)),
    Feature("(r, Q) of some items", lambda on: on.flat(batch=0.0)),
    Feature("payment terms", lambda on: on.flat(source_payment_weeks=0), "cash_low"),
    Feature("receipt terms", lambda on: on.flat(line_receivable_weeks=0), "cash_low"),
    Feature("fixed cost", lambda on: on.but(fixed_cost_per_week=0.0), "cash_low"),
    Feature("opening cash", lambda on: on.but(opening_cash=0.0), "cash_low"),
    Feature("credit", lambda on: on.but(credit_limit=0.0), "cash_weeks"),
    Feature("holding cost", lambda on: on.flat(holding_cost=0.0)),
    Feature("write-down", lambda on: on.flat(write_down_share=0.0)),
    Feature("the plan (base stock in Python)", lambda on: on.but(decide=order_up_to(on))),
)
