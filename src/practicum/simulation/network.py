"""A network of messages: late, lost, doubled, out of order, and cut, as the seed and faults say."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What a link does to messages. Latency is at least ``latency_s_min`` and exponential above
    it, with ``latency_s_mean`` more on average; ``loss`` and ``duplication`` are shares."""

    latency_s_min: float = 0.001
    latency_s_mean: float = 0.004
    loss: float = 0.0
    duplication: float = 0.0


class Network:
    """Links between nodes. ``deliver(to, source, body)`` is what an arriving message does."""

    def __init__(
        self,
        seed: int,
        at: Callable[..., None],
        now: Callable[[], float],
        weather: Weather | None = None,
    ) -> None:
        drawing = random.Random(f"network {seed}")
        self._random = drawing.random
        self._exponential = drawing.expovariate
        self._at, self._now = at, now
        self.weather = weather or Weather()
        self._cut: set[tuple[str, str]] = set()
        self.sent = self.lost = self.doubled = 0
        self.set_weather(self.weather)

    def set_weather(self, weather: Weather) -> None:
        """Let messages be treated so from now on."""
        self.weather = weather
        self._minimum = weather.latency_s_min
        self._rate = 1 / weather.latency_s_mean if weather.latency_s_mean else 0.0
        self._loss, self._duplication = weather.loss, weather.duplication

    def cut(self, source: str, to: str) -> None:
        """Let nothing through in one direction."""
        self._cut.add((source, to))

    def mend(self, source: str, to: str) -> None:
        """Let messages through again."""
        self._cut.discard((source, to))

    def send(self, source: str, to: Any, body: Any) -> None:
        """Put a message on its way to a node."""
        self.sent += 1
        if self._cut and (source, to.name) in self._cut:
            self.lost += 1
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
