"""Files change together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from outlast.errors import UsageError
from outlast.intake.replacement import replace_files


def look(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() if path.is_file() else "/" for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "gone"):
        (tmp_path / name).write_text(f"old {name}")
    return tmp_path


def test_files_are_written_made_and_removed(folder: Path) -> None:
    (folder / "a").chmod(0o640)
    files = {folder / "a": b"new a", folder / "gone": None, folder / "more" / "c": b"c"}
    assert replace_files(files) == (folder / "a", folder / "more" / "c")
    assert look(folder) == {"a": "new a", "b": "old b", "more": "/"}
    assert (folder / "a").stat().st_mode & 0o777 == 0o640
    assert look(folder / "more") == {"c": "c"}


def test_a_failure_half_way_takes_everything_back(folder: Path) -> None:
    """The third file cannot take its place, for a folder of that name is there."""
    (folder / "c").mkdir()
    (folder / "c" / "inside").write_text("x")
    before = look(folder)
    files = {folder / "a": b"new", folder / "d": b"new", folder / "gone": None, folder / "c": b"new"}
    with pytest.raises(UsageError, match="cannot be written"):
        replace_files(files)
    assert look(folder) == before


def test_an_interruption_takes_everything_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, done = look(folder), []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == "b" and not done:
            done.append(target)
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        replace_files({folder / "a": b"new", folder / "b": b"new"})
    assert look(folder) == before


@pytest.mark.parametrize("note", [".~lock.a#", "~$a"])
def test_a_file_that_is_open_in_a_spreadsheet_is_refused(folder: Path, note: str) -> None:
    (folder / note).write_text("somebody")
    before = look(folder)
    with pytest.raises(UsageError, match="open in a spreadsheet"):
        replace_files({folder / "b": b"new", folder / "a": b"new"})
    assert look(folder) == before


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "a")
    replace_files({folder / "link": b"new"})
    assert (folder / "link").is_symlink()
    assert (folder / "a").read_text() == "new"
