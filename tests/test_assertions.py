"""Every test can fail by what it says: it asserts, expects an error, or calls what does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path for folder in ("tests", "verification", "benchmarks") for path in ROOT.glob(f"{folder}/**/*.py")
]
EXPECTING = {"raises", "warns", "fail", "validate", "assert_allclose"}


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def called(node: ast.FunctionDef) -> set[str]:
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            name = call.func
            names.add(name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", ""))
    return names


def tells(node: ast.FunctionDef, telling: set[str]) -> bool:
    """Whether a function asserts something that is no constant, or calls what does."""
    said = (part.test for part in ast.walk(node) if isinstance(part, ast.Assert))
    return any(not isinstance(test, ast.Constant | ast.Tuple) for test in said) or bool(
        called(node) & telling
    )


def telling_helpers() -> set[str]:
    helpers = [node for path in FILES for node in functions(path) if not node.name.startswith("test")]
    telling = set(EXPECTING)
    while more := {node.name for node in helpers if tells(node, telling)} - telling:
        telling |= more
    return telling


def silent_tests(path: Path, telling: set[str]) -> list[str]:
    return [
        f"line {node.lineno}: {node.name}"
        for node in functions(path)
        if node.name.startswith("test") and not tells(node, telling)
    ]


def test_no_test_is_silent() -> None:
    telling = telling_helpers()
    counted = sum(node.name.startswith("test") for path in FILES for node in functions(path))
    assert counted > 300
    found = {str(path.relative_to(ROOT)): silent_tests(path, telling) for path in FILES}
    assert {path: tests for path, tests in found.items() if tests} == {}


@pytest.mark.parametrize(
    "body",
    ["assert True", "assert (1 == 2, 'always')", "print(3)", "helper()"],
)
def test_a_silent_test_is_found(body: str, tmp_path: Path) -> None:
    path = tmp_path / "test_silent.py"
    path.write_text(f"def helper():\n    return 1\n\ndef test_nothing():\n    {body}\n")
    assert silent_tests(path, set(EXPECTING)) == ["line 4: test_nothing"]
