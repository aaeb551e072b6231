"""Run what a module lets its readers run: its listings and the keys of its code questions.

Each runs in a process of its own, in a temporary folder, within bounds but without a sandbox,
since it is the author's own: a listing may import those before it, as a reader's folder would
hold them. Time is that of the processor, so that a busy machine fails nobody; what the machine
had no time for proves nothing.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from practicum.authoring.rules.listings import PYTHON
from practicum.authoring.shelves import EXAM_FILE, MODULE_FILE, QUESTIONS_FILE
from practicum.authoring.written import WrittenModule
from practicum.checking.verdict import Verdict
from practicum.curriculum.lesson import Lesson, Listing
from practicum.curriculum.question import AnyQuestion, Code
from practicum.labs.code_answers import code_sandbox, judge_answer
from practicum.labs.proof import ModuleRun
from practicum.servers.sandbox.limits import Limits, Ran
from practicum.servers.sandbox.running import Sandbox

LISTING_LIMITS = Limits(
    cpu_s=2.0, wall_s=60.0, memory_bytes=1 << 30, processes=64, file_bytes=1_000_000
)
HASH_SEEDS = ("1", "2")
"""A listing whose output hangs on the order of a set differs between them."""


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
        ran = Sandbox(LISTING_LIMITS, own_code=True).run(
            [sys.executable, "-s", listing.file],
            folder=folder,
            environment={"PYTHONHASHSEED": seed},
        )
        said, seconds = _judged(listing, ran), ran.cpu_s
        unsure = ran.starved or ran.limit == "wall"  # it may wait for what is nobody's fault
        if not said and first is not None and ran.stdout != first.stdout:
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
    if ran.starved or ran.limit is not None:
        return ran.sentence
    if ran.code != 0:
        return f"it ended with {ran.code}: {_last_line(ran.complained)}"
    if listing.expected is None:
        return ""
    return difference(listing.expected, ran.said)


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
    sandbox = code_sandbox(own_code=True)
    for name, text, passes in attempts:
        judged = judge_answer(question, text, sandbox)
        said = ""
        if passes and judged.verdict is not Verdict.PASS:
            said = f"the {name} does not pass its check: {judged.said}"
        elif not passes and judged.verdict is Verdict.PASS:
            said = f"the {name} passes the check"
        yield ModuleRun(
            what=f"{question.id}: {name}",
            file=file,
            line=line,
            passed=not said,
            said=said,
            seconds=round(judged.cpu_s, 3),
            unsure=judged.verdict is Verdict.UNKNOWN or judged.limit == "wall",
        )
