"""What every store refuses in the same words, before anything is sent.

PostgreSQL cannot hold a NUL in text, and no database holds half of a surrogate pair. A message
that carries one must meet a plain error that parks it, not a failure that looks like a broken
database and is tried for ever. Only names and keys are concerned: inside an event's JSON such
characters are escaped and travel well.
"""

from __future__ import annotations

from collections.abc import Iterator

from practicum.service.store import ANY_VERSION, Commit

_INT64_MAX = 2**63 - 1


def is_storable(text: str) -> bool:
    """Whether a store can hold ``text`` as a name or a key."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_storable(commit: Commit) -> None:
    """ValueError, naming the text or number, if a store could not hold part of ``commit``."""
    # One look at all names together: this runs on every commit.
    if not is_storable("".join(text for _, text in _texts(commit))):
        for place, text in _texts(commit):
            if not is_storable(text):
                raise ValueError(
                    f"{place} {text!r} cannot be stored: it holds a NUL or half a surrogate "
                    "pair; refuse such names where they enter"
                )
    for place, name, number, least in _numbers(commit):
        if not least <= number <= _INT64_MAX:
            raise ValueError(f"{place} {name}: {number} is not within {least} and {_INT64_MAX}")


def _texts(commit: Commit) -> Iterator[tuple[str, str]]:
    for append in commit.appends:
        yield "stream", append.stream
        for event in append.events:
            yield "event type", event.type
    for outgoing in commit.outgoing:
        yield "topic", outgoing.topic
        yield "message key", outgoing.key
    for handled in commit.handled:
        yield "consumer group", handled.group
        yield "message id", handled.message_id
    for timer in commit.timers:
        yield "timer", timer.name
    for name in commit.cancelled:
        yield "timer", name
    for snapshot in commit.snapshots:
        yield "stream", snapshot.stream
        yield "snapshot schema", snapshot.schema
    for fence in commit.fences:
        yield "lease", fence.name


def _numbers(commit: Commit) -> Iterator[tuple[str, str, int, int]]:
    for append in commit.appends:
        yield "expected version of stream", append.stream, append.expected, ANY_VERSION
    for snapshot in commit.snapshots:
        yield "snapshot version of stream", snapshot.stream, snapshot.version, 0
    for fence in commit.fences:
        yield "token of lease", fence.name, fence.token, 0
