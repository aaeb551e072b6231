"""How a protocol did on processes, and in which world what was seen."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer

from practicum.cli.home import state_folder
from practicum.cli.judged import say_verdict, show_judgements
from practicum.cli.screen import complain, err, out, print_json
from practicum.labs.real_world import worlds
from practicum.labs.real_world.comparing import PROVES_NOTHING, Comparison

TRANSITIONS_MAX = 12


def on_processes(file: Path, wanted: worlds.Wanted, *, compared: bool, json: bool) -> NoReturn:
    """Run a file as processes, or in both worlds; the verdict is the command's exit code."""
    act = worlds.in_both if compared else worlds.on_processes
    with err.status("starting") as status:
        try:
            found = act(file, state_folder(), wanted, status.update)
        except KeyboardInterrupt:
            complain("stopped, and every process with it; runs that were not over are not known")
            raise typer.Exit(130) from None
    if json:
        print_json(found)
    else:
        show_comparison(found)
    raise typer.Exit(found.verdict.exit_code)


def show_comparison(found: Comparison) -> None:
    """All that there is to say."""
    say_verdict(found.verdict, found.said)
    for number, text in enumerate(found.explored):
        _say(f"    {text}" if number else f"  {text}")
    sent = sum(run.sent for run in found.real)
    fired = ", ".join(f"{kind} {runs}" for kind, runs in found.fired.items())
    _say(f"  {found.real_runs} runs on processes, {sent:,} messages at least")
    _say(f"  runs in which a fault had an effect: {fired or 'none'}")
    for seen in found.broken:
        _say(f"  {found.words(seen)}")
    show_judgements(found.judgements)
    if found.simulated_runs:
        _show_transitions(found)
    for text in found.not_applied:
        _say(f"  not applied on processes: {text}")
    unwell = sum(bool(run.machine) for run in found.real)
    if unwell:
        _say(
            f"  the machine was not well in {unwell} of {found.real_runs} runs: {found.machine[0]}"
        )


def _show_transitions(found: Comparison) -> None:
    _say(
        f"  {found.shared} transitions of messages were seen in both worlds, "
        f"{len(found.differing)} in one only"
    )
    for seen in found.differing[:TRANSITIONS_MAX]:
        _say(f"    {found.words(seen)}")
    more = len(found.differing) - TRANSITIONS_MAX
    if more > 0:
        _say(f"    and {more} more: see --json")
    one_sided = [each for each in found.broken if not (each.simulated and each.real)]
    if found.differing or one_sided:
        _say(f"  {PROVES_NOTHING}")


def _say(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)
