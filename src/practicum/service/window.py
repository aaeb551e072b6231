"""The window: what one owner of a partition holds between reading and acknowledging.

Messages enter in the order of the partition. Those of one key form a line, and a line moves only
from its front: while anything of it is in somebody's hands nothing more of it is handed out, and
a message that has to come again takes those handed out behind it back into the line. So a key
never overtakes itself, and a slow key holds up nobody else. The floor is the sequence up to
which everything is finished: all that a successor needs to know.

A key whose front can never succeed is parked: its messages leave through `to_park`, and leave the
window once the caller has written them down. A replay puts parked messages back into the line.

Pure: no I/O, no clock and no chance of its own; ``now`` is in any monotonic seconds.
"""

from __future__ import annotations

import enum
import heapq
import random
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from practicum.service.log import GroupSettings

PayloadT = TypeVar("PayloadT")

FOLLOWS = "follows"
"""Why a message behind a parked one is parked."""


class _State(enum.Enum):
    WAITING = enum.auto()
    HANDED = enum.auto()
    DOOMED = enum.auto()


class Entry(Generic[PayloadT]):
    """A message in the window. ``attempt`` counts from 1; ``reason`` is why it is parked."""

    __slots__ = ("attempt", "key", "payload", "ready_at", "reason", "replayed", "sequence", "state")

    def __init__(self, sequence: int, key: str, payload: PayloadT, *, replayed: bool) -> None:
        self.sequence = sequence
        self.key = key
        self.payload = payload
        self.replayed = replayed
        self.attempt = 1
        self.ready_at = float("-inf")
        self.reason = ""
        self.state = _State.WAITING


