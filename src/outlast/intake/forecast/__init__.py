"""Forecasts of weekly sales. In: counts of past weeks. Out: a level, and how wrong each rule was.
One reason to exist: which rule is used is decided by a back-test that can be looked at.
"""
