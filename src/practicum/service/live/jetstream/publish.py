"""Publishing: many messages as one batch where the server can, else wave by wave.

With ``sync_interval: always`` the server syncs to disk per write. An atomic batch is one write,
so hundreds of messages cost one sync, and it keeps every key's order by itself: all of it is
stored, or nothing. But the server makes a store of its own for each batch, which takes longer
than a score of syncs, so few messages go one by one. So do the messages of a batch that the
server refuses as a whole (one of them is there already, the stream is nearly full). Then at
most one of a key is in flight, and a refusal never lets a later message pass an earlier one.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from nats.aio.msg import Msg

from practicum.service.live.jetstream.wire import STREAM_FULL, Refused, Wire, checked
from practicum.service.log import LogUnavailable, PublishFailed

_BATCH_MAX = 500  # the server takes 1000 messages in one atomic batch
_BATCH_MIN = 20  # measured: fewer are stored sooner, and for less CPU, one by one


class Letter(msgspec.Struct, frozen=True):
    """A message ready to be stored; ``line`` is what its order is kept within."""

    line: str
    subject: str
    body: bytes
    headers: dict[str, str]


Outcome = PublishFailed | None


class Publisher:
    """Stores letters in one stream. ``make_room`` is asked when the stream is full, and says
    whether trying again makes sense."""

    def __init__(self, wire: Wire, make_room: Callable[[], Awaitable[bool]] | None = None) -> None:
        self._wire = wire
        self._make_room = make_room
        self._batches = 0

    async def publish(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Store all; per letter None or why not."""
        out: list[Outcome] = []
        failed: set[str] = set()
        for start in range(0, len(letters), _BATCH_MAX):
            chunk = letters[start : start + _BATCH_MAX]
            clear = [letter.line not in failed for letter in chunk]
            outcomes = iter(await self._chunk(list(itertools.compress(chunk, clear))))
            for letter, sent in zip(chunk, clear, strict=True):
                outcome = next(outcomes) if sent else _behind()
                if outcome is not None:
                    failed.add(letter.line)
                out.append(outcome)
        return out

    async def _chunk(self, letters: Sequence[Letter]) -> list[Outcome]:
        if len(letters) >= _BATCH_MIN:
            try:
                await self._atomic(letters)
                return [None] * len(letters)
            except Refused:
                pass  # surely nothing of it is stored: find out message by message
            except LogUnavailable as error:
                return [PublishFailed(str(error))] * len(letters)
        outcomes = await self._waves(letters)
        full = [i for i, o in enumerate(outcomes) if isinstance(o, _Full)]
        if full and self._make_room is not None and await self._make_room():
            # Those behind a full stream's victim were not sent either: they go again with it.
            again = [i for i, o in enumerate(outcomes) if o is not None]
            for i, outcome in zip(
                again, await self._waves([letters[i] for i in again]), strict=True
            ):
                outcomes[i] = outcome
        return outcomes

    async def _atomic(self, letters: Sequence[Letter]) -> None:
        self._batches += 1
        name = f"{self._wire.client.client_id}-{id(self)}-{self._batches}"
        last = len(letters)
        for number, letter in enumerate(letters, 1):
            headers = {
                **letter.headers,
                "Nats-Batch-Id": name,
                "Nats-Batch-Sequence": str(number),
            }
            if number < last:
                await self._wire.send(letter.subject, letter.body, headers=headers)
            else:
                headers["Nats-Batch-Commit"] = "1"
                checked(await self._wire.request(letter.subject, letter.body, headers=headers))

    async def _waves(self, letters: Sequence[Letter]) -> list[Outcome]:
        wave = _Wave(self._wire, letters)
        return await wave.run()


class _Full(PublishFailed):
    pass


def _behind() -> PublishFailed:
    return PublishFailed("not sent: an earlier message of its key was not stored")


class _Wave:
    """Letters in flight one by one: the acknowledgement of one sends the next of its line."""

    def __init__(self, wire: Wire, letters: Sequence[Letter]) -> None:
        self._wire = wire
        self._letters = letters
        self._lines: dict[str, deque[int]] = {}
        self._outcomes: list[Outcome] = [_behind() for _ in letters]
        self._replies: list[str] = []
        self._done = asyncio.Event()
        for index, letter in enumerate(letters):
            self._lines.setdefault(letter.line, deque()).append(index)

    async def run(self) -> list[Outcome]:
        try:
            async with asyncio.timeout(self._wire.timeout_s):
                for line in tuple(self._lines):
                    await self._next(line)
                if self._lines:
                    await self._done.wait()
        except (TimeoutError, LogUnavailable) as error:
            reason = str(error) or f"no answer from NATS within {self._wire.timeout_s:g} s"
            for waiting in self._lines.values():
                self._outcomes[waiting[0]] = PublishFailed(reason)
        finally:
            for reply in self._replies:
                self._wire.forget(reply)
        return self._outcomes

    async def _next(self, line: str) -> None:
        index = self._lines[line][0]
        letter = self._letters[index]

        async def arrived(message: Msg) -> None:
            self._wire.forget(reply)
            await self._answered(line, index, message)

        reply = self._wire.expect(arrived)
        self._replies.append(reply)
        try:
            await self._wire.send(letter.subject, letter.body, reply=reply, headers=letter.headers)
        except Refused as refused:
            self._give_up(line, index, refused)

    async def _answered(self, line: str, index: int, message: Msg) -> None:
        try:
            checked(message)
        except Refused as refused:
            self._give_up(line, index, refused)
            return
        self._outcomes[index] = None
        waiting = self._lines[line]
        waiting.popleft()
        if waiting:
            await self._next(line)
        else:
            self._close(line)

    def _give_up(self, line: str, index: int, refused: Refused) -> None:
        if refused.code == STREAM_FULL:
            self._outcomes[index] = _Full("the stream is full: its readers are too far behind")
        elif refused.status == 503:
            self._outcomes[index] = PublishFailed("there is no such topic: call ensure_topics")
        else:
            self._outcomes[index] = PublishFailed(f"NATS refused the message: {refused}")
        self._close(line)

    def _close(self, line: str) -> None:
        del self._lines[line]
        if not self._lines:
            self._done.set()
