"""An imported case on disk. In: `ImportedErp` and a folder. Out: the files written.
One reason to exist: all files or none, never over what people changed unasked, and never a case that
has errors.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from outlast.errors import CaseError, Finding, Place, UsageError
from outlast.intake.assemble import check_case
from outlast.intake.erp.account import tabulate
from outlast.intake.erp.adventureworks import ImportedErp
from outlast.intake.erp.told import write_markdown
from outlast.intake.mapping.case_table import write_files

ACCOUNT_PAGE = "reconciliation.md"
ACCOUNT_TABLE = "import/reconciliation.csv"
"""In a folder of its own, as it is no table of the case."""
_SUMMED_UP = "InternetSalesLines"
"""Its rows become sums by product and week; they are counted in the account, not listed one by one."""


def write_import(imported: ImportedErp, folder: Path, overwrite: bool = False) -> tuple[Path, ...]:
    """Write an imported case.

    Args:
        imported: the case and its account.
        folder: where to; made if it is not there.
        overwrite: write over files that differ.

    Raises:
        CaseError: the sums do not add up, or the case would have errors; nothing is written.
        UsageError: files in the folder differ and `overwrite` is not set, or it cannot be written.
    """
    texts = list_texts(imported)
    _check(imported, texts)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    differing = [name for name, text in texts.items() if _differs(folder / name, text)]
    if differing and not overwrite:
        raise UsageError(
            f"{folder} holds other content of {', '.join(differing)}. Name a new folder, or write over it "
            "with --replace."
        )
    return write_files({folder / name: text for name, text in texts.items()})


def list_texts(imported: ImportedErp) -> dict[str, str]:
    """Text of every file, by its path in the case."""
    listed = [entry for entry in imported.account.entries if entry.table != _SUMMED_UP]
    return {
        "case.toml": imported.settings,
        **imported.case.texts(),
        ACCOUNT_PAGE: write_markdown(imported),
        ACCOUNT_TABLE: tabulate(listed),
    }


def _check(imported: ImportedErp, texts: dict[str, str]) -> None:
    """Refuse an account that does not add up, and a case with errors."""
    place = Place(ACCOUNT_PAGE)
    remedy = "This is a fault of the import; please report it."
    findings = [
        Finding("error", "account-open", place, f"{row.words}: {row.source:g} is not {row.case:g}.", remedy)
        for row in imported.account.balances
        if not row.holds
    ]
    if findings:
        raise CaseError(findings)
    with tempfile.TemporaryDirectory() as name:
        for file, text in texts.items():
            if "/" not in file:
                (Path(name) / file).write_text(text, encoding="utf-8", newline="")
        network, found = check_case(Path(name))
    if network is None:
        errors = [finding for finding in found if finding.level == "error"]
        # The case is not there yet: say that its file is meant, not one of the source.
        raise CaseError(
            [replace(error, place=replace(error.place, file=f"case, {error.place.file}")) for error in errors]
        )


def _differs(path: Path, text: str) -> bool:
    """Whether a file is there and holds something else."""
    try:
        return path.exists() and path.read_bytes() != text.encode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
