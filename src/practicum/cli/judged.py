"""A verdict and its judgements on the screen."""

from __future__ import annotations

from practicum.checking.verdict import Judgement, Verdict
from practicum.cli.screen import out

_COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow"}


def say_verdict(verdict: Verdict, said: str) -> None:
    """The verdict, and why, in one line."""
    out.print(f"[bold {_COLOURS[verdict]}]{verdict}[/]: ", end="")
    out.print(said, markup=False)


def show_judgements(judgements: tuple[Judgement, ...]) -> None:
    """Those that are no pass, with what shows it."""
    for each in judgements:
        if each.verdict is not Verdict.PASS:
            at = f" ({each.look_next})" if each.look_next else ""
            out.print(f"  {each.check}: expected: {each.expected}", markup=False)
            out.print(f"  {each.check}: seen: {each.seen}{at}", markup=False)
            for line in (*each.examples, *each.shown):
                out.print(f"    {line}", markup=False)
