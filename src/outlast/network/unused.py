"""Columns that a case sets and that have no effect yet. In: `Network`. Out: lines of the assumptions.
One reason to exist: nobody believes that a figure counts that does not.
"""

from __future__ import annotations

from functools import partial
from operator import ne

from outlast.network.declarations import KEYS, declarations
from outlast.network.network import TABLES, Network
from outlast.network.wording import list_some


def report_unused(network: Network, log: list[str]) -> None:
    """Say which columns without effect are set, and in which rows."""
    for table, row_type in TABLES.items():
        for name, declaration in declarations(row_type).items():
            if not declaration.column.unused:
                continue
            rows = network.column(table, name).rows_where(partial(ne, declaration.default))
            if rows:
                names = network.column(table, KEYS[table][0])
                which = list_some(list(dict.fromkeys(names[row] for row in rows)))
                log.append(f"{table}.{name} has no effect yet: {which}.")
