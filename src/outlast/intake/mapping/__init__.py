"""Any other table into a table of a case: proposed, asked about where in doubt, remembered."""
