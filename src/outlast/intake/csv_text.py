"""Rows as CSV text, in the form of their file. In: values, headings, a `FileForm`. Out: text.
One reason to exist: what is written is read back as what was meant, whatever separator, decimal sign or
line break stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from outlast.errors import UsageError
from outlast.tables.form import PLAIN_FORM, FileForm, find_codec

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First letters of a text that a spreadsheet runs as a formula when it opens a CSV file."""

_THREE_DIGITS = re.compile(r"\.\d{3}(?=$|e)")
"""Decimals that could be thousands where the decimal sign of a file is not known."""


def write_value(value: Any, form: FileForm = PLAIN_FORM) -> str:
    """A value as it stands in a file of a form; None is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        if form.decimal_sign is None:
            text = _THREE_DIGITS.sub(r"\g<0>0", text)
        return text.replace(".", form.decimal_sign or ".")
    return value.isoformat() if isinstance(value, date) else str(value)


def write_rows(rows: Iterable[Sequence[str]], separator: str = ",", newline: str = "\n") -> str:
    """Rows of text as CSV; a cell with the separator, a quote or a line break stands in quotes."""
    special = frozenset((separator, '"', "\r", "\n"))
    return "".join(separator.join(_quote(text, special) for text in row) + newline for row in rows)


def _quote(text: str, special: frozenset[str]) -> str:
    return '"' + text.replace('"', '""') + '"' if not special.isdisjoint(text) else text


def encode_text(text: str, file: str, form: FileForm, *, mark: bool = False) -> bytes:
    """The bytes of a file.

    Args:
        text: of the file.
        file: its name, for the message.
        form: of the file.
        mark: whether a file in UTF-8 begins with its mark.

    Raises:
        UsageError: the encoding has no such letter.
    """
    codec = find_codec(form.encoding) or "utf-8-sig"
    if codec == "utf-8-sig":
        codec = "utf-8-sig" if mark else "utf-8"
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise UsageError(
            f"{file} is declared to be {form.encoding}, which has no {letter!r}: save it as UTF-8 and "
            "remove the declaration from case.toml."
        ) from None
