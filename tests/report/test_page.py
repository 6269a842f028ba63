"""The page: self-contained, escaped, in order, the same bytes each time."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from outlast.plan.answer import PlanAnswer
from outlast.report.charts import draw_cover, label_uniquely
from outlast.report.figures import NOTICE
from outlast.report.page import FEW_ROWS, MOST_ROWS, render_page, shown_rows

SECTIONS = [
    "What to buy first",
    "Second sources to start",
    "How long the company outlasts a cut",
    "Projected stock of the tightest items",
    "Weeks of cover, item by week",
    "Cash calendar",
    "Restrictions",
    "Advised, beside what was done",
    "How good this plan is",
    "Assumptions that mattered",
    "Made from",
]
HOSTILE = "</text></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """Collects elements and attributes, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def page(answer: PlanAnswer) -> str:
    return render_page(answer)


@pytest.fixture(scope="module")
def calm_page(calm: PlanAnswer) -> str:
    return render_page(calm)


def test_sections_stand_in_order(page: str) -> None:
    places = [page.index(f"<h2>{title}</h2>") for title in SECTIONS]
    assert places == sorted(places)
    assert page.index("<h1>") < page.index('class="figures"') < places[0]
    assert page.count(NOTICE) >= 4


@pytest.mark.parametrize("which", ["page", "calm_page"])
def test_page_needs_nothing_from_outside(which: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(which)
    reader = read(text)
    assert not reader.tags & {"script", "iframe", "object", "embed", "img", "image", "a"}
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    links = {value for name, value in reader.attributes if name in ("src", "href", "xlink:href")}
    assert links == {"data:,"}
    assert set(re.findall(r"https?://[^\"' )<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "@import" not in text
    assert "default-src 'none'" in html.unescape(text)


def test_charts_are_drawn_for_wide_and_narrow_pages(page: str) -> None:
    assert page.count("<svg") == 8
    found = re.findall(r'\bid="([^"]+)"', page)
    assert len(found) == len(set(found))
    assert all(f'id="{name}"' in page for name in re.findall(r"url\(#([^)]+)\)", page))


def test_names_of_a_case_are_escaped_everywhere(answer: PlanAnswer) -> None:
    hostile = replace(
        answer,
        case_name=HOSTILE,
        summary=replace(answer.summary, headline=HOSTILE, currency="<b>"),
        provenance=replace(answer.provenance, hashes={HOSTILE: HOSTILE}),
        items=tuple(replace(line, name=HOSTILE) for line in answer.items),
        purchases=tuple(
            replace(line, name=HOSTILE, supplier=HOSTILE, reason=HOSTILE) for line in answer.purchases
        ),
        options=tuple(
            replace(line, name=HOSTILE, supplier=HOSTILE, remark=HOSTILE) for line in answer.options
        ),
        qualifications=tuple(
            replace(line, name=HOSTILE, mode=HOSTILE, reason=HOSTILE) for line in answer.qualifications
        ),
        restrictions=tuple(
            replace(line, authority=HOSTILE, restriction_id=HOSTILE, first_item_out=HOSTILE)
            for line in answer.restrictions
        ),
        stock_paths=tuple(replace(path, name=HOSTILE) for path in answer.stock_paths),
        cover=tuple(replace(row, name=HOSTILE, item_id=HOSTILE) for row in answer.cover),
        comparison=tuple(replace(line, citation=HOSTILE, unit=HOSTILE) for line in answer.comparison),
        assumptions=tuple(replace(line, about=HOSTILE, text=HOSTILE) for line in answer.assumptions),
        certificate=replace(answer.certificate, model=HOSTILE),
    )
    reader = read(render_page(hostile))
    assert not reader.tags & {"script", "img", "b"}
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert sum(text.strip() == HOSTILE for text in reader.texts) > 20


def test_assumed_figures_are_marked(page: str, calm_page: str) -> None:
    heading = re.search(r"<th[^>]*>Events a year\s*(<span[^>]*>)?", page)
    assert heading is not None
    assert heading.group(1) == '<span class="assumed">'
    assert '<span class="value assumed">assumed</span>' in page
    assert '<span class="value assumed">' not in calm_page


def test_what_is_absent_is_said_in_words(calm_page: str) -> None:
    assert "<svg" not in calm_page
    assert "Nothing to buy: no restriction in this case closes a source" in calm_page
    assert "No cash is paid for protection." in calm_page
    assert "The case has no restrictions." in calm_page
    assert "Advised, beside" not in calm_page
    assert "no cut possible" in calm_page


def test_verdict_on_the_cover_rule(page: str, calm_page: str) -> None:
    assert '<strong class="good">Beats the best cover rule.' in page
    assert '<strong class="bad">Does not beat the best cover rule.' in calm_page


def test_long_tables_end_with_how_much_is_left_out(answer: PlanAnswer, calm: PlanAnswer) -> None:
    many = [
        replace(line, item_id=f"{line.item_id}-{copy}") for line in answer.purchases for copy in range(10)
    ]
    counts = {kind: sum(line.kind == kind for line in many) for kind in ("build-up", "replenishment")}
    text = render_page(replace(calm, purchases=tuple(many)))
    assert f"and {counts['build-up'] - MOST_ROWS} more; all are in plan.xlsx" in text
    assert f"and {counts['replenishment'] - FEW_ROWS} more; all are in plan.xlsx" in text


def test_same_answer_same_bytes(answer: PlanAnswer, page: str) -> None:
    """Identifiers inside charts must not count on from charts drawn before."""
    assert draw_cover(answer) == draw_cover(answer)
    assert render_page(answer) == page


def test_labels_differ_where_names_do_not(answer: PlanAnswer) -> None:
    alike = [replace(row, name="The same long name of a part", item_id="SAME") for row in answer.cover]
    labels = label_uniquely(alike, 12)
    assert len(set(labels)) == len(labels) == len(alike)


def test_browser_shows_the_page_without_overflow(page: str, tmp_path: Path) -> None:
    """At phone width nothing sticks out: the browser's own layout, told through the title."""
    browser = shutil.which("chromium")
    if browser is None:
        assert os.environ.get("CI") != "true", "chromium is missing: apt-get install chromium"
        pytest.skip("chromium is missing: apt-get install chromium")
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    probe = """<iframe id=f src="report.html" style="width:390px;height:800px;border:0"></iframe>
      <script>f.onload = () => { const e = f.contentDocument.documentElement;
        document.title = "widths " + e.scrollWidth + " " + e.clientWidth; }</script>"""
    (tmp_path / "probe.html").write_text(probe, encoding="utf-8")
    quiet = [
        "--headless",
        "--hide-scrollbars",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ]
    quiet += [
        "--disable-background-networking",
        "--disable-component-update",
        "--allow-file-access-from-files",
    ]
    command = [browser, *quiet, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000"]
    done = subprocess.run(
        [*command, "--dump-dom", (tmp_path / "probe.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    widths = re.search(r"<title>widths (\d+) (\d+)</title>", done.stdout)
    assert widths is not None, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(widths.group(1)) <= int(widths.group(2)) == 390


def test_a_row_or_two_too_many_are_shown_all_the_same() -> None:
    assert [shown_rows(count, 12) for count in (0, 12, 13, 15, 16, 400)] == [0, 12, 13, 15, 12, 12]
