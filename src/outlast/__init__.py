"""Outlast: how long do we outlast a cut, and what do we buy this week."""
