"""A network of messages: late, lost, doubled, out of order, and cut, as the seed and faults say."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappush
from math import log
from typing import Any, Protocol, TypeAlias

import msgspec

from practicum.simulation.loop import NO_HANDLE, DeterministicLoop
from practicum.simulation.places import NOWHERE


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What a link does to messages. Latency is at least ``latency_s_min`` and exponential above
    it, with ``latency_s_mean`` more on average; ``loss`` and ``duplication`` are shares."""

    latency_s_min: float = 0.001
    latency_s_mean: float = 0.004
    loss: float = 0.0
    duplication: float = 0.0


class Trouble(Protocol):
    """What a fault does to messages between two nodes, by their names."""

    def loses(self, source: str, to: str, chance: Callable[[], float]) -> bool:
        """Whether this message is lost."""
        ...

    def doubles(self, source: str, to: str, chance: Callable[[], float]) -> bool:
        """Whether this message arrives twice."""
        ...

    def delays_s(self, source: str, to: str, chance: Callable[[], float]) -> float:
        """How much later it arrives."""
        ...


Taken: TypeAlias = list[Any]
"""What happened, seven items for each thing: when, at whom, what, more of it, with whom, and by
which line of the code with which globals. What was sent arrives as two, the time and the very
object that was sent. The list is flat, since memory is what a trace costs most."""


class Network:
    """Links between nodes: what is sent to a node is delivered by its ``deliver(source, body)``,
    in its domain. ``taken``, if there is one, takes down what happens to messages on their way."""

    def __init__(
        self,
        seed: int | str,
        loop: DeterministicLoop,
        weather: Weather | None = None,
    ) -> None:
        self._random = random.Random(f"network {seed}").random
        self._loop = loop
        self.weather = weather or Weather()
        self._minimum = self.weather.latency_s_min
        self._mean = self.weather.latency_s_mean
        self._loss, self._duplication = self.weather.loss, self.weather.duplication
        self.taken: Taken | None = None
        self.troubles: list[Trouble] = []
        self.sent = self.lost = self.doubled = 0

    def settle(self) -> None:
        """No loss and no doubles from now on, as far as the weather goes."""
        self._loss = self._duplication = 0.0

    def send(self, source: str, to: Any, body: Any) -> None:
        """Put a message on its way to a node."""
        self.sent += 1
        loop = self._loop
        if self.troubles:
            self._send_in_trouble(source, to, body)
            return
        if self._loss and self._random() < self._loss:
            self._lose(source, to, body)
            return
        # As `_latency` and `DeterministicLoop.at` do: most of all time is spent here.
        latency = self._minimum
        if self._mean:
            latency -= log(1.0 - self._random()) * self._mean
        when = loop._time + latency
        loop._timer_count = number = loop._timer_count + 1
        heappush(
            loop._timers, (when, number, to.domain, None, to.deliver, (source, body), NO_HANDLE)
        )
        if self._duplication and self._random() < self._duplication:
            self._double(source, to, body)

    def _send_in_trouble(self, source: str, to: Any, body: Any) -> None:
        """As `send`, drawing in the same order, with what faults do."""
        chance, name = self._random, to.name
        lost = bool(self._loss) and chance() < self._loss
        for trouble in self.troubles:
            lost = lost or trouble.loses(source, name, chance)
        if lost:
            self._lose(source, to, body)
            return
        self._arrive_later(source, to, body)
        doubled = bool(self._duplication) and chance() < self._duplication
        for trouble in self.troubles:
            doubled = doubled or trouble.doubles(source, name, chance)
        if doubled:
            self._double(source, to, body)

    def _lose(self, source: str, to: Any, body: Any) -> None:
        self.lost += 1
        if self.taken is not None:
            self.taken += (self._loop._time, source, "lost", body, to.name, *NOWHERE)

    def _double(self, source: str, to: Any, body: Any) -> None:
        self.doubled += 1
        if self.taken is not None:
            self.taken += (self._loop._time, source, "doubled", body, to.name, *NOWHERE)
        self._arrive_later(source, to, body)

    def _arrive_later(self, source: str, to: Any, body: Any) -> None:
        loop, latency = self._loop, self._latency()
        for trouble in self.troubles:
            latency += trouble.delays_s(source, to.name, self._random)
        loop.at(loop._time + latency, to.domain, to.deliver, source, body)

    def _latency(self) -> float:
        if not self._mean:
            return self._minimum
        return self._minimum - log(1.0 - self._random()) * self._mean
