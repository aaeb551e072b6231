"""A network of messages: late, lost, doubled, out of order, and cut, as the seed and faults say."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Protocol

import msgspec


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


Heard = Callable[[str, str, str, Any], None]
"""Is told what happens to a message: sent, lost, doubled or arrived, from whom, to whom."""


class Network:
    """Links between nodes: what is sent to a node is delivered by its ``deliver(source, body)``,
    in its domain. ``at`` and ``now`` are the loop's."""

    def __init__(
        self,
        seed: int | str,
        at: Callable[..., None],
        now: Callable[[], float],
        weather: Weather | None = None,
    ) -> None:
        drawing = random.Random(f"network {seed}")
        self._random = drawing.random
        self._exponential = drawing.expovariate
        self._at, self._now = at, now
        self.weather = weather or Weather()
        self._minimum = self.weather.latency_s_min
        self._rate = 1 / self.weather.latency_s_mean if self.weather.latency_s_mean else 0.0
        self._loss, self._duplication = self.weather.loss, self.weather.duplication
        self.heard: Heard | None = None
        self.troubles: list[Trouble] = []
        self.sent = self.lost = self.doubled = 0

    def settle(self) -> None:
        """No loss and no doubles from now on, as far as the weather goes."""
        self._loss = self._duplication = 0.0

    def send(self, source: str, to: Any, body: Any) -> None:
        """Put a message on its way to a node."""
        self.sent += 1
        if self.troubles or self.heard is not None:
            self._send_in_trouble(source, to, body)
            return
        if self._loss and self._random() < self._loss:
            self.lost += 1
            return
        latency = self._minimum
        if self._rate:
            latency += self._exponential(self._rate)
        self._at(self._now() + latency, to.domain, to.deliver, source, body)
        if self._duplication and self._random() < self._duplication:
            self.doubled += 1
            late = self._minimum + (self._exponential(self._rate) if self._rate else 0.0)
            self._at(self._now() + late, to.domain, to.deliver, source, body)

    def _send_in_trouble(self, source: str, to: Any, body: Any) -> None:
        """As `send`, drawing in the same order, with what faults do and with somebody told."""
        chance, name = self._random, to.name
        self._tell("sent", source, name, body)
        lost = bool(self._loss) and chance() < self._loss
        for trouble in self.troubles:
            lost = lost or trouble.loses(source, name, chance)
        if lost:
            self.lost += 1
            self._tell("lost", source, name, body)
            return
        self._arrive_later(source, to, body)
        doubled = bool(self._duplication) and chance() < self._duplication
        for trouble in self.troubles:
            doubled = doubled or trouble.doubles(source, name, chance)
        if doubled:
            self.doubled += 1
            self._tell("doubled", source, name, body)
            self._arrive_later(source, to, body)

    def _arrive_later(self, source: str, to: Any, body: Any) -> None:
        latency = self._minimum
        if self._rate:
            latency += self._exponential(self._rate)
        for trouble in self.troubles:
            latency += trouble.delays_s(source, to.name, self._random)
        if self.heard is None:
            self._at(self._now() + latency, to.domain, to.deliver, source, body)
        else:
            self._at(self._now() + latency, to.domain, self._deliver_aloud, to, source, body)

    def _deliver_aloud(self, to: Any, source: str, body: Any) -> None:
        self._tell("arrived", source, to.name, body)
        to.deliver(source, body)

    def _tell(self, what: str, source: str, to: str, body: Any) -> None:
        if self.heard is not None:
            self.heard(what, source, to, body)
