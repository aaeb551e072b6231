"""One life of a node, a client or ``finish``, as a process of its own.

The node is the very class that a simulation has, so that inbox, calls, timeouts and errors are
the same by construction; its loop, its network and its disk are real.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import Any, NoReturn, cast

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.real_world import record, wire
from practicum.labs.real_world.clock import RealLoop
from practicum.labs.real_world.conditions import Conditions
from practicum.labs.real_world.disk import FileDisk
from practicum.labs.real_world.post import Post
from practicum.labs.real_world.transitions import Listening
from practicum.service.live.limits import Limits, limit_sizes
from practicum.simulation.disk import DiskError
from practicum.simulation.history import History
from practicum.simulation.loop import DeterministicLoop
from practicum.simulation.node import Client, Node, Packet
from practicum.simulation.places import told_of, waits_at
from practicum.simulation.running.judging import Findings, judge_history
from practicum.simulation.running.program import Program

TELL_EVERY_S = 0.25
JUDGEMENTS = "judgements.json"


class Life:
    """What surrounds a node (`practicum.simulation.node.Around`)."""

    def __init__(self, start: wire.Start, program: Program, loop: RealLoop) -> None:
        self._start, self._program, self._loop = start, program, loop
        number = start.names.index(start.name)
        self._record = record.Record(Path(start.folder), number, start.life)
        self.history = History(lambda: loop._time)
        self.history.tell(self._record.event)
        self._findings = Findings(self._as_simulated)
        self._listening = Listening()
        self._sites: dict[str, random.Random | None] = {}
        self._begun = asyncio.Event()
        self._word = wire.Word(number=-1)
        chance = random.Random(f"{start.name} {start.life} {start.seed}")
        kind = Node if start.role == "node" else Client
        self._node = kind(start.name, self._as_simulated, cast(Any, None), self, chance, start.life)
        self._post = self._node._network = Post(start, loop, self._node.domain, self._heard)
        self._node.others = cast(Any, self._post.addresses)
        self._node.peers = tuple(each for each in start.nodes if each != start.name)
        self._conditions = self._post.conditions = Conditions(
            start.name, start.nodes, self._post, lambda number: self._write(wire.Struck(number))
        )
        if start.role == "node":
            path = Path(start.folder) / f"{number}.disk"
            disk = FileDisk(path, random.Random(f"disk {start.name} {start.seed}"), self._refused)
            self._node.disk = self._conditions.disk = disk

    @property
    def _as_simulated(self) -> DeterministicLoop:
        """The loop, which has all that a node uses of a simulation's."""
        return cast(DeterministicLoop, self._loop)

    # ── What a node needs of its world

    def wall(self, _: str) -> float:
        """Seconds since the run began, as the clock on the wall has it."""
        return self._loop._time + self._conditions.skew_s

    def buggify(self, site: str) -> bool:
        """A quarter of the sites, the same in all processes, a quarter of the time."""
        if not self._start.buggify:
            return False
        if site not in self._sites:
            drawing = random.Random(f"buggify {site} {self._start.seed}")
            self._sites[site] = drawing if drawing.random() < 0.25 else None
        found = self._sites[site]
        return found is not None and self._node.random.random() < 0.25

    def failed(self, node: Node, error: BaseException) -> NoReturn:
        """Something that nobody handled left the code: this life is over."""
        if isinstance(error, DiskError):
            self._end(wire.EXIT_DISK)
        self._findings.unhandled(node.name, error)
        for judgement in self._findings.found:
            self._write(wire.Found(judgement))
        self._end(wire.EXIT_UNHANDLED)

    def tell(self, node: str, what: str, text: str) -> None:
        """For a trace, which processes do not have."""

    # ── A life

    async def run(self) -> None:
        """Live until the process is killed; ``finish`` ends by itself."""
        self._loop.set_exception_handler(self._complaint)
        try:
            defined = self._program.load(self._say)
        except Exception as error:
            self.failed(self._node, error)
        await self._post.connect(self._arrived, self._told)
        self._loop.create_task(self._post.carry()).add_done_callback(self._lost)
        self._loop.create_task(self._count())
        await self._begun.wait()
        await asyncio.sleep(self._loop.origin - time.monotonic())
        role = self._start.role
        work = self._node.spawn(defined[role](self._node), name=f"{self._start.name}.{role}")
        if role != "finish":
            await asyncio.Event().wait()
        until_s = self._loop._time + self._start.patience_s
        self._loop.at(until_s, None, self._too_late, work)
        await asyncio.wait([work])
        self._write(wire.Finished())
        self._end(0)

    def _told(self, data: bytes) -> None:
        word = msgspec.json.decode(data, type=wire.Word)
        if word.number <= self._word.number:
            return
        self._word = word
        if word.origin is not None and not self._begun.is_set():
            self._loop.origin = word.origin
            self._begun.set()
        self._conditions.become(word.faults)
        if not word.running:
            self._post.settle()
            if isinstance(self._node, Client) and self._start.role == "client":
                self._node.running = False

    def _arrived(self, source: str, packet: Packet) -> None:
        self._heard("arrived", source, self._start.name, packet)
        self._node.deliver(source, packet)

    def _heard(self, what: str, source: str, to: str, packet: Packet) -> None:
        found = self._listening.message(what, source, to, packet)
        if found is not None:
            self._write(wire.Went(found))

    def _refused(self) -> None:
        self._conditions.refused()

    def _say(self, *words: object, **_: object) -> None:
        print(f"{self._start.name}:", *words, file=sys.stderr, flush=True)

    async def _count(self) -> None:
        told = 0
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            if self._post.sent > told:
                self._write(wire.Sent(self._post.sent - told))
                told = self._post.sent

    def _too_late(self, work: Any) -> None:
        self._findings.too_late(self._start.patience_s, waits_at(work))
        self._write(wire.Found(self._findings.found[-1]))
        self._end(wire.EXIT_UNHANDLED)

    def _complaint(self, _: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self.failed(self._node, error)

    def _lost(self, _: Any) -> None:
        self._end(wire.EXIT_LOST)

    def _write(self, line: wire.Line) -> None:
        self._record.write(line)

    def _end(self, code: int) -> NoReturn:
        os._exit(code)


def live(start: wire.Start, program: Program) -> None:
    """Be one life; to be called in a process of its own, and returns only when that is over."""
    limit_sizes(Limits())
    if start.role == "judge":
        _judge(start, program)
        return
    loop = RealLoop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(Life(start, program, loop).run())


def _judge(start: wire.Start, program: Program) -> None:
    """Ask the file's checks about what was recorded."""
    folder = Path(start.folder)
    history = History(lambda: 0.0)
    for event in record.events(folder):
        (history.notes if event.type == "note" else history.events).append(event)
    try:
        judgements = judge_history(program.load(lambda *_, **__: None), history)
    except Exception as error:
        said = f"the file could not be loaded: {told_of(error)}"
        judgements = (
            Judgement(check="checks", verdict=Verdict.UNKNOWN, expected="a verdict", seen=said),
        )
    (folder / JUDGEMENTS).write_bytes(msgspec.json.encode(judgements))
