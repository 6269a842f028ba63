"""Slow, obvious twins of the fast code, and small random networks to compare them on."""
