"""Files that change together. In: contents by path. Out: all of them written, or none.
One reason to exist: whatever stops a command, nobody finds a case of which half is old.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from outlast.errors import UsageError


def replace_files(files: Mapping[Path, bytes | None]) -> tuple[Path, ...]:
    """Write all files, or none; None as content: the file goes.

    Each is written beside its place first. Then they are renamed one by one, which is quick; if one of these
    steps fails, those before it are taken back. A power cut between two renames is beyond that.

    Returns:
        The files that were written.

    Raises:
        UsageError: one cannot be written, or is open in a spreadsheet program.
    """
    places = {path: Path(os.path.realpath(path)) for path in files}
    new = {path: place.with_name(f".{place.name}.part") for path, place in places.items()}
    try:
        for path, data in files.items():
            _refuse_open(path, places[path])
            if data is not None:
                places[path].parent.mkdir(parents=True, exist_ok=True)
                new[path].write_bytes(data)
                if places[path].exists():
                    shutil.copymode(places[path], new[path])
        with _keep_old(list(places.values())):
            for path, data in files.items():
                if data is None:
                    places[path].unlink(missing_ok=True)
                else:
                    new[path].replace(places[path])
    except OSError as error:
        where = error.filename or next(iter(files))
        raise UsageError(f"{where} cannot be written: {error.strerror or error}.") from None
    finally:
        for part in new.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
    return tuple(path for path, data in files.items() if data is not None)


@contextmanager
def _keep_old(places: list[Path]) -> Iterator[None]:
    """Puts everything back as it was if something fails meanwhile."""
    old = {place: place.with_name(f".{place.name}.old") for place in places if place.exists()}
    try:
        for place, kept in old.items():
            kept.unlink(missing_ok=True)
            try:
                os.link(place, kept)
            except OSError:
                shutil.copy2(place, kept)
        try:
            yield
        except BaseException:
            for place in places:
                if place in old:
                    old[place].replace(place)
                else:
                    place.unlink(missing_ok=True)
            raise
    finally:
        for kept in old.values():
            with suppress(OSError):
                kept.unlink(missing_ok=True)


def _refuse_open(path: Path, place: Path) -> None:
    """Spreadsheet programs leave a note beside a file that they have open, and would write over it later."""
    for note in (f".~lock.{place.name}#", f"~${place.name}"):
        if place.with_name(note).exists():
            raise UsageError(
                f"{path} seems to be open in a spreadsheet program, for {note} lies beside it: close it "
                "there (or remove that file, if it was left behind)."
            )
