"""Events and commands on the wire: CloudEvents 1.0 in JSON, with the version in the type.

A service writes its messages as msgspec structs and lists them in a `Vocabulary`. The
vocabulary turns a struct into an `Event` (``shop.order.created.v1``) and an event of any
version it ever wrote back into today's struct, by upcasters. Unknown fields are ignored, so a
newer writer does not break an older reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from practicum.service.tracing import Context, Trace
from practicum.service.world import World, new_id, rfc3339

MessageT = TypeVar("MessageT", bound=type[msgspec.Struct])
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_encoder = msgspec.json.Encoder(order="sorted")
_VERSION = re.compile(r"[0-9]{1,9}")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def canonical_json(value: object) -> bytes:
    """Compact JSON with sorted keys: equal values give equal bytes."""
    return _encoder.encode(value)


class UnknownMessage(Exception):
    """A message of a type or version that this vocabulary does not know."""


class MalformedMessage(Exception):
    """A message whose data does not fit its type."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent (structured mode). Field names are the specification's.

    ``subject`` is the key: messages of one key keep their order. ``type`` ends in the schema
    version. ``correlationid``, ``causationid`` and ``traceparent`` are extension attributes.
    """

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: msgspec.Raw
    correlationid: str
    traceparent: str
    causationid: str | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    specversion: Literal["1.0"] = "1.0"

    @property
    def name(self) -> str:
        """The type without its version: ``shop.order.created``."""
        return self.type.rpartition(".v")[0]

    @property
    def version(self) -> int:
        """The schema version, from 1."""
        return int(self.type.rpartition(".v")[2])

    def to_json(self) -> bytes:
        """The event in canonical JSON; absent attributes are left out, as CloudEvents asks."""
        if self.causationid is not None:
            return _encoder.encode(self)
        document = msgspec.structs.asdict(self)
        del document["causationid"]
        return _encoder.encode(document)

    @classmethod
    def from_json(cls, document: bytes | str) -> Event:
        """Read an event; `MalformedMessage` when it is none."""
        try:
            return _event_decoder.decode(document)
        except _UNREADABLE as error:
            raise MalformedMessage(f"not a CloudEvent: {error}") from error


_event_decoder = msgspec.json.Decoder(Event)


class Vocabulary:
    """The messages that one service reads and writes.

    ``prefix`` is put before each name: ``Vocabulary("shop")`` and ``order.created`` give
    ``shop.order.created.v1``.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._by_name: dict[str, tuple[int, type[msgspec.Struct]]] = {}
        self._by_class: dict[type[msgspec.Struct], str] = {}
        self._upcasters: dict[tuple[str, int], Upcaster] = {}
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {}

    def message(self, name: str, version: int = 1) -> Callable[[MessageT], MessageT]:
        """Class decorator: list a struct under ``name``, written today as ``version``."""

        def add(struct: MessageT) -> MessageT:
            full = f"{self._prefix}.{name}"
            if full in self._by_name:
                raise ValueError(f"{full} is listed twice in one vocabulary")
            self._by_name[full] = (version, struct)
            self._by_class[struct] = f"{full}.v{version}"
            self._decoders[full] = msgspec.json.Decoder(struct)
            return struct

        return add

    def upcaster(self, name: str, from_version: int) -> Callable[[Upcaster], Upcaster]:
        """Function decorator: turns the data of ``from_version`` into that of the next."""

        def add(function: Upcaster) -> Upcaster:
            self._upcasters[f"{self._prefix}.{name}", from_version] = function
            return function

        return add

    @property
    def types(self) -> Mapping[str, type[msgspec.Struct]]:
        """Every type that is written today, with its struct."""
        return {type_: struct for struct, type_ in self._by_class.items()}

    def type_of(self, struct: type[msgspec.Struct]) -> str:
        """The CloudEvents type that a struct is written as."""
        return self._by_class[struct]

    def knows(self, event: Event) -> bool:
        """Whether `decode` can read the event's type."""
        return event.name in self._by_name

    def encode(
        self, message: msgspec.Struct, *, key: str, source: str, context: Context, world: World
    ) -> Event:
        """The event that carries ``message``, caused by what ``context`` says."""
        return Event(
            id=new_id(world),
            source=source,
            type=self._by_class[type(message)],
            subject=key,
            time=rfc3339(world.now()),
            data=msgspec.Raw(_encoder.encode(message)),
            correlationid=context.correlation_id,
            causationid=context.causation_id,
            traceparent=str(context.trace),
        )

    def decode(self, event: Event) -> msgspec.Struct:
        """Today's struct for an event of any known version.

        Raises `UnknownMessage` for a type or a future version not listed, `MalformedMessage`
        when the data does not fit.
        """
        known = self._by_name.get(event.name)
        if known is None or not _VERSION.fullmatch(event.type.rpartition(".v")[2]):
            raise UnknownMessage(f"{event.type} is not in the vocabulary {self._prefix}")
        version, _ = known
        if event.version > version:
            raise UnknownMessage(f"{event.type} is newer than v{version}: update this service")
        try:
            if event.version == version:
                return self._decoders[event.name].decode(event.data)  # type: ignore[no-any-return]
            return self._upcast(event, version)
        except _UNREADABLE as error:
            raise MalformedMessage(f"{event.type} {event.id}: {error}") from error

    def _upcast(self, event: Event, version: int) -> msgspec.Struct:
        data: dict[str, Any] = msgspec.json.decode(event.data)
        for step in range(event.version, version):
            upcaster = self._upcasters.get((event.name, step))
            if upcaster is None:
                raise UnknownMessage(f"{event.name}: no upcaster from v{step}")
            try:
                data = upcaster(data)
            except Exception as error:  # it was written for data that fit the old version
                raise MalformedMessage(
                    f"{event.type} {event.id}: the upcaster from v{step} stumbled: {error!r}"
                ) from error
        return msgspec.convert(data, self._by_name[event.name][1])


def context_of(event: Event, world: World) -> Context:
    """The context in which ``event`` is handled: same conversation, caused by the event."""
    return Context(
        correlation_id=event.correlationid,
        causation_id=event.id,
        trace=Trace.parse(event.traceparent) or Trace.start(world),
    )
