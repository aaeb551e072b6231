"""How parcels are counted: start."""

from __future__ import annotations

counted: list[str] = []


def count(parcel: str) -> None:
    """Count a parcel."""
    counted.append(parcel)
