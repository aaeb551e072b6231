"""How long things take, against what is said of them."""

from __future__ import annotations

from collections.abc import Iterator

from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.curriculum.lesson import Block, Passage
from practicum.labs.finding import Finding

WORDS_PER_MINUTE, CODE_LINES_PER_MINUTE = 200, 10
DIAGRAM_MINUTES, EXERCISE_MINUTES, REFLECTION_MINUTES = 1, 10, 3
TOLERANCE = 0.35
GAUNTLET_TOLERANCE = 0.5


def reading_minutes(passage: Passage) -> float:
    """How long a careful reader takes for it: words, code and diagrams."""
    code = sum(each.text.count("\n") for each in passage.listings)
    return (
        passage.words / WORDS_PER_MINUTE
        + code / CODE_LINES_PER_MINUTE
        + len(passage.diagrams) * DIAGRAM_MINUTES
    )


def block_estimate(block: Block) -> float:
    """Minutes for a block: reading, the exercise by hand, the questions to reflect on."""
    reading = sum(map(reading_minutes, (block.intro, *block.parts)))
    kinds = {each.kind for each in block.parts}
    reading += EXERCISE_MINUTES * ("active-practice" in kinds)
    return reading + REFLECTION_MINUTES * ("consolidation-prompt" in kinds)


def minutes_of(subject: Subject) -> int:
    """A module's minutes: blocks or parts, labs, integration challenge, gauntlet and review."""
    lesson = subject.text
    blocks = sum(each.minutes for each in (*lesson.blocks, *lesson.timed))
    kinds = ("integration-challenge", "gauntlet", "review")
    sections = [lesson.section(kind) for kind in kinds]
    return (
        blocks
        + sum(each.minutes for each in sections if each is not None)
        + sum(subject.lab_minutes.values())
    )


@rule(
    "reading-time",
    why="Who plans an evening by the minutes must be able to keep to them.",
    remedy="cut or fill the text, or change `minutes=`: 200 words or 10 lines of code a minute, "
    "1 a diagram, 10 for the exercise, 3 to reflect",
    profiles=("blocks",),
)
def reading_time(subject: Subject) -> Iterator[Finding]:
    """A block takes about as long as it says: reading, code, diagrams and exercise, within a
    third."""
    for block in subject.text.blocks:
        estimate = block_estimate(block)
        few, many = block.minutes * (1 - TOLERANCE), block.minutes * (1 + TOLERANCE)
        if block.minutes and not few <= estimate <= many:
            said = f"{block.id} says {block.minutes} minutes, its text takes about {estimate:.0f}"
            yield subject.at(block.line, said)


@rule(
    "part-time",
    why="A part that cannot be read in its time pushes out those after it.",
    remedy="cut the text, or move some of it to another part: 200 words or 10 lines of code a "
    "minute, 1 a diagram",
    profiles=("parts",),
)
def part_time(subject: Subject) -> Iterator[Finding]:
    """A timed part can be read within its minutes."""
    for block in subject.text.timed:
        estimate = block_estimate(block)
        if block.minutes and estimate > block.minutes * (1 + TOLERANCE):
            said = f"{block.id} says {block.minutes} minutes, its text takes about {estimate:.0f}"
            yield subject.at(block.line, said)


@rule(
    "module-minutes",
    why="Paths and levels count the catalogue's minutes; a module that is shorter cheats them.",
    remedy="fill the module, or correct `minutes:` in course.yaml; blocks, labs, challenge, "
    "gauntlet and review count",
    needs=("lesson", "entry"),
)
def module_minutes(subject: Subject) -> Iterator[Finding]:
    """The minutes of all parts of the module come to what the catalogue says at least."""
    least = subject.entry.minutes or sum(each.minutes for each in subject.around.parts)
    found = minutes_of(subject)
    if found < least:
        said = f"the parts take {found} minutes in all, the catalogue says {least} at least"
        yield subject.at(1, said)


@rule(
    "gauntlet-minutes",
    why="A gauntlet that takes thrice its time is broken off before the questions that matter.",
    remedy="change `minutes=` of the gauntlet, or the `minutes:` of its questions",
    severity="advice",
    profiles=("blocks",),
    needs=("lesson", "questions"),
)
def gauntlet_minutes(subject: Subject) -> Iterator[Finding]:
    """The gauntlet says about as many minutes as its questions take."""
    passage = subject.section("gauntlet")
    asked = sum(each.minutes for each in subject.asked if each.tier is not None)
    if passage is None or not asked:
        return
    if abs(passage.minutes - asked) > asked * GAUNTLET_TOLERANCE:
        said = f"the gauntlet says {passage.minutes} minutes, its questions take {asked}"
        yield subject.at(passage.line, said)
