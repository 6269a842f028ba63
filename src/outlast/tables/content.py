"""Contents of a file as text. In: a path, or bytes. Out: bytes or text, or findings.
One reason to exist: a file that is none of ours is named for what it looks like instead.
"""

from __future__ import annotations

from pathlib import Path

from outlast.errors import Finding, Place

LARGEST_FILE = 512 * 2**20
"""Files above this are refused [bytes]."""

_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_bytes(path: Path, limit: int = LARGEST_FILE) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Contents of a file, or a finding where it cannot be read or is above `limit` [bytes]."""
    place = Place(path.name)
    try:
        size = path.stat().st_size
        if size > limit:
            message = f"The file has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB."
            remedy = "Drop rows outside the horizon, or sum demand by week."
            return None, (Finding("error", "file-too-large", place, message, remedy),)
        return path.read_bytes(), ()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        remedy = "Make it a file that you may read."
        return None, (Finding("error", "unreadable-file", place, message, remedy),)


def parse_text(data: bytes, file: str) -> tuple[str | None, tuple[Finding, ...]]:
    """Strict UTF-8 text of a file (byte order mark allowed), or a finding that says what it is instead."""
    remedy = (
        'Save it as "CSV UTF-8" (comma separated).' if file.endswith(".csv") else "Save it as UTF-8 text."
    )
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            return None, (Finding("error", "not-text", Place(file), f"This looks like {what}.", remedy),)
    if data.startswith(_UTF_16):
        message = "The file is UTF-16, not UTF-8."
        return None, (Finding("error", "not-utf-8", Place(file, 1), message, remedy),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Byte 0x{data[error.start]:02x} is not UTF-8."
        return None, (Finding("error", "not-utf-8", Place(file, line), message, remedy),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = "The file holds a NUL byte, which no text does."
        return None, (Finding("error", "nul-byte", Place(file, line), message, remedy),)
    return text, ()
