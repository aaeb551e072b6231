"""What a module has outside its blocks, from the learner's protocol to the resources."""

from __future__ import annotations

import re
from collections.abc import Iterator

from practicum.authoring.rules.blocks import is_empty
from practicum.authoring.rules.prose import Under, paragraphs, same_words, under_headings
from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.labs.finding import Finding

SPACINGS_MIN = 3
CHALLENGE_WORDS_MIN = 60
PITFALLS_MIN = 3
HEADING = 3
_MITIGATION = re.compile(r"^\s*(?:[*_]{1,3})?Mitigation:?(?:[*_]{1,3})?:?", re.MULTILINE)


def _missing(subject: Subject, kind: str) -> Iterator[Finding]:
    """A finding if the section is not there, or has nothing in it."""
    passage = subject.section(kind)
    if passage is None:
        yield subject.at(1, f"there is no {kind}", f"add a container `:::: {kind}`")
    elif is_empty(passage):
        yield subject.at(passage.line, f"the {kind} is empty")


@rule(
    "protocol",
    why="Most readers do not know how to learn from a text; the steps tell them.",
    remedy="say for each step what the reader does in this module, naming the step",
    profiles=("blocks",),
)
def protocol(subject: Subject) -> Iterator[Finding]:
    """The learner's protocol says how to work through this module, with each step that
    standards.yaml names."""
    yield from _missing(subject, "protocol")
    passage = subject.section("protocol")
    if passage is None or is_empty(passage):
        return
    words = same_words(passage.text)
    for step in subject.around.standards.protocol:
        stem = same_words(step.name)[: max(4, len(step.name) - 1)]
        if not re.search(rf"\b{re.escape(stem)}", words):
            yield subject.at(passage.line, f"the protocol does not say how to {step.name}")


@rule(
    "blueprint",
    why="Who sees the map first knows where each piece belongs.",
    remedy="tell what the blocks are, what builds on what, and what one can do afterwards",
    profiles=("blocks",),
)
def blueprint(subject: Subject) -> Iterator[Finding]:
    """The blueprint maps the module."""
    yield from _missing(subject, "blueprint")


@rule(
    "spacing",
    why="What is recalled after growing intervals stays; what is read once is gone in a week.",
    remedy="write for example `spacing_days: [1, 3, 7, 21, 60]` into the front matter",
)
def spacing(subject: Subject) -> Iterator[Finding]:
    """The front matter has a schedule of at least three days whose distances grow."""
    days = subject.text.front.spacing_days
    if len(days) < SPACINGS_MIN:
        said = f"there are {len(days)} days, {SPACINGS_MIN} are the least"
        yield subject.front(("spacing_days",), said)
        return
    gaps = [then - before for before, then in zip((0, *days), days, strict=False)]
    if any(gap <= 0 for gap in gaps) or sorted(gaps) != gaps:
        said = f"the days {', '.join(map(str, days))} are no growing intervals"
        yield subject.front(("spacing_days",), said)


@rule(
    "pitfalls",
    why="To know a mistake and not the way out of it helps nobody at three in the morning.",
    remedy="write `### NAME`, how one falls into it, and a paragraph that begins `Mitigation:`",
    profiles=("blocks",),
)
def pitfalls(subject: Subject) -> Iterator[Finding]:
    """There are at least three pitfalls, each with its mitigation."""
    yield from _missing(subject, "pitfalls")
    passage = subject.section("pitfalls")
    if passage is None or is_empty(passage):
        return
    found = list(under_headings(passage, HEADING))
    if len(found) < PITFALLS_MIN:
        said = f"there are {len(found)} pitfalls, {PITFALLS_MIN} are the least"
        yield subject.at(passage.line, said)
    for each in found:
        mitigation = _MITIGATION.search(each.text)
        if mitigation is None:
            yield subject.at(each.line, f"{each.title!r} has no mitigation")
        elif not each.text[mitigation.end() :].strip():
            yield subject.at(each.line, f"the mitigation of {each.title!r} is empty")


@rule(
    "integration-challenge",
    why="Parts that were learnt apart are understood when one has to put them together.",
    remedy="set a task that needs several blocks: requirements, failures, what to hand in",
    profiles=("blocks",),
)
def integration_challenge(subject: Subject) -> Iterator[Finding]:
    """There is an integration challenge that says what to do and how long it takes."""
    yield from _missing(subject, "integration-challenge")
    passage = subject.section("integration-challenge")
    if passage is None or is_empty(passage):
        return
    if not passage.minutes:
        said = "the integration challenge does not say how long it takes"
        yield subject.at(passage.line, said, "add `minutes=` to its line")
    if passage.words < CHALLENGE_WORDS_MIN:
        yield subject.at(passage.line, f"the integration challenge has {passage.words} words")


@rule(
    "cross-law",
    why="A design that keeps one law and breaks another fails where nobody looked.",
    remedy="write `### THE LAW`, as course.yaml names it, and what it means for this subject",
    profiles=("blocks",),
)
def cross_law(subject: Subject) -> Iterator[Finding]:
    """The cross-law analysis says of each law what it means here."""
    yield from _missing(subject, "cross-law")
    passage = subject.section("cross-law")
    if passage is None or is_empty(passage):
        return
    found = list(under_headings(passage, HEADING))
    for number, law in enumerate(subject.around.laws, start=1):
        about = next((each for each in found if _is_of(each, law.name)), None)
        if about is None:
            yield subject.at(passage.line, f"law {number}, {law.name}, is not analysed")
        elif not about.text.strip():
            yield subject.at(about.line, f"nothing is said of {law.name}")


def _is_of(heading: Under, law: str) -> bool:
    return same_words(law) in same_words(heading.title)


@rule(
    "operations",
    why="What nobody watches breaks unseen; knowledge is ready when it can be operated.",
    remedy="say what to watch, what to alert on, and what to do then",
    profiles=("blocks",),
)
def operations(subject: Subject) -> Iterator[Finding]:
    """The module says how what it teaches is operated."""
    yield from _missing(subject, "operations")


@rule(
    "mathematics",
    why="Where a subject has foundations, they outlive its products.",
    remedy="add `:::: mathematics` if the subject has any: a bound, a proof, a formula",
    severity="advice",
    profiles=("blocks",),
)
def mathematics(subject: Subject) -> Iterator[Finding]:
    """The module gives the mathematics that its subject rests on."""
    yield from _missing(subject, "mathematics")


@rule(
    "review",
    why="A module that does not say how to come back to it is read once.",
    remedy="say what to recall on which day, and how to see that it worked",
    profiles=("blocks",),
)
def review(subject: Subject) -> Iterator[Finding]:
    """The review says how to recall the module later, and how long that takes."""
    yield from _missing(subject, "review")
    passage = subject.section("review")
    if passage is not None and not is_empty(passage) and not passage.minutes:
        said = "the review does not say how long it takes"
        yield subject.at(passage.line, said, "add `minutes=` to its line")


@rule(
    "resources",
    why="Who wants to go deeper should not have to search.",
    remedy="name the papers, books and documentation that are worth the time, with links",
)
def resources(subject: Subject) -> Iterator[Finding]:
    """The module names resources for deeper study."""
    yield from _missing(subject, "resources")


@rule(
    "introduction",
    why="A reader decides in two paragraphs whether to go on.",
    remedy="begin with `# TITLE`, what the module is about, and why one should care",
)
def introduction(subject: Subject) -> Iterator[Finding]:
    """The module begins with what it is about, outside of all containers."""
    intro = subject.text.intro
    if not any(True for _ in paragraphs(intro.text)):
        yield subject.at(intro.line or 1, "nothing says what the module is about")
