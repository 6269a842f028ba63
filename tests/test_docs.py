"""What the documentation says is true: its commands and code run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("cases/**/*.md")]
    if "source" not in path.parts
]
README = (ROOT / "README.md").read_text()

QUICKLY = {
    "plan": ["--scenarios", "2"],
    "frontier": ["--scenarios", "2", "--points", "3"],
    "regret": ["--scenarios", "2", "--points", "2"],
    "sensitivity": ["--scenarios", "4"],
}
"""Options that make long commands of the README short; what they do stays the same."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "report" / "report.html").stat().st_size > 0


@pytest.mark.slow
def test_commands_of_the_readme_run(tmp_path: Path) -> None:
    """Those of make are `.ci/run`'s affair; here each target is only known to exist."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    commands = [
        shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines() if line
    ]
    assert len(commands) > 5
    makefile = (ROOT / "Makefile").read_text()
    for command in commands:
        if command[0] == "make":
            assert f"\n{command[1]}:" in makefile
            continue
        command += QUICKLY.get(command[1], [])
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    assert {path.name for path in (tmp_path / "out/my-case").iterdir()} >= {
        "plan.json",
        "plan.xlsx",
        "report.html",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda page: page.name)
def test_decisions_are_numbered_and_one_page(page: Path) -> None:
    assert page.read_text().startswith(f"# {int(page.name[:4])}. ")
    assert len(page.read_text().splitlines()) <= 60


def test_glossary_has_one_entry_a_word() -> None:
    words = re.findall(r"^\| ([^|]+?) \|", (ROOT / "docs/glossary.md").read_text(), flags=re.MULTILINE)
    words = [word for word in words if word not in ("word", "---")]
    assert len(words) > 60
    assert sorted({word for word in words if words.count(word) > 1}) == []
