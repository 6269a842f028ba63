"""The simulated week. In: a company and a block of scenarios as arrays. Out: the block's records.
One reason to exist: docs/simulator.md, compiled, one function a step. Scenarios are the outer
loop and share nothing but scratch that is reset, so a result does not depend on its neighbours.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel, kernel
from outlast.kernels.orders import arrive, cancel_orders, count_waiting, pause, pay
from outlast.kernels.purchasing import purchase
from outlast.kernels.shapes import (
    BACKORDER,
    CONTRIBUTION,
    END,
    FILL_DEMANDED,
    FILL_SOLD,
    HOLDING,
    MADE,
    PROPORTIONAL,
    SCRAPPED,
    SCRAPPED_UNITS,
    SHADOW_PRICE,
    SOLD,
    START,
    SWITCH_COST,
    USED,
    WRITE_DOWN,
    Block,
    Company,
    Floats,
    Records,
    Row,
)
from outlast.kernels.sharing import share_scarce
from outlast.kernels.sources import ease_cuts, open_path, refresh
from outlast.periods import NEVER

TINY = 1e-9
"""Needs below this are rounding; a number this close to a whole one counts as that."""


@inner_kernel
def reset_company(company: Company) -> None:
    """The company as it stands before the first week."""
    for i in range(len(company.items)):
        item = company.items[i]
        item.on_hand, item.due, item.making, item.waiting = item.start, item.open_total, 0.0, 0.0
        item.spare, item.entered, item.before = 0.0, 0.0, item.start
        if company.has_ledger:
            company.ledger[i, :] = 0.0
            company.ledger[i, START] = item.start
    for s in range(len(company.sources)):
        company.sources[s].carried = 0.0
        for slot in range(len(company.due)):
            units = company.source_weeks[slot, s].unshipped if slot < company.open_weeks else 0.0
            company.due[slot, s].units = units
            company.due[slot, s].money = units * company.sources[s].list_price
        for week in range(company.open_weeks):
            company.source_weeks[week, s].shipped_left = company.source_weeks[week, s].shipped
            company.source_weeks[week, s].ahead_left = company.source_weeks[week, s].ahead
    for order in company.cancellable:
        order.units, order.arrival = order.given, order.given_arrival
    for claim in company.claims:
        claim.saved = 0.0
    for line in company.lines:
        line.backlog, line.share, line.allotment = 0.0, 1.0, math.inf
    for week in company.weeks:
        week.payment = week.open_payment
    company.making[:] = 0.0
    company.tight[:] = False
    for k in range(len(company.ageing)):
        item = company.items[company.ageing[k]]
        item.last_lot = item.first_lots
        for week in range(len(company.expiring)):
            company.lots[week, k] = company.expiring[week, k]
    company.tally[:] = 0.0


@inner_kernel
def plan_production(company: Company, t: int, first: int) -> None:
    """Step 5, parents first: what is wanted, and the claims on children."""
    items, lines, links = company.items, company.lines, company.links
    line_weeks, served = company.line_weeks[t], company.line_weeks[0]
    for item in items:
        item.claim = 0.0
    for k in range(len(company.make_order) - 1, -1, -1):
        number = company.make_order[k]
        item, week = items[number], company.item_weeks[t, number]
        want = week.base + item.claim + week.usage_ahead - item.on_hand - item.making
        if t < first:
            want += week.protective
        for place in range(item.line_from, item.line_to):
            line = lines[served[place].served]
            if line.open:
                want += min(line.allotment, line_weeks[served[place].served].ahead + line.backlog)
        item.planned = min(want, item.make_capacity) if want > TINY else 0.0
        if item.planned > 0.0:
            for b in range(item.bom_from, item.bom_to):
                items[links[b].number].claim += item.planned * links[b].units


@inner_kernel
def produce(company: Company, t: int, first: int) -> None:
    """Step 5, children first: what is made of what there is."""
    plan_production(company, t, first)
    items, links, ledger, has_ledger = company.items, company.links, company.ledger, company.has_ledger
    cost = 0.0
    for number in company.make_order:
        parent = items[number]
        planned, part = parent.planned, 1.0
        if planned <= 0.0:
            continue
        for b in range(parent.bom_from, parent.bom_to):
            child = items[links[b].number]
            claim = max(child.claim, planned * links[b].units)
            if child.on_hand < claim:
                part = min(part, child.on_hand / claim)
        made = planned * part
        for b in range(parent.bom_from, parent.bom_to):
            child = items[links[b].number]
            child.claim -= planned * links[b].units
            child.on_hand = max(0.0, child.on_hand - made * links[b].units)
            if has_ledger:
                ledger[links[b].number, USED] += made * links[b].units
        cost += made * parent.make_cost
        if parent.make_weeks > 0:
            company.making[(t + parent.make_weeks) % len(company.making), number] += made
            parent.making += made
        else:
            parent.on_hand += made
            parent.entered += made
            if has_ledger:
                ledger[number, MADE] += made
    pay(company.weeks, t, cost)


@inner_kernel
def serve_product(product: Row, lines: Records, order: Records, sharing: int) -> float:
    """Step 6 for one product: `allowed` of each line becomes what it is sold; the units sold."""
    stock, total = product.on_hand, 0.0
    for k in range(product.line_from, product.line_to):
        line = lines[order[k].served]
        line.allowed = 0.0
        if line.open:
            line.allowed = min(line.allotment, line.wanted + line.backlog)
        total += line.allowed
    if total > stock:
        part, left = stock / total, stock
        for k in range(product.line_from, product.line_to):
            line = lines[order[k].served]
            if sharing == PROPORTIONAL:
                line.allowed *= part
            else:
                line.allowed = min(line.allowed, left)
                left -= line.allowed
        total = stock
    product.on_hand = stock - total
    return total


@inner_kernel
def serve(company: Company, block: Block, n: int, t: int, fill_start: int) -> None:
    """Step 6 and the money of the sales."""
    lines, weeks, factor = company.lines, company.line_weeks[t], block.demand_factor[n, t]
    sales, earned, filled, asked = block.sales[n], 0.0, 0.0, 0.0
    for number in range(len(lines)):
        lines[number].wanted = weeks[number].demand * factor[number]
    for product in company.products:
        units = serve_product(company.items[product], lines, weeks, company.sharing)
        if company.has_ledger:
            company.ledger[product, SOLD] += units
    for number in range(len(lines)):
        line, week = lines[number], weeks[number]
        if not line.open:
            continue
        sold, wanted, margin = line.allowed, line.wanted, week.contribution
        sales[number].sold += sold
        sales[number].demanded += wanted
        earned += sold * margin
        filled += sold * max(0.0, margin)
        asked += wanted * max(0.0, margin)
        pay(company.weeks, t + line.receivable_weeks, -sold * week.price)
        line.allotment = max(0.0, line.allotment - sold)
        if line.backorder:
            line.backlog = max(0.0, wanted + line.backlog - sold)
    company.tally[CONTRIBUTION] += earned
    if t >= fill_start:
        company.tally[FILL_SOLD] += filled
        company.tally[FILL_DEMANDED] += asked


@inner_kernel
def age_stock(company: Company, t: int) -> None:
    """End of step 6: what was used came from what expires first; what was in its last week is scrapped."""
    lots = company.lots
    for k in range(len(company.ageing)):
        item = company.items[company.ageing[k]]
        used, last = item.before + item.entered - item.on_hand, t + item.life - 1
        if last < len(lots):
            lots[last, k] += item.entered
            item.last_lot = max(item.last_lot, last)
        week = t
        while used > 0.0 and week <= item.last_lot:
            taken = min(used, lots[week, k])
            lots[week, k] -= taken
            used -= taken
            week += 1
        scrapped = min(lots[t, k], item.on_hand)
        item.on_hand -= scrapped
        company.tally[SCRAPPED] -= scrapped * item.standard_cost
        if company.has_ledger:
            company.ledger[company.ageing[k], SCRAPPED_UNITS] += scrapped
        item.before, item.entered = item.on_hand, 0.0


@inner_kernel
def charge_week(company: Company, t: int) -> None:
    """Step 7: what the week's end costs."""
    holding, late = 0.0, 0.0
    for item in company.items:
        holding += item.holding_cost * item.on_hand
    if company.has_backorder:
        for line in company.lines:
            late += line.backorder_cost * line.backlog
    company.tally[HOLDING] -= holding
    company.tally[BACKORDER] -= late
    pay(company.weeks, t, late + company.fixed_cost)


