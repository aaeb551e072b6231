"""Crash points: the places in code where dying hurts most, by name.

A point is declared beside the code that it stands in, and reached by calling it. Nothing
happens until somebody arms it: the supervisor in the live world (the process kills itself at
that line), the simulator in the other. Declared points form a registry, so that a test can be
parametrised over all of them and can insist that each was hit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Hook = Callable[[str], None]

_registry: dict[str, str] = {}
_hook: Hook | None = None


class CrashPoint:
    """A declared place. Call it where it stands."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        """Reach the point: free unless a world listens."""
        if _hook is not None:
            _hook(self.name)


def crash_point(name: str, meaning: str) -> CrashPoint:
    """Declare a point, once per name; ``meaning`` tells what is and is not yet done there."""
    if _registry.setdefault(name, meaning) != meaning:
        raise ValueError(f"crash point {name} is declared twice")
    return CrashPoint(name)


def crash_points() -> Mapping[str, str]:
    """All points declared by the modules imported so far: name to meaning, sorted."""
    return dict(sorted(_registry.items()))


def on_crash_point(hook: Hook | None) -> None:
    """Install what is called with the name at every point reached (None removes it)."""
    global _hook
    _hook = hook
