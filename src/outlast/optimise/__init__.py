"""The comb tree, solved."""
