"""Contents of a file as text. In: a path, or bytes. Out: bytes or text, or findings.
One reason to exist: a file that is none of ours is named for what it looks like instead, and an
encoding is declared, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from outlast.errors import Finding, Place
from outlast.tables.form import ENCODINGS, find_codec

LARGEST_FILE = 512 * 2**20
"""Files above this are refused [bytes]."""

_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"{\\rtf", "an RTF document"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARK = b"\xef\xbb\xbf"
_CANDIDATES = ("gb18030", "big5", "shift-jis", "euc-kr", "cp1252", "cp1250", "cp1251", "latin-1")
"""Encodings in which a file that is not UTF-8 is shown, so that the user can choose."""
_SHOWN = 24
"""Letters of a reading that are shown."""


def read_bytes(path: Path, limit: int = LARGEST_FILE) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Contents of a file, or a finding where it cannot be read or is above `limit` [bytes]."""
    place = Place(path.name)
    try:
        size = path.stat().st_size
        if size <= limit:
            with path.open("rb") as file:
                # One byte more than the limit: a file may grow, and a device has no size.
                data = file.read(limit + 1)
            if len(data) <= limit:
                return data, ()
            size = len(data)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        remedy = "Make it a file that you may read."
        return None, (Finding("error", "unreadable-file", place, message, remedy),)
    message = f"The file has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB."
    remedy = "Drop rows outside the horizon, or sum demand by week."
    return None, (Finding("error", "file-too-large", place, message, remedy),)


