"""``practicum shop parked`` and ``replay``: the messages that a service gave up on.

A message that keeps failing is parked, and all later ones of its key behind it, so that the rest
of the partition flows on. Nothing takes them out again by itself: what failed has to be repaired,
and then somebody has to say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.cli.home import Json, Name, run_async, state_folder
from practicum.cli.screen import out, print_json
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError, check_name
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.log import DeadLetter, EventLog, LogUnavailable
from practicum.shop.manifest import MANIFEST

ANSWER_TIMEOUT_S = 5.0
LETTERS_READ_MAX = 10_000
REPLAY_WAIT_S = 15.0
POLL_S = 0.1
FOLLOWS = "follows"


class ParkedKey(msgspec.Struct, frozen=True, kw_only=True):
    """The parked messages of one order at one service; ``message`` is the first of them, for
    whose ``reason`` they are all there, ``behind`` counts the others."""

    service: str
    topic: str
    order: str
    message: str
    attempts: int
    reason: str
    sent_at: str
    behind: int


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a replay: ``handled`` messages, and the keys that are parked still."""

    handled: int
    left: tuple[ParkedKey, ...]


def gather(letters: Sequence[DeadLetter]) -> list[ParkedKey]:
    """One entry for each key, by its first letter; ``letters`` are oldest first."""
    leaders: dict[tuple[str, str, str], DeadLetter] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for letter in letters:
        place = (letter.group, letter.topic, letter.key)
        counts[place] += 1
        if place not in leaders or leaders[place].reason == FOLLOWS != letter.reason:
            leaders[place] = letter
    return [
        ParkedKey(
            service=leader.group,
            topic=leader.topic,
            order=leader.key,
            message=leader.event.type,
            attempts=leader.attempts,
            reason=leader.reason,
            sent_at=leader.event.time,
            behind=counts[place] - 1,
        )
        for place, leader in leaders.items()
    ]


def parked(name: Name = "default", json: Json = False) -> None:
    """List the messages that a service gave up on, and why."""
    found = run_async(_parked(name))
    if json:
        print_json(found)
        return
    if not found:
        out.print("no message is parked")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("order", "parked by", "message"):
        table.add_column(heading, no_wrap=True)
    table.add_column("tries", justify="right")
    table.add_column("behind it", justify="right")
    table.add_column("reason")
    for each in found:
        reason = (each.reason.strip().splitlines() or [""])[0]
        numbers = (str(each.attempts), str(each.behind))
        table.add_row(each.order, each.service, each.message, *numbers, Text(reason, "red"))
    out.print(table)


def replay(
    order: Annotated[str | None, typer.Argument(help="Whose messages; or say --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those of every order.")] = False,
    name: Name = "default",
    json: Json = False,
) -> None:
    """Have parked messages handled now, in their order, by a service that can do so again."""
    if (order is None) != everything:
        raise typer.BadParameter("name an order, or say --all; see `practicum shop parked`")
    done = run_async(_replay(name, order))
    if json:
        print_json(done)
    elif not done.handled and not done.left:
        out.print("no message is parked" + (f" of {order}" if order else ""), markup=False)
    else:
        out.print(f"{done.handled} messages handled", markup=False)
    if done.left:
        first = done.left[0]
        raise RangeError(
            f"{len(done.left)} orders have parked messages still, {first.order} among them: "
            f"{first.service} failed again on {first.message}, or does not run; see `practicum "
            f"range logs {first.service} --name {name}`"
        )


async def _parked(name: str) -> list[ParkedKey]:
    async with _log(name) as log:
        return gather(await _letters(log))


async def _replay(name: str, order: str | None) -> Replayed:
    async with _log(name) as log:

        async def theirs() -> list[DeadLetter]:
            return [x for x in await _letters(log) if order is None or x.key == order]

        before = await theirs()
        for group, topic, key in dict.fromkeys((x.group, x.topic, x.key) for x in before):
            await log.replay(group, topic, key)
        deadline = time.monotonic() + REPLAY_WAIT_S
        left = before
        while left and time.monotonic() < deadline:
            await asyncio.sleep(POLL_S)
            left = await theirs()
        ids = {letter.event.id for letter in left}
        handled = sum(1 for letter in before if letter.event.id not in ids)
        return Replayed(handled=handled, left=tuple(gather(left)))


@contextlib.asynccontextmanager
async def _log(name: str) -> AsyncIterator[EventLog]:
    """The log of a range that is up; its silence becomes words."""
    status = await RangeClient.of(state_folder(), check_name(name)).status()
    try:
        log = await JetStreamEventLog.connect(
            status.nats_url, status.prefix, LiveWorld(), timeout_s=ANSWER_TIMEOUT_S
        )
        try:
            yield log
        finally:
            await log.close()
    except LogUnavailable as error:
        raise RangeError(
            f"the log of range {name} does not answer ({error}): see `practicum range status "
            f"--name {name}`"
        ) from error


async def _letters(log: EventLog) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    for spec in MANIFEST.services:
        found += await log.dead_letters(spec.name, limit=LETTERS_READ_MAX)
    return found
