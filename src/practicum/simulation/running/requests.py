"""What a worker process is asked, and what it answers: lines of JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Sources, Traits
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import TraceEvent

Detail = Literal["none", "events", "steps"]


class Load(msgspec.Struct, frozen=True, tag=True):
    """Load a protocol file; answered with `Loaded`. The first request."""

    sources: Sources


class Explore(msgspec.Struct, frozen=True, tag=True):
    """Run the seeds from ``first`` to before ``end``, and stop at one that does not pass;
    answered with `Explored`."""

    first: int
    end: int


class Run(msgspec.Struct, frozen=True, tag=True):
    """Run one setting; answered with `Ran`, with a trace in that ``detail``."""

    setting: Setting
    detail: Detail = "none"


class Shrink(msgspec.Struct, frozen=True, tag=True):
    """Make the plan of a setting small while ``check`` fails, in at most ``runs`` runs and
    ``wall_s`` seconds; answered with `Shrunk`."""

    setting: Setting
    check: str
    runs: int
    wall_s: float


Request = Load | Explore | Run | Shrink


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The file can be used; without faults a run takes so many ``steps``."""

    traits: Traits
    steps: int


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """The file cannot be used: why."""

    why: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What seeds have seen. ``drawn`` and ``fired`` count faults by kind, ``struck`` the runs in
    which any fault had an effect, ``done`` what clients got done (notes, without any)."""

    runs: int = 0
    struck: int = 0
    done: int = 0
    steps: int = 0
    sent: int = 0
    time_s: float = 0.0
    drawn: dict[str, int] = {}
    fired: dict[str, int] = {}


class Explored(msgspec.Struct, frozen=True, tag=True):
    """``setting`` and ``outcome`` are those of the first seed that did not pass, if any;
    ``mark`` is the rolling hash of the first seed."""

    first: int
    tally: Tally
    mark: str
    setting: Setting | None = None
    outcome: Outcome | None = None


class Ran(msgspec.Struct, frozen=True, tag=True):
    """``sha256`` is the trace's."""

    outcome: Outcome
    events: tuple[TraceEvent, ...] = ()
    sha256: str = ""


class Shrunk(msgspec.Struct, frozen=True, tag=True):
    """The smallest setting found, how it came out, and how many runs that took. One that was
    ``cut_short`` might have been made smaller."""

    setting: Setting
    outcome: Outcome
    runs: int
    cut_short: bool


Answer = Loaded | Refusal | Explored | Ran | Shrunk
