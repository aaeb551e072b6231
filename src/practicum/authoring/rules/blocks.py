"""Focus blocks with their six parts, and the timed parts of the service-mesh journey."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from practicum.authoring.rules.prose import same_words
from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.curriculum.lesson import Block, Passage
from practicum.labs.finding import Finding

ANALOGY_WORDS_MIN = 25


def part_of(block: Block, kind: str) -> Passage | None:
    """A block's part of that kind."""
    return next((each for each in block.parts if each.kind == kind), None)


def is_empty(passage: Passage) -> bool:
    """Whether nothing is said or shown in a container."""
    holds = (passage.listings, passage.diagrams, passage.labs)
    return not passage.words and not any(holds)


@rule(
    "block-count",
    why="Fewer blocks leave a subject half taught; more than can be held in mind are not learnt.",
    remedy="split a block that teaches two concepts, or move what is not needed to another module",
    profiles=("blocks",),
)
def block_count(subject: Subject) -> Iterator[Finding]:
    """A module has as many focus blocks as standards.yaml says."""
    least, most = subject.around.standards.module.focus_blocks.count
    count, lesson = len(subject.text.blocks), subject.text
    if not least <= count <= most:
        line = lesson.blocks[-1].line if lesson.blocks else 1
        yield subject.at(line, f"there are {count} focus blocks, not {least} to {most}")


@rule(
    "block-minutes",
    why="Attention holds for twenty to thirty minutes; a block is as long as one can focus.",
    remedy="split or join blocks until `minutes=` fits, and the text with it",
    profiles=("blocks",),
)
def block_minutes(subject: Subject) -> Iterator[Finding]:
    """Each focus block takes as many minutes as standards.yaml says."""
    least, most = subject.around.standards.module.focus_blocks.minutes
    for block in subject.text.blocks:
        # Minutes that cannot be read are 0, and told already.
        if block.minutes and not least <= block.minutes <= most:
            said = f"{block.id} takes {block.minutes} minutes, not {least} to {most}"
            yield subject.at(block.line, said)


@rule(
    "block-parts",
    why="Each part does what no other does: curiosity, concept, picture, analogy, work, recall.",
    remedy="write the part in its own container; none may be empty",
    profiles=("blocks",),
)
def block_parts(subject: Subject) -> Iterator[Finding]:
    """Each focus block has the parts that standards.yaml names, in that order, none empty."""
    wanted = [each.name.replace("_", "-") for each in subject.around.standards.focus_block]
    for block in subject.text.blocks:
        kinds = [each.kind for each in block.parts]
        missing = [kind for kind in wanted if kind not in kinds]
        if missing:
            yield subject.at(block.line, f"{block.id} has no {', '.join(missing)}")
        there = [kind for kind in kinds if kind in wanted]
        ordered = [kind for kind in wanted if kind in there]
        if there != ordered:
            said = f"the parts of {block.id} stand as {', '.join(there)}"
            yield subject.at(block.line, said, f"put them in the order {', '.join(wanted)}")
        for each in block.parts:
            if is_empty(each):
                yield subject.at(each.line, f"the {each.kind} of {block.id} is empty")


@rule(
    "visual-model",
    why="A mechanism that one can see is one that one can run in the mind.",
    remedy="draw the mechanism of the block in a ```mermaid fence: a sequence, states or a flow",
    profiles=("blocks",),
)
def visual_model(subject: Subject) -> Iterator[Finding]:
    """Each visual model holds a Mermaid diagram."""
    for block in subject.text.blocks:
        passage = part_of(block, "visual-model")
        if passage is not None and not passage.diagrams and not is_empty(passage):
            yield subject.at(passage.line, f"the visual model of {block.id} has no diagram")


