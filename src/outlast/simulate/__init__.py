"""The week, played forward."""
