"""What might happen."""
