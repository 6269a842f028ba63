"""Bills of several levels, opened and closed."""

import numpy as np
import pytest

from outlast.optimise.comb import CombProblem
from outlast.optimise.first_order.assemblies import add_rows, read_bills
from outlast.optimise.first_order.layout import lay_out
from outlast.optimise.recourse import begin_program
from tests.reference.fast_cases import fast_problem


@pytest.mark.parametrize("seed", range(8))
def test_opened_assemblies_hold_what_the_explosion_of_the_network_says(seed: int) -> None:
    """In units: what is bought inside a unit of each product, however many levels down."""
    problem = fast_problem(seed, levels=2)
    assert problem is not None
    arrays = problem.arrays
    products = np.unique(arrays.line_product[problem.lines])
    ones = np.ones(len(problem.items))
    bills = read_bills(problem, begin_program(problem)[3], products, np.ones(len(products)), ones)
    assert bills.count >= 1
    for column, product in enumerate(products):
        rows = slice(arrays.explosion_ptr[product], arrays.explosion_ptr[product + 1])
        inside = dict(zip(arrays.explosion_item[rows], arrays.explosion_quantity[rows], strict=True))
        for part in range(bills.count, len(bills.parts)):
            expected = inside.get(problem.items[bills.parts[part]], 0.0)
            assert bills.whole[part, column] == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_an_assembly_has_a_row_wherever_something_inside_has_one(seed: int) -> None:
    problem = fast_problem(seed, levels=2)
    assert problem is not None
    teeth = lay_out(problem).teeth
    for t in range(len(teeth.odds)):
        rows = range(teeth.first_row[t], teeth.first_row[t + 1])
        there = {(int(teeth.row_part[q]), int(teeth.row_segments[q])) for q in rows}
        for part, segments in there:
            for m in range(teeth.part_first[part], teeth.part_first[part + 1]):
                above = int(teeth.part_product[m]) - teeth.n_product
                assert above < 0 or (above, segments) in there
        assert list(teeth.row_part[list(rows)]) == sorted(teeth.row_part[list(rows)])


def test_rows_of_assemblies_use_what_rows_of_as_many_segments_supply() -> None:
    """One assembly of two parts: three rows of parts at two times make two rows of it."""
    problem = next(p for p in (fast_problem(s, levels=2) for s in range(60)) if p and _two_inside(p))
    arrays = problem.arrays
    products = np.unique(arrays.line_product[problem.lines])
    ones = np.ones(len(problem.items))
    bills = read_bills(problem, begin_program(problem)[3], products, np.ones(len(products)), ones)
    parts = bills.content[:, [0]].nonzero()[0][:2]
    part, segments = add_rows(bills, np.array([parts[0], parts[1], parts[1]]), np.array([5, 5, 7]))
    assert sorted(segments[part == 0]) == [5, 7]


def _two_inside(problem: CombProblem) -> bool:
    arrays = problem.arrays
    item = arrays.item_ids.index("ASSEMBLY")
    return bool(arrays.bom_ptr[item + 1] - arrays.bom_ptr[item] >= 2)
