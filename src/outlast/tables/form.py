"""How text in a file is written: encoding, separator, numbers, dates. In: what a user declares.
Out: `FileForm`. One reason to exist: the form of a file is declared or stands in the file, never
guessed, and it travels with the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "utf-8-sig",
        "utf-16": "utf-16",
        "gb18030": "gb18030",
        "gbk": "gb18030",
        "gb2312": "gb18030",
        "big5": "cp950",
        "shift-jis": "cp932",
        "euc-jp": "euc_jp",
        "euc-kr": "cp949",
        "latin-1": "latin-1",
        "iso-8859-1": "latin-1",
        "iso-8859-2": "iso8859-2",
        "iso-8859-5": "iso8859-5",
        "iso-8859-9": "iso8859-9",
        "iso-8859-15": "iso8859-15",
        **{f"cp{number}": f"cp{number}" for number in (437, 850, 852, 866, *range(1250, 1259))},
        **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
        "koi8-r": "koi8-r",
        "mac-roman": "mac-roman",
    }
)
"""Encodings that may be declared, and the codec that reads each."""

_OTHER_NAMES: Mapping[str, str] = {
    "utf8": "utf-8",
    "utf16": "utf-16",
    "latin1": "latin-1",
    "sjis": "shift-jis",
    "cp936": "gbk",
}

SEPARATORS: Mapping[str, str] = MappingProxyType(
    {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
)
"""What may stand between cells, in words."""

DATE_ORDERS = ("year-month-day", "day-month-year", "month-day-year", "serial-1900", "serial-1904")
"""What a date that can be read in several ways may be declared to be; `serial`: days counted from 1900
or 1904, as spreadsheets do."""

BLANKS = " \u00a0\u202f\u2009"
"""Blanks that part groups of digits."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the text of a file is written."""

    encoding: str = "utf-8"
    """A key of `ENCODINGS`."""
    separator: str | None = None
    """A key of `SEPARATORS`; None: to be recognised from the heading."""
    decimal_sign: str | None = "."
    """`.` or `,`; None: not known, so that a number is read only where one reading is left."""
    thousands_separator: str = ""
    """`.`, `,`, `'`, a blank (of any kind), or nothing."""
    date_order: str = ""
    """One of `DATE_ORDERS`; empty: a date is read only where one reading is left."""
    decimal_sign_declared: bool = False
    """False: a file whose cells are separated by anything but commas may come from a country with a
    decimal comma, so its decimal sign is not known."""
    declarable: bool = True
    """False: what the file is stored in settles numbers and dates; a declaration would not be heard."""


PLAIN_FORM = FileForm()
"""The form of a file of which nothing is declared."""
STORED_FORM = FileForm(declarable=False)
"""The form of text in workbooks, Parquet files and answers of databases."""


def find_codec(encoding: str) -> str | None:
    """Codec of an encoding that may be declared, None for any other; case, blanks and _ do not matter."""
    name = encoding.strip().lower().replace("_", "-").replace(" ", "-")
    return ENCODINGS.get(_OTHER_NAMES.get(name, name))
