"""Rows of text keep their line, and a file that is no table is named for what it is."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlast.errors import MOST_ALIKE
from outlast.tables import FileForm, parse_csv, read_bytes
from outlast.tables.delimited import LONGEST_LINE, LONGEST_ROW


def codes(findings):
    return [(finding.code, finding.place.line) for finding in findings]


def test_lines_are_right_with_quoted_newlines_comments_and_blank_lines():
    text = '# a comment, with a comma\n\nid,name\n1,"two\nlines"\n\n,\n2,b\r\n3,c'
    table, findings = parse_csv(text.encode(), "items.csv")
    assert not findings
    assert table.heading == ("id", "name")
    assert table.heading_line == 3
    assert list(zip(table.lines, table.rows, strict=True)) == [
        (4, ["1", "two\nlines"]),
        (8, ["2", "b"]),
        (9, ["3", "c"]),
    ]


def test_byte_order_mark_and_foreign_letters_are_read():
    table, findings = parse_csv(b"\xef\xbb\xbf" + "id,name\n1,Größe 中\n".encode(), "items.csv")
    assert not findings
    assert table.heading == ("id", "name")
    assert table.rows == [["1", "Größe 中"]]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty-file", 1),
        (b"\n  \n", "empty-file", 1),
        (b"\x0b", "empty-file", 1),
        (b";\x1c\n,\xc2\xa0\n", "empty-file", 1),
        (b"# only\n# comments\n", "no-heading", 1),
        (b"id,name\n1,caf\xe9\n", "not-utf-8", 2),
        ("id,name\n1,b\n".encode("utf-16"), "not-utf-8", 1),
        (b"id,name\n1,a\n2,b\0\n", "nul-byte", 3),
        (b"PK\x03\x04rest", "not-text", None),
        (b"\xd0\xcf\x11\xe0rest", "not-text", None),
        (b"id;name,long\n1;a\n", "wrong-separator", 1),
        (b"sep=:\nid:name\n", "wrong-separator", 1),
    ],
)
def test_a_file_that_is_no_table_is_refused(data, code, line):
    table, findings = parse_csv(data, "items.csv")
    assert table is None
    assert codes(findings) == [(code, line)]


def test_ragged_rows_are_marked_and_hide_nothing():
    table, findings = parse_csv(b"a,b,c\n1,2\n3,4,5\n6,7,8,9\n", "items.csv")
    assert codes(findings) == [("ragged-row", 2), ("ragged-row", 4)]
    assert table.rows == [["1", "2", ""], ["3", "4", "5"], ["6", "7", "8"]]
    assert table.ragged == {0, 2}


def test_rows_after_broken_quotes_are_still_read():
    table, findings = parse_csv(b'a,b\n"x"y,1\n2,3\n4,"open\n5,6\n', "items.csv")
    assert codes(findings) == [("broken-quotes", 2), ("broken-quotes", 4)]
    assert table.rows == [["2", "3"]]
    assert not table.complete


def test_a_cell_beyond_the_limit_is_a_finding():
    _, findings = parse_csv(b"a,b\n" + b"x" * 200_000 + b",1\n", "items.csv")
    assert codes(findings) == [("broken-quotes", 2)]
    assert "131,072" in findings[0].message


def test_duplicate_headings_are_named():
    _, findings = parse_csv(b"a,b, a,b\n1,2,3,4\n", "items.csv")
    assert [(f.code, f.place.column) for f in findings] == [
        ("duplicate-heading", "a"),
        ("duplicate-heading", "b"),
    ]


def test_a_comment_among_rows_is_skipped_with_a_warning_but_a_formula_error_is_not():
    table, findings = parse_csv(b"a,b\n#1,2\n#N/A,3\n", "items.csv")
    assert [(f.level, f.code, f.place.line) for f in findings] == [("warning", "comment-among-rows", 2)]
    assert table.rows == [["#N/A", "3"]]


def test_a_file_above_the_limit_is_refused_with_the_limit(tmp_path: Path):
    path = tmp_path / "demand.csv"
    path.write_bytes(b"x" * 2**20)
    assert read_bytes(path, limit=2**20) == (b"x" * 2**20, ())
    data, findings = read_bytes(path, limit=2**19)
    assert data is None
    assert codes(findings) == [("file-too-large", None)]
    assert "0.5 MiB" in findings[0].message


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path):
    data, findings = read_bytes(tmp_path)
    assert data is None
    assert codes(findings) == [("unreadable-file", None)]


@given(st.binary(max_size=300) | st.text(alphabet='ab,"\n\r#;\0é', max_size=80).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_table_or_findings(data):
    table, findings = parse_csv(data, "items.csv")
    assert table is not None or findings
    if table is not None:
        assert all(len(cells) == len(table.heading) for cells in table.rows)
        assert list(table.lines) == sorted(set(table.lines))


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("id,name\n1,a;b\n", ","),
        ("id;name\n1;a,b\n", ";"),
        ("id\tname\n1\ta,b\n", "\t"),
        ("id|name\n1|a,b\n", "|"),
        ('"id";"name, long"\n1;a,b\n', ";"),
        ("# made by a; b, c\n\n;;\nid;name\n1;a,b\n", ";"),
        ("sep=;\nid;name\n1;a,b\n", ";"),
        ("\ufeffsep=;\r\nid;name\r\n1;a,b\r\n", ";"),
        ("id\n1\n", ","),
    ],
)
def test_the_separator_stands_in_the_heading(text, separator):
    table, findings = parse_csv(text.encode(), "items.csv")
    assert findings == ()
    assert table.form.separator == separator
    assert table.rows[0] in (["1", "a,b"], ["1", "a;b"], ["1"])


def test_a_declared_separator_decides_where_the_heading_leaves_a_choice():
    table, findings = parse_csv(b"id;name,long\n1;a\n", "items.csv", FileForm(separator=";"))
    assert findings == ()
    assert table.heading == ("id", "name,long")


def test_the_decimal_sign_is_known_only_where_commas_part_the_cells_or_it_is_declared():
    assert parse_csv(b"id,name\n", "items.csv")[0].form.decimal_sign == "."
    assert parse_csv(b"id;name\n", "items.csv")[0].form.decimal_sign is None
    declared = FileForm(decimal_sign=",", decimal_sign_declared=True)
    assert parse_csv(b"id;name\n", "items.csv", declared)[0].form.decimal_sign == ","


def test_lines_are_right_with_mixed_line_ends_and_quoted_newlines():
    data = b'id,name\r\n1,"a\r\nb"\r2,c\n3,"d\ne\n\nf"\r\n4,g'
    table, findings = parse_csv(data, "items.csv")
    assert findings == ()
    assert list(table.lines) == [2, 4, 5, 9]
    assert [cells[1] for cells in table.rows] == ["a\r\nb", "c", "d\ne\n\nf", "g"]


def test_two_files_joined_are_seen_and_read():
    part = b"\xef\xbb\xbfid,name\n1,a\n"
    table, findings = parse_csv(part + part.replace(b"1", b"2"), "items.csv")
    assert codes(findings) == [("mark-inside", 3), ("heading-repeated", 3)]
    assert all(finding.level == "warning" for finding in findings)
    assert table.rows == [["1", "a"], ["2", "a"]]


def test_empty_cells_beyond_the_heading_are_nothing():
    table, findings = parse_csv(b"id,name\n1,a,,\n", "items.csv")
    assert (table.rows, findings) == ([["1", "a"]], ())


def test_rows_beyond_the_limit_are_refused():
    table, findings = parse_csv(b"id\n" + b"1\n" * 50, "items.csv", largest=20)
    assert codes(findings) == [("table-too-large", 22)]
    assert "20 rows" in findings[0].message
    assert table is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"id,name\n" + b"," * (LONGEST_LINE + 1) + b"\n", "characters"),
        (b"id,name\n1," + b'"\n",' * (LONGEST_ROW + 2) + b"\n", "spans more than"),
        (b"#" * (LONGEST_LINE + 1) + b"\nid,name\n", "characters"),
        (b"a," * 1200 + b"\n", "columns"),
    ],
)
def test_rows_and_lines_without_end_are_refused(data, words):
    _, findings = parse_csv(data, "items.csv")
    assert [f.code for f in findings] == ["table-too-large"]
    assert words in findings[0].message


def test_findings_alike_are_counted_not_kept():
    _, findings = parse_csv(b"a,b\n" + b"1\n" * 10_000, "items.csv")
    assert len(findings) == MOST_ALIKE + 1
    assert findings[-1].message.startswith("9,900 more of these")


def test_a_first_line_without_end_is_read_at_once():
    begin = time.perf_counter()
    parse_csv(b"sep=;" + b"\t" * 500_000 + b"x\nid,name\n", "items.csv")
    assert time.perf_counter() - begin < 5
