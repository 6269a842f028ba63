"""What is made of what, and where it comes from. In: `Look`. Out: findings.
One reason to exist: rules on items, bills of materials and redesigns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from outlast.errors import Finding
from outlast.network.checks.look import Look, find_cycles

_COST_TOLERANCE = 1.05
"""Materials may exceed a stated unit cost by this factor before they are reported."""


def check_bom_cycles(look: Look) -> Iterator[Finding]:
    """Items that contain themselves, at once or by way of others."""
    follows: dict[str, list[str]] = {}
    rows: dict[tuple[str, str], int] = {}
    for row, line in look.bom_now:
        if not line.parent_id or not line.child_id:
            continue
        if line.parent_id == line.child_id:
            message = f"{line.parent_id} is made of itself."
            yield look.error(
                "bom-self-reference", "bom", row, "child_id", message, "Remove or correct the line."
            )
            continue
        follows.setdefault(line.parent_id, []).append(line.child_id)
        rows[line.parent_id, line.child_id] = row
    for cycle in find_cycles(follows):
        message = f"The bill of materials runs in a circle: {' -> '.join(cycle)}."
        remedy = "Remove the line that is wrong; this one closes the circle."
        yield look.error("bom-cycle", "bom", rows[cycle[-2], cycle[-1]], "child_id", message, remedy)


def check_bom_dates(look: Look) -> Iterator[Finding]:
    """Bills whose validity is reversed, or changes within the horizon."""
    for row, line in enumerate(look.network.bom):
        begins, ends = line.valid_from, line.valid_to
        if begins and ends and begins > ends:
            message = f"valid_from {begins} is after valid_to {ends}."
            yield look.error(
                "dates-reversed", "bom", row, "valid_from", message, "Swap or correct the dates."
            )
            continue
        if look.start is None:
            continue
        last = look.network.calendar.date_of(look.network.calendar.n_week)
        if begins and look.start < begins < last:
            message = f"The line begins on {begins}, after the start; it is left out."
            remedy = "Plan again after that day; changes of a bill are not yet planned."
            yield look.warning("bom-changes", "bom", row, "valid_from", message, remedy)
        elif ends and look.start <= ends < last and (begins is None or begins <= look.start):
            message = f"The line ends on {ends}; it is used after that day all the same."
            remedy = "Plan again after that day; changes of a bill are not yet planned."
            yield look.warning("bom-changes", "bom", row, "valid_to", message, remedy)


def check_item_supply(look: Look) -> Iterator[Finding]:
    """Parts without a source, assemblies without a bill, products with neither, parts with a bill."""
    sourced = {source.item_id for source in look.network.sources}
    sourced |= {row.new_child for row in look.network.substitutions}
    for row, item in enumerate(look.network.items):
        name, made = item.item_id, item.item_id in look.parents
        if not name or (made and item.kind != "part"):
            continue
        if made:
            message = f"{name} is a part, but has a bill of materials."
            yield look.error(
                "part-with-bom", "items", row, "kind", message, "Make it an assembly, or remove its bill."
            )
        elif item.kind == "part" and name not in sourced:
            message = f"The part {name} has no source."
            remedy = "Add a source; capacity_per_week 0 says that it can no longer be bought."
            yield look.error("part-without-source", "items", row, "item_id", message, remedy)
        elif item.kind == "assembly" and name not in sourced:
            message = f"The assembly {name} has no bill of materials."
            remedy = "Add its lines to bom, or make it a part with a source."
            yield look.error("assembly-without-bom", "items", row, "item_id", message, remedy)
        elif item.kind == "assembly":
            message = f"The assembly {name} has no bill of materials and is taken as bought."
            yield look.warning(
                "assembly-bought", "items", row, "kind", message, "Make it a part, or add its bill."
            )
        elif item.kind == "product" and name not in sourced:
            message = f"The product {name} has neither a bill of materials nor a source."
            remedy = "Add its lines to bom, or a source if it is bought for resale."
            yield look.error("product-without-supply", "items", row, "item_id", message, remedy)


def check_item_use(look: Look) -> Iterator[Finding]:
    """Items that nothing uses, products that nobody buys, sources that make and buy."""
    used = {line.child_id for _, line in look.bom_now}
    used |= {row.new_child for row in look.network.substitutions}
    sold = set(look.network.column("demand", "product_id").values)
    bought = {source.item_id for source in look.network.sources}
    for row, item in enumerate(look.network.items):
        name = item.item_id
        if not name:
            continue
        if item.kind == "product" and name not in sold:
            message = f"The product {name} has no demand."
            remedy = "Add a row to demand; units_per_week 0 says that it is not sold."
            report = look.warning if name in used else look.error
            yield report("product-without-demand", "items", row, "item_id", message, remedy)
        elif item.kind in ("part", "assembly") and name not in used:
            message = f"No bill of materials uses the {item.kind} {name}."
            yield look.warning(
                "item-unused", "items", row, "item_id", message, "Add it to a bill, or remove it."
            )
        if name in look.parents and name in bought:
            message = f"{name} is both made and bought; its sources are left out."
            remedy = "Remove its sources, or its bill of materials."
            yield look.warning("made-and-bought", "items", row, "item_id", message, remedy)


def check_products(look: Look) -> Iterator[Finding]:
    """A case without a product."""
    if not any(item.kind not in ("part", "assembly") for item in look.network.items):
        remedy = "Give what is sold the kind product."
        yield look.error(
            "no-product", "items", -1, "kind", "No item is a product: there is nothing to plan.", remedy
        )


def check_item_cost(look: Look) -> Iterator[Finding]:
    """Items that cost nothing, and made items whose materials and making do not add up to their cost."""
    materials: dict[str, float] = {}
    for _, line in look.bom_now:
        child = look.network.item.get(line.child_id)
        cost = child.unit_cost if child else math.nan
        materials[line.parent_id] = materials.get(line.parent_id, 0.0) + line.quantity * cost
    for row, item in enumerate(look.network.items):
        cost, making = materials.get(item.item_id, 0.0), item.make_cost
        remedy = "Check quantities, pack sizes and units; materials and making add up to unit_cost."
        if item.unit_cost == 0:
            message = f"{item.item_id} costs nothing, so that stock of it is free."
            yield look.warning(
                "zero-cost", "items", row, "unit_cost", message, "Fill in what one unit costs."
            )
        elif cost > _COST_TOLERANCE * item.unit_cost:
            message = f"Materials of {item.item_id} cost {cost:,.2f}, its unit_cost is {item.unit_cost:,.2f}."
            yield look.warning("materials-above-cost", "items", row, "unit_cost", message, remedy)
        elif making is not None and item.item_id in materials:
            whole = cost + making
            if whole > _COST_TOLERANCE * item.unit_cost or item.unit_cost > _COST_TOLERANCE * whole:
                message = f"Materials {cost:,.2f} and making {making:,.2f} do not make {item.unit_cost:,.2f}."
                yield look.warning("costs-do-not-add-up", "items", row, "make_cost", message, remedy)


def check_redesigns(look: Look) -> Iterator[Finding]:
    """Redesigns that do not say what changes, or that change several parts; modes that are off."""
    changes: dict[str, list[str]] = {}
    for change in look.network.substitutions:
        changes.setdefault(change.source_id, []).append(change.old_child)
    for row, source in enumerate(look.network.sources):
        if source.mode == "customer" and source.status == "alternative":
            message = f"{source.source_id} has mode customer, which is off: it is left out of every plan."
            remedy = "Have counsel look at it; the customer may procure the part on its own."
            yield look.warning("customer-mode-off", "sources", row, "mode", message, remedy)
        if source.mode != "redesign" or not source.source_id:
            continue
        replaced = dict.fromkeys(changes.get(source.source_id, ()))
        if not replaced:
            message = f"{source.source_id} has mode redesign, but no row of substitutions says what changes."
            remedy = "Add a row to substitutions, or choose mode direct."
            yield look.error("redesign-without-substitution", "sources", row, "mode", message, remedy)
        elif len(replaced) > 1:
            message = f"The redesign {source.source_id} replaces several items: {', '.join(replaced)}."
            remedy = "Give each replaced item a source of its own."
            yield look.error("redesign-of-several", "sources", row, "mode", message, remedy)


def check_substitutions(look: Look) -> Iterator[Finding]:
    """Substitutions that belong to no redesign, or that change nothing."""
    children: dict[str, set[str]] = {}
    for _, line in look.bom_now:
        children.setdefault(line.parent_id, set()).add(line.child_id)
    for row, change in enumerate(look.network.substitutions):
        found = look.network.source.get(change.source_id)
        if found and found.mode in ("direct", "customer"):
            message = f"{change.source_id} has mode {found.mode}: it changes no bill of materials."
            remedy = "Give the source mode redesign, or remove this row."
            yield look.error(
                "substitution-without-redesign", "substitutions", row, "source_id", message, remedy
            )
        elif found and found.item_id and change.new_child and found.item_id != change.new_child:
            message = f"{change.source_id} delivers {found.item_id}, not {change.new_child}."
            remedy = "Make new_child the item of the source."
            yield look.error("substitution-of-other-item", "substitutions", row, "new_child", message, remedy)
        known = change.product_id in look.network.item and change.old_child in look.network.item
        if (
            known
            and "bom" not in look.unread
            and not _contains(children, change.product_id, change.old_child)
        ):
            message = f"{change.product_id} does not contain {change.old_child}."
            remedy = "Name a parent that uses it, or correct old_child."
            yield look.error("substitution-not-in-bom", "substitutions", row, "old_child", message, remedy)


def _contains(children: dict[str, set[str]], parent: str, wanted: str) -> bool:
    """Whether an item is in another at any level."""
    waiting, seen = [parent], {parent}
    while waiting:
        inside = children.get(waiting.pop(), set())
        if wanted in inside:
            return True
        waiting += inside - seen
        seen |= inside
    return False
