"""Plans of thousands of parts: the comb tree by a first-order method whose bounds hold at any iterate."""
