"""Optimise, round, re-simulate, certify, explain."""
