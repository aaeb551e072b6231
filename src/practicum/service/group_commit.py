"""Group commit: concurrent callers share one transaction, and so one flush to the disk.

A handler that commits by itself pays a round trip and an fsync for each request. Here the
commits that wait are put one behind the other into a single `Commit`, as long as that has the
effect of committing them one by one in the order of their calls. If the
merged commit is refused, the member to blame is taken out, and the others are tried again;
where the refusal does not say who it is, halves are tried one after the other, and so on down
to it. One bad commit harms no other.

While a merged commit is under way the next callers gather behind it, so the group grows with
the load and no timer is needed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import chain

from practicum.service.store import (
    ANY_VERSION,
    AlreadyHandled,
    Commit,
    Conflict,
    EventStore,
    Handled,
    History,
    Queued,
    StoredEvent,
    StoreUnavailable,
    Timer,
)

_MEMBERS_MAX = 256
_EVENTS_MAX = 4000

_Member = tuple[Commit, "asyncio.Future[int]"]


class GroupCommit:
    """`EventStore` around another one. Only `commit` differs.

    The position that `commit` returns is that of the store's last event after the whole
    group, at or behind the caller's own events.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: deque[_Member] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def commit(self, commit: Commit) -> int:
        """See the port. A caller that is cancelled may have committed all the same."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((commit, answer))
        if self._worker is None or self._worker.done():
            # It first runs when all who are ready in this turn of the loop have called.
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        group: list[_Member] = []
        try:
            while group := self._next_group():
                await self._commit_group(group)
                # Those just answered may have more to commit: let them call first.
                await asyncio.sleep(0)
        finally:
            # Only a cancelled worker leaves anybody unanswered.
            for _, answer in chain(group, self._waiting):
                answer.cancel()
            self._waiting.clear()

    def _next_group(self) -> list[_Member]:
        group: list[_Member] = []
        merge = _Merge()
        while self._waiting and len(group) < _MEMBERS_MAX:
            commit, answer = self._waiting[0]
            if not answer.cancelled():
                if group and not merge.takes(commit):
                    break
                merge.add(commit)
                group.append((commit, answer))
            self._waiting.popleft()
        return group

    async def _commit_group(self, group: list[_Member]) -> StoreUnavailable | None:
        while group:
            try:
                position = await self._store.commit(_merged([commit for commit, _ in group]))
            except StoreUnavailable as error:
                # Not again in parts: it may have happened, and a database that is down is not
                # helped by more attempts.
                _fail_all(group, error, definite=error.definite)
                return error
            except Exception as error:
                to_blame = _to_blame(group, error)
                if to_blame is None:
                    return await self._commit_halves(group)
                _, answer = group.pop(to_blame)
                if not answer.done():
                    answer.set_exception(error)
                group = [member for member in group if not member[1].cancelled()]
            else:
                for _, answer in group:
                    if not answer.done():
                        answer.set_result(position)
                return None
        return None

    async def _commit_halves(self, group: list[_Member]) -> StoreUnavailable | None:
        middle = len(group) // 2
        for half, behind in ((group[:middle], group[middle:]), (group[middle:], [])):
            if wanted := [member for member in half if not member[1].cancelled()]:
                unavailable = await self._commit_group(wanted)
                if unavailable is not None:
                    _fail_all(behind, unavailable, definite=True)
                    return unavailable
        return None

    async def handled(self, group: str, message_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        return await self._store.handled(group, message_ids)

    async def read(self, streams: Sequence[str]) -> Mapping[str, History]:
        """See the port."""
        return await self._store.read(streams)

    async def read_stream(self, stream: str, *, after: int = 0) -> Sequence[StoredEvent]:
        """See the port."""
        return await self._store.read_stream(stream, after=after)

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[StoredEvent]:
        """See the port."""
        return await self._store.read_all(after=after, limit=limit)

    async def head(self) -> int:
        """See the port."""
        return await self._store.head()

    async def outbox(self, *, limit: int = 500) -> Sequence[Queued]:
        """See the port."""
        return await self._store.outbox(limit=limit)

    async def mark_sent(self, sequences: Sequence[int]) -> None:
        """See the port."""
        await self._store.mark_sent(sequences)

    async def due_timers(self, now: float, *, limit: int = 500) -> Sequence[Timer]:
        """See the port."""
        return await self._store.due_timers(now, limit=limit)

    async def wait_for_outbox(self, timeout_s: float) -> None:
        """See the port."""
        await self._store.wait_for_outbox(timeout_s)

    async def forget_handled(self, before: float) -> int:
        """See the port."""
        return await self._store.forget_handled(before)


class _Merge:
    """What the commits merged so far do, as far as it decides who may follow them."""

    def __init__(self) -> None:
        self._events = 0
        self._versions: dict[str, int] = {}  # of streams whose version is known from here
        self._handled: set[Handled] = set()
        self._tokens: dict[str, int] = {}
        self._timers: set[str] = set()
        self._snapshots: set[str] = set()

    def takes(self, commit: Commit) -> bool:
        """Whether ``commit`` may follow: merged, it must do what it would do by itself.

        Timers are set after others are cancelled, and snapshots are checked after all
        appends: there a merged commit would differ. The other cases could only make the
        merged commit fail, which is right, but slow for everybody else in it.
        """
        return not (
            self._events + sum(len(append.events) for append in commit.appends) > _EVENTS_MAX
            or not self._timers.isdisjoint(commit.cancelled)
            or any(append.stream in self._snapshots for append in commit.appends)
            or not self._handled.isdisjoint(commit.handled)
            or any(self._tokens.get(fence.name, 0) > fence.token for fence in commit.fences)
            or self._will_conflict(commit)
        )

    def _will_conflict(self, commit: Commit) -> bool:
        seen: set[str] = set()
        for append in commit.appends:
            known = self._versions.get(append.stream)
            first = append.stream not in seen
            if first and known is not None and append.expected not in (ANY_VERSION, known):
                return True
            seen.add(append.stream)
        return False

    def add(self, commit: Commit) -> None:
        """Merge ``commit``."""
        for append in commit.appends:
            version = append.expected
            if version == ANY_VERSION:
                version = self._versions.get(append.stream, ANY_VERSION)
            if version != ANY_VERSION:
                self._versions[append.stream] = version + len(append.events)
            self._events += len(append.events)
        self._handled.update(commit.handled)
        self._tokens.update((fence.name, fence.token) for fence in commit.fences)
        self._timers.update(timer.name for timer in commit.timers)
        self._snapshots.update(snapshot.stream for snapshot in commit.snapshots)


def _merged(commits: Sequence[Commit]) -> Commit:
    if len(commits) == 1:
        return commits[0]
    return Commit(
        appends=tuple(chain.from_iterable(commit.appends for commit in commits)),
        outgoing=tuple(chain.from_iterable(commit.outgoing for commit in commits)),
        handled=tuple(chain.from_iterable(commit.handled for commit in commits)),
        timers=tuple(chain.from_iterable(commit.timers for commit in commits)),
        cancelled=tuple(chain.from_iterable(commit.cancelled for commit in commits)),
        snapshots=tuple(chain.from_iterable(commit.snapshots for commit in commits)),
        fences=tuple(chain.from_iterable(commit.fences for commit in commits)),
    )


def _to_blame(group: Sequence[_Member], error: Exception) -> int | None:
    """Whose refusal ``error`` is, if it would be the same had all been committed one by one."""
    if len(group) == 1:
        return 0
    for index, (commit, _) in enumerate(group):
        if isinstance(error, Conflict):
            # Only of the first that touches the stream: it found what was stored.
            for append in commit.appends:
                if append.stream == error.stream:
                    return index if append.expected == error.expected else None
        if isinstance(error, AlreadyHandled):
            refused = Handled(error.group, error.message_id)
            if refused in commit.handled:
                return index
    return None


def _fail_all(group: list[_Member], error: StoreUnavailable, *, definite: bool) -> None:
    for _, answer in group:
        if not answer.done():
            answer.set_exception(StoreUnavailable(str(error), definite=definite))
