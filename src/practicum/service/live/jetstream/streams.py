"""The streams that the event log keeps, and how each is configured."""

from __future__ import annotations

from practicum.service.live.jetstream.names import Names
from practicum.service.live.jetstream.wire import Refused, Wire
from practicum.service.log import LogUnavailable

_NAME_IN_USE = 10058
_DUPLICATE_WINDOW_NS = 300 * 1_000_000_000


async def ensure_topic(wire: Wire, names: Names, topic: str, *, partitions: int, size: int) -> None:
    """The stream of a topic, of at most ``size`` bytes, unless there is one."""
    subjects = [names.message(topic, partition) for partition in range(partitions)]
    await _ensure(
        wire,
        names.stream(topic),
        subjects,
        max_bytes=size,
        allow_atomic=True,
        duplicate_window=_DUPLICATE_WINDOW_NS,
    )


async def ensure_records(wire: Wire, names: Names, *, size: int) -> None:
    """The streams that every topic and group needs."""
    await _ensure(
        wire,
        names.groups,
        [f"{names.prefix}.groups.>"],
        max_msgs_per_subject=1,
        discard="old",
    )
    await _ensure(
        wire,
        names.dead,
        [f"{names.prefix}.dead.>"],
        max_bytes=size,
        allow_atomic=True,
        duplicate_window=_DUPLICATE_WINDOW_NS,
    )
    await ensure_sessions(wire, names)


async def ensure_sessions(wire: Wire, names: Names) -> None:
    """The stream of heartbeats. It is in memory and gone when NATS restarts: a heartbeat from
    before says nothing, and writing one costs no sync."""
    await _ensure(
        wire,
        names.sessions,
        [f"{names.prefix}.sessions.>"],
        max_msgs_per_subject=1,
        discard="old",
        storage="memory",
    )


async def _ensure(wire: Wire, name: str, subjects: list[str], **options: object) -> None:
    config: dict[str, object] = {
        "name": name,
        "subjects": subjects,
        "storage": "file",
        "discard": "new",
        "allow_direct": True,
        "num_replicas": 1,
        **options,
    }
    try:
        await wire.api(f"STREAM.CREATE.{name}", config)
    except Refused as refused:
        if refused.code != _NAME_IN_USE:
            raise LogUnavailable(f"NATS refused the stream {name}: {refused}") from refused