@rule(
    "analogy",
    why="What is new holds better when it is tied to what one knows.",
    remedy="tell what familiar thing it is like, and where the likeness breaks down",
    profiles=("blocks",),
)
def analogy(subject: Subject) -> Iterator[Finding]:
    """Each neural bridge tells an analogy, in more than a sentence."""
    for block in subject.text.blocks:
        passage = part_of(block, "neural-bridge")
        if passage is not None and 0 < passage.words < ANALOGY_WORDS_MIN:
            said = f"the neural bridge of {block.id} has {passage.words} words"
            yield subject.at(passage.line, said)


@rule(
    "exercise-code",
    why="One has learnt what one has done: a claim is believed when it was seen to run.",
    remedy="let the reader run something: a listing with its output, or `::: lab NAME`",
    profiles=("blocks",),
)
def exercise_code(subject: Subject) -> Iterator[Finding]:
    """Each block has its exercise with code: a listing or a lab in its active practice."""
    for block in subject.text.blocks:
        passage = part_of(block, "active-practice")
        if passage is None or is_empty(passage) or passage.labs:
            continue
        if not passage.listings:
            said = f"the active practice of {block.id} has nothing to run"
            yield subject.at(passage.line, said)


@rule(
    "timed-parts",
    why="A customer's problem comes before the technology, and goes with it to the end.",
    remedy="write the part as `:::: part id=... minutes=... title=...`, in course.yaml's order",
    profiles=("parts",),
)
def timed_parts(subject: Subject) -> Iterator[Finding]:
    """A module of timed parts has those of its course.yaml, in order and with their minutes, none
    empty."""
    wanted = {each.id.replace("_", "-"): each.minutes for each in subject.around.parts}
    found = {each.id: each for each in subject.text.timed}
    for name, minutes in wanted.items():
        block = found.get(name)
        if block is None:
            yield subject.at(1, f"the part {name} is missing")
        elif block.minutes != minutes:
            yield subject.at(block.line, f"{name} takes {block.minutes} minutes, not {minutes}")
        elif is_empty(block.intro) and not block.parts:
            yield subject.at(block.line, f"the part {name} is empty")
    there = [name for name in found if name in wanted]
    if there != [name for name in wanted if name in found]:
        line = subject.text.timed[0].line
        yield subject.at(line, f"the parts stand as {', '.join(there)}")


@rule(
    "persona",
    why="The journey starts every concept from a customer; a module without one has no why.",
    remedy="let the customer that course.yaml names meet the problem",
    profiles=("parts",),
    needs=("lesson", "entry"),
)
def persona(subject: Subject) -> Iterator[Finding]:
    """The customer scenario names the personas of the module."""
    for block in subject.text.timed[:1]:
        words = same_words(block.intro.text).split()
        for name in subject.entry.personas:
            if same_words(name) not in words and same_words(name) + "s" not in words:
                yield subject.at(block.line, f"{name} does not appear in {block.id}")


@rule(
    "blocks-promised",
    why="The catalogue promises the blocks; who planned by it finds what was promised.",
    remedy="write the block with that title and those minutes, or change course.yaml",
    profiles=("blocks",),
    needs=("lesson", "entry"),
)
def blocks_promised(subject: Subject) -> Iterator[Finding]:
    """The focus blocks that course.yaml lists are there, with their titles and minutes."""
    found = {same_words(each.title): each for each in subject.text.blocks}
    for promised in subject.entry.focus_blocks:
        block = found.get(same_words(promised.title))
        if block is None:
            yield subject.at(1, f"the block {promised.title!r} of course.yaml is missing")
        elif block.minutes != promised.minutes:
            said = f"{block.id} takes {block.minutes} minutes, course.yaml says {promised.minutes}"
            yield subject.at(block.line, said)


@rule(
    "block-twice",
    why="A link, a card and a question name a block by its id.",
    remedy="give each its own id",
)
def block_twice(subject: Subject) -> Iterator[Finding]:
    """The ids of blocks and parts are unique in their module."""
    seen: dict[str, int] = {}
    for block in itertools.chain(subject.text.blocks, subject.text.timed):
        if block.id in seen:
            yield subject.at(block.line, f"{block.id} stands in line {seen[block.id]}, too")
        seen.setdefault(block.id, block.line)
