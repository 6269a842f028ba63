"""An encoding is declared, never guessed; a file that is no text is named for what it is."""

import gzip
import io
import zipfile

import pytest

from outlast.tables import FileForm, parse_csv, parse_text
from outlast.tables.form import ENCODINGS, find_codec

CHINESE, GERMAN = "零件甲", "Größe"


def test_declared_encodings_are_read():
    for encoding, name in (("gb18030", CHINESE), ("GBK", CHINESE), ("latin-1", GERMAN), ("CP1252", GERMAN)):
        data = f"id,name\n1,{name}\n".encode(ENCODINGS[encoding.lower()])
        table, findings = parse_csv(data, "items.csv", FileForm(encoding=encoding))
        assert findings == ()
        assert table.rows == [["1", name]]


def test_utf_16_is_read_where_it_is_declared():
    data = f"id\tname\n1\t{CHINESE}\n".encode("utf-16")
    assert parse_csv(data, "items.csv", FileForm(encoding="utf-16"))[0].rows == [["1", CHINESE]]
    _, findings = parse_csv(data, "items.csv")
    assert findings[0].code == "not-utf-8"
    assert 'encoding = "utf-16"' in findings[0].remedy


@pytest.mark.parametrize(("name", "codec"), [(CHINESE, "gb18030"), (GERMAN, "cp1252"), ("Łódź", "cp1250")])
def test_a_file_of_another_encoding_is_shown_in_those_that_read_it(name, codec):
    text = f"id,name\n0,plain\n1,{name}\n"
    _, findings = parse_text(text.encode(codec), "items.csv")
    (finding,) = findings
    assert (finding.code, finding.place.line) == ("not-utf-8", 3)
    assert f"{name} in " in finding.message
    assert codec in finding.message
    assert "[files], encoding =" in finding.remedy


def test_bytes_of_no_encoding_say_so_without_a_proposal():
    _, findings = parse_text(b"id,name\n1,\x81\xff\x00\x98\n", "items.csv")
    assert findings[0].code in ("not-utf-8", "nul-byte")


def test_a_declaration_that_the_file_contradicts_is_refused():
    _, findings = parse_text("id\nä\n".encode("utf-8-sig"), "items.csv", "latin-1")
    assert [(f.level, f.code) for f in findings] == [("error", "encoding-contradicted")]


def test_a_declaration_that_reads_sound_utf_8_otherwise_is_doubted_with_both_readings():
    text, findings = parse_text(f"id\n{GERMAN}\n".encode(), "items.csv", "latin-1")
    assert text == "id\nGrÃ¶Ã\x9fe\n"
    assert [(f.level, f.code, f.place.line) for f in findings] == [("warning", "encoding-doubtful", 2)]
    assert GERMAN in findings[0].message


def test_letters_that_every_encoding_shares_leave_no_doubt():
    assert parse_text(b"id\na\n", "items.csv", "gb18030") == ("id\na\n", ())


def test_only_text_encodings_may_be_declared():
    assert find_codec("UTF8") == "utf-8-sig"
    assert find_codec("Windows-1252") == "cp1252"
    assert [find_codec(name) for name in ("zip", "rot13", "idna", "unicode_escape", "")] == [None] * 5


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return file.getvalue()


LOGIN = b"<!DOCTYPE html>\n<html><form>Sign in <input type='password'></form></html>"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (workbook(), "an Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook of an old Excel"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (gzip.compress(b"id,name\n", mtime=0), "a gzip archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"PAR1", "a Parquet file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (LOGIN, "a web page with a login form"),
        (b"\n <html><body>x</body></html>", "a web page"),
        (b'<?xml version="1.0"?><a/>', "an XML document"),
        (b'{"items": [1, 2]}', "a JSON document"),
        (b'[{"item_id": 1}]', "a JSON document"),
    ],
)
def test_a_wrong_file_is_named_for_what_it_looks_like(data, what):
    table, findings = parse_csv(data, "items.csv")
    assert table is None
    assert [f.code for f in findings] == ["not-text"]
    assert findings[0].message == f"This looks like {what}."


def test_brackets_and_angles_in_headings_are_no_document():
    for heading in (b"[id],name\n", b"<id>,name\n", b"{id},name\n"):
        table, _ = parse_csv(heading + b"1,a\n", "items.csv")
        assert table is not None or heading.startswith(b"<")
