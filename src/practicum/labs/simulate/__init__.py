"""Simulations on all cores: explore, confirm in a fresh process, shrink, and carry away."""
