"""Where Python touches the world, for as long as a simulation runs: time and chance come from the
seed, and what no seed can decide is refused (`machine`).

Modules are changed, not names: code that says ``time.time()`` is reached, and code that took the
function out of its module before (``from time import time``) is reached if it was imported while
the seams are in place, as code under simulation is.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
import contextlib
import datetime as dt
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, Protocol

from practicum.simulation import machine
from practicum.simulation.refusals import Refused, refusal

EPOCH_S = 1_767_225_600.0
"""What a simulation's wall clock shows when it begins: the first moment of 2026, UTC."""


class Surroundings(Protocol):
    """What stands in for the machine: the clock and the chance of whoever runs now."""

    def elapsed(self) -> float:
        """Seconds since the simulation began, by the clock of the node that runs."""
        ...

    def skew(self) -> float:
        """Seconds by which the clock on that node's wall is wrong."""
        ...

    def chance(self) -> random.Random:
        """The stream of the node that runs."""
        ...


_now: Surroundings | None = None
_audited = False
_thread_id = 0


@contextlib.contextmanager
def in_place(surroundings: Surroundings) -> Iterator[None]:
    """Let Python's clock and chance be those of ``surroundings`` inside. Not twice at once."""
    global _now, _thread_id
    if _now is not None:
        raise RuntimeError("a simulation runs in this process already")
    _audit()
    _now, _thread_id = surroundings, threading.get_ident()
    try:
        for place, name, stand_in, _ in _PLACES:
            setattr(place, name, stand_in)
        yield
    finally:
        for place, name, _, original in _PLACES:
            setattr(place, name, original)
        _now, _thread_id = None, 0


def _there() -> Surroundings:
    assert _now is not None
    return _now


def _is_here() -> bool:
    """Whether this is the thread that simulates. While nothing does, none is."""
    return _thread_id == threading.get_ident()


def _elapsed() -> float:
    return _there().elapsed()


def _wall() -> float:
    there = _there()
    return EPOCH_S + there.elapsed() + there.skew()


def _nanoseconds(clock: Callable[[], float]) -> Callable[[], int]:
    return lambda: round(clock() * 1_000_000_000)


def _clock(clock: int) -> float:
    return _wall() if clock == time.CLOCK_REALTIME else _elapsed()


def _time_of_day(secs: float | None = None) -> time.struct_time:
    """In UTC, wherever the machine is."""
    return _gmtime(_wall() if secs is None else secs)


_gmtime = time.gmtime


def _of_now(told: Callable[..., str], place: int) -> Callable[..., str]:
    """A function that tells a time, the present one if its argument there is left out."""
    return lambda *args: told(*args, *([_time_of_day()] if len(args) == place else []))


class _DateTime(dt.datetime):
    """datetime, with the simulation's now."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> _DateTime:
        """Now, by the clock of the node that runs; without a zone it is UTC."""
        at = cls.fromtimestamp(_wall(), dt.UTC)
        return at.astimezone(tz) if tz is not None else at.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> _DateTime:
        """Now in UTC, without saying so."""
        return cls.fromtimestamp(_wall(), dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> _DateTime:
        """As `now`, without a zone."""
        return cls.utcnow()


class _Date(dt.date):
    """date, with the simulation's today."""

    @classmethod
    def today(cls) -> _Date:
        """Today in UTC, by the clock of the node that runs."""
        at = dt.datetime.fromtimestamp(_wall(), dt.UTC)
        return cls(at.year, at.month, at.day)


class _Random(random.Random):
    """random.Random, which without a seed takes one from the stream of the node that runs."""

    def __init__(self, x: Any = None) -> None:
        super().__init__(_there().chance().getrandbits(64) if x is None else x)

    def seed(self, a: Any = None, version: int = 2) -> None:
        """See random; no seed is one from the stream."""
        super().seed(_there().chance().getrandbits(64) if a is None else a, version)


def _of_stream(name: str) -> Callable[..., Any]:
    def drawn(*args: Any, **more: Any) -> Any:
        return getattr(_there().chance(), name)(*args, **more)

    return drawn


