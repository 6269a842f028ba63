"""A Parquet file as a table. In: bytes of a file. Out: `Table` and findings.
One reason to exist: typed columns become text as it would stand in a CSV file, so that everything
behind is the same, and what a type has lost is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from outlast.errors import Finding, Place
from outlast.tables.content import describe_content
from outlast.tables.form import STORED_FORM
from outlast.tables.table import LARGEST_TABLE, WIDEST_TABLE, ColumnsBuilder, Stored, Table

LARGEST_UNPACKED = 4 * 2**30
"""Files that unpack to more are refused [bytes]."""
_PORTION = 250_000
"""Rows that are unpacked at a time."""
_LIMIT = 2**26
"""Largest description of a file's columns [bytes]."""


def parse_parquet(
    data: bytes, file: str, largest: int = LARGEST_TABLE
) -> tuple[Table | None, tuple[Finding, ...]]:
    """Rows of a Parquet file and everything wrong with its form.

    Null is an empty cell. Whole numbers, numbers, true and false, dates and times are written as they
    would be in a CSV file. Columns of any other type (lists, records, bytes) stay empty; `Table.stored`
    says so, and whoever needs such a column refuses it.

    Args:
        data: contents of the file.
        file: its name, for places.
        largest: rows above this are refused.

    Returns:
        The table, or None where there is nothing to go on with; and the findings.
    """
    if not data.startswith(b"PAR1"):
        what = describe_content(data)
        remedy = "Write it as Parquet, or rename it to what it is."
        message = f"This is no Parquet file: it looks like {what}." if data else "The file is empty."
        return None, (Finding("error", "not-parquet", Place(file), message, remedy),)
    import pyarrow

    try:
        return _read(data, file, largest)
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        what = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        message = f"The Parquet file is broken: {what.rstrip('.')}."
        remedy = "Write it again, and copy it as binary."
        return None, (Finding("error", "broken-parquet", Place(file), message, remedy),)


def _read(data: bytes, file: str, largest: int) -> tuple[Table | None, tuple[Finding, ...]]:
    from pyarrow import BufferReader
    from pyarrow.parquet import ParquetFile

    source = ParquetFile(
        BufferReader(data), thrift_string_size_limit=_LIMIT, thrift_container_size_limit=_LIMIT
    )
    facts = source.metadata
    unpacked = sum(facts.row_group(group).total_byte_size for group in range(facts.num_row_groups))
    excess = _exceed(facts.num_rows, len(source.schema_arrow), unpacked, largest)
    if excess:
        remedy = "Drop rows outside the horizon and columns that are not needed, or sum demand by week."
        return None, (Finding("error", "table-too-large", Place(file), excess, remedy),)
    fields = list(source.schema_arrow)
    kinds = tuple(_kind(field.type) for field in fields)
    builder = ColumnsBuilder(len(fields))
    n_row = 0
    for batch in source.iter_batches(batch_size=_PORTION, use_threads=False):
        n_row += batch.num_rows
        if n_row > largest:
            raise ValueError("it holds more rows than it says")
        builder.extend_coded([_code(column, kind) for column, kind in zip(batch.columns, kinds, strict=True)])
    heading = tuple(field.name for field in fields)
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    findings = tuple(
        Finding(
            "error",
            "duplicate-heading",
            Place(file, None, name),
            f"The column {name} occurs several times.",
            "Keep one of these columns.",
        )
        for name in twice
    )
    lines = range(1, n_row + 1)
    return Table(file, heading, None, builder.columns(), lines, form=STORED_FORM, stored=kinds), findings


def _exceed(rows: int, columns: int, unpacked: int, largest: int) -> str:
    """Which limit a file is above, in a sentence; empty if none."""
    if rows > largest:
        return f"The table has {rows:,} rows; the limit is {largest:,}."
    if columns > WIDEST_TABLE:
        return f"The table has {columns:,} columns; the limit is {WIDEST_TABLE:,}."
    if unpacked > LARGEST_UNPACKED:
        return (
            f"The file unpacks to {unpacked / 2**30:,.1f} GiB; the limit is {LARGEST_UNPACKED / 2**30:g} GiB."
        )
    return ""


def _kind(arrow_type: Any) -> Stored:
    """What a column is stored as."""
    from pyarrow import types

    if types.is_dictionary(arrow_type):
        return _kind(arrow_type.value_type)
    tests: Mapping[Stored, Sequence[Callable[[Any], bool]]] = {
        "text": (types.is_string, types.is_large_string, types.is_string_view, types.is_null),
        "whole number": (types.is_integer,),
        "number": (types.is_floating, types.is_decimal),
        "true/false": (types.is_boolean,),
        "date": (types.is_date, types.is_timestamp),
    }
    return next((kind for kind, any_of in tests.items() if any(test(arrow_type) for test in any_of)), "other")


def _code(column: Any, kind: Stored) -> tuple[list[str], list[int]]:
    """Distinct texts of a portion of a column, and the number of each cell's; null is the last text."""
    import numpy as np
    from pyarrow import types

    if kind == "other" or types.is_null(column.type):
        return [""], [0] * len(column)
    coded = column if types.is_dictionary(column.type) else column.dictionary_encode()
    # A dictionary may hold null too, and the same value twice.
    values = coded.dictionary.to_pylist()
    if types.is_float32(coded.dictionary.type) or types.is_float16(coded.dictionary.type):
        values = [value and float(str(np.float32(value))) for value in values]
    texts = ["" if value is None else _write(value) for value in values]
    codes = coded.indices.cast("int64").fill_null(len(texts)).to_numpy(zero_copy_only=False)
    if len(codes) and not (codes.min() >= 0 and codes.max() <= len(texts)):
        raise ValueError("a column refers to values that are not there")
    return [*texts, ""], codes.tolist()


def _write(value: Any) -> str:
    """A value as it would stand in a CSV file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
        return str(int(value)) if whole else repr(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
