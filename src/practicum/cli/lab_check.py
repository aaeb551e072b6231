"""``practicum lab check`` and ``watch``: a learner's files judged, each check told as it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text
from watchfiles import awatch

from practicum.checking.verdict import Judgement, Verdict
from practicum.cli import recording
from practicum.cli.home import state_folder
from practicum.cli.pulse import MARKS, Pulse
from practicum.cli.screen import complain, out
from practicum.labs.check.checking import CheckReport, check
from practicum.labs.check.plan import Variation
from practicum.labs.experiment.run import Progress
from practicum.labs.lab import Lab
from practicum.labs.library import lab_range
from practicum.labs.workspace.workspace import Workspace
from practicum.learner.events import LabChecked
from practicum.servers.home import RangeFolder

LOOK_AGAIN_MS = 1000
EXIT_INTERRUPTED = 130
_BLAME = {"learner": "in your files", "lab": "in the lab", "machine": "in the machine"}


def counts(varied: Variation) -> bool:
    """Whether a pass or a fail is one of the lab: another seed is as hard, less load is not."""
    return varied.rate is None and varied.duration_s is None and not varied.calm


class CheckScreen:
    """Tells a check as it goes: what was said stays, below it the orders go by."""

    def __init__(self, lab: Lab, varied: Variation, live: Live | None) -> None:
        plan = lab.spec.experiment
        self._pulse = Pulse(varied.rate or plan.rate, varied.duration_s or plan.duration_s)
        self._live = live
        self._began = time.monotonic()

    def on_stage(self, words: str) -> None:
        """Something else begins."""
        self._say(f"[dim]{escape(words)}[/]")

    def on_progress(self, progress: Progress) -> None:
        """Redraw."""
        if self._live is not None:
            self._live.update(self._pulse.draw(progress))

    def on_news(self, news: str) -> None:
        """A fault struck, or its effect is over."""
        self._say(news)

    def on_judgement(self, judgement: Judgement) -> None:
        """A check has ended."""
        out.print(told(judgement))

    def _say(self, line: str) -> None:
        out.print(f"  {time.monotonic() - self._began:5.1f} s  {line}")


class Silent:
    """Tells nothing; the report will."""

    def on_stage(self, words: str) -> None:
        """Nothing."""

    def on_progress(self, progress: Progress) -> None:
        """Nothing."""

    def on_news(self, news: str) -> None:
        """Nothing."""

    def on_judgement(self, judgement: Judgement) -> None:
        """Nothing."""


def told(judgement: Judgement) -> RenderableType:
    """A judgement as a learner reads it: what did not pass, with all that shows it."""
    head = Text.from_markup(f"{MARKS[judgement.verdict]}  [bold]{escape(judgement.check)}[/]")
    if judgement.verdict is Verdict.PASS:
        return Group(head, Text(f"          {judgement.seen}", style="dim"))
    lines = [f"expected  {judgement.expected}", f"seen      {judgement.seen}"]
    lines += [f"          - {each}" for each in judgement.examples]
    lines += [f"        | {line}" for line in judgement.shown]
    if judgement.look_next:
        lines.append(f"look next {judgement.look_next}")
    return Group(head, *(Text(f"    {line}") for line in lines))


ATTEMPT = "attempt {}"
FIRST_ATTEMPT = ATTEMPT.format(1)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A check and what it meant for the workspace. ``seconds`` are from save to verdict,
    ``total_s`` those until the blame was known, too."""

    report: CheckReport
    counted: str
    seconds: float
    total_s: float


async def check_folder(lab: Lab, files: Path, varied: Variation, *, json: bool) -> CheckReport:
    """Check a folder and show how; faults and processes are put right also when cancelled."""
    with contextlib.ExitStack() as stack:
        live = None
        if out.is_terminal and not json:
            live = stack.enter_context(Live(console=out, refresh_per_second=8, transient=True))
        narrator = Silent() if json else CheckScreen(lab, varied, live)
        return await check(
            lab,
            files,
            home=state_folder(),
            range_name=lab_range(lab),
            narrator=narrator,
            calm=varied.calm,
            seed=varied.seed,
            rate=varied.rate,
            duration_s=varied.duration_s,
        )


async def check_files(lab: Lab, files: Path, varied: Variation, *, json: bool) -> Outcome:
    """Check a folder that is nobody's workspace; nothing is counted."""
    began = time.monotonic()
    report = await check_folder(lab, files, varied, json=json)
    total_s = time.monotonic() - began
    seconds = report.seconds.get("verdict", total_s)
    return Outcome(report=report, counted="", seconds=seconds, total_s=total_s)


async def check_workspace(mine: Workspace, varied: Variation, *, json: bool) -> Outcome:
    """Check the learner's files, and remember what came of it."""
    before = mine.files()
    outcome = await check_files(mine.lab, mine.folder, varied, json=json)
    counted = count_run(mine, outcome.report, before, varied)
    tell_record(mine, outcome.report, before, varied)
    return msgspec.structs.replace(outcome, counted=counted)


