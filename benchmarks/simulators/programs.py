"""The programs as plain asyncio code, which runs on every engine that is an event loop.

An engine gives a `Cluster`: nodes by number, started with a function that gets a `Port`. W1 and
W2 answer with the number of messages that they sent, the election with that of leaders elected.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from benchmarks.simulators.protocols.calls import CALLERS, CALLS, TIMEOUT_S, answer
from benchmarks.simulators.protocols.gossip import HOPS, RUMOURS
from benchmarks.simulators.protocols.sets import see_all
from benchmarks.simulators.protocols.voting import (
    ELECTION_S_MAX,
    ELECTION_S_MIN,
    HEARTBEAT_S,
    LEADER,
    Voter,
)

LATENCY_S_MIN, LATENCY_S_MAX = 0.001, 0.020
"""seedloop's, where they are fixed; the others are told."""
LOSS_PERCENT = 1
PERIOD_S = 2.0
"""In each of these an election suffers one crash and one partition."""
OUTAGE_S = ((0.3, 1.0), (0.5, 0.9))
"""From when to when in a period one begins, and how long it lasts, drawn evenly."""
OPEN_S = 0.01
"""By then every node has its port."""
CALL, ANSWER = range(2)


@dataclasses.dataclass(frozen=True)
class Work:
    """What to run: ``kind`` is gossip, calls or election; an election lasts ``seconds``."""

    kind: str
    nodes: int = 5
    seconds: float = 0.0

    @property
    def loss(self) -> float:
        """The share of messages that the network loses."""
        return LOSS_PERCENT / 100 if self.kind == "calls" else 0.0

    @property
    def title(self) -> str:
        """What it is called in the results."""
        if self.kind == "election":
            return f"Raft election, {self.seconds:g} simulated seconds"
        name = "W1, gossip" if self.kind == "gossip" else "W2, calls"
        return f"{name}, {self.nodes} nodes"


@dataclasses.dataclass(frozen=True, slots=True)
class Port:
    """What a node sends and receives by; both are the engine's own coroutines where it can be."""

    number: int
    send: Callable[[int, Any], Awaitable[None]]
    receive: Callable[[], Awaitable[tuple[int, Any]]]


Life = Callable[[Port], Coroutine[Any, Any, None]]


class Cluster(Protocol):
    """Nodes of an engine, from inside its loop."""

    def start(self, number: int, life: Life) -> None:
        """Let a node live, for the first time or once more."""
        ...

    def crash(self, number: int) -> None:
        """End a node at once."""
        ...

    def split(self, left: list[int], right: list[int]) -> None:
        """Let no message pass between two sides."""
        ...

    def heal(self) -> None:
        """Let all messages pass again."""
        ...


Main = Callable[[Cluster], Awaitable[Any]]
Run = Callable[[Main, int, Work], Any]
"""Runs a program on an engine with a seed; what it returned."""


GOSSIP, CALLING = Work("gossip"), Work("calls")
LONG, SHORT = Work("election", seconds=10.0), Work("election", seconds=2.0)
MANY_NODES = tuple(Work("gossip", nodes) for nodes in (25, 100))


def definitions() -> str:
    """What the works are, in Markdown, for the results."""
    (after_s, before_s), (least_s, most_s) = OUTAGE_S
    return "\n".join(
        (
            f"- Every message takes {LATENCY_S_MIN * 1000:g} to {LATENCY_S_MAX * 1000:g} ms; in "
            "ours a latency is exponential above the least, with the same mean.",
            f"- W1, gossip: {RUMOURS} rumours, each passed on {HOPS} times to a node drawn.",
            f"- W2, calls: {CALLERS} callers on each node with {CALLS} calls each; a task answers; "
            f"{LOSS_PERCENT} % loss; tried again after {TIMEOUT_S * 1000:g} ms.",
            f"- Raft election: 5 nodes; election timeout {ELECTION_S_MIN * 1000:g} to "
            f"{ELECTION_S_MAX * 1000:g} ms; a heartbeat every {HEARTBEAT_S * 1000:g} ms, "
            f"unanswered; no loss. In every {PERIOD_S:g} s one node crashes and comes back, and "
            f"two are cut off from three: each begins {after_s:g} to {before_s:g} s into them and "
            f"lasts {least_s:g} to {most_s:g} s.",
        )
    )


def perform(run: Run, work: Work, seed: int) -> int:
    """Do the work once."""
    program = {"gossip": gossip, "calls": calls, "election": election}[work.kind]
    found = run(lambda cluster: program(cluster, work, seed), seed, work)
    assert isinstance(found, int)
    return found


def see_sets(run: Run, seed: int) -> Any:
    """What the four constructs of ``protocols/sets.py`` show on an engine."""
    return run(lambda _: see_all(), seed, Work("sets", nodes=0))


def others(number: int, count: int) -> list[int]:
    """All nodes but this one."""
    return [each for each in range(count) if each != number]


