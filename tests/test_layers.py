"""The frame holds: layers as written, one door for numba and highspy, light imports, locked versions."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import outlast

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_imports_follow_the_layers() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_layer_is_explained_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    contract = next(c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "layers")
    names = {name for layer in contract["layers"] for name in re.findall(r"\w+", layer)}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_public_names_exist_and_are_typed() -> None:
    """Each name resolves, from the module that type checkers are told."""
    told = {}
    for node in ast.walk(ast.parse((ROOT / "src/outlast/__init__.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("outlast"):
            told.update({alias.name: node.module for alias in node.names})
    assert told == outlast._HOME
    assert sorted(outlast.__all__) == sorted(told)
    for name in outlast.__all__:
        assert getattr(outlast, name).__name__ == name


def test_no_public_name_is_a_modules_name() -> None:
    """`outlast.plan` would be the function or the package, depending on what ran before."""
    modules = {path.stem for path in (ROOT / "src/outlast").iterdir()}
    assert modules.isdisjoint(outlast.__all__)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'optimize'"):
        _ = outlast.optimize


@pytest.mark.parametrize("module", ["outlast", "outlast.cli"])
def test_import_is_light(module: str) -> None:
    """No numeric library before a command runs: `outlast --help` stays fast."""
    program = f"import sys, {module}; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"numpy", "numba", "highspy", "scipy", "altair", "jinja2", "xlsxwriter", "pydantic"}
    assert heavy.isdisjoint(loaded.stdout.split())


def test_a_case_of_csv_files_is_checked_without_openpyxl_and_numpy() -> None:
    program = (
        "import sys; from outlast.pipeline import run_check; from pathlib import Path; "
        "print(run_check(Path(sys.argv[1])).ok, ' '.join(sys.modules))"
    )
    case = ROOT / "cases/open-camera"
    loaded = subprocess.run([sys.executable, "-c", program, case], capture_output=True, text=True, check=True)
    words = loaded.stdout.split()
    assert words[0] == "True"
    assert {"numpy", "openpyxl", "pyarrow", "polars", "scipy"}.isdisjoint(words)


@pytest.mark.parametrize("file", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_locked_versions_have_hashes_and_name_no_host(file: str) -> None:
    text = (ROOT / file).read_text()
    assert not re.search(r"https?:|file:|index-url|find-links", text)
    joined = text.replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]
    assert entries
    assert [line for line in entries if "==" not in line or "--hash=sha256:" not in line] == []


def test_everything_that_outlast_needs_is_locked() -> None:
    """A new dependency in pyproject.toml asks for `make requirements`."""

    def missing(needs: list[str], file: str) -> set[str]:
        locked = set(re.findall(r"^([\w.-]+)==", (ROOT / file).read_text(), flags=re.MULTILINE))
        return {re.split(r"[<>=!~ \[]", need)[0] for need in needs} - locked

    assert missing(PYPROJECT["project"]["dependencies"], "requirements.txt") == set()
    assert missing(PYPROJECT["dependency-groups"]["dev"], "requirements-dev.txt") == set()
    for extra in PYPROJECT["project"]["optional-dependencies"].values():
        assert missing(extra, "requirements-all.txt") == set()
