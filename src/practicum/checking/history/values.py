"""Values in histories: made hashable when they are read, told in words when they are shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set

DEPTH_MAX = 64
"""How deeply values may be nested; what is deeper is refused."""

SHOWN_MAX = 60
"""Characters of a value that are shown."""


def frozen(value: object, depth: int = DEPTH_MAX) -> Hashable:
    """The value as something hashable: a list as a tuple, a set as a frozenset, a mapping as a
    tuple of its (key, value) pairs in the order of their words.

    As in Python, ``1``, ``1.0`` and ``true`` are one value. Raises TypeError for what is
    neither of these nor hashable, and for what is nested more than ``depth`` deep.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if depth == 0:
        raise TypeError(f"a value is nested more than {DEPTH_MAX} deep")
    if isinstance(value, list | tuple):
        return tuple([frozen(each, depth - 1) for each in value])
    if isinstance(value, Set):
        return frozenset([frozen(each, depth - 1) for each in value])
    if isinstance(value, Mapping):
        below = depth - 1
        pairs = [(frozen(name, below), frozen(each, below)) for name, each in value.items()]
        return tuple(sorted(pairs, key=repr))
    if isinstance(value, Hashable):
        return value
    raise TypeError(f"a {type(value).__name__} cannot stand in a history")


def members(value: Hashable) -> tuple[Hashable, ...]:
    """What a list, set or nothing holds; raises TypeError when it is none of these."""
    if value is None:
        return ()
    if isinstance(value, tuple | frozenset):
        return tuple(value)
    raise TypeError(f"{tell_value(value)} is no list")


def tell_value(value: Hashable) -> str:
    """The value as a person would write it, cut when it is long."""
    text = _whole(value)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


def _whole(value: Hashable) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{_row(value)}]"
    if isinstance(value, frozenset):
        return "{" + _row(sorted(value, key=_place)) + "}"
    return str(value)


def _row(values: Iterable[Hashable]) -> str:
    words = []
    length = 0
    for each in values:
        words.append(_whole(each))
        length += len(words[-1]) + 2
        if length > 2 * SHOWN_MAX:
            break
    return ", ".join(words)


def _place(value: Hashable) -> tuple[bool, float, str]:
    """Numbers by size, then the rest by their words."""
    number = isinstance(value, int | float)
    return not number, float(value) if isinstance(value, int | float) else 0.0, str(value)
