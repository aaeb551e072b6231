"""What travels with every message and call: trace, correlation, cause and deadline.

The trace is W3C Trace Context (level 1, ``traceparent``). The correlation id names the whole
business conversation (the order), the causation id the message that made this one.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Protocol

import msgspec

from practicum.service.world import World

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class Trace(msgspec.Struct, frozen=True):
    """One span's place in a trace: 32 hex digits, 16 hex digits, and the sampled flag."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @classmethod
    def start(cls, world: World) -> Trace:
        """Begin a new trace."""
        return cls(f"{world.random.getrandbits(128) or 1:032x}", _span_id(world))

    @classmethod
    def parse(cls, text: str | None) -> Trace | None:
        """Read a ``traceparent``; None when absent or invalid, as the specification asks."""
        match = _TRACEPARENT.fullmatch(text or "")
        if match is None:
            return None
        version, trace_id, span_id, flags, rest = match.groups()
        if version == "ff" or (version == "00" and rest) or not int(trace_id, 16):
            return None
        if not int(span_id, 16):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & 1))

    def child(self, world: World) -> Trace:
        """The place of a new span below this one."""
        return Trace(self.trace_id, _span_id(world), self.sampled)

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def _span_id(world: World) -> str:
    return f"{world.random.getrandbits(64) or 1:016x}"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the work in hand inherits from the message or request that caused it.

    ``deadline`` is in the event loop's seconds (``loop.time()``), None for work that has all
    the time it needs. ``causation_id`` is the id of the message being handled.
    """

    correlation_id: str
    trace: Trace
    causation_id: str | None = None
    deadline: float | None = None
    idempotency_key: str | None = None


_current: ContextVar[Context | None] = ContextVar("practicum_context", default=None)


def current_context() -> Context | None:
    """The context of the work in hand, None outside any."""
    return _current.get()


@contextlib.contextmanager
def use_context(context: Context) -> Iterator[Context]:
    """Work inside this block is done in ``context``."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def hop_span_id(message_id: str) -> str:
    """The span id of a message's publication.

    It follows from the message, so that whoever handles the message can be the child of the
    relay that published it, although the message was written down before that span began.
    """
    return hashlib.blake2b(message_id.encode(), digest_size=8).hexdigest()


class Tracer(Protocol):
    """Records spans. The live adapter sends them as OpenTelemetry's."""

    def span(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace | None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> AbstractContextManager[Trace]:
        """A span around a block; ``kind`` is server, client, producer, consumer or internal."""
        ...

    def finished(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace,
        start: float,
        end: float,
        span_id: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> None:
        """A span that is over already, from ``start`` to ``end`` (Unix seconds)."""
        ...


class QuietTracer:
    """Records nothing, and keeps the trace context intact all the same."""

    def __init__(self, world: World) -> None:
        self._world = world

    @contextlib.contextmanager
    def span(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace | None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> Iterator[Trace]:
        """Yield a child of ``parent``, or a new trace."""
        yield parent.child(self._world) if parent else Trace.start(self._world)

    def finished(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace,
        start: float,
        end: float,
        span_id: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> None:
        """Nothing is kept."""
