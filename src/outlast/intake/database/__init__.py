"""Tables of a case from a database that is only read."""
