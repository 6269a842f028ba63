"""What each constraint family writes, on a tiny problem, against a file that can be read.

The problem: PRODUCT is made of 2 PART and 1 BOX. PART has a qualified source S1, which LISTED closes, and
an alternative S2; BOX, whose source is never hit, is bought from S3. HOME loses what is not served, AWAY
waits; BAN closes AWAY. Two epochs of 4 weeks, 8 weeks after the event, one draw: 4 teeth.

After an intended change: `OUTLAST_WRITE_LP=1 pytest tests/optimise/test_lp_files.py`, and read the
difference.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import highspy
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from outlast.network.actions import CaseSettings, CashLimit, PlanSettings
from outlast.network.demand import Demand, Market
from outlast.network.items import BomLine, Item, Stock
from outlast.network.network import Network
from outlast.network.numbering import number
from outlast.network.restrictions import Restriction, Scope
from outlast.network.sources import OpenOrder, Source, Supplier
from outlast.optimise import constraints, decompose, lasting, limits, master, recourse, stock
from outlast.optimise.aim import Aim
from outlast.optimise.comb import AT_EVENT, CombProblem, Tooth, build_problem
from outlast.optimise.highs import Growing
from outlast.optimise.leaves import LeafWriter
from outlast.optimise.program import LinearProgram, ProgramBuilder
from outlast.optimise.recourse import Extensive, write_program
from outlast.optimise.risk import Risk
from tests.reference.lp_text import Bound, Row, lp_text

FILES = Path(__file__).parent / "lp_files"
START = date(2026, 1, 5)

FAMILIES: dict[str, tuple[ModuleType, str, str]] = {
    "stock_balance": (constraints, "_write_stock_balance", ""),
    "use_of_stock": (constraints, "_write_use_of_stock", ""),
    "trunk_holding": (constraints, "_write_trunk_holding", ""),
    "starts": (constraints, "_write_starts", ""),
    "shelf_life": (limits, "write_shelf_life", ""),
    "storage": (limits, "write_storage", ""),
    "cash": (limits, "write_cash", ""),
    "capacity": (limits, "write_capacity", ""),
    "sales": (recourse, "_write_sales", "BAN"),
    "backlog": (recourse, "_write_backlog", "BAN"),
    "making": (recourse, "_write_making", "LISTED"),
    "supply": (recourse, "_write_supply", "LISTED"),
    "useful": (recourse, "_write_useful", "LISTED"),
    "item": (stock, "write_item", "LISTED"),
    "expiry": (stock, "_write_expiry", "LISTED"),
    "refused": (stock, "write_refused", "LISTED"),
    "no_event": (stock, "write_no_event", ""),
    "reach": (lasting, "write_reach", "BAN"),
}
"""File -> module, function, restriction of the tooth (in the second epoch) that is looked at."""
OF_THE_MASTER = {"loss_cuts", "tail", "regret_of_mean", "regret"}
MADE_OF_FAMILIES = {"write_program", "write_trunk", "write_limits", "write_tooth", "write_lasting_program"}


def tiny_network() -> Network:
    return Network(
        settings=CaseSettings(
            name="tiny",
            start=START,
            horizon_weeks=8,
            plan=PlanSettings(
                window_weeks=8, epoch_weeks=4, holding_rate_per_year=0.52, storage_limit=900, budget=5000
            ),
        ),
        items=(
            Item(item_id="PART", kind="part", unit_cost=5, shelf_life_weeks=6, storage_per_unit=1),
            Item(item_id="BOX", kind="part", unit_cost=1, storage_per_unit=2),
            Item(
                item_id="PRODUCT",
                kind="product",
                unit_cost=21,
                make_cost=10,
                make_weeks=1,
                capacity_per_week=15,
                write_down_share=0.5,
                storage_per_unit=3,
            ),
        ),
        bom=(
            BomLine(parent_id="PRODUCT", child_id="PART", quantity=2),
            BomLine(parent_id="PRODUCT", child_id="BOX", quantity=1),
        ),
        suppliers=(Supplier(supplier_id="ONE", name="One"), Supplier(supplier_id="TWO", name="Two")),
        sources=(
            Source(source_id="S1", item_id="PART", supplier_id="ONE", unit_price=5, lead_time_weeks=3),
            Source(
                source_id="S2",
                item_id="PART",
                supplier_id="TWO",
                unit_price=6,
                lead_time_weeks=1,
                status="alternative",
                capacity_per_week=16,
                start_allowed="both",
                switch_cost=300,
                switch_weeks_p10=1,
                switch_weeks_p50=2,
                switch_weeks_p90=4,
                ramp_weeks=1,
            ),
            Source(source_id="S3", item_id="BOX", supplier_id="TWO", unit_price=1, lead_time_weeks=0),
        ),
        stock=(Stock(item_id="PART", on_hand=60), Stock(item_id="PRODUCT", on_hand=12)),
        open_orders=(
            OpenOrder(source_id="S1", quantity=20, arrival_date=date(2026, 1, 12), shipped=True),
            OpenOrder(source_id="S1", quantity=20, arrival_date=date(2026, 1, 19)),
        ),
        markets=(
            Market(market_id="HOME", country="DE", currency="USD"),
            Market(
                market_id="AWAY",
                country="US",
                currency="USD",
                unmet="backorder",
                backorder_cost_per_unit_week=0.5,
            ),
        ),
        demand=(
            Demand(product_id="PRODUCT", market_id="HOME", from_date=START, units_per_week=6, unit_price=40),
            Demand(product_id="PRODUCT", market_id="AWAY", from_date=START, units_per_week=4, unit_price=36),
        ),
        restrictions=(
            Restriction(
                restriction_id="LISTED",
                effect="closes_sources",
                hazard_per_year=1.0,
                relief_probability=1.0,
                relief_weeks_p50=5,
            ),
            Restriction(
                restriction_id="BAN",
                effect="closes_markets",
                hazard_per_year=0.5,
                relief_probability=1.0,
                relief_weeks_p50=6,
            ),
        ),
        scopes=(
            Scope(restriction_id="LISTED", table="sources", column="source_id", value="S1"),
            Scope(restriction_id="BAN", table="markets", column="market_id", value="AWAY"),
        ),
        cash=(
            CashLimit(from_date=START, limit=2000.0),
            CashLimit(from_date=date(2026, 2, 2), limit=5000.0),
        ),
    )


@pytest.fixture(scope="module")
def problem() -> CombProblem:
    return problem_of(tiny_network())


def problem_of(network: Network) -> CombProblem:
    arrays = number(network)
    return build_problem(
        arrays,
        np.array([[0.0, 2.0, 0.0]]),
        np.array([[5.0, 6.0]]),
        bucket_weeks=4,
        risk=Risk(weight=0.5, level=0.8),
    )


# --- what a family adds


@dataclass
class Written:
    """What one call of a family added."""

    columns: tuple[int, int]
    rows: tuple[int, int]
    cost: NDArray[np.float64]
    """Change of the expected cost of trunk columns."""
    title: str
    within: list[Written] = field(default_factory=list)

    def own_rows(self) -> list[int]:
        inner = {row for part in self.within for row in range(*part.rows)}
        return [row for row in range(*self.rows) if row not in inner]

    def own_columns(self) -> list[int]:
        inner = {column for part in self.within for column in range(*part.columns)}
        return [column for column in range(*self.columns) if column not in inner]


@dataclass
class Watch:
    """Notes what the families add while a program is written."""

    problem: CombProblem
    calls: dict[str, list[tuple[Tooth | None, Written]]] = field(default_factory=dict)
    _open: list[Written] = field(default_factory=list)
    _tooth: list[Tooth] = field(default_factory=list)

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        title = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")

        def watched(*given: Any) -> Any:
            builder, leaves = found(ProgramBuilder, given), found(LeafWriter, given)
            tooth = next((value for value in given if isinstance(value, Tooth)), None)
            self._tooth += [tooth] if tooth else []
            before = (*size(builder), expected(leaves))
            note = Written((0, 0), (0, 0), np.zeros(0), title)
            for outer in self._open:
                outer.within.append(note)
            self._open.append(note)
            try:
                return function(*given)
            finally:
                self._open.pop()
                after = size(builder)
                note.columns, note.rows = (before[0], after[0]), (before[1], after[1])
                note.cost = expected(leaves) - before[2]
                self.calls.setdefault(name, []).append((self._tooth[-1] if self._tooth else None, note))
                self._tooth = self._tooth[: len(self._tooth) - bool(tooth)]

        return watched

    def of(self, name: str, restriction: str) -> Written:
        """The first call of a family that added something; in a tooth of the second epoch, if it is one."""
        for tooth, note in self.calls[name]:
            if restriction:
                assert tooth is not None
                if tooth.epoch != 1 or self.problem.arrays.restriction_ids[tooth.restriction] != restriction:
                    continue
            if note.own_rows() or note.own_columns() or note.cost.any():
                return note
        raise AssertionError(f"{name} adds nothing")


def found(kind: type, given: tuple[Any, ...]) -> Any:
    """The argument of a kind, or the one that a context holds."""
    for value in given:
        if isinstance(value, kind):
            return value
        for part in ("builder", "leaves"):
            if isinstance(getattr(value, part, None), kind):
                return getattr(value, part)
    return None


def size(builder: ProgramBuilder | None) -> tuple[int, int]:
    """Columns and rows so far; nothing where a family only adds costs."""
    return (0, 0) if builder is None else (builder.n_column, builder.n_row)


def expected(leaves: LeafWriter | None) -> NDArray[np.float64]:
    """Expected cost of trunk columns so far, long enough for any of them."""
    return np.zeros(1000) if leaves is None else leaves.finish(1000).expected()


@pytest.fixture(scope="module")
def watched(problem: CombProblem) -> tuple[Watch, Extensive]:
    watch = Watch(problem)
    with pytest.MonkeyPatch.context() as patch:
        for name, (module, function, _) in FAMILIES.items():
            patch.setattr(module, function, watch.wrap(name, getattr(module, function)))
        return watch, write_program(problem)


# --- names


def trunk_names(problem: CombProblem, extensive: Extensive) -> list[str]:
    """Names of the trunk's columns: what, and of which epoch and item, source or option."""
    trunk, arrays = extensive.trunk, problem.arrays
    names = [""] * extensive.trunk_columns
    items = [arrays.item_ids[item] for item in problem.items]
    starts = ["at_event" if o.week == AT_EVENT else f"week{o.week}" for o in problem.options]
    axes = {
        "stock": items,
        "buy": [arrays.source_ids[source] for source in trunk.buy_sources],
        "make": [arrays.item_ids[item] for item in trunk.make_items],
        "run_down": items,
    }
    for name, things in axes.items():
        for (epoch, thing), column in np.ndenumerate(getattr(trunk, name)):
            names[column] = f"{name}({epoch}.{things[thing]})"
    for option, column in enumerate(trunk.start):
        names[column] = f"start({arrays.source_ids[problem.options[option].source]}.{starts[option]})"
    assert all(names)
    return names


