"""One module, or one lab, judged by itself; what other modules must know of it is noted.

This reads and parses; `judgements` asks for it only when nothing is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from practicum.authoring.judging.digest import Digest, LabDigest
from practicum.authoring.markdown.anchors import anchors_of
from practicum.authoring.markdown.diagrams import Flaw
from practicum.authoring.markdown.module_file import parse_document
from practicum.authoring.rules import CHECKS, FORM, LAB, RULES
from practicum.authoring.rules.across import Seen, seen_of
from practicum.authoring.rules.listings import DIAGRAM
from practicum.authoring.rules.minutes import minutes_of
from practicum.authoring.rules.rule import Broken
from practicum.authoring.rules.sources import dated
from practicum.authoring.rules.subject import Around, Subject, subject_of
from practicum.authoring.rules.wording import left_to_write
from practicum.authoring.shelves import LABS, MODULE_FILE, Shelved
from practicum.authoring.written import WrittenModule, load_paper, load_written
from practicum.curriculum.lesson import Front, Lesson
from practicum.labs.finding import Finding, LabError
from practicum.labs.lab import CHECKS as LAB_CHECKS
from practicum.labs.lab import SOLUTION, SPEC, START, STORY, WRONG, Lab, load_lab
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import read_yaml

BYTES_MAX = 1_000_000
TODO = RULES["todo"]
STRUCTURE = frozenset(
    [
        "block-count",
        "blueprint",
        "cases",
        "cross-law",
        "gauntlet",
        "integration-challenge",
        "mathematics",
        "operations",
        "pitfalls",
        "protocol",
        "resources",
        "review",
    ]
)
"""Rules that ask for a part of a module."""

NO_FRONT_MATTER = "the front matter is missing"
_TITLE = re.compile(r"^# +(.+?) *#* *$", re.MULTILINE)

Drawn = Callable[[str], Flaw | None]
"""What is wrong with a diagram's text; None if it can be drawn."""


def judge_module(
    module: Shelved, around: Around, labs: Mapping[str, LabDigest], drawn: Drawn
) -> tuple[Digest, Seen]:
    """All that can be said of a module by itself, and what others must know of it."""
    broken = [each for name, lab in labs.items() for each in _of_lab(name, lab)]
    if not (module.folder / MODULE_FILE).exists():
        return Digest(name=around.name, broken=tuple(broken)), Seen()
    written, findings = load_written(module.folder)
    broken += FORM.found(_within(findings, module.folder))
    minutes = {name: lab.minutes for name, lab in labs.items()}
    return _judged(subject_of(written, around, minutes), broken, drawn)


def judge_paper(module: Shelved, around: Around, drawn: Drawn) -> tuple[Digest, Seen]:
    """The same of an exam paper by itself."""
    written, findings = load_paper(module.folder)
    broken = list(FORM.found(_within(findings, module.folder)))
    return _judged(subject_of(written, around, {}), broken, drawn)


def judge_loose(module: Shelved, around: Around, day: str, drawn: Drawn) -> tuple[Digest, Seen]:
    """The same of a text that is no module yet. One without front matter is judged
    with some, and what rules say of that is left out."""
    path = module.folder / module.file
    text, findings = read_text(path, bytes_max=BYTES_MAX)
    if text is None:
        broken = tuple(FORM.found(_named(findings, MODULE_FILE)))
        return Digest(name=around.name, broken=broken), Seen()
    bare = not text.startswith("---")
    front = _front_for(text, day) if bare else ""
    document = parse_document(front + text, MODULE_FILE)
    findings = list(document.findings)
    if bare:
        remedy = "begin the file with `---`, `id:`, `title:`"
        findings = [each for each in findings if "front matter" not in each.message]
        findings.append(Finding(file=MODULE_FILE, message=NO_FRONT_MATTER, remedy=remedy))
    written = WrittenModule(folder=module.folder, lesson=document.lesson)
    written.texts[MODULE_FILE] = front + text
    if document.front_file is not None:
        written.files[MODULE_FILE] = document.front_file
    found, seen = _judged(subject_of(written, around, {}), list(FORM.found(findings)), drawn)
    body = document.body
    if not (body.blocks or body.timed or body.sections):
        found = _without_structure(found)
    if bare:
        lines = front.count("\n")
        return _without_front(found, lines), _moved(seen, lines)
    return found, seen


def _without_structure(digest: Digest) -> Digest:
    """One finding in the place of all that miss a part of a module: there is none at all. What
    begins a module begins its front matter, too."""
    kept = [
        each
        for each in digest.broken
        if each.rule not in STRUCTURE and each.message != NO_FRONT_MATTER
    ]
    found = Finding(
        file=MODULE_FILE,
        line=1,
        message="this page is no module yet: it has no block, no protocol, no case ...",
        remedy="`practicum author new module COURSE/NAME` begins one; move the text into its parts",
    )
    return msgspec.structs.replace(digest, broken=(*FORM.found([found]), *kept))


