"""simpy, which simulates with generators and knows no asyncio: a reference for what another
model of programming costs. There is no code under test here that could run for real."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.simulators.programs import (
    ANSWER,
    CALL,
    LATENCY_S_MAX,
    LATENCY_S_MIN,
    Work,
    others,
)
from benchmarks.simulators.protocols.calls import CALLERS, CALLS, TIMEOUT_S
from benchmarks.simulators.protocols.gossip import HOPS, RUMOURS

Process = Generator[simpy.Event, Any, None]


class _Network:
    """A store for each node; a message on its way is a process, as in simpy's own example of
    communication with latency."""

    def __init__(self, work: Work, seed: int) -> None:
        self.env = simpy.Environment()
        self.inboxes = [simpy.Store(self.env) for _ in range(work.nodes)]
        self.sent = 0
        self._loss = work.loss
        self._drawing = random.Random(seed)

    def send(self, to: int, message: Any) -> None:
        self.sent += 1
        if not self._loss or self._drawing.random() >= self._loss:
            self.env.process(self._arrive(to, message))

    def _arrive(self, to: int, message: Any) -> Process:
        yield self.env.timeout(self._drawing.uniform(LATENCY_S_MIN, LATENCY_S_MAX))
        yield self.inboxes[to].put(message)


def perform(work: Work, seed: int) -> int:
    """Do the work once."""
    network = _Network(work, seed)
    program = {"gossip": _gossip, "calls": _calls}[work.kind]
    network.env.run(until=program(network, work, seed))
    return network.sent


def _gossip(network: _Network, work: Work, seed: int) -> simpy.Event:
    over = network.env.event()
    arrived: list[int] = []

    def life(number: int) -> Process:
        chance, peers = random.Random(f"{number} {seed}").random, others(number, work.nodes)
        for _ in range(number, RUMOURS, work.nodes):
            network.send(peers[int(chance() * len(peers))], HOPS)
        while True:
            hops = yield network.inboxes[number].get()
            if hops > 1:
                network.send(peers[int(chance() * len(peers))], hops - 1)
            else:
                arrived.append(number)
                if len(arrived) == RUMOURS:
                    over.succeed()

    for number in range(work.nodes):
        network.env.process(life(number))
    return over


def _calls(network: _Network, work: Work, seed: int) -> simpy.Event:
    env = network.env
    waiting: dict[tuple[int, int], simpy.Event] = {}
    numbers = iter(range(10**9))

    def receive(number: int) -> Process:
        while True:
            kind, source, call, value = yield network.inboxes[number].get()
            if kind == CALL:
                env.process(answer(number, source, call, value))
            elif (number, call) in waiting:
                waiting.pop((number, call)).succeed(value)

    def answer(number: int, source: int, call: int, value: int) -> Process:
        network.send(source, (ANSWER, number, call, value + 1))
        return
        yield

    def ask(number: int, chance: random.Random) -> Process:
        peers = others(number, work.nodes)
        for value in range(CALLS):
            to, answered = peers[int(chance.random() * len(peers))], None
            while not answered:
                call = next(numbers)
                event = waiting[number, call] = env.event()
                network.send(to, (CALL, number, call, value))
                found = yield event | env.timeout(TIMEOUT_S)
                answered = event in found
                waiting.pop((number, call), None)

    asking = []
    for number in range(work.nodes):
        env.process(receive(number))
        chance = random.Random(f"{number} {seed}")
        asking += [env.process(ask(number, chance)) for _ in range(CALLERS)]
    return env.all_of(asking)
