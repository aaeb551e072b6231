"""The EventLog port: topics cut into partitions, read by groups whose members come and go.

Messages of one key land in one partition and stay in order. A partition is read by one member
of a group at a time, under a lease with a fencing token; the token goes into every commit, so
that a member that lost its lease without noticing can do no harm. A message that keeps failing
is parked together with the later ones of its key; the rest of its partition flows on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from practicum.service.events import Event
from practicum.service.store import Fence, Outgoing


class Topic(msgspec.Struct, frozen=True):
    """A named log. The number of partitions is fixed when the topic is first made."""

    name: str
    partitions: int = 4


class GroupSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a group reads. Times are in seconds.

    ``in_flight_max`` bounds what one partition hands out before it is acknowledged: that is
    the back-pressure. ``lease_s`` is how long a member may be silent before its partitions go
    to others. A message is tried ``attempts_max`` times, the waits between the tries growing
    from ``retry_base_s`` to ``retry_cap_s``.
    """

    attempts_max: int = 5
    in_flight_max: int = 1000
    lease_s: float = 5.0
    retry_base_s: float = 0.05
    retry_cap_s: float = 2.0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message handed to a member. ``sequence`` grows along the partition; ``attempt``
    counts from 1; ``fence`` belongs into the commit that handles it."""

    topic: str
    partition: int
    sequence: int
    key: str
    attempt: int
    event: Event
    fence: Fence


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A parked message. ``reason`` says why the key was parked; followers of the key are
    parked behind their leader with the reason ``follows``."""

    group: str
    topic: str
    partition: int
    key: str
    reason: str
    attempts: int
    event: Event


class PublishFailed(Exception):
    """The log did not confirm a message; it may or may not have it. Publish it again: the
    log drops a second copy of the same event id within its window, the inbox does for good."""


class LogUnavailable(Exception):
    """The log did not answer in time."""


class Consumer(Protocol):
    """One member of a group, reading the partitions that it holds leases for."""

    @property
    def partitions(self) -> frozenset[tuple[str, int]]:
        """(topic, partition) pairs held now."""
        ...

    async def batch(self, max_messages: int) -> Sequence[Delivery]:
        """Wait for at least one message, then return what is there, up to ``max_messages``.

        Within the batch messages of one key are in order. A key with an unfinished message
        (neither acknowledged nor parked) is not handed out again before its wait is over.
        """
        ...

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These are handled for good and will not be delivered again, except after a crash
        or a change of owner before the log had noted it (the inbox then drops them)."""
        ...

    async def retry(self, delivery: Delivery, reason: str) -> None:
        """This one failed, which counts: it comes again after a wait, before all later ones
        of its key; after ``attempts_max`` tries it is parked with ``reason``."""
        ...

    async def defer(self, delivery: Delivery, wait_s: float) -> None:
        """Not now (a dependency is down): it comes again after ``wait_s``; no try is lost."""
        ...

    async def park(self, delivery: Delivery, reason: str) -> None:
        """This one can never succeed: park it, and its key, now."""
        ...


class EventLog(Protocol):
    """Port. Every method may raise `LogUnavailable`."""

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create the topics that do not exist. ValueError if one exists with another number
        of partitions."""
        ...

    async def publish(self, messages: Sequence[Outgoing]) -> Sequence[PublishFailed | None]:
        """Publish all, and wait until each is durable; per message None or its failure.

        Messages of one key are stored in the order given: when one fails, the later ones of
        its key are not sent, and fail too.
        """
        ...

    def consumer(
        self, topics: Sequence[str], group: str, member: str, settings: GroupSettings
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group`` as ``member``; leaving the block hands the partitions over.

        A member that comes back under its own name takes its partitions back at once.
        """
        ...

    async def lag(self, topics: Sequence[str], group: str) -> int:
        """How many messages of the topics the group has not yet acknowledged."""
        ...

    async def dead_letters(self, group: str, *, limit: int = 1000) -> Sequence[DeadLetter]:
        """What the group has parked, oldest first."""
        ...

    async def replay(self, group: str, topic: str, key: str) -> int:
        """Ask the owner of the key's partition to handle the parked messages of ``key`` now,
        in order, and then to let the key flow again; returns how many were parked."""
        ...


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, the same in every process and world."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % partitions
