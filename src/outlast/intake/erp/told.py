"""An import in words. In: `ImportedErp`. Out: Markdown for the case, text for the terminal, data for
`--json`. One reason to exist: whoever imports sees what became of every row, and what was assumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from outlast.intake.erp.adventureworks import ImportedErp
from outlast.intake.erp.sales import Choice
from outlast.intake.forecast.rules import RULES


def tell_import(imported: ImportedErp) -> str:
    """The account for the terminal."""
    account = imported.account
    lines = ["Every row of the source, and what became of it:", ""]
    table = ""
    for total in account.totals():
        if total.table != table:
            table = total.table
            lines.append(f"{table}: {sum(row.rows for row in account.totals() if row.table == table):,} rows")
        lines.append(f"  {total.rows:>7,}  {'in ' if total.kept else 'out'}  {total.outcome}{_amount(total)}")
    lines += ["", "It adds up:", *(f"  {_sum(balance)}" for balance in account.balances)]
    lines += ["", "To know:", *(f"  - {remark}" for remark in account.remarks)]
    for choice, words in _choices(imported):
        lines += ["", f"Back-test, {words}:", *(f"  {row}" for row in _align(_errors(choice)))]
    return "\n".join(lines)


def write_markdown(imported: ImportedErp) -> str:
    """The account as a page that stays with the case."""
    account = imported.account
    lines = [
        "# Where every row of the source went",
        "",
        "Written by the import; do not edit. Row by row it stands in `import/reconciliation.csv`.",
        "",
        *_grid(
            ("table", "rows", "units", "", "what became of them"),
            (
                (row.table, f"{row.rows:,}", f"{row.amount:,.0f}", "in" if row.kept else "out", row.outcome)
                for row in account.totals()
            ),
        ),
        "",
        "Units: of a bill, a bin, an order, a sale; else the rows themselves.",
        "",
        "## It adds up",
        "",
        *(f"- {_sum(balance)}" for balance in account.balances),
        "",
        "## To know",
        "",
        *(f"- {remark}" for remark in account.remarks),
        "",
        "## Back-test of the forecast",
        "",
        "From each of several weeks in the past every rule looked a quarter (13 weeks) ahead, seeing only "
        "what came before. `total`: sum of absolute errors of quarters over the sum of sales (WAPE); `week`: "
        "the same week by week; `MASE`: mean absolute error over that of repeating the last week; `bias`: "
        "below 0 forecasts too little. The rule with the least `total` that can forecast every product is "
        "used, and its level is kept for the whole horizon, as the back-test looks no further.",
    ]
    for choice, words in _choices(imported):
        head, *rows = _errors(choice)
        lines += ["", f"### {words[0].upper()}{words[1:]}", "", *_grid(head, rows)]
    return "\n".join(lines) + "\n"


def describe_import(imported: ImportedErp) -> dict[str, Any]:
    """The account as data; its schema is docs/schemas/import-adventureworks.json."""
    account = imported.account
    return {
        "start": imported.start.isoformat(),
        "tables": {name: len(rows) for name, rows in imported.case.tables.items()},
        "account": [
            {
                "table": row.table,
                "outcome": row.outcome,
                "in_case": row.kept,
                "rows": row.rows,
                "amount": row.amount,
            }
            for row in account.totals()
        ],
        "balances": [
            {"words": row.words, "source": row.source, "case": row.case, "holds": row.holds}
            for row in account.balances
        ],
        "remarks": list(account.remarks),
        "forecast": [
            {
                "group": choice.group,
                "rule": choice.rule,
                "products": len(choice.products),
                "errors": [
                    {
                        "rule": error.rule,
                        "series": error.series,
                        **{
                            name: value if math.isfinite(value := getattr(error, name)) else None
                            for name in ("wape_total", "wape_week", "mase", "bias")
                        },
                    }
                    for error in choice.errors
                ],
            }
            for choice in imported.demand.choices
        ],
    }


def _amount(total: Any) -> str:
    return f" ({total.amount:,.0f} units)" if total.amount != total.rows else ""


def _sum(balance: Any) -> str:
    sign = "=" if balance.holds else "IS NOT"
    return f"{balance.words}: {balance.source:,.0f} {sign} {balance.case:,.0f}"


def _choices(imported: ImportedErp) -> Iterable[tuple[Choice, str]]:
    demand = imported.demand
    for choice in demand.choices:
        if choice.products:
            yield choice, f"{len(choice.products)} products {choice.group}: {choice.rule} is used"
    for choice in demand.whole:
        if choice.products:
            words = f"all {len(choice.products)} products {choice.group}, as one series (for information)"
            yield choice, words


def _errors(choice: Choice) -> list[tuple[str, ...]]:
    """Errors of every rule as rows of text, the heading first."""
    rows: list[tuple[str, ...]] = [("rule", "what it does", "series", "total", "week", "MASE", "bias")]
    for error in choice.errors:
        cells = (error.wape_total, error.wape_week, error.mase, error.bias)
        formats = ("{:.1%}", "{:.1%}", "{:.2f}", "{:+.1%}")
        shown = [
            form.format(cell) if math.isfinite(cell) else "-"
            for form, cell in zip(formats, cells, strict=True)
        ]
        rows.append((error.rule, RULES[error.rule].words, str(error.series), *shown))
    return rows


def _align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if number < 2 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of Markdown."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]
