"""The files a plan was made from, kept beside it. In: a case and its hashes. Out: inputs.zip; and back.
One reason to exist: what changed since last week's plan is read from last week's files, not guessed.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from outlast.errors import UsageError
from outlast.intake.assemble import check_case
from outlast.network.network import Network

NAME = "inputs.zip"
LARGEST = 2**31
"""Bytes of all files of a plan, beyond which they are not read back."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""One date for every file, so that the same case gives the same bytes."""


def keep_inputs(case: Path, hashes: Mapping[str, str], folder: Path) -> Path:
    """Write the files of a case into inputs.zip of a folder: under a temporary name, then renamed.

    Raises:
        UsageError: a file changed while the plan was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / NAME, folder / f".{NAME}.part"
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, digest in sorted(hashes.items()):
                data = (case / name if case.is_dir() else case).read_bytes()
                if hashlib.sha256(data).hexdigest() != digest:
                    raise UsageError(f"{name} changed while the plan was made; run it again.")
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def read_inputs(folder: Path, start: date) -> Network | None:
    """The case that a plan was made from; None where its files were not kept or are of another release.

    Args:
        folder: of the plan.
        start: first day of that plan.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory() as place:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            flat = all(Path(name).name == name and name not in ("", ".", "..") for name in names)
            if not flat or sum(entry.file_size for entry in entries) > LARGEST:
                return None
            for name in names:
                archive.extract(name, place)
            only = names[0] if len(names) == 1 else ""
            network, _ = check_case(Path(place) / only, start=start)
            return network
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return None
