"""A driver: a process that sends load and counts what comes of it.

Run as ``python -m practicum.stress.driver``. One line on its stdin is its `Assignment`; after
that stdin is a tether, at whose end it leaves at once. It says how it goes on its stdout, one
`Word` a line, the last with ``final``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import uvloop

from practicum.service.live.clock import LiveWorld
from practicum.service.operations import Operation
from practicum.stress.arrivals import Profile, Spacing, due_times, total_s
from practicum.stress.caller import LeanCaller
from practicum.stress.figures import Tally, TallyText
from practicum.stress.open_loop import Shot, on_schedule, one_shot

TELL_EVERY_S = 0.25


class Wanted(msgspec.Struct, frozen=True):
    """One request of a load."""

    operation: Operation[Any, Any]
    request: msgspec.Struct
    idempotency_key: str | None = None


Source = Callable[[int], Wanted]
"""The n-th request of a load; the same n gives the same request."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What one of ``drivers`` processes does; ``index`` says which one it is.

    ``source`` is ``module:function``; the function gets ``settings`` and returns a `Source`.
    With ``users`` that many people each send one request after another and think in between,
    ``think_s`` on average, until the profile's time is over; else requests are due as
    ``profile`` and ``spacing`` say.
    """

    peers: dict[str, str]
    source: str
    settings: dict[str, str]
    profile: Profile
    spacing: Spacing = "constant"
    users: int = 0
    think_s: float = 1.0
    seed: int = 0
    timeout_s: float = 10.0
    index: int = 0
    drivers: int = 1


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes: requests ``due`` and ``done`` so far, ``failed`` of them; in the end also
    the tally, and how long it took and how much processor time."""

    due: int
    done: int
    failed: int
    elapsed_s: float
    cpu_s: float
    final: TallyText | None = None


class Driver:
    """Carries an assignment out."""

    def __init__(self, assignment: Assignment, say: Callable[[Word], None]) -> None:
        self._do, self._say = assignment, say
        self._tally = Tally()
        self._due = 0
        self._began_s = 0.0
        self._began_cpu_s = 0.0

    async def run(self) -> None:
        """Send everything, wait for every answer, say the final word."""
        do = self._do
        source = load_source(do.source, do.settings)
        async with LeanCaller(do.peers, LiveWorld()) as caller:

            async def shoot(number: int) -> None:
                self._due += 1
                wanted = source(number)
                await caller.call(
                    wanted.operation,
                    wanted.request,
                    timeout_s=do.timeout_s,
                    idempotency_key=wanted.idempotency_key,
                )

            self._began_s, self._began_cpu_s = time.monotonic(), time.process_time()
            telling = asyncio.create_task(self._tell())
            if do.users:
                await self._people(shoot)
            else:
                schedule = enumerate(due_times(do.profile, do.spacing, do.seed))
                mine = (each for each in schedule if each[0] % do.drivers == do.index)
                await on_schedule(shoot, mine, self._note)
            telling.cancel()
        self._say(self._word(self._tally.written()))

    def _note(self, shot: Shot) -> None:
        self._tally.ended(shot.latency_s, shot.code if shot.error else None)
        self._tally.late.add(shot.late_s)

    async def _people(self, shoot: Callable[[int], Any]) -> None:
        loop = asyncio.get_running_loop()
        start, end_s = loop.time(), total_s(self._do.profile)

        async def person(user: int) -> None:
            chance = random.Random(f"practicum/users/{self._do.seed}/{user}")
            # Everybody is somewhere in thought when it begins: nobody storms the doors.
            due_s, visit = chance.expovariate(1 / self._do.think_s), 0
            while due_s < end_s:
                await asyncio.sleep(start + due_s - loop.time())
                number = visit * self._do.users + user
                await one_shot(shoot, number, (start, due_s), self._note)
                think_s = chance.expovariate(1 / self._do.think_s)
                due_s, visit = loop.time() - start + think_s, visit + 1

        mine = range(self._do.index, self._do.users, self._do.drivers)
        async with asyncio.TaskGroup() as group:
            for user in mine:
                group.create_task(person(user))

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            self._say(self._word())

    def _word(self, final: TallyText | None = None) -> Word:
        return Word(
            due=self._due,
            done=self._tally.done,
            failed=self._tally.failed.count,
            elapsed_s=time.monotonic() - self._began_s,
            cpu_s=time.process_time() - self._began_cpu_s,
            final=final,
        )


def load_source(name: str, settings: Mapping[str, str]) -> Source:
    """The source ``module:function``, made with its settings."""
    module, _, function = name.partition(":")
    make: Callable[[Mapping[str, str]], Source] = getattr(importlib.import_module(module), function)
    return make(settings)


async def _drive(assignment: Assignment) -> None:
    def tethered() -> None:
        if not os.read(0, 65536):
            os._exit(1)  # whoever wanted the figures is gone

    asyncio.get_running_loop().add_reader(0, tethered)
    await Driver(assignment, _say).run()


def _say(word: Word) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, msgspec.json.encode(word) + b"\n")


def main() -> None:
    """Become a driver."""
    line = os.fdopen(os.dup(0), "rb", buffering=0).readline()
    uvloop.run(_drive(msgspec.json.decode(line, type=Assignment)))


if __name__ == "__main__":
    main()