def column_names(problem: CombProblem, extensive: Extensive) -> list[str]:
    """Names of all columns; those of a tooth are numbered within their block, blocks of one name too."""
    program = extensive.program
    firsts = sorted(program.column_names)
    names = trunk_names(problem, extensive)
    for first in firsts:
        if first < extensive.trunk_columns:
            assert names[first].startswith(program.column_names[first] + "(")
    for block in extensive.blocks:
        own = [first for first in firsts if block.columns.start <= first < block.columns.stop]
        kinds = [program.column_names[first] for first in own]
        for k, first in enumerate(own):
            end = own[k + 1] if k + 1 < len(own) else block.columns.stop
            alike = kinds.count(kinds[k]) > 1
            label = f"{kinds[k]}_{kinds[:k].count(kinds[k])}" if alike else kinds[k]
            names += [f"{label}({place})" for place in range(end - first)]
    assert len(names) == len(program.cost)
    return names


def text_of(family: str, watch: Watch, extensive: Extensive) -> str:
    """What a family adds as the text of a small program."""
    note = watch.of(family, FAMILIES[family][2])
    program, names = extensive.program, column_names(watch.problem, extensive)
    columns = note.own_columns()
    cost = {names[column]: note.cost[column] for column in np.nonzero(np.abs(note.cost) > 1e-12)[0]}
    if not columns or columns[0] >= extensive.trunk_columns:
        cost |= {names[column]: program.cost[column] for column in columns}
    rows = []
    for place, row in enumerate(note.own_rows()):
        entries = program.matrix[[row]].tocoo()
        terms = {names[column]: value for column, value in zip(entries.col, entries.data, strict=True)}
        rows.append(
            Row(f"{family}({place})", float(program.row_lower[row]), float(program.row_upper[row]), terms)
        )
    bounds = [bound_of(program, names, column) for column in columns]
    return lp_text([note.title], cost, rows, bounds)


