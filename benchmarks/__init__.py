"""Speed, measured; `make bench` runs it."""
