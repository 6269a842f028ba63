"""Made items whose stock goes into others. In: `CombProblem`, rows of what is bought. Out: what of what is
in what, and rows of assemblies. One reason to exist: bills of more than one level.

An assembly has a row wherever something inside it has one, of as many segments: what of it is used until
then is at most its stock and what is made of it by then, row by row, and making it uses what the rows of its
contents supply. That is exact: what is made by then is no less than use beyond stock, and no more is ever of
use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.optimise.comb import CombProblem
from outlast.optimise.context import Context
from outlast.optimise.first_order.ranges import places

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bills:
    """What goes into what, in weeks of cover."""

    parts: Ints
    """Places among the items at risk: assemblies, parents first, then what is bought; shape (part)."""
    count: int
    """Assemblies."""
    content: csr_matrix
    """Weeks of cover of a part in one of an assembly, shape (part, assembly)."""
    height: Ints
    """Levels of assemblies inside an assembly, shape (assembly)."""
    shares: csr_matrix
    """Weeks of cover of a part that a week of a product's demand uses, assemblies closed; shape (part,
    product)."""
    whole: csr_matrix
    """The same of what is bought, assemblies opened."""

    opened: csr_matrix
    """Weeks of cover of a part that is bought in one of an assembly, shape (assembly, part)."""
    nested: csr_matrix
    """Weeks of cover of an assembly, at whatever level, that a week of the product's demand uses, shape
    (product, assembly)."""

    def inside(self, weight: Floats) -> Floats:
        """Sums over what is bought inside assemblies, shape (assembly, ...).

        Args:
            weight: of parts, shape (part, ...).
        """
        return np.asarray(self.opened @ weight)

    def longest(self, segments: Ints) -> Ints:
        """Most over what is bought inside assemblies, shape (assembly).

        Args:
            segments: of parts, shape (part).
        """
        found = np.zeros(self.count, dtype=np.int64)
        inside = np.repeat(np.arange(self.count), np.diff(self.opened.indptr))
        np.maximum.at(found, inside, segments[self.opened.indices])
        return found


def assembly_items(problem: CombProblem, context: Context) -> Ints:
    """Places of made items at risk that go into others at risk, or are not sold; parents first."""
    arrays = problem.arrays
    inside = [place for place, _ in context.inside.values()]
    goes_in = np.zeros(len(problem.items), dtype=bool)
    goes_in[np.concatenate([np.zeros(0, np.int64), *inside])] = True
    sold = np.isin(problem.items, arrays.line_product[problem.lines])
    chosen = arrays.made[problem.items] & (goes_in | ~sold)
    order = problem.place[arrays.make_order[::-1]]
    order = order[order >= 0]
    return np.array([place for place in order if chosen[place]], dtype=np.int64)


def read_bills(problem: CombProblem, context: Context, products: Ints, demand: Floats, use: Floats) -> Bills:
    """Bills of products and assemblies.

    Args:
        problem: the comb tree.
        context: look-ups.
        products: items that are sold, shape (product).
        demand: of products [units a week].
        use: a week of cover, shape (item at risk) [units].
    """
    made = assembly_items(problem, context)
    parts = np.concatenate([made, np.flatnonzero(~problem.arrays.made[problem.items])])
    number_of = np.full(len(problem.items), -1, dtype=np.int64)
    number_of[parts] = np.arange(len(parts))
    count = len(made)
    shares = _entries(problem, context, number_of, products, demand, use, count)
    content = _entries(problem, context, number_of, problem.items[made], use[made], use, 0)
    height = np.zeros(count, dtype=np.int64)
    for number in range(count - 1, -1, -1):
        below = content[:, [number]].nonzero()[0]
        height[number] = 1 + max((height[b] for b in below if b < count), default=-1)
    whole = _opened(shares, content, count)
    opened = _opened(content, content, count).T.tocsr()
    return Bills(parts, count, content, height, shares, whole, opened, _nested(shares, content, count))


def _nested(shares: csr_matrix, content: csr_matrix, count: int) -> csr_matrix:
    """See `Bills.nested`."""
    found = inside = shares[:count]
    while inside.nnz:
        inside = content[:count] @ inside
        found = found + inside
    return csr_matrix(found.T)


def _opened(closed: csr_matrix, content: csr_matrix, count: int) -> csr_matrix:
    """Weeks of cover of what is bought, assemblies opened, shape (part, ...); `closed`: not opened."""
    bought = csr_matrix((np.arange(closed.shape[0]) >= count).astype(np.float64)[:, None])
    found = inside = closed
    while inside[:count].nnz:
        inside = content @ inside[:count]
        found = found + inside
    found = csr_matrix(found.multiply(bought))
    found.eliminate_zeros()
    found.sort_indices()
    return found


def _entries(
    problem: CombProblem,
    context: Context,
    number_of: Ints,
    items: Ints,
    units: Floats,
    use: Floats,
    count: int,
) -> csr_matrix:
    """Weeks of cover of parts in `units` of each item, shape (part, item); the first `count` parts, and what
    is bought, are in themselves."""
    rows, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for column, item in enumerate(items):
        own = problem.place[[item]]
        alone = own, np.ones(1)
        place, quantity = context.inside.get(int(item), alone)
        if 0 <= number_of[own[0]] < count:
            place, quantity = alone
        rows.append(number_of[place])
        columns.append(np.full(len(place), column))
        values.append(quantity * units[column] / use[place])
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    found = csr_matrix(entries, shape=(int(number_of.max(initial=-1)) + 1, len(items)))
    found.sum_duplicates()
    return found


def add_rows(bills: Bills, part: Ints, segments: Ints) -> tuple[Ints, Ints]:
    """Parts and segments of rows, those of assemblies above rows of what is bought after these.

    Args:
        bills: what is in what.
        part: of rows of what is bought.
        segments: of these rows.
    """
    content = bills.content.tocoo()
    for height in range(int(bills.height.max(initial=-1)) + 1):
        mine = bills.height[content.col] == height
        above, below = content.col[mine], content.row[mine]
        order = np.argsort(part, kind="stable")
        first = np.searchsorted(part[order], below)
        which, place = places(first, np.searchsorted(part[order], below, side="right") - first)
        most = int(segments.max(initial=0)) + 1
        found = np.unique(above[which] * most + segments[order[place]])
        part, segments = np.append(part, found // most), np.append(segments, found % most)
    return part, segments
