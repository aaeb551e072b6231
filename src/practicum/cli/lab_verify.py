"""``practicum lab verify``: labs are proved, run by run, and the proofs are kept."""

from __future__ import annotations

import contextlib
import os
import time

import msgspec
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.cli.home import state_folder
from practicum.cli.lab_check import interruptible
from practicum.cli.pulse import MARKS, Pulse
from practicum.cli.range import start_options
from practicum.cli.screen import out, print_json
from practicum.labs.experiment.run import Progress
from practicum.labs.lab import Lab
from practicum.labs.library import verify_range
from practicum.labs.proof import LabProof, Trial
from practicum.labs.verifying import verify, write_proof
from practicum.servers.ranges import wipe_range


class ProofScreen:
    """A line for each run that ended; the one that goes on is drawn below."""

    def __init__(self, lab: Lab, live: Live | None, *, quiet: bool) -> None:
        self._lab, self._live, self._quiet = lab, live, quiet
        self._pulse = self._fresh()
        self._began = time.monotonic()

    def _fresh(self) -> Pulse:
        return Pulse(self._lab.spec.experiment.rate, self._lab.spec.experiment.duration_s)

    def on_trial(self, title: str) -> None:
        """The next run begins."""
        self._pulse, self._began = self._fresh(), time.monotonic()

    def on_trial_ended(self, trial: Trial) -> None:
        """It came to this."""
        if self._quiet:
            return
        mark = "[red]✘[/]" if trial.problem else "[green]✔[/]"
        mark = "[yellow]?[/]" if trial.unsure else mark
        what = escape(_outcome(trial))
        out.print(f"  {mark} {trial.title}: {what} ({time.monotonic() - self._began:.1f} s)")

    def on_stage(self, words: str) -> None:
        """Too fine for this screen."""

    def on_progress(self, progress: Progress) -> None:
        """Redraw."""
        if self._live is not None:
            self._live.update(self._pulse.draw(progress))

    def on_news(self, news: str) -> None:
        """Too fine for this screen."""

    def on_judgement(self, judgement: Judgement) -> None:
        """Too fine for this screen."""


def _outcome(trial: Trial) -> str:
    if trial.problem:
        return trial.problem
    if trial.failed:
        return f"fails {', '.join(trial.failed)}: {trial.said}"
    return str(trial.verdict)


async def verify_labs(labs: list[Lab], times: int, *, json: bool) -> Verdict:
    """Prove the labs one after the other, print what came of it, keep the proofs."""
    proofs = await prove_labs(labs, times, quiet=json)
    if json:
        print_json([{**msgspec.to_builtins(proof), "evidence": path} for proof, path in proofs])
    else:
        show_proofs(proofs)
    return overall(proof.verdict for proof, _ in proofs)


async def prove_labs(labs: list[Lab], times: int, *, quiet: bool) -> list[tuple[LabProof, str]]:
    """Prove the labs one after the other, and keep the proofs; each with its file."""
    proofs: list[tuple[LabProof, str]] = []
    with interruptible():
        for lab in labs:
            if not quiet:
                out.print(f"[bold]{lab.id}[/]")
            proof = await _prove(lab, times, json=quiet)
            proofs.append((proof, os.fspath(write_proof(proof, state_folder()))))
    return proofs


async def _prove(lab: Lab, times: int, *, json: bool) -> LabProof:
    try:
        with contextlib.ExitStack() as stack:
            live = None
            if out.is_terminal and not json:
                live = stack.enter_context(Live(console=out, refresh_per_second=8, transient=True))
            screen = ProofScreen(lab, live, quiet=json)
            return await verify(lab, times=times, home=state_folder(), narrator=screen)
    finally:
        await wipe_range(state_folder(), verify_range(lab), start_options())


def show_proofs(proofs: list[tuple[LabProof, str]]) -> None:
    """What was proved, as a table, with what speaks against it."""
    table = Table(title="Labs proved", title_justify="left")
    for heading in ("lab", "proved", "start fails", "solution", "wrong ones caught"):
        table.add_column(heading, overflow="fold")  # half a test's name is no name
    for heading in ("seconds a check", "flakes"):
        table.add_column(heading, justify="right")
    for proof, _ in proofs:
        start = next((trial for trial in proof.trials if trial.part == "start"), None)
        wrong = [trial for trial in proof.trials if trial.part == "wrong" and not trial.calm]
        table.add_row(
            proof.lab,
            MARKS[proof.verdict],
            "\n".join(start.failed) if start else "",
            f"{proof.passes} of {proof.times}",
            "\n".join(f"{x.name}: {'no' if x.problem else ', '.join(x.failed)}" for x in wrong),
            f"{proof.check_s:.1f}",
            f"{proof.flake_rate:.1%}",
        )
    out.print(table, soft_wrap=False)
    for proof, path in proofs:
        for problem in proof.problems:
            out.print(f"{proof.lab}: {problem}", markup=False)
        out.print(f"proof: {path}", markup=False)
