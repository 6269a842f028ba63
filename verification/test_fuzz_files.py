"""No file, however broken, ends in a traceback: every parser of files under random input.

Hypothesis gives each parser OUTLAST_FUZZ_SECONDS (30 by default; a release is checked with 300): random
bytes, and real files of the ready cases with bytes changed, cut, doubled, joined, quoted, encoded and
declared in other ways. Whatever comes back has a table or a finding; every finding has a place, a message
and a remedy; a table keeps its shape. The input of the last run stays in the folder that is named.
"""

from __future__ import annotations

import faulthandler
import io
import os
import random
import shutil
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pyarrow import parquet

from outlast.errors import MOST_ALIKE, Place
from outlast.intake.assemble import check_case
from outlast.intake.case_settings import parse_settings
from outlast.intake.file_forms import read_forms
from outlast.intake.template import compose_template
from outlast.network.network import TABLES
from outlast.network.numbering import number
from outlast.tables import FileForm, Table, parse_csv, parse_parquet, parse_text
from outlast.tables.form import DATE_ORDERS, ENCODINGS, SEPARATORS

SECONDS = float(os.environ.get("OUTLAST_FUZZ_SECONDS", "30"))
SEED = int(os.environ.get("OUTLAST_FUZZ_SEED", "1"))
LONGEST = 60
"""No input may take longer [s], also where the machine is busy."""
CASES = Path(__file__).parents[1] / "cases"
READY = ("open-camera", "camera-maker-2019")
FILES = [path.read_bytes() for case in READY for path in (CASES / case).glob("*.csv")]
EXAMPLE = {name: text.encode() for name, text in compose_template().items()}
PIECES = [
    *(b',;\t|"\r\n#=\0\x1a\xff\xfe\xef\xbb\xbf'[i : i + 1] for i in range(16)),
    *(b"\r\n", b'""', b'"\n', b"\xef\xbb\xbf", b"\xff\xfe", b"sep=;\n", b"#N/A", b"nan", b"-inf", b"1e999"),
    *(b"1,5", b"1.234,5", b"05/01/2027", b"31.12.99", b"46392", b"20270105", b"5 Jan 2027", b"TRUE", b"NA"),
    *(b"2027-01-04T25:00", b"00123", b"1E5", "é".encode("latin-1"), "中文".encode("gb18030")),
    *("é中\u200b\u2028\x85٣½".encode(), b"PK\x03\x04", b"%PDF", b"PAR1", b"<html>", b'{"a":'),
    *(b"x" * 200_000, b"," * 3000, b'"a\n",' * 500, b"9" * 400),
]


def damage(draw: random.Random, data: bytes) -> bytes:
    """The data with some things done to it that are done to files."""
    for _ in range(draw.choice((0, 1, 1, 2, 3, 8))):
        at, end = sorted((draw.randint(0, len(data)), draw.randint(0, len(data))))
        kind = draw.randrange(9)
        if kind == 0:
            data = data[:at] + draw.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[:at] + draw.randbytes(draw.randint(0, 9)) + data[min(end, at + 9) :]
        elif kind == 2:
            data = data[:at]
        elif kind == 3:
            data = data[:at] + data[end:]
        elif kind == 4:
            data = data[:end] + data[at:]
        elif kind == 5:
            old, new = draw.choice(PIECES[:12]), draw.choice(PIECES[:12])
            data = data.replace(old, new)
        elif kind == 6:
            data = data.decode("utf-8", "replace").encode(draw.choice(list(ENCODINGS.values())), "replace")
        elif kind == 7:
            lines = data.split(b"\n")
            draw.shuffle(lines)
            data = b"\n".join(lines)
        else:
            lines = data.split(b"\n")
            row = draw.randrange(len(lines))
            cells = lines[row].split(b",")
            cells[draw.randrange(len(cells))] = draw.choice(PIECES)
            lines[row] = b",".join(cells)
            data = b"\n".join(lines)
        data = data[: 2**21]
    return data


def draw_form(draw: random.Random) -> FileForm:
    """Any form that can be declared."""
    return FileForm(
        encoding=draw.choice(["utf-8", *ENCODINGS]),
        separator=draw.choice([None, None, *SEPARATORS]),
        decimal_sign=draw.choice([".", ",", None]),
        thousands_separator=draw.choice(["", ".", ",", " ", "'"]),
        date_order=draw.choice(["", *DATE_ORDERS]),
        decimal_sign_declared=draw.random() < 0.5,
    )


def check_findings(findings) -> None:
    assert all(f.code and f.message and f.remedy and f.place.file for f in findings)
    assert all(f.level in ("error", "warning") and str(f).isprintable() is not None for f in findings)


def check_table(table: Table | None, findings) -> None:
    check_findings(findings)
    assert table is not None or any(f.level == "error" for f in findings)
    if table is not None:
        assert {len(column) for column in table.columns} <= {len(table)}
        assert len(table.columns) == len(table.heading)
        assert all(0 <= row < len(table) for row in table.ragged)
        lines = list(table.lines)
        assert lines == sorted(set(lines))


