"""What the commands share when they write: two consoles and the form of a complaint."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import msgspec
import typer
from rich.console import Console
from rich.text import Text

PIPE_COLUMNS = 160


def _columns() -> int | None:
    """The terminal's own width; a pipe or file has none, and gets enough for every table."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_COLUMNS


# No emoji: a did:key is text.
out = Console(highlight=False, emoji=False, soft_wrap=True, width=_columns())
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def complain(message: str) -> None:
    """Tell what went wrong, on stderr; the message is shown as it is."""
    err.print(Text.assemble(("practicum: ", "bold red"), message))


def print_json(value: object) -> None:
    """Answer in JSON, on stdout."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def sparkline(values: Sequence[float], top: float) -> str:
    """Values between 0 and ``top`` as a line of bars."""
    bars = " ▁▂▃▄▅▆▇█"
    steps = len(bars) - 1
    return "".join(bars[max(0, min(steps, round(value / top * steps)))] for value in values)
