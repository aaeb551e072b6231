"""JSON that every reader understands alike: what leaves room for two readings is refused."""

from __future__ import annotations

import json
import math
from typing import Any


def read_object(text: bytes | str) -> dict[str, Any]:
    """The object that a text holds. ValueError, in words, for anything else: a name that is told
    twice, numbers that are none, other encodings than UTF-8, and what is nested too deeply."""
    try:
        document = json.loads(
            text if isinstance(text, str) else text.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start})") from error
    if not isinstance(document, dict):
        raise ValueError("it holds JSON, but not an object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is told twice in one object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number in JSON")


def _finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else _no_number(text)
