"""Rows of a Parquet file as its owner stores them. In: a file, values by column. Out: its new bytes.
One reason to exist: types, the order of columns and columns of the owner's own stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from outlast.errors import UsageError
from outlast.intake.csv_text import write_value
from outlast.intake.rows import parse_rows
from outlast.network.declarations import declarations
from outlast.network.network import TABLES
from outlast.tables import parse_parquet

_TYPES = {
    "number": pyarrow.float64(),
    "whole number": pyarrow.int64(),
    "true/false": pyarrow.bool_(),
    "date": pyarrow.date32(),
}


def compose_parquet(
    name: str, columns: Mapping[str, Sequence[Any]], schema: pyarrow.Schema | None = None
) -> bytes:
    """The file of a table.

    Args:
        name: of the table.
        columns: values of each column, in the order in which they are to stand.
        schema: of the file that there was, whose types are kept.

    Raises:
        UsageError: a value does not fit the type that its column has.
    """
    declared = declarations(TABLES[name])
    arrays, fields = [], []
    for column, values in columns.items():
        kind = declared[column].kind if column in declared else "text"
        field = pyarrow.field(column, _TYPES.get(kind, pyarrow.string()))
        if schema is not None and column in schema.names:
            field = schema.field(column)
        arrays.append(_fill(values, field.type, f"{name}.parquet, column {column}"))
        fields.append(field)
    kept = pyarrow.schema(fields, metadata=schema.metadata if schema is not None else None)
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=kept), file, compression="zstd")
    return file.getvalue()


def append_to_parquet(path: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The file with rows behind those that it has; nothing is written yet.

    Raises:
        UsageError: the rows would not be read back as they are meant.
    """
    written = path.read_bytes()
    before, _ = parse_parquet(written, path.name)
    if before is None:
        raise UsageError(f"{path} cannot be read; outlast check says why.")
    stored = parquet.read_table(io.BytesIO(written))
    columns = {
        name: [*values.to_pylist(), *(row.get(name.strip()) for row in rows)]
        for name, values in zip(stored.column_names, stored.columns, strict=True)
    }
    known = {name.strip() for name in columns}
    for name in dict.fromkeys(column for row in rows for column in row if column not in known):
        columns[name] = [None] * stored.num_rows + [row.get(name) for row in rows]
    data = compose_parquet(table, columns, stored.schema)
    after, _ = parse_parquet(data, path.name)
    old = parse_rows(before, table)[0].rows
    new = parse_rows(after, table)[0].rows if after is not None else ()
    added = new[len(old) :]
    same = (
        list(new[: len(old)]) == list(old)
        and len(added) == len(rows)
        and all(
            getattr(read, column) == value
            for read, row in zip(added, rows, strict=True)
            for column, value in row.items()
            if value is not None
        )
    )
    if not same:
        raise UsageError(f"{path} has types in which the new rows would not be read back: add them yourself.")
    return data


def _fill(values: Sequence[Any], kind: pyarrow.DataType, place: str) -> pyarrow.Array:
    """An array of a type; where the owner stores text, values are written as in CSV."""
    inner = kind.value_type if pyarrow.types.is_dictionary(kind) else kind
    text = pyarrow.types.is_string(inner) or pyarrow.types.is_large_string(inner)
    try:
        found = pyarrow.array([v if v is None else write_value(v) for v in values] if text else values, inner)
        return found.dictionary_encode().cast(kind) if pyarrow.types.is_dictionary(kind) else found
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise UsageError(f"{place} is stored as {kind}, which cannot take a new value: {error}.") from None
