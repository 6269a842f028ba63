"""Random tables and random replies, for the quick tests and for long runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from outlast.errors import CaseError, UsageError
from outlast.intake.mapping.importing import Wishes, import_file
from outlast.intake.rows import parse_rows
from outlast.network.network import TABLES
from outlast.tables import parse_csv
from tests.intake.mapping.foreign import MADE, REAL

_HEADINGS = sorted(
    {name for foreign in MADE for name in foreign.read().decode().split("\n")[0].replace(";", ",").split(",")}
)
_CELLS = [
    "",
    "0",
    "1",
    "-1",
    "1.234",
    "1,5",
    "1.234,50",
    "5-",
    "ROH",
    "FERT",
    "DE",
    "EUR",
    "01/02/2027",
    "2027-01-04",
    "00000000",
    "99991231",
    "20270104",
    "45000",
    "000010",
    "3.0",
    "=1+1",
    "#REF!",
    "NA",
    "1e999",
    "是",
    "A-X",
    " x ",
    '"',
    "A\nB",
    "\u200b",
    "12 days",
    "2W",
    "5 %",
    "USD 1,200.50",
    "€5",
    "3 lots",
]
_PERIODS = [
    "2027-01",
    "2027-02",
    "2027-03",
    "Jan-27",
    "Feb-27",
    "KW 3/2027",
    "KW 4/2027",
    "01/02/2027",
    "02/02/2027",
]
"""Headings that are periods, some of which do not go together."""


def cells() -> st.SearchStrategy[str]:
    """What stands in foreign tables, and anything else."""
    return st.one_of(st.sampled_from(_CELLS), st.text(max_size=12))


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table as text: real headings or any, and cells that suit them or do not."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=200))
    width = draw(st.integers(1, 7))
    names = st.one_of(st.sampled_from(_HEADINGS), st.sampled_from(_PERIODS), st.text(max_size=10))
    heading = draw(st.lists(names, min_size=width, max_size=width))
    rows = draw(st.lists(st.lists(cells(), min_size=width, max_size=width), max_size=6))
    separator = draw(st.sampled_from(",;\t"))
    lines = [separator.join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row) for row in (heading, *rows)]
    return "\n".join(lines).encode("utf-8", "replace")


class Anybody:
    """Answers at random, mostly with one of the choices, and walks away after many questions."""

    def __init__(self, random: Random, patience: int = 40):
        self.random = random
        self.patience = patience

    def show(self, text: str) -> None:
        self.last = text

    def show_rows(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass

    def ask(self, text: str, default: str) -> str:
        self.patience -= 1
        if self.patience < 0:
            raise UsageError("walked away")
        return self.random.choice(
            ["1", "2", "3", default, default, "none", "=1", "=A", "A + B", "0.5", "DE", "single orders", "?"]
        )


def bring(data: bytes, folder: Path, table: str, mode: str, random: Random) -> None:
    """Import a table; whatever happens is a file, a finding or a sentence."""
    path = folder / "any.csv"
    path.write_bytes(data)
    if random.random() < 0.7:
        (folder / "case").mkdir()
        (folder / "case/case.toml").write_text('name = "any"\nstart = 2027-01-04\ncurrency = "USD"\n')
    wishes = Wishes(case=folder / "case", table=table, mode=mode)  # type: ignore[arg-type]
    try:
        answer = import_file(path, wishes, Anybody(random))
    except (CaseError, UsageError) as error:
        check_refusal(error)
        return
    assert not list(folder.rglob("*.part"))
    written = folder / f"case/{answer.table}.csv"
    if answer.done:
        # What was written is read as a case is, without a cell that cannot be.
        table, findings = parse_csv(written.read_bytes(), written.name)
        assert table is not None, findings
        _, more = parse_rows(table, answer.table)
        assert not [finding for finding in more if finding.level == "error"]


def check_refusal(error: CaseError | UsageError) -> None:
    """A refusal says what is wrong, and what to do about it."""
    assert str(error)
    if isinstance(error, CaseError):
        assert error.findings
        assert all(finding.message and finding.remedy for finding in error.findings)


NAMES = sorted(TABLES)
SEEDS = [foreign.read() for foreign in REAL + MADE]

WIDE = (
    "Product,Market,List price,Name,2027-01,2027-02,2027-03\n"
    "CAM,HOME,100,x,310,280,\nCAM,ABROAD,90,y,31,28,62\n"
)
ORDERS = (
    "Sales order,Product,Market,Due date,Qty,Net price\n"
    "1,CAM,HOME,2027-01-05,3,100\n2,CAM,HOME,2027-01-08,2,USD 90\n"
)
OFFERS = "Vendor,Part number,Net price,Lead time\nX,A,USD 9.50,12 days\nY,B,€20,2W\n"
SEEDS += [text.encode() for text in (WIDE, ORDERS, OFFERS)] * 8
