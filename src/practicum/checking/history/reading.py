"""Read histories from text: JSON lines, or Jepsen's EDN.

Both speak Jepsen's vocabulary: ``type`` (invoke, ok, fail, info), ``process``, ``f``, ``value``,
``time`` in nanoseconds. In JSON lines, ``f`` may be called ``kind`` and ``key`` names the object;
in EDN a value of Jepsen's
``independent`` is ``[key value]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from practicum.checking.history.building import (
    NEMESIS,
    PROBLEMS_MAX,
    Event,
    History,
    HistoryError,
    build,
)
from practicum.checking.history.edn import Table, read_edn

CHARACTERS_MAX = 256 * 1024 * 1024
NS = 1e-9


class _Line(msgspec.Struct):
    """A line of JSON; other fields of it are not ours."""

    type: str
    process: int | str
    f: str = ""
    kind: str = ""
    value: Any = None
    key: Any = None
    time: int | float | None = None


def read_json_lines(text: str, name: str = "history") -> History:
    """The history in a text of JSON lines; blank lines do not count.

    Raises ``HistoryError`` with ``name`` and the line of each fault.
    """
    _bounded(text, name)
    decoder = msgspec.json.Decoder(_Line)
    events: list[Event] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            read = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
            problems.append(f"{name}:{number}: {error}; a line is one JSON object")
            if len(problems) == PROBLEMS_MAX:
                break
            continue
        time_s = None if read.time is None else read.time * NS
        events.append(
            Event(
                read.type, read.process, read.f or read.kind, read.value, read.key, time_s, number
            )
        )
    if problems:
        raise HistoryError(problems)
    return build(events, name)


def read_jepsen(text: str, name: str = "history", *, independent: bool = False) -> History:
    """The history in Jepsen's ``history.edn``: one map a line, or a vector of maps.

    With ``independent``, values are ``[key value]``. Raises ``HistoryError`` with ``name`` and
    the line of each fault.
    """
    _bounded(text, name)
    forms = read_edn(text, name)
    if len(forms) == 1 and isinstance(forms[0], tuple):
        forms = list(forms[0])
    return build(list(_events(forms, name, independent)), name)


def _events(forms: list[object], name: str, independent: bool) -> Iterator[Event]:
    line = 1
    for number, form in enumerate(forms, start=1):
        if not isinstance(form, Table):
            raise HistoryError(
                [f"{name}:{line}: form {number} is no map like {{:type :invoke, ...}}"]
            )
        line = form.line
        type, process, kind = (form.get(word) for word in ("type", "process", "f"))
        time, value, key = form.get("time"), form.get("value"), None
        if not isinstance(process, int | str):
            raise HistoryError([f"{name}:{line}: :process is no number and no word"])
        if independent and process != NEMESIS:
            if not isinstance(value, tuple) or len(value) != 2:
                raise HistoryError([f"{name}:{line}: :value is not [key value]"])
            key, value = value
        time_s = time * NS if isinstance(time, int | float) else None
        kind = "" if kind is None else str(kind)
        yield Event(str(type), process, kind, value, key, time_s, line)


def _bounded(text: str, name: str) -> None:
    if len(text) > CHARACTERS_MAX:
        raise HistoryError(
            [f"{name}: {len(text)} characters are too many (at most {CHARACTERS_MAX}); cut it"]
        )