def _random_bytes(count: int) -> bytes:
    return _there().chance().randbytes(count)


def _uuid(*_: Any, **__: Any) -> uuid.UUID:
    return uuid.UUID(bytes=_random_bytes(16), version=4)


def _refuse(what: str, instead: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise Refused(refusal(what, instead))

    return refused


def _as_completed(fs: Iterable[Any], *, timeout: float | None = None) -> Any:
    """asyncio's own walks a set of coroutines; tasks, made in order, have an order."""
    if asyncio.isfuture(fs) or asyncio.iscoroutine(fs):
        return _original_as_completed(fs, timeout=timeout)
    tasks = [asyncio.ensure_future(each) for each in dict.fromkeys(fs)]
    return _original_as_completed(tasks, timeout=timeout)


_original_as_completed = asyncio.as_completed


def _all_tasks(loop: Any = None) -> set[Any]:
    """asyncio's own set depends on which tasks earlier loops have left behind."""
    return set(original_all_tasks(loop))


def original_all_tasks(loop: Any = None) -> list[Any]:
    """The tasks of a loop that are not done, in the order in which they were made."""
    return sorted(_original_all_tasks(loop), key=hash)


def every_task(loop: Any) -> list[Any]:
    """The tasks of a loop, done or not, that somebody still has, in order."""
    known: Any = loop.made
    if known is None:
        name = "_scheduled_tasks" if sys.version_info >= (3, 12) else "_all_tasks"
        known = getattr(asyncio.tasks, name)
    return sorted((task for task in known if task.get_loop() is loop), key=hash)


_original_all_tasks = asyncio.all_tasks
_METHODS = (
    "random", "uniform", "triangular", "randint", "choice", "randrange", "sample", "shuffle",
    "choices", "normalvariate", "lognormvariate", "expovariate", "vonmisesvariate",
    "gammavariate", "gauss", "betavariate", "paretovariate", "weibullvariate", "getrandbits",
    "randbytes", "binomialvariate",
)  # fmt: skip


def _stand_ins() -> Iterator[tuple[ModuleType | type, str, object]]:
    yield time, "time", _wall
    yield time, "time_ns", _nanoseconds(_wall)
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        yield time, name, _elapsed
        yield time, f"{name}_ns", _nanoseconds(_elapsed)
    yield time, "clock_gettime", _clock
    yield time, "clock_gettime_ns", lambda clock: _nanoseconds(lambda: _clock(clock))()
    yield time, "gmtime", _time_of_day
    yield time, "localtime", _time_of_day
    yield time, "ctime", lambda secs=None: time.asctime(_time_of_day(secs))
    for name in ("asctime", "strftime"):
        yield time, name, _of_now(getattr(time, name), 0 if name == "asctime" else 1)
    yield dt, "datetime", _DateTime
    yield dt, "date", _Date
    for name in _METHODS:
        yield random, name, _of_stream(name)
    yield random, "Random", _Random
    yield random, "seed", _refuse("random.seed", "the seed is the simulation's")
    yield random, "_urandom", _random_bytes
    yield os, "urandom", _random_bytes
    yield os, "getrandom", lambda size, flags=0: _random_bytes(size)
    yield os, "getpid", lambda: 1
    yield uuid, "uuid4", _uuid
    yield uuid, "uuid1", _uuid
    yield from machine.refused_names(_is_here)
    yield asyncio, "as_completed", _as_completed
    yield asyncio.tasks, "as_completed", _as_completed
    yield asyncio, "all_tasks", _all_tasks
    yield asyncio.tasks, "all_tasks", _all_tasks
    yield asyncio, "to_thread", _refuse("a thread", "await an adapter, or call the function")
    yield asyncio, "run", _refuse("asyncio.run", "the loop runs already: await")


_PLACES = [
    (place, name, stand_in, getattr(place, name))
    for place, name, stand_in in _stand_ins()
    if hasattr(place, name)
]
"""What is put where, and what was there before."""


def _audit() -> None:
    global _audited
    if not _audited:
        _audited = True
        sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    # In this order: few events are of interest.
    if event in machine.HEARD and _now is not None and _is_here():
        machine.hear(event, args)
