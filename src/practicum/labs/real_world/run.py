"""One run on processes: all lives, the faults of a plan at their times, and a verdict.

It has the parts that a simulated run has: faults come and go while the clients work, then all is
calm and settles, then ``finish`` must come to its end; the checks judge at last.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.faults.fault import AnyFault, Kill, Pause
from practicum.labs.check.machine import watching
from practicum.labs.real_world import record, wire
from practicum.labs.real_world.conditions import not_applied
from practicum.labs.real_world.grounds import Grounds, RealWorldFailed
from practicum.labs.real_world.life import JUDGEMENTS
from practicum.labs.real_world.outcome import Run
from practicum.labs.real_world.post import ask_subject, word_subject
from practicum.labs.real_world.transitions import Transition
from practicum.simulation.running.judging import LIVENESS
from practicum.simulation.running.program import Traits
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.world import BACK_AFTER_S, FINISH

UP_WAIT_S = 30.0
JUDGE_WAIT_S = 60.0
_LEAD_S = 0.05
_GRACE_S = 5.0
_JUDGE = "judge"
PROCESSES = "processes"


async def run(grounds: Grounds, traits: Traits, setting: Setting) -> Run:
    """Run the file that the nursery has loaded. `RealWorldFailed` if that cannot be done."""
    number = grounds.next_run()
    folder = grounds.path / f"run-{number}"
    folder.mkdir(mode=0o700)
    client = await nats.connect(grounds.url, allow_reconnect=False, connect_timeout=10)
    try:
        running = _Running(grounds, traits, setting, folder, client, f"run{number}")
        async with watching(folder) as watch:
            began = time.monotonic()
            await running.through()
            took_s = time.monotonic() - began
        found = await running.verdict(took_s)
        return msgspec.structs.replace(found, machine=watch.seen().troubles)
    finally:
        with contextlib.suppress(Exception):
            await client.close()


class _Running:
    def __init__(
        self,
        grounds: Grounds,
        traits: Traits,
        setting: Setting,
        folder: Path,
        client: Client,
        subject: str,
    ) -> None:
        self._grounds, self._traits, self._setting = grounds, traits, setting
        self._folder, self._client, self._subject = folder, client, subject
        self._names = (*traits.nodes, *traits.clients, FINISH)
        self._lives: dict[str, int] = {}
        self._asked: set[str] = set()
        self._all_asked = asyncio.Event()
        self._over = asyncio.Event()
        self._cleared = asyncio.Event()
        self._word = wire.Word(number=0)
        self._there: dict[int, AnyFault] = {}
        self._struck: dict[int, int] = {}
        self._dark: set[str] = set()  # without power: nothing starts them
        self._expected: set[tuple[str, int]] = set()
        self._found: list[Judgement] = []
        self._error: Exception | None = None
        self._back: set[asyncio.Task[None]] = set()

    # ── From the first start to the last

    async def through(self) -> None:
        """Everything but the verdict."""
        await self._client.subscribe(ask_subject(self._subject), cb=self._answer)
        await self._client.flush()
        hearing = asyncio.create_task(self._hear())
        try:
            await self._up()
            await self._timeline()
            if not self._over.is_set() and self._traits.finishes:
                await self._finish()
        finally:
            for task in self._back:
                task.cancel()
            await self._clear()
            hearing.cancel()
        if self._error is not None:
            raise self._error

    async def _clear(self) -> None:
        """End all lives, and hear of the last one's end."""
        self._expected |= set(self._lives.items())
        self._grounds.ask(wire.Clear())
        if not await _within(_GRACE_S, self._cleared):
            self._error = self._error or RealWorldFailed("processes do not end: see `ps`")
        self._cleared.clear()

    async def _up(self) -> None:
        for name in self._traits.nodes:
            self._start(name, "node")
        for name in self._traits.clients:
            self._start(name, "client")
        waits = [asyncio.create_task(each.wait()) for each in (self._all_asked, self._over)]
        await asyncio.wait(waits, timeout=UP_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        if not self._all_asked.is_set() and not self._over.is_set():
            missing = set(self._names[:-1]) - self._asked
            raise RealWorldFailed(
                f"{', '.join(sorted(missing))} did not start within {UP_WAIT_S:g} s: give the "
                "machine less to do, or the file fewer nodes"
            )
        await self._tell(origin=time.monotonic() + _LEAD_S)

    async def _timeline(self) -> None:
        traits = self._traits
        due: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        for number, fault in enumerate(self._setting.plan.faults):
            due.append((fault.start_s, partial(self._begin, number, fault)))
            due.append((fault.end_s, partial(self._end, number, fault)))
        due.append((traits.duration_s, partial(self._tell, running=False)))
        due.append((traits.duration_s + traits.settle_s, self._tell))
        due.sort(key=lambda each: each[0])
        assert self._word.origin is not None
        for at_s, act in due:
            if await self._is_over(self._word.origin + at_s):
                return
            await act()

    async def _is_over(self, until: float) -> bool:
        """Wait until then; whether the run has ended before."""
        return await _within(max(0.0, until - time.monotonic()), self._over)

    async def _finish(self) -> None:
        for name in self._traits.clients:
            self._kill(name)
        self._start(FINISH, "finish")
        if not await self._is_over(time.monotonic() + self._traits.patience_s + _GRACE_S):
            self._found.append(
                Judgement(
                    check=LIVENESS,
                    verdict=Verdict.FAIL,
                    expected=f"finish comes to its end within {self._traits.patience_s:g} s",
                    seen="its process does not even notice that the time is over",
                )
            )

    # ── Faults

    async def _begin(self, number: int, fault: AnyFault) -> None:
        if isinstance(fault, Kill):
            self._dark.add(fault.target)
            self._struck[number] = int(self._kill(fault.target))
        elif isinstance(fault, Pause):
            self._struck[number] = int(self._is_up(fault.target))
            self._grounds.ask(wire.Signal(fault.target, signal.SIGSTOP))
        else:
            self._there[number] = fault
            await self._tell()

    async def _end(self, number: int, fault: AnyFault) -> None:
        if isinstance(fault, Kill):
            self._dark.discard(fault.target)
            self._revive(fault.target)
        elif isinstance(fault, Pause):
            self._grounds.ask(wire.Signal(fault.target, signal.SIGCONT))
        else:
            del self._there[number]
            await self._tell()

    def _kill(self, name: str) -> bool:
        """End a life at once; whether there was one."""
        was_up = self._is_up(name)
        self._expected.add((name, self._lives[name]))
        self._grounds.ask(wire.Signal(name, signal.SIGKILL))
        return was_up

    def _revive(self, name: str) -> None:
        if name not in self._dark and not self._is_up(name):
            self._start(name, "node")

    def _is_up(self, name: str) -> bool:
        return (name, self._lives[name]) not in self._expected

    # ── Lives

    def _start(self, name: str, role: wire.Role) -> None:
        life = self._lives[name] = self._lives.get(name, 0) + 1
        setting = self._setting
        start = wire.Start(
            name=name,
            role=role,
            life=life,
            url=self._grounds.url,
            subject=self._subject,
            folder=str(self._folder),
            nodes=self._traits.nodes,
            names=self._names,
            seed=setting.seed,
            reroll=setting.reroll,
            weather=setting.weather,
            buggify=setting.buggify,
            patience_s=self._traits.patience_s,
        )
        self._grounds.ask(start)

    async def _answer(self, message: Msg) -> None:
        self._asked.add(message.data.decode())
        if self._asked.issuperset(self._names[:-1]):
            self._all_asked.set()
        await message.respond(msgspec.json.encode(self._word))

    async def _tell(self, *, origin: float | None = None, running: bool = True) -> None:
        self._word = wire.Word(
            number=self._word.number + 1,
            origin=self._word.origin if origin is None else origin,
            running=running and self._word.running,
            faults=tuple(self._there.items()),
        )
        await self._client.publish(word_subject(self._subject), msgspec.json.encode(self._word))
        await self._client.flush()

    async def _hear(self) -> None:
        """Take in what happens to lives."""
        try:
            while True:
                said = await self._grounds.hear()
                if isinstance(said, wire.Cleared):
                    self._cleared.set()
                elif isinstance(said, wire.Ended):
                    self._ended(said)
        except Exception as error:
            self._error = error
            self._over.set()
            self._cleared.set()

    def _ended(self, ended: wire.Ended) -> None:
        life = (ended.name, ended.life)
        if life in self._expected:
            return
        self._expected.add(life)
        if ended.name == _JUDGE or (ended.name == FINISH and ended.code == 0):
            self._over.set()
        elif ended.code == wire.EXIT_DISK:
            task = asyncio.create_task(self._come_back(ended.name))
            self._back.add(task)
            task.add_done_callback(self._back.discard)
        else:
            self._over.set()
            if ended.code != wire.EXIT_UNHANDLED:
                self._found.append(_strange_end(ended))

    async def _come_back(self, name: str) -> None:
        await asyncio.sleep(BACK_AFTER_S)
        self._revive(name)

    # ── The verdict

    async def verdict(self, took_s: float) -> Run:
        """What was recorded, and what the checks say of it."""
        transitions: set[Transition] = set()
        sent = 0
        types: Counter[str] = Counter()
        for line in record.lines(self._folder):
            match line:
                case wire.Went():
                    transitions.add(line.transition)
                case wire.Struck():
                    self._struck[line.fault] = self._struck.get(line.fault, 0) + 1
                case wire.Found():
                    self._found.append(line.judgement)
                case wire.Sent():
                    sent += line.messages
                case wire.Recorded():
                    types[line.type] += 1
        judgements = tuple(self._found) or await self._judged()
        faults = self._setting.plan.faults
        return Run(
            seed=self._setting.seed,
            verdict=overall(each.verdict for each in judgements),
            judgements=judgements,
            fired=tuple(self._struck.get(number, 0) for number in range(len(faults))),
            transitions=tuple(sorted(transitions)),
            done=types["ok"] if types["invoke"] else types["note"],
            sent=sent,
            time_s=round(took_s, 3),
            not_applied=not_applied(fault.kind for fault in faults),
        )

    async def _judged(self) -> tuple[Judgement, ...]:
        """The checks are code of the file, too, and run in a process of their own."""
        self._over.clear()
        hearing = asyncio.create_task(self._hear())
        self._start(_JUDGE, "judge")
        try:
            if not await self._is_over(time.monotonic() + JUDGE_WAIT_S):
                return (_unjudged(f"they have not come to an end within {JUDGE_WAIT_S:g} s"),)
            if self._error is not None:
                raise self._error
        finally:
            await self._clear()
            hearing.cancel()
        path = self._folder / JUDGEMENTS
        if not path.is_file():
            return (_unjudged("their process ended without a verdict"),)
        found: tuple[Judgement, ...] = msgspec.json.decode(
            path.read_bytes(), type=tuple[Judgement, ...]
        )
        return found


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether it happens within so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _unjudged(why: str) -> Judgement:
    return Judgement(check="checks", verdict=Verdict.UNKNOWN, expected="a verdict", seen=why)


def _strange_end(ended: wire.Ended) -> Judgement:
    how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
    if ended.code == wire.EXIT_LOST:
        how = "the loss of its connection to the server that carries messages"
    return Judgement(
        check=PROCESSES,
        verdict=Verdict.UNKNOWN,
        expected="a process ends when its fault or the run wants it to",
        seen=f"{ended.name} (life {ended.life}) ended by {how}",
    )
