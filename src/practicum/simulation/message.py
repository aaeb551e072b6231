"""What nodes send each other and keep: plain values, which no two of them share."""

from __future__ import annotations

from typing import Any

_PLAIN = frozenset({int, str, float, bool, bytes, type(None)})


def own(body: Any) -> Any:
    """A copy that shares nothing that can be changed: nodes have no memory in common. TypeError
    for what is no plain value. Keys are not looked at: few things that can be changed are one."""
    kind = type(body)
    if kind in _PLAIN:
        return body
    if kind is tuple:
        for value in body:
            if type(value) not in _PLAIN:
                return tuple([own(value) for value in body])
        return body  # which nobody can change
    if kind is dict:
        return {key: value if type(value) in _PLAIN else own(value) for key, value in body.items()}
    if kind is list:
        return [value if type(value) in _PLAIN else own(value) for value in body]
    raise TypeError(
        f"a message cannot hold a {kind.__name__}: use numbers, texts, and lists or dicts of them"
    )
