"""A commented example case. In: a folder that is new or empty, or the name of a workbook. Out: its files.
One reason to exist: a newcomer starts from a case that is small, complete and sound.
The figures are invented.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from outlast.errors import Place, UsageError
from outlast.intake.content import Content, read_content
from outlast.intake.files import CASE_FILE, REQUIRED, CaseFiles
from outlast.intake.format_page import describe_column
from outlast.intake.replacement import replace_files
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import declarations
from outlast.network.network import TABLES
from outlast.tables import parse_csv

_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "name": '"Camera maker (example)"',
        "start": "2027-01-04",
        "currency": '"EUR"',
        "plan.budget": "250000",
        "plan.survive_weeks": "26",
        "plan.survive_probability": "0.9",
    }
)
"""Keys that the example sets; the others are shown as comments with their defaults."""

_ROWS: Mapping[str, str] = MappingProxyType(
    {
        "items": """item_id,kind,unit_cost,name,make_cost,make_weeks,write_down_share
CAMERA,product,48.00,Industrial camera,12.00,1,0.4
SENSOR,part,20.00,Image sensor,,,0.5
LENS,part,9.00,Lens,,,0.2
HOUSING,part,7.00,Housing,,,0.2
""",
        "bom": """parent_id,child_id,quantity
CAMERA,SENSOR,1
CAMERA,LENS,1
CAMERA,HOUSING,1
""",
        "substitutions": "source_id,product_id,old_child,new_child,quantity\n",
        "suppliers": """supplier_id,name,country
ACME,Acme Sensors Inc,US
NORDIC,Nordic Imaging AS,NO
GLAS,Glaswerk GmbH,DE
FORM,Formteile GmbH,DE
""",
        "owners": "party_id,owner_name,share\n",
        "sources": """source_id,item_id,supplier_id,unit_price,lead_time_weeks,status,currency,minimum_order,\
order_multiple,origin_country,start_allowed,switch_cost,switch_weeks_p10,switch_weeks_p50,switch_weeks_p90,\
ramp_weeks
SENSOR-ACME,SENSOR,ACME,22.00,12,qualified,USD,200,100,US,,,,,,
SENSOR-NORDIC,SENSOR,NORDIC,24.00,10,alternative,EUR,200,100,NO,both,40000,16,26,42,4
LENS-GLAS,LENS,GLAS,9.00,8,qualified,EUR,100,50,DE,,,,,,
HOUSING-FORM,HOUSING,FORM,7.00,4,qualified,EUR,100,100,DE,,,,,,
""",
        "price_breaks": "source_id,from_quantity,unit_price\n",
        "disruptions": "source_id,kind,fail_per_week,recover_per_week\n",
        "stock": """item_id,on_hand
CAMERA,200
SENSOR,500
LENS,300
HOUSING,250
""",
        "open_orders": """source_id,quantity,arrival_date,shipped
SENSOR-ACME,400,2027-01-18,true
SENSOR-ACME,400,2027-02-15,false
SENSOR-ACME,400,2027-03-15,false
LENS-GLAS,400,2027-01-11,true
LENS-GLAS,400,2027-02-08,false
HOUSING-FORM,300,2027-01-18,false
""",
        "markets": """market_id,country,currency,segment
HOME,DE,EUR,private
ABROAD,US,USD,private
""",
        "demand": """product_id,market_id,from_date,units_per_week,unit_price,sd_share
CAMERA,HOME,2027-01-04,70,95.00,0.2
CAMERA,ABROAD,2027-01-04,30,110.00,0.3
""",
        "exchange": """currency,date,units_per_case_currency
USD,2026-12-31,1.10
""",
        "restrictions": """restriction_id,effect,hazard_per_year,hazard_low,hazard_high,authority,\
notice_weeks,in_transit,relief_probability,relief_weeks_p10,relief_weeks_p50,relief_weeks_p90
US-LISTING,closes_sources,0.3,0.1,0.6,US BIS,0,released,0.3,20,52,130
""",
        "scopes": """restriction_id,table,column,value
US-LISTING,sources,origin_country,US
""",
        "watch_states": "state_id,now,meaning\n",
        "watch_transitions": "from_state,to_state,probability\n",
        "watch_hazards": "restriction_id,state_id,hazard_per_year\n",
        "cash": """from_date,limit,opening_cash
