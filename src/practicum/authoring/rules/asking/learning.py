"""What a module promises that one can do, whether it is asked for, and what is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from practicum.authoring.rules.prose import same_words
from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import CARDS_FILE, QUESTIONS_FILE
from practicum.labs.finding import Finding, did_you_mean

COURSE_FILE = "../course.yaml"
FRONT_MAX, BACK_MAX, BACK_WORDS_MAX = 240, 280, 45
VAGUE = ("appreciate", "be aware", "be familiar", "grasp", "know", "learn", "master", "understand")
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\S", re.MULTILINE)


def in_course(field: str, message: str, remedy: str = "") -> Finding:
    """A finding about the module's entry in course.yaml; the linter knows its line."""
    return Finding(file=COURSE_FILE, field=field, message=message, remedy=remedy)


@rule(
    "objectives",
    why="What nobody said one should be able to do cannot be taught, nor asked.",
    remedy="write `objectives:` into the module's entry of course.yaml",
    needs=("entry",),
)
def objectives(subject: Subject) -> Iterator[Finding]:
    """The course says what one can do after the module."""
    if not subject.around.objectives:
        yield in_course("objectives", f"{subject.around.name} has no objectives")


@rule(
    "objective-measurable",
    why="Nobody can see whether somebody understands; one can see what they do.",
    remedy="begin with what one can watch: say, choose, build, find, compute, repair",
    severity="advice",
    needs=("entry",),
)
def objective_measurable(subject: Subject) -> Iterator[Finding]:
    """An objective begins with something that can be seen."""
    for each in subject.around.objectives:
        if same_words(each).startswith(VAGUE):
            yield in_course("objectives", f"{each!r} cannot be seen")


@rule(
    "objective-tested",
    why="An objective that no question asks for is a wish.",
    remedy="write a question, and name the objective under its `tests:`",
    needs=("entry", "questions"),
)
def objective_tested(subject: Subject) -> Iterator[Finding]:
    """Each objective is tested by a question, and what questions test is an objective."""
    known = {same_words(each): each for each in subject.around.objectives}
    tested: set[str] = set()
    for file, path, each in subject.every_question():
        for index, words in enumerate(each.tests):
            tested.add(same_words(words))
            if known and same_words(words) not in known:
                said = f"{words!r} is no objective of {subject.around.name}"
                remedy = did_you_mean(words, known.values())
                yield subject.within(file, (*path, "tests", index), said, remedy)
    for words, text in known.items():
        if words not in tested:
            said = f"no question tests {text!r}"
            yield subject.within(QUESTIONS_FILE, ("questions",), said)


@rule(
    "topics",
    why="The catalogue lists the topics; who searches for one should find it here.",
    remedy="teach it, or take it out of course.yaml",
    severity="advice",
    needs=("lesson", "entry"),
)
def topics(subject: Subject) -> Iterator[Finding]:
    """The topics that course.yaml lists for the module occur in its text."""
    text = f" {same_words(' '.join(subject.texts.values()))}"
    for topic in subject.entry.topics:
        wanted = [word for word in same_words(topic).split() if len(word) > 3]
        missing = [word for word in wanted if f" {word[: max(4, len(word) - 3)]}" not in text]
        if missing:
            said = f"the topic {topic!r} does not occur: nothing says {', '.join(missing)}"
            yield subject.at(1, said)


@rule(
    "authors",
    why="Who wrote it is thanked, and asked.",
    remedy="write `authors: [NAME]` into the front matter",
    severity="advice",
)
def authors(subject: Subject) -> Iterator[Finding]:
    """The front matter names the authors."""
    if not subject.text.front.authors:
        yield subject.front(("authors",), "nobody is named as author")


@rule(
    "stage",
    why="The tracker shows how far a contribution is.",
    remedy="name a stage of stewardship.yaml",
)
def stage(subject: Subject) -> Iterator[Finding]:
    """The stage in the front matter is one that stewardship.yaml lists."""
    known = subject.around.stages
    if known and subject.text.front.stage not in known:
        said = f"there is no stage {subject.text.front.stage}"
        yield subject.front(("stage",), said, did_you_mean(subject.text.front.stage, known))


@rule(
    "cards",
    why="What has no card is forgotten between two readings.",
    remedy="write cards for what one should still know in a year, each with its `block:`",
    severity="advice",
    needs=("lesson", "cards"),
)
def cards(subject: Subject) -> Iterator[Finding]:
    """Each block has a card."""
    there = {each.block for each in subject.cards or ()}
    for block in (*subject.text.blocks, *subject.text.timed):
        if block.id not in there:
            yield subject.at(block.line, f"no card is of {block.id}")


@rule(
    "card-block",
    why="A card that was forgotten sends the learner back to its block.",
    remedy="name a block of this module, or leave `block:` out",
    needs=("lesson", "cards"),
)
def card_block(subject: Subject) -> Iterator[Finding]:
    """The block that a card names is one of the module."""
    known = [each.id for each in (*subject.text.blocks, *subject.text.timed)]
    for index, each in enumerate(subject.cards or ()):
        if each.block is not None and each.block not in known:
            said = f"there is no block {each.block}"
            path = ("cards", index, "block")
            yield subject.within(CARDS_FILE, path, said, did_you_mean(each.block, known))


@rule(
    "card-one-fact",
    why="A card with two facts is half known for ever: nobody can say when to see it again.",
    remedy="split it, or leave out what is not the fact",
    needs=("cards",),
)
def card_one_fact(subject: Subject) -> Iterator[Finding]:
    """A card asks for one fact: it is short, and its back is no list."""
    for index, each in enumerate(subject.cards or ()):
        path = ("cards", index)
        if len(each.front) > FRONT_MAX:
            said = f"the front has {len(each.front)} characters, {FRONT_MAX} are the most"
            yield subject.within(CARDS_FILE, (*path, "front"), said)
        words = len(each.back.split())
        if len(_LIST.findall(each.back)) > 1:
            yield subject.within(CARDS_FILE, (*path, "back"), "the back is a list")
        elif len(each.back) > BACK_MAX or words > BACK_WORDS_MAX:
            said = f"the back has {words} words and {len(each.back)} characters"
            yield subject.within(CARDS_FILE, (*path, "back"), said)
