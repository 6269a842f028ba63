"""What every rule sees. In: a network, places, and what could not be read. Out: findings.
One reason to exist: rules stay short, and never know how a case was brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from outlast.errors import Finding, Place
from outlast.network.demand import Exchange
from outlast.network.exchange import latest_rates
from outlast.network.items import BomLine
from outlast.network.network import Network

PlaceOf = Callable[[str, int, str], Place]
"""Place of a value from table, row number (from 0) and column; table `case` has one row."""


def place_in_table(table: str, row: int, column: str) -> Place:
    """Place of a value of a network that was built in Python: `line` counts its rows from 1."""
    return Place(table, row + 1, column)


@dataclass(frozen=True)
class Look:
    """A network under inspection."""

    network: Network
    place_of: PlaceOf
    unread: frozenset[str]
    """Tables (and `case`) that are not known in full."""
    is_sound: Callable[[str, int], bool] = lambda table, row: True
    """Whether all cells of a row (from 0) of a table could be read; stand-ins of others are alike."""

    @property
    def start(self) -> date | None:
        """First day of the case, None where it is not known."""
        return None if "case" in self.unread else self.network.settings.start

    def error(self, code: str, table: str, row: int, column: str, message: str, remedy: str) -> Finding:
        """A finding that stops the case."""
        return Finding("error", code, self.place_of(table, row, column), message, remedy)

    def warning(self, code: str, table: str, row: int, column: str, message: str, remedy: str) -> Finding:
        """A finding to read before the figures are used."""
        return Finding("warning", code, self.place_of(table, row, column), message, remedy)

    @cached_property
    def bom_now(self) -> tuple[tuple[int, BomLine], ...]:
        """Row number and line of the bills that are valid at the start (all, if the start is not known)."""
        start = self.start
        return tuple(
            (row, line)
            for row, line in enumerate(self.network.bom)
            if start is None
            or (
                (line.valid_from is None or line.valid_from <= start)
                and (line.valid_to is None or line.valid_to >= start)
            )
        )

    @cached_property
    def parents(self) -> frozenset[str]:
        """Items that have a bill of materials at the start."""
        return frozenset(line.parent_id for _, line in self.bom_now)

    @cached_property
    def rolled_up_cost(self) -> dict[str, float]:
        """Cost of one unit of each item as plans reckon it [case currency]: of what has a bill, materials
        and making. Where bills run in a circle, what the items say."""
        items = self.network.item
        costs = {name: item.unit_cost for name, item in items.items()}
        inside: dict[str, dict[str, float]] = {}
        for _, line in self.bom_now:
            if line.parent_id in items and line.child_id in items:
                bill = inside.setdefault(line.parent_id, {})
                bill[line.child_id] = bill.get(line.child_id, 0.0) + line.quantity
        try:
            order = tuple(TopologicalSorter(inside).static_order())
        except CycleError:
            return costs
        for name in order:
            if name in inside:
                materials = sum(quantity * costs[child] for child, quantity in inside[name].items())
                given = items[name].make_cost
                making = max(0.0, items[name].unit_cost - materials) if given is None else given
                costs[name] = materials + making
        return costs

    @cached_property
    def rate(self) -> dict[str, Exchange]:
        """Latest row on or before the start, by currency. Later ones are never looked up."""
        return {} if self.start is None else latest_rates(self.network.exchange, self.start)

    def in_case_currency(self, money: float, currency: str) -> float | None:
        """Money of a currency (empty: the case's) in case currency, None where no rate is known."""
        if currency in ("", self.network.settings.currency):
            return money
        known = self.rate.get(currency)
        return money / known.units_per_case_currency if known else None


def find_cycles(follows: dict[str, list[str]]) -> Iterator[list[str]]:
    """Cycles of a directed graph, each as its nodes with the first repeated at the end; at least one for
    every strongly connected part, and none that shares a node with one found before."""
    state: dict[str, int] = {}
    reported: set[str] = set()
    for root in follows:
        if root in state:
            continue
        path = [root]
        state[root] = 1
        waiting = [iter(follows[root])]
        while path:
            node = next(waiting[-1], None)
            if node is None:
                state[path.pop()] = 2
                waiting.pop()
            elif state.get(node) == 1:
                cycle = path[path.index(node) :]
                if not reported.intersection(cycle):
                    reported.update(cycle)
                    yield [*cycle, node]
            elif node not in state:
                state[node] = 1
                path.append(node)
                waiting.append(iter(follows.get(node, ())))
