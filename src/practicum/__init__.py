"""Practicum: an academy in a box for people who build and run distributed systems.

Where to start reading: ``docs/architecture.md``.
"""

__version__ = "0.1.0"
