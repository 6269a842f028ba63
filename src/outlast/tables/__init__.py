"""Rows of text that remember their place: what every kind of file becomes before it is understood."""

from outlast.tables.content import LARGEST_FILE, parse_text, read_bytes
from outlast.tables.delimited import parse_csv
from outlast.tables.form import FileForm
from outlast.tables.parquet import parse_parquet
from outlast.tables.table import SPREADSHEET_ERRORS, Table, TextColumn

__all__ = [
    "LARGEST_FILE",
    "SPREADSHEET_ERRORS",
    "FileForm",
    "Table",
    "TextColumn",
    "parse_csv",
    "parse_parquet",
    "parse_text",
    "read_bytes",
]
