"""Files to network."""
