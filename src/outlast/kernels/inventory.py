"""The simulated week. In: a case, a policy and a block of scenarios as arrays. Out: a `Record`.
One reason to exist: docs/simulator.md, compiled, one function a step. Scenarios are the outer
loop and share nothing but scratch that is reset, so a result does not depend on its neighbours.
"""

from __future__ import annotations

import math

import numpy as np

from outlast.kernels.jit import kernel
from outlast.kernels.shapes import (
    BACKORDER,
    CONTRIBUTION,
    END,
    HOLDING,
    MADE,
    ORDER_COST,
    PROPORTIONAL,
    PURCHASE_VARIANCE,
    RECEIVED,
    SHADOW_PRICE,
    SOLD,
    START,
    SWITCH_COST,
    USED,
    WRITE_DOWN,
    Case,
    Draw,
    Record,
    Rules,
    State,
)
from outlast.kernels.sharing import share_scarce
from outlast.kernels.sources import capacity_of, open_path, refresh, usable
from outlast.periods import NEVER

TINY = 1e-9
"""Needs below this are rounding; a number this close to a whole one counts as that."""


@kernel
def reset_state(case: Case, state: State) -> None:
    """The company as it stands before the first week."""
    state.on_hand[:] = case.on_hand
    state.due[:] = 0.0
    state.due_value[:] = 0.0
    for week in range(len(case.open_unshipped)):
        for s in range(len(case.source_item)):
            state.due[week, s] = case.open_unshipped[week, s]
            state.due_value[week, s] = case.open_unshipped[week, s] * case.source_price[s]
    state.shipped[:] = case.open_shipped
    state.due_item[:] = case.open_total
    state.making[:] = 0.0
    state.making_item[:] = 0.0
    state.backlog[:] = 0.0
    state.share[:] = 1.0
    state.allotment[:] = np.inf
    state.payment[:-1] = case.open_payment
    state.payment[-1] = 0.0
    state.account[:] = 0.0
    state.fill[:] = 0.0
    if len(state.ledger) > 0:
        state.ledger[:] = 0.0
        state.ledger[:, START] = case.on_hand


@kernel
def pay(state: State, week: int, money: float) -> None:
    """Book a payment; what falls after the last week never happens."""
    if 0 <= week < len(state.payment):
        state.payment[week] += money


@kernel
def cancel_orders(case: Case, draw: Draw, n: int, t: int, state: State) -> None:
    """Step 1: what a closure that starts now does to goods on order."""
    for r in range(len(case.savings_weeks)):
        for s in range(len(case.source_item)):
            if max(0, state.closure[r, s]) != t:
                continue
            saved = t + case.savings_weeks[r] if case.in_transit_released[r] else t
            ship_end = min(saved, t + case.source_transit[s])
            lost = 1.0 - case.supply_left[r, s]
            for week in range(t, t + case.ring_weeks):
                slot = week % case.ring_weeks
                if week >= ship_end and state.due[slot, s] > 0.0:
                    units, money = lost * state.due[slot, s], lost * state.due_value[slot, s]
                    state.due[slot, s] -= units
                    state.due_value[slot, s] -= money
                    cancel(case, state, t, week, s, units, money)
            for week in range(max(t, saved), len(state.shipped)):
                if state.shipped[week, s] > 0.0:
                    units = lost * state.shipped[week, s]
                    state.shipped[week, s] -= units
                    cancel(case, state, t, week, s, units, units * case.source_price[s])


@kernel
def cancel(case: Case, state: State, t: int, week: int, s: int, units: float, money: float) -> None:
    """Take units that were due off the position and refund what was or will be paid."""
    item = case.source_item[s]
    state.due_item[item] = max(0.0, state.due_item[item] - units)
    pay(state, max(t, week + case.source_payment_weeks[s]), -money)


@kernel
def receive(case: Case, state: State, s: int, units: float, money: float) -> None:
    """Goods enter stock."""
    item = case.source_item[s]
    state.on_hand[item] += units
    state.account[PURCHASE_VARIANCE] -= money - units * case.standard_cost[item]
    if len(state.ledger) > 0:
        state.ledger[item, RECEIVED] += units


