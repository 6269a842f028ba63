"""Capacity that all sources of a supplier share. In: what they are asked for in a week. Out: what each is
granted. One reason to exist: a supplier that is asked for too much cuts all asks alike, in any order.
"""

from __future__ import annotations

import math

from outlast.kernels.jit import inner_kernel
from outlast.kernels.shapes import Company, Row

TINY = 1e-9
"""Shares of a unit below this are rounding."""


@inner_kernel
def smallest_lot(source: Row) -> float:
    """Units of the smallest order of a source; 0: any."""
    if source.multiple <= 0.0:
        return source.minimum
    return source.multiple * math.ceil(max(source.minimum, source.multiple) / source.multiple - TINY)


@inner_kernel
def begin_sharing(company: Company) -> None:
    """Before anything is asked for: nobody is cut."""
    for supplier in company.suppliers:
        supplier.cut = False
    for claim in company.claims:
        claim.granted, claim.units = math.inf, 0.0


@inner_kernel
def grant(claim: Row, source: Row, units: float) -> float:
    """What a source may take of some units, in whole lots, 0 where no lot fits; it is counted."""
    left = claim.granted - claim.units
    if units > left:
        units = max(0.0, left)
        if source.multiple > 0.0:
            units = source.multiple * math.floor(units / source.multiple + TINY)
        if units <= TINY or units < source.minimum * (1.0 - TINY):
            return 0.0
    claim.units += units
    return units


@inner_kernel
def cut_asks(company: Company, t: int) -> bool:
    """Cut what is asked of suppliers that cannot do all of it, each to one share; whether there were any."""
    for supplier in company.suppliers:
        supplier.asked, supplier.ahead, supplier.left = 0.0, 0.0, 0.0
    for s in range(len(company.claims)):
        claim = company.claims[s]
        if claim.supplier >= 0:
            supplier = company.suppliers[claim.supplier]
            supplier.asked += claim.use * claim.units
            supplier.ahead += claim.use * company.source_weeks[t, s].ahead_left
            supplier.left = max(supplier.left, company.sources[s].left)
    over = False
    for supplier in company.suppliers:
        supplier.share = 1.0
        room = max(0.0, supplier.left * supplier.capacity - supplier.ahead)
        if not supplier.cut and supplier.asked > room * (1.0 + TINY):
            supplier.share, supplier.cut, over = room / supplier.asked, True, True
    for claim in company.claims:
        if claim.supplier >= 0 and company.suppliers[claim.supplier].share < 1.0:
            claim.granted = company.suppliers[claim.supplier].share * claim.units + claim.saved
        claim.units = 0.0
    return over


@inner_kernel
def keep_rest(company: Company) -> None:
    """What rounding to lots left of a grant is kept for the next week, a lot at most."""
    for s in range(len(company.claims)):
        claim = company.claims[s]
        rest = 0.0
        if claim.granted < math.inf:
            rest = min(max(0.0, claim.granted - claim.units), smallest_lot(company.sources[s]))
        claim.saved = rest
