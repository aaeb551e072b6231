"""WORKSHOP: put a system into a world, do things to it, and ask the scales."""
