"""The last lines of a service's log, for people: what it died of, without the JSON around it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

LINES_MAX = 14


class _LogLine(msgspec.Struct):
    level: str = ""
    message: str = ""
    exception: str = ""


def last_words(lines: Sequence[str], lines_max: int = LINES_MAX) -> tuple[str, ...]:
    """The latest complaint with its traceback; without one the last lines as they are."""
    for line in reversed(lines):
        found = _read(line)
        if found is not None and found.level in ("error", "critical"):
            traceback = [part for part in found.exception.splitlines() if part.strip()]
            return (found.message, *traceback[-(lines_max - 1) :])
    plain = []
    for line in lines[-lines_max:]:
        found = _read(line)
        plain.append(line if found is None else found.message)
    return tuple(plain)


def _read(line: str) -> _LogLine | None:
    try:
        return msgspec.json.decode(line, type=_LogLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
