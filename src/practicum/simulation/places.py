"""Where code is: the line at which somebody called, waits, or failed."""

from __future__ import annotations

import sys
from types import CodeType, FrameType, TracebackType
from typing import Any

from practicum.simulation.refusals import is_ours

Place = tuple[CodeType | None, int]
"""Code and an instruction in it: cheap to take, and told as a line later."""
NOWHERE: Place = (None, 0)


def caller() -> Place:
    """The innermost code that called and is neither Python's nor the simulation's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if not is_ours(frame.f_code.co_filename):
            return frame.f_code, frame.f_lasti
        frame = frame.f_back
    return NOWHERE


def told(code: CodeType | None, instruction: int) -> str:
    """``file:line``, or nothing if that is Python's or the simulation's."""
    if code is None or is_ours(code.co_filename):
        return ""
    for first, last, line in code.co_lines():
        if first <= instruction < last and line is not None:
            return f"{code.co_filename}:{line}"
    return f"{code.co_filename}:{code.co_firstlineno}"


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
