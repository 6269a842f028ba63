"""The files of a plan. In: `PlanAnswer` and a folder. Out: plan.json, plan.xlsx, report.html.
One reason to exist: the same answer gives the same bytes, and no file is ever half-written.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from outlast.plan.answer import PlanAnswer
from outlast.report.page import render_page
from outlast.report.stored import to_json
from outlast.report.workbook import render_workbook


def write_report(answer: PlanAnswer, out_dir: str | Path) -> list[Path]:
    """Write the three files of a plan; what was there before is replaced.

    All are made before any is written, each under a temporary name that is then changed.

    Args:
        answer: the plan.
        out_dir: folder; made if it is missing.

    Returns:
        The files written: plan.json, plan.xlsx, report.html.

    Raises:
        OSError: the folder cannot be written to.
    """
    contents = {
        "plan.json": to_json(answer).encode("utf-8"),
        "plan.xlsx": render_workbook(answer),
        "report.html": render_page(answer).encode("utf-8"),
    }
    return write_whole(contents, Path(out_dir))


def write_whole(contents: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files into a folder, which is made if it is missing: all under temporary names, then renamed.

    Args:
        contents: by file name.
        folder: where to.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f".{name}.part" for name in contents}
    try:
        for name, content in contents.items():
            parts[name].write_bytes(content)
        return [parts[name].replace(folder / name) for name in contents]
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
