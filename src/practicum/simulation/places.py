"""Where code is: the line at which somebody called, waits, or failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from types import FrameType, TracebackType
from typing import Any

from practicum.simulation.refusals import is_ours

Place = tuple[dict[str, Any] | None, int]
"""The globals of some code and a line in it: cheap to take, and put into words later. A frame's
code would say the file, too, but asking for it is audited, which costs more than all the rest."""
NOWHERE: Place = (None, 0)


def _frames() -> Generator[FrameType, None, None]:
    """The frame of whoever called the function that asks.

    ``sys._getframe`` is audited, and our audit hook (`seams`) makes that dear. The ``f_back`` of
    a frame that one has is not, and in a generator's own stands whoever resumed it. An alarm that
    rings just here (`watchdog`) ends the generator, and another takes its place.
    """
    global calling
    own: Any = sys._getframe()
    try:
        while True:
            yield own.f_back.f_back
    except GeneratorExit:
        raise
    except BaseException:
        calling = _frames().__next__
        raise


calling: Callable[[], FrameType] = _frames().__next__
"""See `_frames`. To be asked for anew each time: ``places.calling()``."""


def caller() -> Place:
    """The innermost code that called and is neither Python's nor the simulation's."""
    frame = calling().f_back
    while frame is not None:
        if not is_ours(_file(frame.f_globals)):
            return frame.f_globals, frame.f_lineno
        frame = frame.f_back
    return NOWHERE


def told(of: dict[str, Any] | None, line: int) -> str:
    """``file:line``, or nothing if that is Python's or the simulation's."""
    return "" if of is None or is_ours(_file(of)) else f"{_file(of)}:{line}"


def _file(of: dict[str, Any]) -> str:
    """The file of code with these globals; "<" where it has none, as Python writes it."""
    return str(of.get("__file__") or "<")


def waits_at(waiting: Any) -> str:
    """Where a task, or what it awaits, stands still: the innermost line of the code itself."""
    found = ""
    coroutine = waiting.get_coro() if hasattr(waiting, "get_coro") else waiting
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None and not is_ours(frame.f_code.co_filename):
            found = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    return found


def failed_at(error: BaseException) -> str:
    """The innermost line of the code itself that an error went through."""
    found, trace = "", error.__traceback__
    while trace is not None:
        found = _line_of(trace) or found
        trace = trace.tb_next
    if isinstance(error, BaseExceptionGroup) and error.exceptions:
        return failed_at(error.exceptions[0]) or found
    return found


def _line_of(trace: TracebackType) -> str:
    name = trace.tb_frame.f_code.co_filename
    return "" if is_ours(name) else f"{name}:{trace.tb_lineno}"


def told_of(error: BaseException) -> str:
    """An error in words; of several at once, the first."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
