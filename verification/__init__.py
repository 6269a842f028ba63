"""Long comparisons with theory and with other programs; `make verify` runs them."""
