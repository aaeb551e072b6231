"""Who is in a group, and who reads what.

A member says that it lives by writing its session again and again. Nobody compares clocks: an
observer counts on its own how long it has seen no new revision, and only while it is connected.
Silence for a lease means death; the observer then deletes exactly the revision it has last seen,
so that a heartbeat which arrives in between wins. (The method is that of lock clients for
databases without leases; Amazon's DynamoDB lock client is the best known.)

A partition belongs to whom its record names. Every write of the record names the revision it
replaces; a change of owner raises the token in it. So two owners can never both write, and the
token fences the late work of the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from practicum.service.live.jetstream.wire import Stored

Place = tuple[str, int]
"""A topic and a partition of it."""


class Session(msgspec.Struct, frozen=True):
    """A member's heartbeat; ``life`` differs between two processes of the same name."""

    member: str
    life: str


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a partition for a group, and how far the group is.

    ``owner`` is empty after an orderly release. ``mark`` is the floor when the owner took over,
    ``doubt`` counts takeovers from a dead owner in a row that had made no progress, ``suspect``
    is the message last handed out all alone, ``tries`` how often that one was.
    """

    owner: str = ""
    life: str = ""
    token: int = 0
    floor: int = 0
    mark: int = 0
    doubt: int = 0
    suspect: int = 0
    tries: int = 0


CAREFUL_FROM = 2
"""From this many takeovers without progress on, messages are handed out one at a time."""


def taken_over(before: Ownership, *, member: str, life: str, now_ms: int) -> Ownership:
    """The record of the next owner.

    The token grows even if the records were lost with their stream: it is a hybrid logical
    clock (Kulkarni et al., 2014), the wall clock in milliseconds unless that would not grow.
    """
    crashed = before.owner != "" and before.life != life
    doubt = 0
    if crashed:
        held = before.floor <= before.mark or before.suspect > before.floor
        doubt = before.doubt if before.suspect > before.floor else before.doubt * held + 1
    suspect = before.suspect if crashed and before.suspect > before.floor else 0
    return Ownership(
        owner=member,
        life=life,
        token=max(before.token + 1, now_ms),
        floor=before.floor,
        mark=before.floor,
        doubt=doubt,
        suspect=suspect,
        tries=before.tries if suspect else 0,
    )


def assignment(places: Iterable[Place], members: Iterable[str]) -> dict[Place, str]:
    """Spread places over members: evenly, the same for every observer, with few moves.

    Rendezvous hashing with bounded loads: each place goes to the member with the highest score
    for it that is not full yet.
    """
    names = sorted(members)
    ordered = sorted(places)
    if not names:
        return {}
    room = dict.fromkeys(names, -(-len(ordered) // len(names)))
    out: dict[Place, str] = {}
    for place in ordered:
        free = (name for name in names if room[name])
        out[place] = max(free, key=lambda name: _score(place, name))
        room[out[place]] -= 1
    return out


def _score(place: Place, member: str) -> bytes:
    text = f"{place[0]}\0{place[1]}\0{member}"
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


class Observer:
    """Watches the sessions of a group; ``now`` is in the event loop's seconds."""

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s
        self._seen: dict[str, tuple[int, float, Session]] = {}
        self._absent: dict[str, float] = {}

    def forget(self) -> None:
        """Count every silence from now on: the connection was lost meanwhile."""
        self._seen.clear()
        self._absent.clear()

    def observe(self, records: Sequence[Stored], owners: Iterable[str], now: float) -> None:
        """Take in the sessions as they are, and the members that own something."""
        seen: dict[str, tuple[int, float, Session]] = {}
        for record in records:
            session = msgspec.json.decode(record.body, type=Session)
            before = self._seen.get(session.member)
            unchanged = before is not None and before[0] == record.sequence
            since = before[1] if before is not None and unchanged else now
            seen[session.member] = (record.sequence, since, session)
        self._seen = seen
        absent = {owner for owner in owners if owner and owner not in seen}
        self._absent = {owner: self._absent.get(owner, now) for owner in absent}

    def live(self) -> frozenset[str]:
        """Members with a session. The silent ones count until they are evicted."""
        return frozenset(self._seen)

    def silent(self, now: float) -> list[tuple[str, int]]:
        """Members whose lease has run out, with the revision of their last sign of life."""
        return [
            (member, revision)
            for member, (revision, since, _) in self._seen.items()
            if now - since >= self._lease_s
        ]

    def is_dead(self, owner: str, now: float) -> bool:
        """Whether an owner has had no session for a lease (nobody evicted it cleanly, or the
        server lost its memory)."""
        return owner in self._absent and now - self._absent[owner] >= self._lease_s

    def next_check(self) -> float | None:
        """When somebody's silence may become too long."""
        times = [since for _, since, _ in self._seen.values()] + list(self._absent.values())
        return min(times) + self._lease_s if times else None
