"""What exists: the vocabulary of a case."""