@kernel
def arrive(case: Case, t: int, state: State) -> None:
    """Step 2: goods due and goods made enter stock."""
    slot = t % case.ring_weeks
    due, value = state.due[slot], state.due_value[slot]
    with_shipped = t < len(state.shipped)
    for s in range(len(due)):
        units, money = due[s], value[s]
        if with_shipped and state.shipped[t, s] > 0.0:
            units += state.shipped[t, s]
            money += state.shipped[t, s] * case.source_price[s]
        if units > 0.0:
            item = case.source_item[s]
            state.due_item[item] = max(0.0, state.due_item[item] - units)
            due[s], value[s] = 0.0, 0.0
            receive(case, state, s, units, money)
    if case.making_weeks > 1:
        made = state.making[t % case.making_weeks]
        for item in case.make_order:
            if made[item] > 0.0:
                state.on_hand[item] += made[item]
                state.making_item[item] = max(0.0, state.making_item[item] - made[item])
                if len(state.ledger) > 0:
                    state.ledger[item, MADE] += made[item]
                made[item] = 0.0


@kernel
def count_waiting(case: Case, state: State) -> None:
    """Units of every item that backlogs of open lines wait for, beyond what their products have."""
    state.waiting[:] = 0.0
    for product in case.products:
        short = -state.on_hand[product]
        for k in range(case.line_ptr[product], case.line_ptr[product + 1]):
            line = case.serve_order[0, k]
            if state.line_open[line]:
                short += state.backlog[line]
        if short > 0.0:
            state.waiting[product] += short
            for k in range(case.explosion_ptr[product], case.explosion_ptr[product + 1]):
                state.waiting[case.explosion_item[k]] += short * case.explosion_quantity[k]


@kernel
def lot(case: Case, s: int, need: float, capacity: float) -> float:
    """Units ordered for a need, by minimum, multiple and capacity."""
    minimum, multiple = case.source_minimum[s], case.source_multiple[s]
    units = max(min(need, capacity), minimum)
    if multiple > 0.0:
        units = multiple * math.ceil(units / multiple - TINY)
    if units > capacity:
        within = multiple * math.floor(capacity / multiple + TINY) if multiple > 0.0 else capacity
        smallest = minimum
        if multiple > 0.0:
            smallest = multiple * math.ceil(max(minimum, multiple) / multiple - TINY)
        units = max(within, smallest)
    return units


@kernel
def place_order(case: Case, state: State, t: int, s: int, units: float) -> None:
    """Order, and receive at once what has no lead time."""
    item, lead, money = case.source_item[s], state.lead[s], units * state.price[s]
    state.account[ORDER_COST] -= case.source_order_cost[s]
    pay(state, t, case.source_order_cost[s])
    pay(state, max(t, t + lead + case.source_payment_weeks[s]), money)
    if lead == 0:
        receive(case, state, s, units, money)
    else:
        slot = (t + lead) % case.ring_weeks
        state.due[slot, s] += units
        state.due_value[slot, s] += money
        state.due_item[item] += units


@kernel
def purchase(case: Case, rules: Rules, draw: Draw, n: int, t: int, first: int, state: State) -> None:
    """Step 4: order up to the position, sources in their order."""
    if case.has_backorder:
        count_waiting(case, state)
    calm = t < first
    base, protective, buildup = rules.base_position[t], rules.protective[t], rules.buildup[t]
    for item in case.bought:
        level = base[item] + state.hoard[item]
        if calm:
            level += protective[item]
        position = state.on_hand[item] + state.due_item[item] - state.waiting[item]
        normal = case.first_source[item]
        normal_lead = case.source_lead[normal] if normal >= 0 else 0
        for s in range(case.source_ptr[item], case.source_ptr[item + 1]):
            if not usable(draw, n, t, state, s):
                continue
            need = level - position
            if state.lead[s] > normal_lead:
                need += case.usage[t, item] * (state.lead[s] - normal_lead)
            extra = buildup[s] if calm else 0.0
            if need <= TINY and extra <= 0.0:
                continue
            capacity = capacity_of(case, t, state, s)
            if extra > 0.0:
                extra = min(extra, capacity)
                if extra > 0.0:
                    place_order(case, state, t, s, extra)
                capacity -= extra
                position += extra
                need -= extra
            if need > TINY and capacity > 0.0:
                units = lot(case, s, need, capacity)
                place_order(case, state, t, s, units)
                position += units


