"""What cannot be had in a simulation is refused by name, with the line and what to do instead."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import FrameType

_STANDARD = (sysconfig.get_path("stdlib"), str(Path(__file__).parents[1]))


def is_ours(filename: str) -> bool:
    """Whether a file belongs to Python or to Practicum (or is none at all)."""
    return filename.startswith(_STANDARD) or filename.startswith("<")


class Refused(RuntimeError):
    """Code under simulation asked for something that no seed decides."""


def refusal(what: str, instead: str) -> str:
    """The words of a refusal, with the line of the code that asked."""
    return f"{where()}: {what} is not to be had in a simulation: {instead}"


def where() -> str:
    """File and line of the innermost code that is neither Python's nor the simulator's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return "somewhere"
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