def bound_of(program: LinearProgram, names: list[str], column: int) -> Bound:
    whole = bool(np.isin(column, program.integer))
    return Bound(names[column], float(program.lower[column]), float(program.upper[column]), whole)


def compare(name: str, text: str) -> None:
    """With the file of that name, or write it where that is asked for."""
    path = FILES / f"{name}.lp"
    if os.environ.get("OUTLAST_WRITE_LP"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


# --- the tests


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in ("capacity", "reach")])
def test_family_writes_what_its_file_says(family: str, watched: tuple[Watch, Extensive]) -> None:
    compare(family, text_of(family, *watched))


def test_capacity_beside_calls_placed_ahead_is_what_its_file_says() -> None:
    """As above, but S1 takes 40 a week, and calls for the first three weeks are placed ahead."""
    network = tiny_network()
    sources = tuple(
        replace(row, capacity_per_week=40) if row.source_id == "S1" else row for row in network.sources
    )
    ahead = tuple(
        OpenOrder(source_id="S1", quantity=quantity, arrival_date=day)
        for quantity, day in ((45, date(2026, 1, 26)), (40, date(2026, 2, 2)), (35, date(2026, 2, 9)))
    )
    problem = problem_of(
        replace(network, sources=sources, open_orders=(*(network.open_orders or ()), *ahead))
    )
    watch = Watch(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "write_capacity", watch.wrap("capacity", limits.write_capacity))
        extensive = write_program(problem)
    compare("capacity", text_of("capacity", watch, extensive))