@kernel
def plan_production(case: Case, rules: Rules, t: int, first: int, state: State) -> None:
    """Step 5, parents first: what is wanted, and the claims on children."""
    state.claim[:] = 0.0
    base, protective, ahead = rules.base_position[t], rules.protective[t], case.demand_ahead[t]
    for k in range(len(case.make_order) - 1, -1, -1):
        item = case.make_order[k]
        want = base[item] - state.on_hand[item] - state.making_item[item]
        if t < first:
            want += protective[item]
        for place in range(case.line_ptr[item], case.line_ptr[item + 1]):
            line = case.serve_order[0, place]
            if state.line_open[line]:
                want += min(state.allotment[line], ahead[line] + state.backlog[line])
        want += state.claim[item] + case.usage_ahead[t, item]
        units = min(want, case.make_capacity[item]) if want > TINY else 0.0
        state.planned[item] = units
        if units > 0.0:
            for b in range(case.bom_ptr[item], case.bom_ptr[item + 1]):
                state.claim[case.bom_child[b]] += units * case.bom_quantity[b]


@kernel
def produce(case: Case, rules: Rules, t: int, first: int, state: State) -> None:
    """Step 5, children first: what is made of what there is."""
    plan_production(case, rules, t, first, state)
    on_hand, claim = state.on_hand, state.claim
    with_ledger = len(state.ledger) > 0
    cost = 0.0
    for item in case.make_order:
        planned = state.planned[item]
        if planned <= 0.0:
            continue
        part = 1.0
        for b in range(case.bom_ptr[item], case.bom_ptr[item + 1]):
            child = case.bom_child[b]
            left = max(claim[child], planned * case.bom_quantity[b])
            if on_hand[child] < left:
                part = min(part, on_hand[child] / left)
        made = planned * part
        for b in range(case.bom_ptr[item], case.bom_ptr[item + 1]):
            child = case.bom_child[b]
            claim[child] -= planned * case.bom_quantity[b]
            used = made * case.bom_quantity[b]
            on_hand[child] = max(0.0, on_hand[child] - used)
            if with_ledger:
                state.ledger[child, USED] += used
        cost += made * case.make_cost[item]
        if case.make_weeks[item] > 0:
            state.making[(t + case.make_weeks[item]) % case.making_weeks, item] += made
            state.making_item[item] += made
        else:
            on_hand[item] += made
            if with_ledger:
                state.ledger[item, MADE] += made
    pay(state, t, cost)


@kernel
def serve_product(case: Case, rules: Rules, t: int, product: int, state: State) -> None:
    """Step 6 for one product: turn what is allowed to its open lines into what is sold to them."""
    lo, hi = case.line_ptr[product], case.line_ptr[product + 1]
    stock, total = state.on_hand[product], 0.0
    for k in range(lo, hi):
        line = case.serve_order[t, k]
        allowed = 0.0
        if state.line_open[line]:
            allowed = min(state.allotment[line], state.wanted[line] + state.backlog[line])
        state.allowed[line] = allowed
        total += allowed
    if total > stock:
        part = stock / total
        for k in range(lo, hi):
            line = case.serve_order[t, k]
            if rules.sharing == PROPORTIONAL:
                state.allowed[line] *= part
            else:
                state.allowed[line] = min(state.allowed[line], stock)
                stock -= state.allowed[line]
        total = state.on_hand[product]
    state.on_hand[product] -= total
    if len(state.ledger) > 0:
        state.ledger[product, SOLD] += total


