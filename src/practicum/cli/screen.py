"""What the commands share when they write: two consoles and the form of a complaint."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Tell what went wrong, on stderr; the message is shown as it is."""
    err.print(Text.assemble(("practicum: ", "bold red"), message))


def sparkline(values: Sequence[float], top: float) -> str:
    """Values between 0 and ``top`` as a line of bars."""
    bars = " ▁▂▃▄▅▆▇█"
    steps = len(bars) - 1
    return "".join(bars[max(0, min(steps, round(value / top * steps)))] for value in values)
