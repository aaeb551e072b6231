"""The checks of an investigation that only tests use."""

from __future__ import annotations

from typing import Any


def test_the_cause_is_named(shop: Any) -> None:
    """The answer says who is at fault."""
    assert shop.orders
