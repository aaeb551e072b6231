"""What the command, the nursery and the lives of nodes say to each other."""

from __future__ import annotations

import marshal
from typing import Any, Literal

import msgspec

from practicum.checking.verdict import Judgement
from practicum.faults.fault import AnyFault
from practicum.labs.real_world.transitions import Transition
from practicum.simulation.network import Weather
from practicum.simulation.running.program import Sources

Role = Literal["node", "client", "finish", "judge"]
EXIT_UNHANDLED, EXIT_DISK, EXIT_LOST = 70, 71, 72
"""How a life ends by itself: by an error that nobody handled, by a disk that failed it, or
because the server that carries the messages was gone."""
PAYLOAD_BYTES_MAX = 1_000_000


# ── To the nursery, and its answers


class Load(msgspec.Struct, frozen=True, tag=True):
    """Compile a protocol file for all lives from now on."""

    sources: Sources


class Start(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Begin a life: of a node, a client, ``finish``, or of who judges at last. Subjects on the
    server at ``url`` begin with ``subject``; ``folder`` holds records and disks."""

    name: str
    role: Role
    life: int
    url: str
    subject: str
    folder: str
    nodes: tuple[str, ...]
    names: tuple[str, ...]
    seed: int
    reroll: int
    weather: Weather
    buggify: bool
    patience_s: float


class Signal(msgspec.Struct, frozen=True, tag=True):
    """Send a signal to a life."""

    name: str
    number: int


class Clear(msgspec.Struct, frozen=True, tag=True):
    """End every life at once; answered with `Cleared`."""


Request = Load | Start | Signal | Clear


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The file is compiled."""


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A life is over; ``code`` is less than 0 for a signal."""

    name: str
    life: int
    code: int


class Cleared(msgspec.Struct, frozen=True, tag=True):
    """No life is left."""


Report = Loaded | Ended | Cleared


# ── To all lives of a run


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """How things are. A higher ``number`` replaces a lower one. ``origin`` is the moment of the
    machine's monotonic clock at which the run began or begins (None: not known yet), ``faults``
    what is there now, by the number that it has in the plan."""

    number: int
    origin: float | None = None
    running: bool = True
    faults: tuple[tuple[int, AnyFault], ...] = ()


# ── What lives write down


class Recorded(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """An event of the history; ``data`` is its value and key, see `pack`."""

    type: str
    process: str
    kind: str
    data: bytes
    time_s: float


class Went(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """A message of a kind that this life had not sent in that situation before."""

    transition: Transition


class Struck(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """A fault of the plan, by its number, had an effect on this life."""

    fault: int


class Found(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """Something is wrong without any check."""

    judgement: Judgement


class Sent(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """So many messages more were sent."""

    messages: int


class Finished(msgspec.Struct, frozen=True, tag_field="what", tag=True):
    """``finish`` came to its end."""


Line = Recorded | Went | Struck | Found | Sent | Finished


def pack(value: Any) -> bytes:
    """A plain value as bytes that give the same value back, tuples and all. Only for processes
    of one run: what comes from elsewhere must not be unpacked."""
    return marshal.dumps(value)


def unpack(data: bytes) -> Any:
    """What was packed."""
    return marshal.loads(data)