def count_run(
    mine: Workspace, report: CheckReport, before: dict[str, bytes], varied: Variation
) -> str:
    """What the run means for the learner, in words; remembered, too."""
    if not counts(varied):
        return "a variation: neither a pass nor an attempt of the lab"
    if report.verdict is Verdict.FAIL and report.blame == "learner":
        if mine.state.passed:
            return "the lab stays passed: no attempt is counted"
        return ATTEMPT.format(mine.note_attempt().attempts)
    if report.verdict is not Verdict.PASS:
        return "no attempt is counted"
    if mine.files() != before:
        return "passed, but you saved while it ran: check once more, and it counts"
    first = not mine.state.passed
    mine.note_pass(before)
    tries = mine.state.attempts
    after = f" after {tries} failed attempt{'s' if tries != 1 else ''}" if tries else ""
    return f"the lab is passed{after}" if first else "passed again"


def tell_record(
    mine: Workspace, report: CheckReport, before: dict[str, bytes], varied: Variation
) -> None:
    """Record the check, if it is one of the lab; a pass only of the files that are there."""
    if counts(varied) and (report.verdict is not Verdict.PASS or mine.files() == before):
        recording.note(event_of(mine.lab, report))


class _Sealed(msgspec.Struct):
    sha256: str


def event_of(lab: Lab, report: CheckReport) -> LabChecked:
    """What the record is told of a check."""
    failed = [each for each in report.judgements if each.verdict is Verdict.FAIL]
    return LabChecked(
        lab=lab.id,
        verdict=report.verdict.value,
        blame="" if report.blame == "nobody" else report.blame,
        failed=tuple(each.test or each.check for each in failed),
        evidence=_seal(report.path),
    )


def _seal(evidence: Path | None) -> str:
    """The hash that stands in an evidence's file; empty if there is none, or it is gone."""
    if evidence is None:
        return ""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(evidence.read_bytes(), type=_Sealed).sha256
    return ""


def show(outcome: Outcome) -> None:
    """The verdict, who is to blame, and where to read on."""
    report = outcome.report
    cause = f", the cause is {_BLAME[report.blame]}" if report.blame in _BLAME else ""
    more_s = outcome.total_s - outcome.seconds
    compared = f", and {more_s:.0f} s to compare it with the solution" if more_s >= 1 else ""
    out.print(f"\nverdict after {outcome.seconds:.1f} s{compared}: {MARKS[report.verdict]}{cause}")
    for line in filter(None, (report.reason, outcome.counted)):
        out.print(f"  {line}", markup=False)
    for label, path in (("evidence", report.path), ("report", report.page)):
        if path is not None:
            out.print(f"  {label}: {path}", markup=False)
    if report.verdict is Verdict.PASS:
        out.print("  next: lab.md ends with `Vary`, things to try now", markup=False)
    elif outcome.counted == FIRST_ATTEMPT:
        out.print("  before you repair: answer `Predict` in lab.md", markup=False)


def document(lab: Lab, outcome: Outcome, told_before: list[str]) -> dict[str, object]:
    """The same for programs."""
    report = outcome.report
    return {
        "lab": lab.id,
        "verdict": report.verdict,
        "blame": report.blame,
        "reason": report.reason,
        "judgements": report.judgements,
        "figures": report.figures,
        "seconds": report.seconds,
        "counted": outcome.counted,
        "notices": told_before,
        "evidence": report.path and os.fspath(report.path),
        "report": report.page and os.fspath(report.page),
    }


async def watch(mine: Workspace, on_outcome: Callable[[Outcome], None]) -> None:
    """Check now, and whenever the files were saved; until it is cancelled."""
    checked: dict[str, bytes] | None = None
    async with contextlib.aclosing(_moments(mine.folder)) as moments:
        async for _ in moments:
            # A save in the middle of a check is found here, also if nobody told of it.
            while (now := mine.files()) != checked:
                checked = now
                on_outcome(await check_workspace(mine, Variation(), json=False))
                out.print("  [dim]waiting for a save, Ctrl-C ends[/]")


async def _moments(folder: Path) -> AsyncGenerator[None]:
    """Now, and whenever something was saved or a second has gone by."""
    yield
    async for _ in awatch(
        folder,
        recursive=False,
        debounce=300,
        rust_timeout=LOOK_AGAIN_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        yield


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the running task as Ctrl-C does: faults lifted, nothing left behind."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def tell_interrupted(lab: Lab) -> None:
    """What an interrupted learner should know."""
    state = "is down"
    if RangeFolder(state_folder(), lab_range(lab)).is_owned:
        state = f"is whole and stays up (`practicum lab stop {lab.name}` brings it down)"
    complain(f"interrupted: no attempt is counted, the range {lab_range(lab)} {state}")
