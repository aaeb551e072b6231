"""An event store that is told what goes wrong with its next commits."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from practicum.service.store import (
    Append,
    Commit,
    EventStore,
    Fenced,
    StoreUnavailable,
)


class ScriptedStore:
    """Around another store: each entry of ``script`` is used up by one commit.

    ``down``: it surely did not happen. ``lost``: nobody knows, and it did not happen.
    ``unsure``: nobody knows, and it did happen. ``fence NAME``: a newer lease was seen.
    An `Append`: another writer is faster, and appends this. ``ok``: nothing goes wrong.
    ``poisoned`` messages make each commit that handles them fail with a ValueError.
    """

    def __init__(self, inner: EventStore) -> None:
        self.script: deque[str | Append] = deque()
        self.poisoned: set[str] = set()
        self.commits: list[Commit] = []
        self._inner = inner

    async def commit(self, commit: Commit) -> int:
        """See the port."""
        await asyncio.sleep(0)
        match self.script.popleft() if self.script else "ok":
            case "down":
                raise StoreUnavailable("refused", definite=True)
            case "lost":
                raise StoreUnavailable("timed out", definite=False)
            case "unsure":
                await self._commit(commit)
                raise StoreUnavailable("timed out", definite=False)
            case Append() as rival:
                await self._inner.commit(Commit(appends=(rival,)))
            case str(text) if text.startswith("fence "):
                raise Fenced(text.removeprefix("fence "), 1, 2)
        return await self._commit(commit)

    async def _commit(self, commit: Commit) -> int:
        if any(handled.message_id in self.poisoned for handled in commit.handled):
            raise ValueError("cannot be stored")
        position = await self._inner.commit(commit)
        self.commits.append(commit)
        return position

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