@inner_kernel
def charge_switches(sources: Records, weeks: Records, tally: Floats, end: int) -> None:
    """Step 3: switches that start before the path ends are paid in the week they start."""
    for source in sources:
        if source.start < end:
            tally[SWITCH_COST] -= source.switch_cost
            pay(weeks, source.start, source.switch_cost)


@kernel
def begin_path(company: Company, block: Block, n: int) -> None:
    """One scenario before its first week."""
    reset_company(company)
    weeks, first, fill_start = open_path(company, block, n)
    charge_switches(company.sources, company.weeks, company.tally, weeks)
    path = block.paths[n]
    path.length, path.fill_start, path.failed = weeks, fill_start, False
    path.event_week = first if first < weeks else NEVER
    path.survived = max(0, weeks - fill_start) if first < weeks else weeks
    path.cash, path.cash_low, path.cash_out_week = company.opening_cash, company.opening_cash, NEVER


@kernel
def begin_week(company: Company, block: Block, n: int, t: int) -> None:
    """Steps 1 to 3."""
    eased = company.has_maintenance and ease_cuts(company, block.events[n], t)
    if company.weeks[t].changes:
        cancel_orders(company, block.events[n], t)
    if company.weeks[t].changes or eased:
        refresh(company, block.events[n], t)
    if block.pauses.size > 0:
        pause(company, block.pauses, n, t)
    arrive(company, block, n, t)
    if company.has_backorder:
        count_waiting(company)


