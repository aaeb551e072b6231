"""Run what a module lets its readers run: its listings and the keys of its code questions.

Each runs in a process of its own, in a temporary folder, within bounds: a listing may import
those before it, as a reader's folder would hold them. Time is that of the processor, so that a
busy machine fails nobody; what the machine had no time for proves nothing.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from practicum.authoring.rules.listings import PYTHON
from practicum.authoring.shelves import EXAM_FILE, MODULE_FILE, QUESTIONS_FILE
from practicum.authoring.written import WrittenModule
from practicum.curriculum.lesson import Lesson, Listing
from practicum.curriculum.question import AnyQuestion, Code
from practicum.labs.proof import ModuleRun

LISTING_CPU_S, QUESTION_CPU_S = 2.0, 5.0
WALL_S = 60.0
OUTPUT_BYTES_MAX, MEMORY_BYTES_MAX = 1_000_000, 2_000_000_000
HASH_SEEDS = ("1", "2")
"""A listing whose output hangs on the order of a set differs between them."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended: its exit code (None if it was ended), what it printed, the seconds
    of processor that it had, and whether it was ended although it had not had all it may."""

    code: int | None
    printed: str
    complained: str
    cpu_s: float
    starved: bool = False


def executed(written: WrittenModule) -> Iterator[ModuleRun]:
    """Every run of a module, as it ends."""
    with tempfile.TemporaryDirectory(prefix="practicum-") as place:
        folder = Path(place)
        if written.lesson is not None:
            for listing in listings_in_order(written.lesson):
                yield run_listing(listing, folder)
    for file, line, question in _code_questions(written):
        yield from run_question(question, file, line)


def listings_in_order(lesson: Lesson) -> list[Listing]:
    """The listings that are run, in the order of the text."""
    found = [
        each
        for passage in lesson.passages
        for each in passage.listings
        if each.file and each.check == "run" and each.language in PYTHON
    ]
    return sorted(found, key=lambda each: each.line)


def run_listing(listing: Listing, folder: Path) -> ModuleRun:
    """Run a listing twice, and compare what it prints with what its text shows."""
    (folder / listing.file).write_text(listing.text, encoding="utf-8")
    said, seconds, unsure = "", 0.0, False
    first: Ran | None = None
    for seed in HASH_SEEDS:
        ran = _run(folder, listing.file, LISTING_CPU_S, seed)
        said, seconds, unsure = _judged(listing, ran), ran.cpu_s, ran.starved
        if not said and first is not None and ran.printed != first.printed:
            said = "a second run prints something else: sort what has no order, seed what is random"
        if said:
            break
        first = ran
    return ModuleRun(
        what=listing.file,
        file=MODULE_FILE,
        line=listing.line,
        passed=not said,
        said=said,
        seconds=round(seconds, 3),
        unsure=unsure,
    )


def _judged(listing: Listing, ran: Ran) -> str:
    if ran.code is None or ran.cpu_s > LISTING_CPU_S:
        return f"it takes more than {LISTING_CPU_S:g} seconds of processor time"
    if ran.code != 0:
        return f"it ended with {ran.code}: {_last_line(ran.complained)}"
    if listing.expected is None:
        return ""
    return difference(listing.expected, ran.printed)


def difference(expected: str, printed: str) -> str:
    """The first line in which two outputs differ, as a sentence; empty if none does."""
    wanted, there = (
        [line.rstrip() for line in text.rstrip().splitlines()] for text in (expected, printed)
    )
    if wanted == there:
        return ""
    for number in range(max(len(wanted), len(there))):
        left = wanted[number] if number < len(wanted) else None
        right = there[number] if number < len(there) else None
        if left != right:
            shown = "nothing" if left is None else repr(left)
            found = "nothing" if right is None else repr(right)
            return f"line {number + 1} of its output is {found:.200}, the text shows {shown:.200}"
    return ""


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "it says nothing"


def _code_questions(written: WrittenModule) -> Iterator[tuple[str, int, Code]]:
    asked: list[tuple[str, tuple[str | int, ...], AnyQuestion]] = []
    for index, each in enumerate(written.questions.questions if written.questions else ()):
        asked.append((QUESTIONS_FILE, ("questions", index), each))
    for number, section in enumerate(written.exam.sections if written.exam else ()):
        for index, each in enumerate(section.questions):
            asked.append((EXAM_FILE, ("sections", number, "questions", index), each))
    for file, path, each in asked:
        if isinstance(each, Code):
            line = written.files[file].finding(path, "", "").line or 1
            yield file, line, each


def run_question(question: Code, file: str, line: int) -> Iterator[ModuleRun]:
    """Run the solution, the start and the wrong attempts of a code question, each followed by
    the check."""
    attempts = [("solution", question.solution, True), ("start", question.start, False)]
    for number, text in enumerate(question.wrong, start=1):
        attempts.append((f"wrong attempt {number}", text, False))
    for name, text, passes in attempts:
        with tempfile.TemporaryDirectory(prefix="practicum-") as place:
            (Path(place) / "answer.py").write_text(f"{text}\n\n{question.check}\n", "utf-8")
            ran = _run(Path(place), "answer.py", QUESTION_CPU_S, HASH_SEEDS[0])
        said = ""
        if passes and ran.code is None:
            said = f"the {name} does not end within {QUESTION_CPU_S:g} seconds of processor time"
        elif passes and ran.code != 0:
            said = f"the {name} does not pass its check: {_last_line(ran.complained)}"
        elif not passes and ran.code == 0:
            said = f"the {name} passes the check"
        yield ModuleRun(
            what=f"{question.id}: {name}",
            file=file,
            line=line,
            passed=not said,
            said=said,
            seconds=round(ran.cpu_s, 3),
            unsure=ran.starved,
        )


def _run(folder: Path, file: str, cpu_s: float, hash_seed: str) -> Ran:
    """Run a file in its folder, within bounds of time, memory and output."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": hash_seed,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as complained:
        used = _children_cpu_s()
        process = subprocess.Popen(
            [sys.executable, "-s", file],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=complained,
            start_new_session=True,
            preexec_fn=lambda: _bound(cpu_s),
        )
        try:
            code: int | None = process.wait(WALL_S)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        if code is not None and -code in (signal.SIGXCPU, signal.SIGKILL):
            code = None
        texts = []
        for each in (printed, complained):
            each.seek(0)
            texts.append(each.read(OUTPUT_BYTES_MAX).decode("utf-8", "replace"))
        had_s = _children_cpu_s() - used
        return Ran(
            code=code,
            printed=texts[0],
            complained=texts[1],
            cpu_s=had_s,
            starved=code is None and had_s < cpu_s,
        )


def _bound(cpu_s: float) -> None:
    # One second more than allowed is the least that the kernel can count, and a start of Python.
    limits: Sequence[tuple[int, int]] = (
        (resource.RLIMIT_CPU, int(cpu_s) + 1),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES_MAX),
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        resource.setrlimit(kind, (value, value + (kind == resource.RLIMIT_CPU)))


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
