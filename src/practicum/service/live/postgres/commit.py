"""A `Commit` as the arguments of the SQL function ``commit_all``, and its refusals read back.

The whole commit travels as arrays in one statement, because the round trips, not the rows,
are what a commit costs. What depends on the commit alone (which events of it stand before
which, the last of several timers of one name) is settled here and not in the database.
"""

from __future__ import annotations

from typing import Any

import msgspec

from practicum.service.events import Event
from practicum.service.store import (
    ANY_VERSION,
    AlreadyHandled,
    Append,
    Commit,
    Conflict,
    Fenced,
    Snapshot,
    StoreError,
)

_PARAMETERS = 27
COMMIT_SQL = f"select commit_all({', '.join(f'${n}' for n in range(1, _PARAMETERS + 1))})"


def commit_arguments(commit: Commit, now: float) -> tuple[Any, ...]:
    """The arguments of `COMMIT_SQL`; ``now`` (Unix seconds) is noted in the inbox."""
    places: dict[str, int] = {}  # stream -> its place among the streams, from 1
    behind: dict[str, int] = {}  # stream -> how many events this commit appends to it
    appends = _append_arguments(commit.appends, places, behind)
    snapshots = _snapshot_arguments(commit.snapshots, places, behind)
    fences = tuple(dict.fromkeys((fence.name, fence.token) for fence in commit.fences))
    timers = {timer.name: timer for timer in commit.timers}.values()
    return (
        [name for name, _ in fences],
        [token for _, token in fences],
        [handled.group for handled in commit.handled],
        [handled.message_id for handled in commit.handled],
        now,
        list(places),
        *appends,
        [outgoing.topic for outgoing in commit.outgoing],
        [outgoing.key for outgoing in commit.outgoing],
        [_document(outgoing.event) for outgoing in commit.outgoing],
        list(commit.cancelled),
        [timer.name for timer in timers],
        [timer.due for timer in timers],
        [_document(timer.event) for timer in timers],
        *snapshots,
    )


def _append_arguments(
    appends: tuple[Append, ...], places: dict[str, int], behind: dict[str, int]
) -> tuple[list[Any], ...]:
    check_at, check_expected, check_offset = [], [], []
    event_at, event_stream, event_offset, event_type, event_json = [], [], [], [], []
    for append in appends:
        stream = append.stream
        at = places.setdefault(stream, len(places) + 1)
        offset = behind.get(stream, 0)
        if append.expected != ANY_VERSION:
            check_at.append(at)
            check_expected.append(append.expected)
            check_offset.append(offset)
        for event in append.events:
            event_at.append(at)
            event_stream.append(stream)
            event_offset.append(offset)
            event_type.append(event.type)
            event_json.append(_document(event))
            offset += 1
        behind[stream] = offset
    return (
        check_at, check_expected, check_offset,
        event_at, event_stream, event_offset, event_type, event_json,
    )  # fmt: skip


def _snapshot_arguments(
    snapshots: tuple[Snapshot, ...], places: dict[str, int], behind: dict[str, int]
) -> tuple[list[Any], ...]:
    newest: dict[str, Snapshot] = {}
    for snapshot in snapshots:
        other = newest.get(snapshot.stream)
        if other is None or other.version <= snapshot.version:
            newest[snapshot.stream] = snapshot
    kept = newest.values()
    return (
        [places.setdefault(snapshot.stream, len(places) + 1) for snapshot in kept],
        [snapshot.stream for snapshot in kept],
        [snapshot.version for snapshot in kept],
        [behind.get(snapshot.stream, 0) for snapshot in kept],
        [snapshot.schema for snapshot in kept],
        [_text(bytes(snapshot.state), snapshot.stream) for snapshot in kept],
    )


def _document(event: Event) -> str:
    return _text(event.to_json(), event.id)


def _text(json: bytes, owner: str) -> str:
    try:
        return json.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{owner}: its data is not JSON in UTF-8: {error}") from error


def refusal(sqlstate: str | None, detail: str | None) -> StoreError | None:
    """The store's error for one that ``commit_all`` raised, None for any other error."""
    if sqlstate == "PX001":
        return Fenced(*msgspec.json.decode(detail or "", type=tuple[str, int, int]))
    if sqlstate == "PX002":
        return AlreadyHandled(*msgspec.json.decode(detail or "", type=tuple[str, str]))
    if sqlstate == "PX003":
        return Conflict(*msgspec.json.decode(detail or "", type=tuple[str, int, int]))
    return None
