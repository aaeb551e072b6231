"""DOOR: the use cases from a terminal."""