2027-01-04,150000,500000
2027-07-05,250000,
""",
        "overrides": "kind,source_id,item_id,from_date,to_date,quantity,reason,author,set_on\n",
        "evidence": """table,row,column,status,citation
restrictions,US-LISTING,hazard_per_year,assumed,Invented for this example
sources,SENSOR-NORDIC,*,assumed,Invented for this example
""",
    }
)
"""Example rows. Tables with a heading only are there to be filled in."""


def write_template(folder: str | Path) -> None:
    """Write the example case. All files appear at once, or none does.

    Args:
        folder: does not exist yet, or is empty.

    Raises:
        UsageError: the folder holds something, is a file, or cannot be written.
    """
    target = Path(folder).resolve()
    if target.suffix.lower() in (".xls", ".xlsm", ".xltx", ".xlsb", ".ods", ".csv"):
        raise UsageError(f"{folder}: name a workbook that ends in .xlsx, or a folder.")
    stage = target.parent / f".{target.name}.new"
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"{folder} is not an empty folder; name a new one.")
        target.parent.mkdir(parents=True, exist_ok=True)
        stage.mkdir()
        try:
            for name, text in compose_template().items():
                (stage / name).write_text(text, encoding="utf-8", newline="")
            if target.exists():
                for path in sorted(stage.iterdir()):
                    path.replace(target / path.name)
            else:
                stage.rename(target)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}.") from None


def write_template_workbook(path: str | Path, seed: int | None = None) -> None:
    """Write the example case as one workbook, under a temporary name, then renamed.

    Args:
        path: does not exist yet.
        seed: of the case; default: that of every case.

    Raises:
        UsageError: there is something at the path, or it cannot be written.
    """
    from outlast.intake.case_workbook import render_case

    target = Path(path)
    if target.exists():
        raise UsageError(f"{path} is there already; name a new workbook.")
    content = example_content()
    if seed is not None:
        content = replace(content, settings={**content.settings, "seed": seed})
    replace_files({target: render_case(content, example=True)})


def example_content() -> Content:
    """The example case, cell by cell."""
    files = compose_template()
    tables = {name: parse_csv(files[f"{name}.csv"].encode(), f"{name}.csv")[0] for name in TABLES}
    found = {name: table for name, table in tables.items() if table is not None}
    return read_content(CaseFiles(tables=found, places={"case": Place(CASE_FILE)}, settings=files[CASE_FILE]))


def compose_template() -> dict[str, str]:
    """Text of each file of the example case, by file name."""
    tables = {f"{name}.csv": _compose_table(name) for name in TABLES}
    return {CASE_FILE: compose_settings_text(_SETTINGS), **tables, "README.txt": _README}


def _compose_table(name: str) -> str:
    """Comments on each column, and the example rows."""
    need = "required" if name in REQUIRED else "optional"
    comments = [f"# Table {name} ({need} file). Lines above the heading that begin with # are comments."]
    comments += [f"# {describe_column(declaration)}" for declaration in declarations(TABLES[name]).values()]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([comment] for comment in comments)
    return text.getvalue() + _ROWS[name]


def compose_settings_text(literals: Mapping[str, str]) -> str:
    """Text of a `case.toml`: every key with its meaning; those that are not set are comments.

    Args:
        literals: values of the keys that are set, as TOML; keys of [plan] as `plan.budget`.
    """
    lines = ["# Settings of the case. Keys behind # have the default that is shown."]
    for section, row_type in (("", CaseSettings), ("plan.", PlanSettings)):
        if section:
            lines += ["", "[plan]"]
        for name, declaration in declarations(row_type).items():
            lines += ["", f"# {describe_column(declaration)}"]
            value = literals.get(section + name)
            if value is not None:
                lines.append(f"{name} = {value}")
            elif declaration.default is not None:
                default = declaration.default
                lines.append(
                    f'# {name} = "{default}"' if isinstance(default, str) else f"# {name} = {default}"
                )
    return "\n".join(lines) + "\n"


_README = """An example case of Outlast, with invented figures. Change the rows, then run

    outlast check .
    outlast plan .

Each CSV file is one table; the comments above its heading say what each column means. Columns that
the example does not use can be added in any order. Save as CSV UTF-8, comma separated.
"""
