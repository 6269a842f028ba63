"""The page docs/case-format.md, made from the declarations. In: row types. Out: Markdown.
One reason to exist: the documentation cannot differ from what is read. `python -m
outlast.intake.format_page [FILE]` writes it.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from outlast.errors import MOST_ALIKE
from outlast.intake.columns import describe_default, describe_range
from outlast.intake.files import HELPING_SHEETS, LARGEST_SETTINGS, REQUIRED
from outlast.intake.rows import MOST_BROKEN
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import KEYS, REPEATABLE, Declaration, declarations
from outlast.network.network import TABLES
from outlast.tables import LARGEST_FILE
from outlast.tables.delimited import LONGEST_LINE, LONGEST_ROW
from outlast.tables.form import DATE_ORDERS, ENCODINGS
from outlast.tables.parquet import LARGEST_UNPACKED
from outlast.tables.table import LARGEST_TABLE, WIDEST_TABLE

PAGE = "docs/case-format.md"


def describe_column(declaration: Declaration) -> str:
    """One column in a line: name, kind, unit, range, default and meaning."""
    facts = [", ".join(declaration.choices) if declaration.choices else declaration.kind]
    facts += [declaration.column.unit, describe_range(declaration)]
    facts.append("required" if declaration.required else f"default {describe_default(declaration)}")
    if declaration.column.refers_to:
        facts.append(f"names a row of {declaration.column.refers_to.partition('.')[0]}")
    words = "; ".join(fact for fact in facts if fact)
    return f"{declaration.name} ({words}): {describe_meaning(declaration)}"


def describe_meaning(declaration: Declaration) -> str:
    """Meaning without the words on the default, which stand beside it."""
    meaning = declaration.column.meaning.partition("; default: ")[0]
    return f"{meaning} (no effect yet)" if declaration.column.unused else meaning


def compose_page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, "## case.toml\n", *_compose_rows(CaseSettings)]
    parts += ["\n### [plan]\n", *_compose_rows(PlanSettings), _compose_files()]
    parts += ["\n## Tables\n", _compose_overview()]
    for name, row_type in TABLES.items():
        need = "Required file" if name in REQUIRED else "Optional file"
        meaning = (row_type.__doc__ or "").strip()
        parts += [
            f"\n### {name}.csv\n",
            f"{need}. {meaning}",
            f"{_describe_key(name)}\n",
            *_compose_rows(row_type),
        ]
    parts.append(_SCOPES)
    return "\n".join(parts)


def _compose_files() -> str:
    """What may be declared of files, and what is refused."""
    # The reader of workbooks brings openpyxl and numpy, which commands on CSV files do without.
    from outlast.tables.sheet import MOST_CELLS, MOST_MERGED
    from outlast.tables.workbook_package import LARGEST_PIECE, LONGEST_CELL, MOST_PARTS, MOST_STRINGS
    from outlast.tables.workbook_package import LARGEST_UNPACKED as WORKBOOK_UNPACKED

    return _FILES.format(
        encodings=" ".join(f"`{name}`" for name in ENCODINGS),
        orders=" ".join(f"`{order}`" for order in DATE_ORDERS),
        size=LARGEST_FILE / 2**20,
        settings=LARGEST_SETTINGS / 2**20,
        rows=LARGEST_TABLE,
        columns=WIDEST_TABLE,
        unpacked=LARGEST_UNPACKED / 2**30,
        book=WORKBOOK_UNPACKED / 2**30,
        parts=MOST_PARTS,
        letters=LONGEST_CELL,
        cells=MOST_CELLS,
        merged=MOST_MERGED,
        strings=MOST_STRINGS,
        piece=LARGEST_PIECE / 2**20,
        helping=", ".join(f"`{name}`" for name in HELPING_SHEETS),
        line=LONGEST_LINE,
        cell=csv.field_size_limit(),
        span=LONGEST_ROW,
        alike=MOST_ALIKE,
        broken=MOST_BROKEN,
    )


def _describe_key(name: str) -> str:
    columns = ", ".join(f"`{column}`" for column in KEYS[name])
    if name in REPEATABLE:
        return f"Several rows may have the same {columns}."
    if name == "bom":
        return f"Key: {columns}; rows of one key must not overlap in time."
    return f"Key: {columns}."


def _compose_overview() -> str:
    lines = ["| file | rows | |", "|---|---|---|"]
    for name, row_type in TABLES.items():
        need = "required" if name in REQUIRED else "optional"
        lines.append(f"| [{name}.csv](#{name}csv) | {(row_type.__doc__ or '').strip()} | {need} |")
    return "\n".join(lines)


def _compose_rows(row_type: type) -> list[str]:
    """A Markdown table with a line for every column of a row type."""
    lines = ["| column | kind | unit | range | default | meaning |", "|---|---|---|---|---|---|"]
    for declaration in declarations(row_type).values():
        column = declaration.column
        kind = " / ".join(f"`{c}`" for c in declaration.choices) if declaration.choices else declaration.kind
        if column.refers_to:
            kind = f"names a row of {column.refers_to.partition('.')[0]}"
        default = "**required**" if declaration.required else describe_default(declaration)
        meaning = describe_meaning(declaration).replace("|", "\\|")
        cells = [f"`{declaration.name}`", kind, column.unit, describe_range(declaration), default, meaning]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


_INTRODUCTION = r"""# The case format

