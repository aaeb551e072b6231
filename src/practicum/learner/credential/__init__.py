"""Levels and badges: what their rules ask for, what proves it, and documents that a stranger can
check."""