def test_reach_of_a_tooth_is_what_its_file_says(problem: CombProblem) -> None:
    """Of survival over six weeks: HOME and AWAY together, of which BAN closes AWAY."""
    watch = Watch(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lasting, "write_reach", watch.wrap("reach", lasting.write_reach))
        extensive = lasting.write_lasting_program(problem, 6)
    compare("reach", text_of("reach", watch, extensive))


def test_every_family_has_a_file() -> None:
    """Every function of these modules that writes is in the list, or made of those that are."""
    listed = {(module.__name__, function) for module, function, _ in FAMILIES.values()}
    for module in (constraints, lasting, limits, recourse, stock):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if re.match("_?write_", name) and function.__module__ == module.__name__:
                assert (module.__name__, name) in listed or name in MADE_OF_FAMILIES, name
    assert {path.stem for path in FILES.glob("*.lp")} == {*FAMILIES, *OF_THE_MASTER}


class Recorder(Growing):
    """A growing program that keeps what it was made of, at its present cost."""

    def __init__(self, program: LinearProgram) -> None:
        super().__init__(program)
        self.start = program
        self.added: list[tuple[csr_matrix, NDArray[np.float64], NDArray[np.float64]]] = []

    def add_rows(
        self, matrix: csr_matrix, lower: NDArray[np.float64], upper: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        self.added.append((matrix, lower, upper))
        return super().add_rows(matrix, lower, upper)

    def change_cost(self, cost: NDArray[np.float64], offset: float | None = None) -> None:
        self.start = replace(self.start, cost=cost)
        super().change_cost(cost, offset)


def master_that_learns(
    problem: CombProblem, monkeypatch: pytest.MonkeyPatch, factors: tuple[float, ...] = ()
) -> tuple[Any, Extensive]:
    """The rows of a master that has learned one answer of the teeth, half its weight on the worst fifth. The
    answer is given: 900 is lost after an event if nothing is done, 300 of it by BAN, and each PART at the
    event saves 5. With `factors` the odds of events are scaled by each, and 1,000, 2,000, ... is the least
    loss there is under them."""
    monkeypatch.setattr(master, "Growing", Recorder)
    extensive = write_program(problem)
    trunk, arrays, odds = extensive.trunk, problem.arrays, extensive.leaves.odds
    loss = np.array([[900.0, 300.0][tooth.restriction] for tooth in problem.teeth])
    slope = np.zeros((len(loss), extensive.trunk_columns))
    part = problem.items.tolist().index(arrays.item_ids.index("PART"))
    for place, tooth in enumerate(problem.teeth):
        slope[place, trunk.stock[tooth.epoch, part]] = -5.0 * (tooth.restriction == 0)
    events = odds[:-1]
    scaled = [np.append(factor * events, 1 - factor * events.sum()) for factor in factors]
    aim = Aim(np.array(scaled), 1000.0 * np.arange(1, len(factors) + 1)) if factors else None
    teeth = decompose.Decomposition(extensive, aim)
    none = np.zeros(teeth.row_counts.sum())
    monkeypatch.setattr(teeth, "prove", lambda x: (events * loss, events[:, None] * slope, none))
    learned = master.Master(teeth)
    learned.learn(np.zeros(extensive.trunk_columns))
    return learned._rows, extensive


def compare_rows(
    name: str, title: str, added: tuple[Any, ...], start: LinearProgram, names: list[str]
) -> None:
    """Rows that the master has gained with the file of that name."""
    matrix, lower, upper = added
    rows = []
    for place in range(len(lower)):
        entries = matrix[[place]].tocoo()
        terms = {
            names[column]: value
            for column, value in zip(entries.col, entries.data, strict=True)
            if abs(value) > 1e-9
        }
        rows.append(Row(f"{name}({place})", float(lower[place]), float(upper[place]), terms))
    used = {column for row in rows for column in row.entries}
    bounds = [bound_of(start, names, names.index(column)) for column in names if column in used]
    cost = {name: value for name, value in zip(names, start.cost, strict=True) if name in used and value}
    scaled = "Columns are scaled to their bounds, losses to the largest."
    compare(name, lp_text([title, scaled], cost, rows, bounds))


def names_of_master(problem: CombProblem, extensive: Extensive, regret: bool) -> list[str]:
    groups = max(block.group for block in extensive.blocks) + 1
    return [
        *trunk_names(problem, extensive),
        *(f"loss({group})" for group in range(groups)),
        "tail_begins",
        *(f"beyond({leaf})" for leaf in range(len(extensive.leaves.odds))),
        *(["largest_regret"] if regret else []),
    ]


def test_master_learns_what_its_files_say(problem: CombProblem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that the master gains from an answer of the teeth: one for each group of teeth, and one for each
    leaf in the tail."""
    grown, extensive = master_that_learns(problem, monkeypatch)
    names = names_of_master(problem, extensive, False)
    assert len(names) == len(grown.start.cost)
    assert len(grown.added) == 3  # the tail of the leaf without an event is there from the start
    title = "The loss of a group of teeth is at least what it is at a trunk, plus its slope times the move."
    compare_rows("loss_cuts", title, grown.added[1], grown.start, names)
    title = "A leaf of the tail exceeds the threshold by its loss less the threshold, at least."
    compare_rows("tail", title, grown.added[2], grown.start, names)


def test_regret_is_counted_as_its_files_say(problem: CombProblem, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row for each hazard factor (0, 1 and 2): by its mean before anything is learned, and once a loss of
    every leaf is known by its mean and what that loss makes of the tail."""
    grown, extensive = master_that_learns(problem, monkeypatch, (0.0, 1.0, 2.0))
    names = names_of_master(problem, extensive, True)
    assert len(names) == len(grown.start.cost)
    assert len(grown.added) == 5  # tail and means at the start; groups, tail and regret of the answer
    title = "The largest regret is at least the mean loss under each hazard factor, less the least there is."
    compare_rows("regret_of_mean", title, grown.added[1], grown.start, names)
    title = "The same of mean and CVaR, with the tail of a loss that was answered in place of the worst."
    compare_rows("regret", title, grown.added[4], grown.start, names)


@pytest.mark.parametrize("path", sorted(FILES.glob("*.lp")), ids=lambda path: path.stem)
def test_solver_reads_the_file_and_keeps_every_name(path: Path) -> None:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    model = highs.getLp()
    text = path.read_text(encoding="utf-8").split("Subject To")[1].split("Bounds")[0]
    assert list(model.row_names_) == re.findall(r"^ (\S+):", text, re.MULTILINE)
    assert set(model.col_names_) >= set(re.findall(r"[+-] (?:[0-9.e+-]+ )?([a-z]\S*)", text))