class Window(Generic[PayloadT]):
    """What one partition has in flight; see the module's text.

    ``floor`` is where reading starts (everything up to it is finished), ``parked`` the keys that
    are parked already, each with the last sequence that was.
    """

    def __init__(
        self,
        floor: int,
        settings: GroupSettings,
        chance: random.Random,
        *,
        parked: Mapping[str, int] | None = None,
    ) -> None:
        self._settings = settings
        self._chance = chance
        self._floor = floor
        self._last = floor
        self._parked = dict(parked or {})
        self._order: deque[int] = deque()
        self._unfinished: set[int] = set()
        self._entries: dict[int, Entry[PayloadT]] = {}
        self._lines: dict[str, deque[Entry[PayloadT]]] = {}
        self._runnable: dict[str, None] = {}
        self._delayed: list[tuple[float, str]] = []
        self._handed = 0
        self._parking: dict[int, Entry[PayloadT]] = {}
        self._replayed: list[int] = []
        self._stopped: list[Entry[PayloadT]] = []

    @property
    def floor(self) -> int:
        """Every message up to this sequence is acknowledged or safely parked."""
        while self._order and self._order[0] not in self._unfinished:
            self._floor = self._order.popleft()
        return self._floor

    @property
    def last(self) -> int:
        """The last sequence that was added: reading goes on after it."""
        return self._last

    @property
    def handed(self) -> int:
        """How many messages are in somebody's hands."""
        return self._handed

    @property
    def room(self) -> int:
        """How many more messages may be read before some are acknowledged."""
        return max(0, self._settings.in_flight_max - len(self._unfinished))

    @property
    def parked_keys(self) -> frozenset[str]:
        """Keys that do not flow."""
        return frozenset(self._parked)

    def is_handed(self, sequence: int) -> bool:
        """Whether this message is in somebody's hands."""
        entry = self._entries.get(sequence)
        return entry is not None and entry.state is _State.HANDED

    def add(self, sequence: int, key: str, payload: PayloadT) -> bool:
        """Take in the next message; False for one that was seen before."""
        if sequence <= self._last:
            return False
        self._last = sequence
        self._order.append(sequence)
        if sequence <= self._parked.get(key, -1):
            return True  # a former owner parked it and died before it moved the floor
        self._unfinished.add(sequence)
        entry = Entry(sequence, key, payload, replayed=False)
        if key in self._parked:
            self._send_to_park(entry, FOLLOWS)
            return True
        self._entries[sequence] = entry
        self._lines.setdefault(key, deque()).append(entry)
        if len(self._lines[key]) == 1:
            self._settle(key)
        return True

    def ready(self, count: int, now: float) -> list[Entry[PayloadT]]:
        """Hand out up to ``count`` messages, those of one key in order."""
        while self._delayed and self._delayed[0][0] <= now:
            self._runnable.setdefault(heapq.heappop(self._delayed)[1])
        out: list[Entry[PayloadT]] = []
        for key in tuple(self._runnable) if count > 0 else ():
            if len(out) >= count:
                break
            del self._runnable[key]
            before = len(out)
            for entry in self._lines.get(key, ()):
                if entry.state is not _State.WAITING or entry.ready_at > now or len(out) >= count:
                    break
                entry.state = _State.HANDED
                out.append(entry)
            if len(out) == before:
                self._settle(key)
        self._handed += len(out)
        return out

    def ready_at(self) -> float | None:
        """When `ready` may have something: -inf for now, None when only others can tell."""
        if self._runnable:
            return float("-inf")
        return self._delayed[0][0] if self._delayed else None

    def acknowledge(self, sequence: int) -> None:
        """This one is handled for good. Unknown sequences are ignored."""
        entry = self._entries.get(sequence)
        if entry is None or entry.state is _State.DOOMED:
            return
        self._take_back(entry)
        self._lines[entry.key].remove(entry)
        self._finish(entry)
        if entry.replayed:
            self._replayed.append(sequence)
        self._settle(entry.key)

    def retry(self, sequence: int, now: float, reason: str) -> None:
        """This one failed: it comes again after a wait (full jitter), or is parked."""
        entry = self._entries.get(sequence)
        if entry is None or entry.state is not _State.HANDED:
            return
        if entry.attempt >= self._settings.attempts_max:
            self.park(sequence, reason)
            return
        # Bounded before the power is taken: 2 ** attempt overflows a float in the end.
        doublings = min(entry.attempt - 1, 60)
        ceiling = min(self._settings.retry_cap_s, self._settings.retry_base_s * 2**doublings)
        entry.attempt += 1
        self._put_back(entry, now + self._chance.uniform(0.0, ceiling))

    def defer(self, sequence: int, until: float) -> None:
        """Not before ``until``; no attempt is lost."""
        entry = self._entries.get(sequence)
        if entry is not None and entry.state is _State.HANDED:
            self._put_back(entry, until)

    def park(self, sequence: int, reason: str) -> None:
        """This one can never succeed; it and its key leave once all before it are finished."""
        entry = self._entries.get(sequence)
        if entry is None or entry.state is _State.DOOMED:
            return
        self._put_back(entry, float("-inf"), doom=reason)

    def to_park(self, count: int) -> list[Entry[PayloadT]]:
        """The next messages to write to the dead letters, in order per key; see `parked`."""
        out: list[Entry[PayloadT]] = []
        for entry in self._parking.values():
            if len(out) == count:
                break
            out.append(entry)
        return out

    def parked(self, sequences: Iterable[int]) -> None:
        """These are written to the dead letters."""
        for sequence in sequences:
            entry = self._parking.pop(sequence)
            self._unfinished.discard(sequence)
            self._parked[entry.key] = max(sequence, self._parked[entry.key])

    def replay(self, key: str, messages: Iterable[tuple[int, PayloadT]]) -> None:
        """Hand out parked messages of a parked key again, in the order given."""
        if key not in self._parked or key in self._lines:
            return
        line = deque(Entry(number, key, payload, replayed=True) for number, payload in messages)
        if line:
            self._lines[key] = line
            self._entries.update((entry.sequence, entry) for entry in line)
            self._settle(key)

    def replaying(self, key: str) -> bool:
        """Whether messages of a replay are still unfinished."""
        return key in self._parked and key in self._lines

    def take_replayed(self) -> list[int]:
        """Replayed messages acknowledged since the last call: delete their dead letters."""
        out, self._replayed = self._replayed, []
        return out

    def take_stopped(self) -> list[Entry[PayloadT]]:
        """Replayed messages that failed for good since the last call, which ends the replay."""
        out, self._stopped = self._stopped, []
        return out

    def unpark(self, key: str) -> bool:
        """Let the key flow again, unless something of it is still parked or on its way there."""
        waiting = any(entry.key == key for entry in self._parking.values())
        if waiting or key in self._lines:
            return False
        self._parked.pop(key, None)
        return True

    def _put_back(self, entry: Entry[PayloadT], ready_at: float, doom: str | None = None) -> None:
        self._take_back(entry)
        entry.ready_at = ready_at
        if doom is not None:
            entry.state, entry.reason = _State.DOOMED, doom
        for later in self._lines[entry.key]:
            if later.sequence > entry.sequence and later.state is _State.HANDED:
                self._take_back(later)
        self._settle(entry.key)

    def _take_back(self, entry: Entry[PayloadT]) -> None:
        if entry.state is _State.HANDED:
            entry.state = _State.WAITING
            self._handed -= 1

    def _finish(self, entry: Entry[PayloadT]) -> None:
        del self._entries[entry.sequence]
        if not entry.replayed:
            self._unfinished.discard(entry.sequence)

    def _send_to_park(self, entry: Entry[PayloadT], reason: str) -> None:
        entry.reason = reason
        self._parking[entry.sequence] = entry

    def _settle(self, key: str) -> None:
        """Decide what happens next to a line that has changed."""
        line = self._lines.get(key)
        if not line:
            self._lines.pop(key, None)
            self._runnable.pop(key, None)
            return
        front = line[0]
        if front.state is _State.DOOMED:
            self._doom(key)
        elif front.state is _State.WAITING:  # what is handed out is always the front of the line
            if front.ready_at == float("-inf"):
                self._runnable.setdefault(key)
            else:
                self._runnable.pop(key, None)
                heapq.heappush(self._delayed, (front.ready_at, key))
        else:
            self._runnable.pop(key, None)

    def _doom(self, key: str) -> None:
        line = self._lines.pop(key)
        self._runnable.pop(key, None)
        front = line[0]
        for entry in line:
            self._take_back(entry)
            del self._entries[entry.sequence]
        if front.replayed:
            self._stopped.append(front)
            return
        self._parked.setdefault(key, -1)
        for entry in line:
            self._send_to_park(entry, entry.reason or FOLLOWS)
