"""Time, chance and identity, handed to a service instead of read behind its back.

A service that asks the world for the time runs unchanged on a real machine and in the
simulator, where a day passes in a millisecond and one seed decides every draw. Waiting is not
here: it goes through the event loop (``asyncio.sleep``, ``asyncio.timeout``), which the
simulator replaces as a whole.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from typing import Protocol


class World(Protocol):
    """What a service may know of the world outside its messages."""

    @property
    def random(self) -> random.Random:
        """The only source of chance: seeded by the simulator, by the system when live."""
        ...

    def now(self) -> float:
        """Wall-clock time in seconds since the Unix epoch; it may jump."""
        ...


def new_id(world: World) -> str:
    """A fresh identity that sorts by time: a UUID of version 7 (RFC 9562, section 5.7)."""
    milliseconds = int(world.now() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | world.random.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rfc3339(seconds: float) -> str:
    """Unix seconds as an RFC 3339 timestamp in UTC with microseconds."""
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{_to_the_second(whole)}.{micros:06d}Z"


@functools.lru_cache(maxsize=16)
def _to_the_second(whole: int) -> str:
    return dt.datetime.fromtimestamp(whole, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def unix_seconds(timestamp: str) -> float:
    """Unix seconds of an RFC 3339 timestamp; ValueError if it is none."""
    return dt.datetime.fromisoformat(timestamp).timestamp()
