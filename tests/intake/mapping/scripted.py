"""A person at a terminal who answers by a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outlast.intake.mapping.dialogue import Terminal


class Scripted(Terminal):
    """Gives, to a question whose text holds a key, the reply of that key; several replies in turn."""

    def __init__(self, replies: Mapping[str, str | Sequence[str]] | None = None):
        self.replies = {key: [r] if isinstance(r, str) else list(r) for key, r in (replies or {}).items()}
        self.shown: list[str] = []
        self.asked: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.shown)

    def show(self, text: str) -> None:
        self.shown.append(text)

    def show_rows(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.shown += [" | ".join(row) for row in (heading, *rows)]

    def ask(self, text: str, default: str) -> str:
        question = next(line for line in reversed(self.shown) if line.startswith("\n")).strip()
        self.asked.append(question.split("\n")[0])
        for key, replies in self.replies.items():
            if key in self.asked[-1]:
                assert replies, f"asked again: {question}"
                return replies.pop(0)
        raise AssertionError(f"unexpected question: {question}")
