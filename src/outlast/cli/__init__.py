"""The command line: words in, words out, exit statuses; no logic."""

from outlast.cli.commands import app, main

__all__ = ["app", "main"]
