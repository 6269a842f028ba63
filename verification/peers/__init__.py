"""Programs that Outlast is compared with; each runs in an environment of its own (`.venv-peers`)."""