def parse_text(data: bytes, file: str, encoding: str = "utf-8") -> tuple[str | None, tuple[Finding, ...]]:
    """Text of a file, or a finding that says what it is instead.

    Args:
        data: contents of the file; a byte order mark is allowed.
        file: its name, for places.
        encoding: as declared, a key of `ENCODINGS`.
    """
    stranger = recognise(data)
    table = file.endswith(".csv")
    if stranger:
        remedy = 'Save it as "CSV UTF-8" (comma separated).' if table else "Save it as UTF-8 text."
        return None, (Finding("error", "not-text", Place(file), f"This looks like {stranger}.", remedy),)
    codec = find_codec(encoding) or "utf-8-sig"
    contradiction = _contradict(data, file, encoding, codec)
    if contradiction and contradiction.level == "error":
        return None, (contradiction,)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        return None, (_describe_encoding(data, file, encoding, error),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = "The file holds a NUL byte, which no text does."
        remedy = "Save it as UTF-8 text."
        return None, (Finding("error", "nul-byte", Place(file, line), message, remedy),)
    markup = _recognise_markup(text) if table else None
    if markup:
        remedy = "Export the table itself as CSV; a browser may have saved a page instead of the file."
        return None, (Finding("error", "not-text", Place(file, 1), f"This looks like {markup}.", remedy),)
    return text, (contradiction,) if contradiction else ()


def describe_content(data: bytes) -> str:
    """What a file looks like that is not what it should be."""
    known = recognise(data)
    if known:
        return known
    text = data[:65536].decode("utf-8", "replace")
    markup = _recognise_markup(text)
    return markup or ("text" if "\0" not in text and text.count("\ufffd") < 3 else "binary data")


def recognise(data: bytes) -> str | None:
    """What a file that is no text looks like, None where nothing speaks against text."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP picture"
    if data[257:262] == b"ustar":
        return "a tar archive"
    return next((what for signature, what in _SIGNATURES if data.startswith(signature)), None)


def _recognise_markup(text: str) -> str | None:
    """What a text that is no table looks like."""
    start = text[:4096].lstrip("\ufeff \t\r\n")
    if re.match(r"<!doctype\s+html|<html|<head|<body", start, re.IGNORECASE):
        form = re.search(r"type\s*=\s*[\"']?password|\blog ?in\b|\bsign ?in\b", text[:200_000], re.IGNORECASE)
        return "a web page with a login form" if form else "a web page"
    if start.startswith("<?xml") or re.match(r"<[A-Za-z][\w:.-]*[\s>]", start):
        return "an XML document"
    if re.match(r"\{\s*(\"|\}|$)|\[\s*[\[{\"\]]", start):
        return "a JSON document"
    return None


def _contradict(data: bytes, file: str, encoding: str, codec: str) -> Finding | None:
    """What in the file speaks against its declared encoding, or against UTF-8 if none is declared."""
    if data.startswith(_UTF_16) and codec != "utf-16":
        message = f"The file is UTF-16, not {encoding.upper() if codec == 'utf-8-sig' else encoding}."
        remedy = 'Save it as UTF-8, or declare it in case.toml: [files], encoding = "utf-16".'
        return Finding("error", "not-utf-8", Place(file, 1), message, remedy)
    if codec == "utf-16" and not data.startswith(_UTF_16):
        message = "UTF-16 is declared, but the file does not begin with its mark."
        remedy = "Save it as UTF-8, or declare what it is."
        return Finding("error", "encoding-contradicted", Place(file, 1), message, remedy)
    if codec in ("utf-8-sig", "utf-16"):
        return None
    if data.startswith(_MARK):
        message = f"The file begins with the mark of UTF-8, but {encoding} is declared."
        remedy = "Remove the declaration of its encoding from case.toml."
        return Finding("error", "encoding-contradicted", Place(file, 1), message, remedy)
    if data.isascii():
        return None
    try:
        text = data.decode("utf-8")
        other = data.decode(codec)
    except UnicodeDecodeError:
        return None
    message = (
        f"The file is sound UTF-8, in which it reads {_show(text)}; as {encoding}, as declared, it reads "
    )
    message += f"{_show(other)}."
    remedy = 'If the second is right, declare encoding = "utf-8" for it in case.toml.'
    line = text.count("\n", 0, _find_foreign(text)) + 1
    return Finding("warning", "encoding-doubtful", Place(file, line), message, remedy)


def _describe_encoding(data: bytes, file: str, encoding: str, error: UnicodeDecodeError) -> Finding:
    """A file that its encoding cannot read, and how it reads in those that can."""
    line = data.count(b"\n", 0, error.start) + 1
    message = (
        f"Byte 0x{data[error.start]:02x} is not {encoding.upper() if encoding == 'utf-8' else encoding}."
    )
    start = data.rfind(b"\n", 0, error.start) + 1
    end = data.find(b"\n", error.start)
    part = data[start : len(data) if end < 0 else end][:4096]
    readings: dict[str, list[str]] = {}
    for candidate in _CANDIDATES:
        try:
            data.decode(ENCODINGS[candidate])
            reading = _show(part.decode(ENCODINGS[candidate], "ignore"))
        except UnicodeDecodeError:
            continue
        if all(unicodedata.category(letter) not in ("Cc", "Cn", "Co") for letter in reading):
            readings.setdefault(reading, []).append(candidate)
    if not readings:
        remedy = "Save it as UTF-8 text; no usual encoding reads it."
        return Finding("error", "not-utf-8", Place(file, line), message, remedy)
    message += " The text reads "
    message += "; ".join(f"{reading} in {' or '.join(names)}" for reading, names in readings.items()) + "."
    remedy = "Save it as UTF-8, or declare which of these it is in case.toml: [files], encoding = ..."
    return Finding("error", "not-utf-8", Place(file, line), message, remedy)


def _find_foreign(text: str) -> int:
    """Position of the first letter that is not ASCII."""
    found = re.search(r"[^\x00-\x7f]", text)
    return found.start() if found else 0


def _show(text: str) -> str:
    """The cell around the first letter that is not ASCII."""
    position = _find_foreign(text)
    start = max((text.rfind(mark, 0, position) for mark in ',;\t|\n\r"'), default=-1) + 1
    cell = re.split(r"[,;\t|\n\r\"]", text[start : position + 200], maxsplit=1)[0].strip()
    cell = cell[max(0, position - start - _SHOWN // 2) :]
    return cell if len(cell) <= _SHOWN else cell[: _SHOWN - 3] + "..."
