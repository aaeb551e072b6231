"""What was recorded years ago, read as if it were recorded today.

An event is stored with its kind and the version of that kind. When what a kind holds changes its
meaning, its version goes up, and an upcaster makes the data of the next version out of those of
the last; what is stored is never touched. What a newer practicum has recorded is kept as
`Unknown`, and written back as it came.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from practicum.learner.events import AnyEvent, Unknown

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""By kind and version: what makes the data of the next version."""

KINDS = tuple(str(each.__struct_config__.tag) for each in typing.get_args(AnyEvent))
_decode: Callable[[str], AnyEvent] = msgspec.json.Decoder(AnyEvent).decode


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is stored; ``data`` is canonical JSON: sorted keys, no spaces."""

    kind: str
    version: int
    data: str


class Upcasting:
    """A registry of upcasters. ValueError if they do not lead from 1 to the newest version."""

    def __init__(self, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> None:
        self._upcasters = upcasters
        self._versions = {kind: 1 for kind in KINDS if kind != "unknown"}
        for kind, version in sorted(upcasters):
            if self._versions.get(kind) != version:
                raise ValueError(f"there is no way to version {version} of {kind}")
            self._versions[kind] = version + 1

    def store(self, event: AnyEvent) -> Stored:
        """What to write down of an event. ValueError if it could not be read again: a field has
        a type or a value that its kind does not allow."""
        kind = str(event.__struct_config__.tag)
        try:
            data = msgspec.json.encode(event, order="sorted").decode()
            _decode(data)
        except (msgspec.MsgspecError, UnicodeError, TypeError, RecursionError) as error:
            raise ValueError(f"{kind} cannot be recorded: {error}") from error
        if isinstance(event, Unknown):
            data = msgspec.json.encode(event.data, order="sorted").decode()
            return Stored(kind=event.of, version=event.version, data=data)
        return Stored(kind=kind, version=self._versions[kind], data=data)

    def restore(self, kind: str, version: int, data: str) -> AnyEvent:
        """The event of today. ValueError if the data are none of their kind and version."""
        newest = self._versions.get(kind, 0)
        try:
            if version == newest:
                return _decode(data)
            found = msgspec.json.decode(data, type=Data)
            if version > newest:
                return Unknown(of=kind, version=version, data=found)
            for passed in range(version, newest):
                found = self._upcasters[kind, passed](found)
            event: AnyEvent = msgspec.convert({**found, "kind": kind}, AnyEvent)
            return event
        except (
            msgspec.MsgspecError,
            UnicodeError,
            LookupError,
            TypeError,
            RecursionError,
        ) as error:
            raise ValueError(f"{kind}, version {version}: {error}") from error


TODAY = Upcasting()
"""How this practicum reads and writes."""
