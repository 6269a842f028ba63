"""What all pages share. In: a template's name and what it shows. Out: HTML text.
One reason to exist: every page has the same head, style, notice and escaping; none loads anything.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from outlast.report.cells import NUMBERS
from outlast.report.figures import NOTICE


def render_layout(template: str, *, answer: Any, headline: str, **values: Any) -> str:
    """A page as HTML text. Whatever comes from the case is escaped.

    Args:
        template: file in `templates` that fills the blocks of base.html.
        answer: what the page tells; its `what_if` stands at the top.
        headline: the page in one sentence.
        values: what else the template names.
    """
    environment = Environment(
        loader=PackageLoader("outlast.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(
        answer=answer,
        headline=headline,
        notice=NOTICE,
        numbers=NUMBERS,
        style=files("outlast.report").joinpath("templates/report.css").read_text("utf-8"),
        **values,
    )
