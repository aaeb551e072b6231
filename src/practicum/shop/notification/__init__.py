"""Tells buyers what became of their orders."""
