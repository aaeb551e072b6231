"""What a link can name in a module: its blocks, parts and sections, and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from practicum.curriculum.lesson import Lesson

_LEFT_OUT = re.compile(r"[^\w\- ]")


class Anchors:
    """Gives each thing its anchor, and no two the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, words: str) -> str:
        """The anchor for a heading, as GitHub would make it; a second one of the same words has
        a number."""
        bare = _LEFT_OUT.sub("", words.strip().lower()).replace(" ", "-") or "section"
        anchor, number = bare, 0
        while anchor in self._taken:
            number += 1
            anchor = f"{bare}-{number}"
        self._taken.add(anchor)
        return anchor


def anchors_of(lesson: Lesson) -> tuple[str, ...]:
    """All of a lesson's anchors, in the order of its page."""
    return tuple(_walk(lesson))


def _walk(lesson: Lesson) -> Iterator[str]:
    anchors = Anchors()
    for each in in_order(lesson):
        yield anchors.give(each)


def in_order(lesson: Lesson) -> Iterator[str]:
    """The words of everything that has an anchor. Blocks and sections come first, so that no
    heading of the same words takes theirs."""
    for block in (*lesson.blocks, *lesson.timed):
        yield block.id
    for section in lesson.sections:
        yield section.kind
    for passage in sorted(lesson.passages, key=lambda each: each.line):
        for heading in passage.headings:
            yield heading.text
