"""The hidden checks of the exam on data consistency, against answers that are right in another way
than the paper's own, and against wrong ones that each have to be caught by what they do wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from practicum.authoring.papers import find_paper
from practicum.curriculum.question import Code

COURSES = Path(__file__).parents[2] / "courses"
PAPER = find_paper([COURSES], "data-consistency").paper
CODE = {
    each.id: each
    for section in PAPER.sections
    for each in section.questions
    if isinstance(each, Code)
}

RIGHT_TOO = {
    "dc-reserve-code": """
def reserve(shelf, sku, order, count):
    while True:
        row, version = shelf.get(sku)
        if row["stock"] < count:
            return order in row["held"]
        if order in row["held"]:
            return True
        row["stock"] -= count
        row["held"][order] = count
        try:
            if shelf.put_if(sku, row, version):
                return True
        except TimeoutError:
            pass
""",
    "dc-armoury-code": """
class Armoury:
    '''Without tombstones: what a replica has heard of and does not hold was removed.'''

    def __init__(self, name):
        self.name, self.heard, self.held = name, {}, set()

    def add(self, element):
        number = self.heard[self.name] = self.heard.get(self.name, 0) + 1
        self.remove(element)
        self.held.add((element, self.name, number))

    def remove(self, element):
        self.held = {tag for tag in self.held if tag[0] != element}

    def elements(self):
        return {element for element, _, _ in self.held}

    def merge(self, other):
        mine = {x for x in self.held if x in other.held or x[2] > other.heard.get(x[1], 0)}
        theirs = {x for x in other.held if x in self.held or x[2] > self.heard.get(x[1], 0)}
        self.held = mine | theirs
        for name, number in other.heard.items():
            self.heard[name] = max(self.heard.get(name, 0), number)
""",
    "dc-limit-code": """
class Unavailable(Exception):
    pass


def read(nodes):
    '''Asks no more nodes, and stores on no more, than a majority.'''
    enough = len(nodes) // 2 + 1
    answers = []
    for node in nodes:
        try:
            answers.append(node.get())
        except ConnectionError:
            continue
        if len(answers) == enough:
            break
    else:
        raise Unavailable
    stamp, value = max(answers)
    if answers.count((stamp, value)) == enough:
        return value
    stored = 0
    for node in nodes:
        try:
            node.put(stamp, value)
        except ConnectionError:
            continue
        stored += 1
        if stored == enough:
            return value
    raise Unavailable
""",
}

CAUGHT = {
    "dc-session-code": [
        "it is gone",
        "made the session forget",
        "the nearest that will do was not taken",
        "others had written before her",
    ],
    "dc-reserve-code": [
        "pieces came or went",
        "after lost before: refused",
        "after beaten: refused",
        "after 20 puts that were lost: refused",
    ],
    "dc-armoury-code": ["{'bow'}, not", "does not travel", "set(), not {'sword'}"],
    "dc-limit-code": [
        "{0, 1, 2} read it",
        "made up a stamp",
        "(0, 1, 2) had the write",
        "four are a majority",
        "two of four have answered",
        "2 of 4 nodes have",
    ],
    "dc-serial-code": [
        "accepted, and there is no order",
        "('t3', 'r', 'z'), ('t1', 'w', 'z')",
        "refused, and there is an order",
    ],
}


@pytest.mark.parametrize("name", RIGHT_TOO)
def test_another_right_answer_passes_its_check(name: str) -> None:
    """The register's reader may stop at a majority; the value of a write that never ended may be
    returned, or not."""
    exec(f"{RIGHT_TOO[name]}\n{CODE[name].check}", {})


@pytest.mark.parametrize("name", CODE)
def test_each_wrong_attempt_is_told_what_it_does_wrong(name: str) -> None:
    """By the assertion that was made for it, and not by another one before."""
    for attempt, said in zip(CODE[name].wrong, CAUGHT[name], strict=True):
        with pytest.raises(AssertionError) as caught:
            exec(f"{attempt}\n{CODE[name].check}", {})
        assert said in str(caught.value)