async def gossip(cluster: Cluster, work: Work, seed: int) -> int:
    """See ``protocols/gossip.py``."""
    over = asyncio.Event()
    arrived: list[int] = []

    async def life(port: Port) -> None:
        chance, peers = random.Random(f"{port.number} {seed}").random, others(port.number, count)
        await asyncio.sleep(OPEN_S)
        for _ in range(port.number, RUMOURS, count):
            await port.send(peers[int(chance() * (count - 1))], HOPS)
        while True:
            _, hops = await port.receive()
            if hops > 1:
                await port.send(peers[int(chance() * (count - 1))], hops - 1)
            else:
                arrived.append(port.number)
                if len(arrived) == RUMOURS:
                    over.set()

    count = work.nodes
    for number in range(count):
        cluster.start(number, life)
    await over.wait()
    return RUMOURS * HOPS


async def calls(cluster: Cluster, work: Work, seed: int) -> int:
    """See ``protocols/calls.py``."""
    over = asyncio.Event()
    callers = [Caller(number, work.nodes, seed) for number in range(work.nodes)]

    async def life(port: Port) -> None:
        caller = callers[port.number]
        receiving = asyncio.create_task(caller.receive(port))
        await asyncio.sleep(OPEN_S)
        await asyncio.gather(*(caller.call(port) for _ in range(CALLERS)))
        caller.done = True
        if all(each.done for each in callers):
            over.set()
        await receiving

    for number in range(work.nodes):
        cluster.start(number, life)
    await over.wait()
    return sum(caller.sent for caller in callers)


class Caller:
    """A node that asks and answers. It keeps its tasks, as asyncio's documentation advises."""

    def __init__(self, number: int, count: int, seed: int) -> None:
        self.sent = 0
        self.done = False
        self._chance = random.Random(f"{number} {seed}").random
        self._peers = others(number, count)
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, port: Port) -> None:
        """Let a task answer each call, and who waits have its answer."""
        while True:
            source, (kind, number, value) = await port.receive()
            if kind == CALL:
                task = asyncio.create_task(self._answer(port, source, number, value))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(value)

    async def _answer(self, port: Port, source: int, number: int, value: int) -> None:
        found = await answer(source, value)
        self.sent += 1
        await port.send(source, (ANSWER, number, found))

    async def call(self, port: Port) -> None:
        """Ask somebody, again and again."""
        for value in range(CALLS):
            to = self._peers[int(self._chance() * len(self._peers))]
            while True:
                try:
                    assert await self._ask(port, to, value) == value + 1
                    break
                except TimeoutError:
                    continue

    async def _ask(self, port: Port, to: int, value: int) -> int:
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self.sent += 1
            await port.send(to, (CALL, number, value))
            async with asyncio.timeout(TIMEOUT_S):
                return await waiting
        finally:
            del self._waiting[number]


@dataclasses.dataclass(frozen=True)
class Outage:
    """A crash of the only node in ``left``, if there is nobody in ``right``, or a partition."""

    start_s: float
    end_s: float
    left: list[int]
    right: list[int]


def outages(seed: int, work: Work) -> list[Outage]:
    """A crash and a partition in every period, each over before the next one of its kind. An
    election that is shorter than a period has both, and they are as much shorter."""
    chance = random.Random(f"outages {seed}")
    period_s = min(PERIOD_S, work.seconds)
    found = []
    for number in range(int(work.seconds / period_s)):
        for cuts in (False, True):
            after, lasts = OUTAGE_S
            start_s = period_s * (number + chance.uniform(*after) / PERIOD_S)
            mixed = chance.sample(range(work.nodes), work.nodes)
            left, right = (mixed[:2], mixed[2:]) if cuts else (mixed[:1], [])
            end_s = start_s + period_s * chance.uniform(*lasts) / PERIOD_S
            found.append(Outage(start_s, end_s, left, right))
    return found


async def election(cluster: Cluster, work: Work, seed: int) -> int:
    """See ``protocols/election.py``. What a node keeps over a crash needs no time to be kept."""
    leaders: dict[int, int] = {}
    kept: dict[int, tuple[int, int | None]] = {}
    lives = itertools.count()

    async def life(port: Port) -> None:
        chance = random.Random(f"{port.number} {next(lives)} {seed}").random
        peers = others(port.number, work.nodes)
        voter = Voter(port.number, peers, chance, kept.get(port.number, (0, None)))
        while True:
            was = voter.role
            try:
                async with asyncio.timeout(voter.patience_s()):
                    source, message = await port.receive()
                sending = voter.hear(source, message)
            except TimeoutError:
                sending = voter.bored()
            kept[port.number] = voter.to_keep
            if voter.role == LEADER and was != LEADER:
                other = leaders.setdefault(voter.term, port.number)
                assert other == port.number, f"two in term {voter.term}"
            for to, message in sending:
                await port.send(to, message)

    for number in range(work.nodes):
        cluster.start(number, life)
    await _suffer(cluster, outages(seed, work), work.seconds, life)
    assert leaders
    return len(leaders)


async def _suffer(cluster: Cluster, plan: list[Outage], seconds: float, life: Life) -> None:
    """Let what is planned happen, until the seconds are over."""
    events: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []
    for outage in plan:
        if outage.right:
            events.append((outage.start_s, cluster.split, (outage.left, outage.right)))
            events.append((outage.end_s, cluster.heal, ()))
        else:
            events.append((outage.start_s, cluster.crash, (outage.left[0],)))
            events.append((outage.end_s, cluster.start, (outage.left[0], life)))
    now = 0.0
    for at, what, whom in sorted(events, key=lambda event: event[0]):
        await asyncio.sleep(at - now)
        what(*whom)
        now = at
    await asyncio.sleep(seconds - now)