def run(name: str, one: Callable[[random.Random], None], seconds: float, folder: Path) -> None:
    """Let hypothesis run `one` with ever new draws until the time is over."""
    begin, runs, turn = time.monotonic(), 0, 0

    def counted(draw: random.Random) -> None:
        nonlocal runs
        start = time.monotonic()
        if start - begin < seconds:
            faulthandler.dump_traceback_later(LONGEST)
            one(draw)
            faulthandler.cancel_dump_traceback_later()
            assert time.monotonic() - start < LONGEST
            runs += 1

    while time.monotonic() - begin < seconds:
        turn += 1
        # Found again by its seed, which is printed; shrinking what is not made by hypothesis helps nobody.
        chosen = settings(
            max_examples=200,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        print(f"\r{name}: seed {SEED}, turn {turn}, {folder}", end="", file=sys.stderr)
        seed(f"{SEED}/{name}/{turn}")(chosen(given(st.randoms(use_true_random=True))(counted)))()
    print(f"\n{name}: {runs:,} runs in {seconds:g} s without a traceback")
    assert runs > 10


def test_csv(tmp_path: Path) -> None:
    def one(draw: random.Random) -> None:
        start = draw.choice(FILES) if draw.random() < 0.8 else draw.randbytes(draw.randint(0, 400))
        data = damage(draw, start)
        (tmp_path / "last").write_bytes(data)
        form = draw_form(draw) if draw.random() < 0.5 else FileForm()
        table, findings = parse_csv(data, "items.csv", form)
        check_table(table, findings)

    run("csv", one, SECONDS, tmp_path)


def test_text(tmp_path: Path) -> None:
    def one(draw: random.Random) -> None:
        data = damage(draw, draw.choice([b"", b"\n", draw.randbytes(60), draw.choice(FILES)[:2000]]))
        (tmp_path / "last").write_bytes(data)
        text, findings = parse_text(data, "items.csv", draw.choice(list(ENCODINGS)))
        check_findings(findings)
        assert text is not None or findings

    run("text", one, SECONDS, tmp_path)


def test_settings(tmp_path: Path) -> None:
    declared = (
        b'\n[files]\nencoding = "gb18030"\n[files.demand]\ndate_order = "day-month-year"\nseparator = "tab"\n'
    )

    def one(draw: random.Random) -> None:
        data = damage(draw, EXAMPLE["case.toml"] + declared)
        (tmp_path / "last").write_bytes(data)
        text, findings = parse_text(data, "case.toml")
        check_findings(findings)
        if text is not None:
            check_findings(parse_settings(text)[1])
            forms, told = read_forms(text, Place("case.toml"))
            check_findings(told)
            assert set(forms) == set(TABLES)

    run("settings", one, SECONDS, tmp_path)


def draw_parquet(draw: random.Random) -> bytes:
    """A sound Parquet file of any types."""
    n = draw.choice((0, 1, 5, 40))

    def cells(*choices: object) -> list[object]:
        return [draw.choice([*choices, None]) for _ in range(n)]

    moment = pyarrow.timestamp(draw.choice(["ms", "us", "ns"]), draw.choice([None, "UTC", "Europe/Berlin"]))
    kinds = {
        "item_id": cells("a", "00123", "\0", "中"),
        "unit_cost": cells(1.5, float("nan"), 1e300, -0.0),
        "make_weeks": pyarrow.array(cells(1, 2**40), pyarrow.int64()),
        "kind": pyarrow.array(cells("part", "x"), pyarrow.string()).dictionary_encode(),
        "expires": pyarrow.array(cells(0, 2**31 - 1, -(2**31)), pyarrow.date32()),
        "moment": pyarrow.array(cells(0, 2**62, -(2**62)), moment),
        "list": [[1]] * n,
        "bytes": [b"\xff"] * n,
        "flag": pyarrow.array(cells(True, False), pyarrow.bool_()),
    }
    names = draw.sample(list(kinds), draw.randint(1, len(kinds)))
    file = io.BytesIO()
    parquet.write_table(
        pyarrow.table({name: kinds[name] for name in names}),
        file,
        compression=draw.choice(["none", "snappy", "gzip", "zstd"]),
        row_group_size=draw.choice([3, 1000]),
        data_page_version=draw.choice(["1.0", "2.0"]),
        use_dictionary=draw.random() < 0.5,
    )
    return file.getvalue()


def test_parquet(tmp_path: Path) -> None:
    def one(draw: random.Random) -> None:
        data = bytearray(draw_parquet(draw))
        for _ in range(draw.choice((0, 1, 2, 5, 20))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        if draw.random() < 0.1:
            data = bytearray(damage(draw, bytes(data)))
        # Written first: damage may end the process in the library itself.
        (tmp_path / "last").write_bytes(data)
        check_table(*parse_parquet(bytes(data), "items.parquet"))

    run("parquet", one, SECONDS, tmp_path)


def test_whole_cases(tmp_path: Path) -> None:
    """Some files of a case damaged at once; a case that is found sound can be numbered."""
    sound = [EXAMPLE]
    for name in READY:
        paths = [path for path in (CASES / name).iterdir() if path.suffix in (".csv", ".toml")]
        sound.append({path.name: path.read_bytes() for path in paths})
    folder = tmp_path / "case"

    def one(draw: random.Random) -> None:
        files = dict(draw.choice(sound))
        for name in draw.sample(sorted(files), draw.randint(1, 3)):
            files[name] = damage(draw, files[name])
        if draw.random() < 0.1:
            files["stock.parquet"] = draw_parquet(draw)
            files.pop("stock.csv", None)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        network, findings = check_case(folder)
        check_findings(findings)
        assert (network is None) == any(f.level == "error" for f in findings)
        if network is not None:
            assert number(network).n_week > 0

    run("cases", one, SECONDS, tmp_path)


@pytest.mark.parametrize("damaged", [b"1\n", b"x,y\n", b'"a"b,1\n', b"#,1\n"])
def test_a_file_that_is_broken_in_every_row_stays_small(damaged: bytes) -> None:
    """A megabyte of the same fault needs no more than 200 MiB and gives a hundred findings and a few."""
    tracemalloc.start()
    data = b"item_id,on_hand\n" + damaged * (2**20 // len(damaged))
    _, findings = parse_csv(data, "stock.csv")
    assert len(findings) <= MOST_ALIKE + 2
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    tracemalloc.stop()
