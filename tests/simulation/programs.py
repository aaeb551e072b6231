"""Programs of tasks as data, and what runs them: for this process, and for fresh ones.

As a script it reads programs from stdin, one a line (JSON), and prints the trace of each run as a
line (JSON). It needs the standard library and the loop only, so that it runs on interpreters
without anything installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import json
import random
import sys
import warnings
from typing import Any

from practicum.simulation.loop import Busy, Deadlock, DeterministicLoop, Domain
from practicum.simulation.seams import in_place

Step = list[Any]
_VALUE: contextvars.ContextVar[int] = contextvars.ContextVar("value", default=0)
_WHEN = (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED)


class Stop(Exception):
    """What programs raise."""


class Running:
    """One run: what the program works with, and what it told."""

    def __init__(self, seed: int) -> None:
        self.loop = DeterministicLoop(seed)  # type: ignore[abstract]
        self.random = random.Random(seed)
        self.told: list[str] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.locks = [asyncio.Lock() for _ in range(2)]
        self.events = [asyncio.Event() for _ in range(2)]
        self.queues: list[asyncio.Queue[int]] = [asyncio.Queue(maxsize=2) for _ in range(2)]
        self.doors = asyncio.Semaphore(2)
        self.domains = [Domain(f"d{number}") for number in range(3)]
        self.kept: list[Any] = []

    def elapsed(self) -> float:
        """For the seams."""
        return self.loop.time()

    def skew(self) -> float:
        """For the seams."""
        return 0.0

    def chance(self) -> random.Random:
        """For the seams."""
        return self.random

    def tell(self, *words: object) -> None:
        """Write a line of the trace."""
        task = asyncio.current_task(self.loop)
        name = task.get_name() if task is not None else "-"
        self.told.append(f"{self.loop.time():.6f} {name} {' '.join(map(str, words))}")

    def make(self, body: list[Step]) -> asyncio.Task[Any]:
        """A task for some steps."""
        task = self.loop.create_task(self.all_of(body))
        self.tasks.append(task)
        return task

    async def all_of(self, body: list[Step]) -> int:
        """Do steps one after the other."""
        try:
            for name, *words in body:
                await getattr(self, f"_do_{name}")(*words)
        except asyncio.CancelledError:
            self.tell("cancelled")
            raise
        except Stop as error:
            self.tell("stopped", error)
            raise
        finally:
            self.tell("leaves")
        return len(body)

    async def _do_tell(self, word: int) -> None:
        self.tell(word, _VALUE.get(), self.random.random() if word % 2 else "")

    async def _do_sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _do_spawn(self, *bodies: list[Step]) -> None:
        for body in bodies:
            self.make(body)

    async def _do_elsewhere(self, where: int, body: list[Step]) -> None:
        self.loop.call_in(self.domains[where], self.make, body)

    async def _do_gather(self, *bodies: list[Step]) -> None:
        found = await asyncio.gather(*map(self.make, bodies), return_exceptions=True)
        self.tell("gathered", [type(each).__name__ for each in found])

    async def _do_wait(self, when: int, seconds: float, *bodies: list[Step]) -> None:
        done, pending = await asyncio.wait(
            [*map(self.make, bodies)], timeout=seconds, return_when=_WHEN[when]
        )
        self.tell("done", [t.get_name() for t in done], "pending", [t.get_name() for t in pending])
        for task in pending:
            task.cancel()

    async def _do_completed(self, seconds: float, *bodies: list[Step]) -> None:
        try:
            for each in asyncio.as_completed([*map(self.all_of, bodies)], timeout=seconds):
                try:
                    self.tell("completed", await each)
                except Stop:
                    self.tell("completed with a stop")
        except TimeoutError:
            self.tell("completed too late")

    async def _do_group(self, *bodies: list[Step]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for body in bodies:
                    self.tasks.append(group.create_task(self.all_of(body)))
        except* Stop as errors:
            self.tell("group stopped", len(errors.exceptions))

    async def _do_timeout(self, seconds: float, body: list[Step]) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.all_of(body)
        except TimeoutError:
            self.tell("timeout")

    async def _do_waitfor(self, seconds: float, body: list[Step]) -> None:
        try:
            await asyncio.wait_for(self.all_of(body), seconds)
        except TimeoutError:
            self.tell("waited too long")

    async def _do_shield(self, seconds: float, body: list[Step]) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.make(body)), seconds)
        self.tell("behind the shield")

    async def _do_lock(self, which: int, body: list[Step]) -> None:
        async with self.locks[which]:
            await self.all_of(body)

    async def _do_door(self, body: list[Step]) -> None:
        async with self.doors:
            await self.all_of(body)

    async def _do_put(self, which: int, item: int) -> None:
        await self.queues[which].put(item)

    async def _do_get(self, which: int) -> None:
        self.tell("got", await self.queues[which].get())

    async def _do_set(self, which: int) -> None:
        self.events[which].set()

    async def _do_await(self, which: int) -> None:
        await self.events[which].wait()
        self.events[which].clear()

    async def _do_cancel(self, which: int) -> None:
        if self.tasks:
            self.tell("cancels", self.tasks[which % len(self.tasks)].cancel())

    async def _do_stop(self) -> None:
        raise Stop(len(self.told))

    async def _do_value(self, value: int) -> None:
        _VALUE.set(value)

    async def _do_later(self, seconds: float, word: int) -> None:
        self.loop.call_later(seconds, self.tell, "later", word)

    async def _do_names(self) -> None:
        self.tell("all", [task.get_name() for task in asyncio.all_tasks()])

    async def _do_generate(self, upto: int, keep: bool, body: list[Step]) -> None:
        async def numbers() -> Any:
            try:
                for number in range(5):
                    await self.all_of(body)
                    yield number
            finally:
                self.tell("generator ends")

        generator = numbers()
        if keep:
            self.kept.append(generator)
        async for number in generator:
            if number >= upto:
                break
        del generator


def run(program: list[Step], seed: int) -> str:
    """The trace of a run."""
    running = Running(seed)
    loop = running.loop
    with in_place(running), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            main = running.make(program)
            loop.run_until_complete(asyncio.wait_for(asyncio.shield(main), 60))
            running.tell("end")
        except (Deadlock, Busy, Stop, TimeoutError, asyncio.CancelledError) as error:
            running.tell("ends with", type(error).__name__)
        told = [*running.told, f"{loop.steps} steps, {loop.mix}, {len(loop.complaints)} complaints"]
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        del running, main
        gc.collect()
        sys.unraisablehook = hook
    return "\n".join(told)


def main() -> None:
    """Run what comes, one after the other."""
    gc.freeze()  # what is loaded stays: no run's collection need look through it
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(run(asked["program"], asked["seed"])), flush=True)


if __name__ == "__main__":
    main()
