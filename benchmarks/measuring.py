"""Medians of several rounds, beside a calibration loop that shows how fast the machine is now."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: its median over the rounds, and what was promised of it.

    ``promise`` is None for a figure that is only shown; ``at_most`` says which way it points.
    """

    name: str
    unit: str
    rounds: tuple[float, ...]
    promise: float | None = None
    at_most: bool = True

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.rounds)

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None without a promise."""
        if self.promise is None:
            return None
        return self.median <= self.promise if self.at_most else self.median >= self.promise


def calibrate() -> float:
    """Milliseconds that a fixed piece of Python and C work takes here and now."""
    began = time.perf_counter()
    data = b"practicum"
    for number in range(50_000):
        data = hashlib.blake2b(data + number.to_bytes(4, "big")).digest()
    return (time.perf_counter() - began) * 1000


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown, misses marked as plainly as hits."""
    lines = ["| figure | median | rounds | promised | kept |", "|---|---|---|---|---|"]
    for figure in figures:
        rounds = ", ".join(f"{value:.4g}" for value in figure.rounds)
        sign = "<=" if figure.at_most else ">="
        promised = "" if figure.promise is None else f"{sign} {figure.promise:g} {figure.unit}"
        kept = {None: "", True: "yes", False: "**missed**"}[figure.kept]
        median = f"{figure.median:.4g} {figure.unit}"
        lines.append(f"| {figure.name} | {median} | {rounds} | {promised} | {kept} |")
    return "\n".join(lines)
