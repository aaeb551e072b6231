"""One key from a terminal, without Enter; a line's first letter from anything else.

Between keys the terminal is as it was, so that lines can be edited. What was typed ahead is kept:
modes are changed at once, and nothing is flushed.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator

INTERRUPT, END, ESCAPE = "\x03", "\x04", "\x1b"


def read_key() -> str:
    """The next key, in lower case; "" for Enter. Raises KeyboardInterrupt for Ctrl-C, and
    EOFError when nobody is there any more."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.strip()[:1].lower()
    with _raw(sys.stdin.fileno()) as terminal:
        pressed = os.read(terminal, 1).decode("latin-1")
        # An arrow is several characters: the rest of them is no answer to the next question.
        while pressed == ESCAPE and select.select([terminal], [], [], 0)[0]:
            os.read(terminal, 1)
    if pressed == INTERRUPT:
        raise KeyboardInterrupt
    if pressed in ("", END):
        raise EOFError
    return pressed.strip().lower()


@contextlib.contextmanager
def _raw(terminal: int) -> Iterator[int]:
    before = termios.tcgetattr(terminal)
    try:
        tty.setraw(terminal, termios.TCSANOW)
        yield terminal
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