@kernel
def end_week(company: Company, block: Block, n: int, t: int) -> None:
    """All that comes after purchases."""
    path = block.paths[n]
    first = path.event_week
    due = t >= first and (company.weeks[t].changes or (t - first) % company.resolve_weeks == 0)
    if due and company.sharing == SHADOW_PRICE:
        share_scarce(company, block.events[n], t, path.length)
    produce(company, t, first)
    serve(company, block, n, t, path.fill_start)
    enough = company.tally[FILL_DEMANDED] * (company.fill_target - TINY)
    if first < NEVER and not path.failed and company.tally[FILL_SOLD] < enough:
        path.failed, path.survived = True, t - path.fill_start
    if len(company.ageing) > 0:
        age_stock(company, t)
    charge_week(company, t)
    path.cash -= company.weeks[t].payment
    path.cash_low = min(path.cash_low, path.cash)
    if path.cash_out_week == NEVER and path.cash + company.credit_limit < 0.0:
        path.cash_out_week = t
    for k in range(len(block.record_items)):
        block.on_hand[n, t, k] = company.items[block.record_items[k]].on_hand


@kernel
def end_path(company: Company, block: Block, n: int) -> None:
    """End of the path: write-down, and what is kept."""
    for number in range(len(company.items)):
        item = company.items[number]
        surplus = max(0.0, item.on_hand - item.working_stock)
        company.tally[WRITE_DOWN] -= item.write_down_share * surplus * item.standard_cost
        if company.has_ledger:
            company.ledger[number, END] = item.on_hand
            for column in range(company.ledger.shape[1]):
                block.ledger[n, number, column] = company.ledger[number, column]
    for account in range(block.account.shape[1]):
        block.account[n, account] = company.tally[account]


@kernel
def simulate_block(company: Company, block: Block) -> None:
    """Play a block of scenarios; its records start as zeros (`on_hand`: nan)."""
    for n in range(len(block.paths)):
        begin_path(company, block, n)
        first = block.paths[n].event_week
        for t in range(block.paths[n].length):
            begin_week(company, block, n, t)
            purchase(company, block, n, t, first)
            end_week(company, block, n, t)
        end_path(company, block, n)
