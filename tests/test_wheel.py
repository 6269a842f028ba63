"""The wheel, installed into an environment of its own and run outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(command: list[str | Path], folder: Path) -> str:
    """What a command prints; in a folder, with nothing of this environment in its path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the commands of a fresh environment: the wheel, and what Outlast needs from the
    environment of the tests, whose own link to this checkout does not count there."""
    folder = tmp_path_factory.mktemp("wheel")
    skip = shutil.ignore_patterns(".*", "*.egg-info", "build", "out", "__pycache__", "tests")
    shutil.copytree(ROOT, folder / "copy", symlinks=True, ignore=skip)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    run([sys.executable, "-c", build], folder / "copy")
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "fresh", with_pip=False)
    commands = folder / "fresh" / "bin"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        commands / "python",
        "install",
        "--quiet",
    ]
    run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", wheel], folder)
    (site,) = (folder / "fresh").glob("lib/python*/site-packages")
    (site / "needed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return commands


def test_installed_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    place = run([installed / "python", "-c", "import outlast; print(outlast.__file__)"], tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent)


def test_demo_has_its_case(installed: Path, tmp_path: Path) -> None:
    assert "outlast demo" in run([installed / "outlast", "demo", "--help"], tmp_path)
    where = "import outlast; print(outlast.__file__)"
    package = Path(run([installed / "python", "-c", where], tmp_path).strip()).parent
    told = run([installed / "outlast", "check", package / "demo_case"], tmp_path)
    assert "0 errors" in told


@pytest.mark.slow
def test_a_first_case_is_written_checked_and_survived(installed: Path, tmp_path: Path) -> None:
    run([installed / "outlast", "init", "first"], tmp_path)
    assert "0 errors" in run([installed / "outlast", "check", "first"], tmp_path)
    assert "US-LISTING" in run([installed / "outlast", "survive", "first"], tmp_path)
