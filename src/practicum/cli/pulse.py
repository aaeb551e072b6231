"""An experiment while it runs: phase, time, orders, and their rate as a line of bars."""

from __future__ import annotations

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from practicum.checking.verdict import Verdict
from practicum.cli.screen import sparkline
from practicum.labs.experiment.run import Progress

MARKS = {
    Verdict.PASS: "[green]✔ pass[/]",
    Verdict.FAIL: "[red]✘ fail[/]",
    Verdict.UNKNOWN: "[yellow]? unknown[/]",
}
SPARK_WIDTH = 60
SAMPLE_S = 0.5


class Pulse:
    """Follows the progress of one experiment of ``rate`` orders per second."""

    def __init__(self, rate: float, duration_s: float) -> None:
        self._rate, self._duration_s = rate, duration_s
        self._rates: list[float] = []
        self._last: Progress | None = None

    def draw(self, progress: Progress) -> Group:
        """Two lines: how far it is, and how it went."""
        self._sample(progress)
        done_s = min(progress.elapsed_s, self._duration_s)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            f"[bold]{progress.phase}[/]",
            ProgressBar(self._duration_s, done_s, width=40),
            f"{min(progress.elapsed_s, 999):.0f} s",
            f"{progress.accepted} accepted",
            f"{progress.refused} refused",
        )
        spark = Text(sparkline(self._rates[-SPARK_WIDTH:], self._rate * 1.5), style="cyan")
        spark.append(f"  {self._rates[-1]:.0f} orders/s" if self._rates else "")
        return Group(head, spark)

    def _sample(self, progress: Progress) -> None:
        before = self._last
        if before is None or progress.elapsed_s < before.elapsed_s:
            self._last = progress
        elif (seconds := progress.elapsed_s - before.elapsed_s) >= SAMPLE_S:
            self._rates.append((progress.accepted - before.accepted) / seconds)
            self._last = progress
