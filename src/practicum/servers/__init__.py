"""STABLE: start, watch and stop real processes."""
