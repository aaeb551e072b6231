"""How parcels are counted: solution."""

from __future__ import annotations

counted: list[str] = []


def count(parcel: str) -> None:
    """Count a parcel."""
    if parcel not in counted:
        counted.append(parcel)
