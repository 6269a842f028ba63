"""The page on the case format is current and complete."""

from pathlib import Path

from outlast.intake.file_forms import KEYS
from outlast.intake.format_page import PAGE, compose_page, main
from outlast.network.actions import CaseSettings, PlanSettings
from outlast.network.declarations import declarations
from outlast.network.network import TABLES


def test_the_page_is_current():
    page = Path(__file__).parents[2] / PAGE
    assert page.read_text(encoding="utf-8") == compose_page(), "run python -m outlast.intake.format_page"


def test_every_column_is_on_the_page(tmp_path):
    main(str(tmp_path / "page.md"))
    lines = (tmp_path / "page.md").read_text(encoding="utf-8").splitlines()
    for row_type in (CaseSettings, PlanSettings, *TABLES.values()):
        for column in declarations(row_type):
            assert any(line.startswith(f"| `{column}` |") for line in lines)
    for key in KEYS:
        assert any(line.startswith(f"| `{key}` |") for line in lines)
    rows = [line for line in lines if line.startswith("| `") and line.split("`")[1] not in KEYS]
    assert all(line.replace("\\|", "").count("|") == 7 for line in rows)
