"""Crash points: free until somebody listens, and known by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from practicum.service import crash
from practicum.service.crash import crash_point, crash_points, on_crash_point


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A registry of this test's own, and no hook left behind."""
    monkeypatch.setattr(crash, "_registry", {})
    yield
    on_crash_point(None)


def test_a_point_does_nothing_until_somebody_listens() -> None:
    """And nothing again when nobody does any more."""
    point = crash_point("a.done", "a is done")
    seen: list[str] = []
    point()
    on_crash_point(seen.append)
    point()
    point()
    on_crash_point(None)
    point()
    assert seen == ["a.done", "a.done"]


def test_what_the_listener_raises_comes_out_of_the_point() -> None:
    """That is how a simulated process dies there."""

    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    point = crash_point("a.done", "a is done")
    on_crash_point(die)
    with pytest.raises(KeyboardInterrupt, match=r"a\.done"):
        point()


def test_points_are_listed_in_order_with_their_meaning() -> None:
    """A copy: nobody changes the registry through it."""
    crash_point("b", "second")
    crash_point("a", "first")
    listed = crash_points()
    assert list(listed.items()) == [("a", "first"), ("b", "second")]
    assert listed is not crash_points()


def test_a_name_has_one_meaning() -> None:
    """The same declaration again is the same point (a module may be loaded twice)."""
    crash_point("a", "first")
    crash_point("a", "first")
    with pytest.raises(ValueError, match="a is declared twice"):
        crash_point("a", "another")