This page is made from the code (`python -m outlast.intake.format_page`); do not edit it.

A case is a folder with `case.toml` and one CSV or Parquet file for each table, or one
[workbook](#workbooks). `outlast init FOLDER` or `outlast init CASE.xlsx` writes a
commented example, `outlast check FOLDER` lists everything that is wrong with a case at once.

- **Files** are UTF-8, comma separated, with a heading row, unless [\[files\]](#files) says otherwise.
  Lines above the heading that begin with `#` are comments. A cell that holds a separator, a quote or a
  line break stands in double quotes; a quote inside is doubled. Both kinds of file may be mixed in a
  folder, but a table is given once. [Limits](#limits) are stated below.
- **Columns** may stand in any order. Unknown ones are a warning and are left out. An empty cell of
  an optional column has the default.
- **Text** stays as it is: `00123`, `1E5`, `NA` and `TRUE` are identifiers like any other. Case
  matters.
- **Numbers** have a decimal point, no thousands separators, no unit, unless `[files]` says otherwise.
  NaN and infinity are refused. Shares are fractions: 0.15, not 15 %.
- **Dates** are written YYYY-MM-DD. Other forms are read where one reading is left; see
  [\[files\]](#files).
- **true/false** is written true or false (also yes or no, 1 or 0).
- **Units.** Prices, price breaks and order sizes of a source are per purchase unit: the item's unit,
  or what `sources.purchase_unit` names. Everything else (stock, open orders, capacities, demand, bills
  of materials) is in units of the item. Two measures (KGM and g, FOT and MTR) or counts (DZN, CEN, MIL)
  convert by themselves; of a pack (CTN, BX, reel ...) `sources.pack_size` says how many units of the item
  it holds, and only whole packs are ordered. UN/ECE codes (Recommendations 20 and 21) and the usual ERP
  words are understood, in capitals or not. `pack_size` without `purchase_unit` is an error: where the
  price is for one unit and only the step is a pack, write `order_multiple` instead.
- **Money** is in the unit that the column names: the source's currency for its prices, price breaks and
  order costs, the market's for sales, the case's for all else. Currencies are ISO 4217, countries
  ISO 3166. A rate is the units of the currency for one unit of the case currency; the latest on or
  before the start counts for every week, later ones are never used. Rates older than 45 days, that jump,
  or that are each other's inverse are a warning.
"""

_FILES = r"""
### [files]

How the CSV files are written, where they are not plain UTF-8 with commas and decimal points. Nothing is
guessed: what is neither declared nor clear is refused, with every reading. `[files]` holds for all CSV files,
`[files.demand]` for one; a key that is left out is that of `[files]`. `case.toml` itself is UTF-8.

    [files]
    encoding = "gb18030"
    [files.demand]
    separator = ";"
    decimal_sign = ","
    thousands_separator = "."
    date_order = "day-month-year"

| key | may be | where it is left out |
|---|---|---|
| `encoding` | {encodings} | `utf-8`; a file that is not is refused, and shown in the encodings that read it |
| `separator` | `,` `;` `\|` `tab` | the one of these that stands in the heading, or in a first line `sep=;` |
| `decimal_sign` | `.` `,` | `.` if commas part the cells; else not known: `1,5` is read, `1,234` refused |
| `thousands_separator` | `.` `,` `'` a blank | none; groups have three digits |
| `date_order` | {orders} | a day is read where one reading is left, see below |

Days are read without a declaration if the year stands first (`2027-01-05`, `2027/1/5`, `20270105`,
`2027年1月5日`), if the month has a name (`5 Jan 2027`; English, German, French, Spanish, Italian,
Portuguese), and if only one order gives a day (`31.01.2027`). `05/01/2027`, two-digit years and the serial
numbers of spreadsheets need `date_order`; two-digit years are then those from 2000 on, serial numbers count
days from 1900 or 1904. A time of day is left out, with a warning unless it is midnight.

### Parquet

Strings, whole numbers, numbers, decimals, true/false, dates, times and categories; null is an empty cell;
the place of a finding is the row. Lists, records and bytes are refused where a column is needed. An
identifier that is stored as numbers, dates or true/false is refused (`1E5`, `1-2` and `TRUE` have become
something else), one that is stored as whole numbers is a warning (leading zeros are lost).

### Workbooks

A case may be one XLSX workbook with a sheet for each table and a sheet `case` with the columns `key`,
`value` and `meaning`: settings of `case.toml`, those of [plan] as `plan.budget`. `[files]` does not hold
for workbooks: numbers and dates are those that the cells hold, text is read in the plain form.

`outlast init CASE.xlsx` writes an example, `outlast convert FOLDER CASE.xlsx` a case that there is.
Required headings are dark, each heading has a comment, choices and identifiers are lists, numbers and days
have their range. Edit it in Excel or LibreOffice, save it as .xlsx, and use it as it is, or bring it back
with `outlast convert CASE.xlsx FOLDER`: the difference is shown, and only lines of rows that differ are
written. `outlast diff A B` compares any two cases; its status is 0 either way, with `--json` `same` tells.
`outlast convert SOURCE NEW-FOLDER --parquet` writes tables as Parquet.

What Outlast writes into a workbook that is there (`outlast convert FOLDER CASE.xlsx`, `outlast placed`) are
single cells; charts, formats, comments, other sheets and values of formulas stay. A row that goes leaves an
empty row. Refused, with nothing written: a cell that holds a formula; a change that a formula on a sheet of
the case may depend on, for only a spreadsheet program can calculate it; a table without a sheet; a signed
workbook; a file that is open in Excel or LibreOffice. Imports go into folders only.

LibreOffice keeps identifiers, days and 15 digits of a number; further digits of a figure such as
0.30000000000000004 are gone once it has saved the file, and the difference shows that. When it saves CSV,
let it *not* save cell contents as shown, or figures are cut to what the cells show. Days before 1900-03-01
are written as text, for programs differ in what their numbers mean.

- Comments, empty rows and unknown columns are as in CSV. What stands above the heading is left out with a
  warning. Hidden sheets, rows and columns and rows that a filter hides are read, with a warning. Merged
  cells, a second table on a sheet and cells without a heading are errors.
- Of a formula the value saved last is read; one without a value, and a cell such as #N/A, is an error.
- A number in a column of text is read as it is shown where its format fills up zeros (`00123`), with a
  warning; it is an error where the cell was turned into a date, shows an exponent, or has 16 digits or
  more, of which a spreadsheet keeps 15. Percentages are the fraction that the cell holds: 15 % is 0.15.
- Names of sheets may differ in capitals and blanks, with a warning. Other sheets are left out, with a
  warning; those named {helping} are for the reader. Macros are not run, links to other workbooks not
  followed. "Strict Open XML", which Excel offers too, is refused with a word on how to save it.

### Limits

Above these a file is refused before it fills the memory: {size:g} MiB a file ({settings:g} MiB
`case.toml`), {rows:,} rows and {columns:,} columns a table, {unpacked:g} GiB unpacked in Parquet,
{line:,} characters a line, {cell:,} a cell, {span:,} lines a row; in a workbook {book:g} GiB unpacked,
{parts:,} files inside, {cells:,} filled cells and {merged:,} merged areas a sheet, {strings:,} different
texts, {letters:,} characters a cell, {piece:g} MiB for one row or for the styles.
A table of {rows:,} rows in which nothing repeats needs 2 GiB. Of findings alike {alike} are listed and
the rest counted;
after {broken:,} different wrong cells a column is not read further.
"""

_SCOPES = """
## Scopes

A row of `scopes` is a condition on a column of `sources`, `items`, `suppliers` or `markets`. Rows of
one `group` must all hold; groups are alternatives; rows without a group are one group. `value` is the
value that the cell must equal, or for numbers a comparison: `>=0.25`, `>0.25`, `<=0.25`, `<0.25`.
Unknown (empty) cells are not hit; `outlast check` counts them.
`closes_sources` and `reduces_supplier` look at sources, items and suppliers; `closes_markets` at
markets and items.

## Evidence

`row` is the key of a row; in tables with several key columns the first, or several joined by `/`
(`CAMERA/HOME`). `*` means all rows, or all columns. Settings are `case`, row `*`, column
`horizon_weeks` or `plan.budget`.
"""


def main(file: str = PAGE) -> None:
    """Write the page."""
    Path(file).write_text(compose_page(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:2])