@kernel
def serve(
    case: Case, rules: Rules, draw: Draw, n: int, t: int, fill_start: int, state: State, record: Record
) -> None:
    """Step 6 and the money of the sales."""
    for line in range(len(case.line_product)):
        state.wanted[line] = case.demand[t, line] * draw.demand_factor[n, t, line]
    for product in case.products:
        serve_product(case, rules, t, product, state)
    earned = 0.0
    for line in range(len(case.line_product)):
        if not state.line_open[line]:
            continue
        sold, wanted, margin = state.allowed[line], state.wanted[line], case.contribution[t, line]
        record.sold[n, line] += sold
        record.demanded[n, line] += wanted
        earned += sold * margin
        state.allotment[line] = max(0.0, state.allotment[line] - sold)
        if sold > 0.0:
            pay(state, t + case.line_receivable_weeks[line], -sold * case.price[t, line])
        if case.line_backorder[line]:
            state.backlog[line] = max(0.0, wanted + state.backlog[line] - sold)
        if t >= fill_start and margin > 0.0:
            state.fill[0] += sold * margin
            state.fill[1] += wanted * margin
    state.account[CONTRIBUTION] += earned


@kernel
def charge_week(case: Case, t: int, state: State) -> None:
    """Step 7: what the week's end costs."""
    holding = 0.0
    for item in range(len(state.on_hand)):
        holding += case.holding_cost[item] * state.on_hand[item]
    state.account[HOLDING] -= holding
    late = 0.0
    if case.has_backorder:
        for line in range(len(state.backlog)):
            late += case.line_backorder_cost[line] * state.backlog[line]
    state.account[BACKORDER] -= late
    pay(state, t, late + case.fixed_cost)


@kernel
def charge_switches(case: Case, state: State, weeks: int) -> None:
    """Step 3: switches that start before the path ends are paid; `state.ready` has when they end."""
    for s in range(len(case.source_item)):
        if state.start[s] < weeks:
            state.account[SWITCH_COST] -= case.switch_cost[s]
            pay(state, state.start[s], case.switch_cost[s])


@kernel
def close_path(case: Case, n: int, state: State, record: Record) -> None:
    """End of the path: write-down, and what is kept."""
    for item in range(len(state.on_hand)):
        surplus = max(0.0, state.on_hand[item] - case.working_stock[item])
        state.account[WRITE_DOWN] -= case.write_down_share[item] * surplus * case.standard_cost[item]
    record.account[n] = state.account
    if len(state.ledger) > 0:
        state.ledger[:, END] = state.on_hand
        record.ledger[n] = state.ledger


@kernel
def run_path(case: Case, rules: Rules, draw: Draw, n: int, state: State, record: Record) -> None:
    """One scenario from the first week to the last."""
    reset_state(case, state)
    weeks, first, fill_start = open_path(case, rules, draw, n, state)
    charge_switches(case, state, weeks)
    survived, failed = max(0, weeks - fill_start) if first < weeks else weeks, first >= weeks
    cash, low, out = case.opening_cash, case.opening_cash, NEVER
    for t in range(weeks):
        if state.changes[t]:
            cancel_orders(case, draw, n, t, state)
            refresh(case, rules, draw, n, t, state)
        arrive(case, t, state)
        purchase(case, rules, draw, n, t, first, state)
        if rules.sharing == SHADOW_PRICE and t >= first and (t - first) % rules.resolve_weeks == 0:
            share_scarce(case, rules, draw, n, t, weeks, state)
        produce(case, rules, t, first, state)
        serve(case, rules, draw, n, t, fill_start, state, record)
        if not failed and state.fill[0] < state.fill[1] * (case.fill_target - TINY):
            failed, survived = True, t - fill_start
        charge_week(case, t, state)
        cash -= state.payment[t]
        low = min(low, cash)
        if out == NEVER and cash + case.credit_limit < 0.0:
            out = t
        for k in range(len(record.record_items)):
            record.on_hand[n, t, k] = state.on_hand[record.record_items[k]]
    close_path(case, n, state, record)
    record.survived[n] = survived
    record.event_week[n] = first if first < weeks else NEVER
    record.length[n] = weeks
    record.cash_low[n], record.cash_out_week[n] = low, out


@kernel
def simulate_block(case: Case, rules: Rules, draw: Draw, state: State, record: Record) -> None:
    """Play a block of scenarios and fill `record`, which starts as zeros (`on_hand`: nan)."""
    for n in range(len(draw.length)):
        run_path(case, rules, draw, n, state, record)
