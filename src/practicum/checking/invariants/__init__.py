"""Invariants: what must hold of a whole run, whatever the order in which things happened."""