def _front_for(text: str, day: str) -> str:
    title = _TITLE.search(text)
    title_in_yaml = msgspec.json.encode(title[1] if title else "Untitled").decode()
    return f"---\nid: untitled\ntitle: {title_in_yaml}\nupdated: {day}\n---\n"


def _without_front(digest: Digest, lines: int) -> Digest:
    """A digest of the text alone: its lines begin so many later."""
    fields = Front.__struct_fields__
    broken = (
        msgspec.structs.replace(each, line=max(1, (each.line or 1) - lines))
        for each in digest.broken
        if each.field.split("[")[0] not in fields
    )
    return msgspec.structs.replace(digest, broken=tuple(broken), dated=())


def _moved(seen: Seen, lines: int) -> Seen:
    """What is seen of a text alone, which lacks a front matter of so many lines."""
    replace = msgspec.structs.replace
    texts = tuple(replace(each, line=each.line - lines) for each in seen.texts)
    links = tuple(replace(each, line=each.line - lines) for each in seen.links)
    return replace(seen, names=(), texts=texts, links=links)


def judge_lab(folder: Path) -> LabDigest:
    """All that can be seen of a lab without running it."""
    todo = tuple(
        each for name in (STORY, SPEC, LAB_CHECKS) for each in _left_to_write(folder / name)
    )
    try:
        lab = load_lab(folder)
    except LabError as error:
        found = _within(error.findings, folder)
        return LabDigest(minutes=_minutes(folder), findings=found, todo=todo)
    return LabDigest(minutes=lab.spec.minutes, findings=tuple(_copies(lab)), todo=todo)


def _copies(lab: Lab) -> Iterator[Finding]:
    """Folders that hold what the solution holds: nothing in them is wrong."""
    solved = _contents_of(lab.folder / SOLUTION)
    for part in (START, *(f"{WRONG}/{name}" for name in lab.spec.wrong)):
        if solved and _contents_of(lab.folder / part) == solved:
            said, remedy = "it is the solution", "plant what the checks must find"
            yield Finding(file=part, message=said, remedy=remedy)


def _contents_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(x.relative_to(folder)): x.read_bytes() for x in files if x.is_file()}


def _left_to_write(path: Path) -> Iterator[Finding]:
    text, _ = read_text(path, bytes_max=BYTES_MAX)
    yield from left_to_write(path.name, text or "")


def _minutes(folder: Path) -> int:
    """What a lab that cannot be used says of its minutes."""
    file, _ = read_yaml(folder / SPEC)
    said = file.document.get("minutes") if file and isinstance(file.document, dict) else 0
    return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else 0


def _of_lab(name: str, lab: LabDigest) -> Iterator[Broken]:
    for rule, findings in ((LAB, lab.findings), (TODO, lab.todo)):
        yield from rule.found(
            msgspec.structs.replace(each, file=f"{LABS}/{name}/{each.file}") for each in findings
        )


def _within(findings: Iterable[Finding], folder: Path) -> tuple[Finding, ...]:
    """Findings with their files as seen from a folder."""
    start = f"{folder}/"
    return tuple(
        msgspec.structs.replace(each, file=each.file.removeprefix(start) or ".")
        if each.file != str(folder)
        else msgspec.structs.replace(each, file=".")
        for each in findings
    )


def _named(findings: Iterable[Finding], file: str) -> Iterator[Finding]:
    return (msgspec.structs.replace(each, file=file) for each in findings)


def _judged(subject: Subject, broken: list[Broken], drawn: Drawn) -> tuple[Digest, Seen]:
    for each in CHECKS:
        if subject.around.profile in each.rule.profiles and subject.has(each.needs):
            broken += each.rule.found(each.check(subject))
    lesson = subject.lesson
    if lesson is not None:
        broken += DIAGRAM.found(_diagrams(lesson, drawn))
    digest = Digest(
        name=subject.around.name,
        is_written=True,
        exam=subject.exam.of if subject.exam is not None else "",
        minutes=_minutes_of(subject),
        broken=tuple(broken),
        dated=tuple(dated(subject)) if lesson is not None else (),
    )
    return digest, seen_of(subject, anchors_of(lesson) if lesson is not None else ())


def _minutes_of(subject: Subject) -> int:
    if subject.lesson is not None:
        return minutes_of(subject)
    return subject.paper.minutes if subject.around.is_paper and subject.exam else 0


def _diagrams(lesson: Lesson, drawn: Drawn) -> Iterator[Finding]:
    for passage in lesson.passages:
        for diagram in passage.diagrams:
            if flaw := drawn(diagram.text):
                line = diagram.line + flaw.line
                yield Finding(file=MODULE_FILE, line=line, message=flaw.message, remedy="")
