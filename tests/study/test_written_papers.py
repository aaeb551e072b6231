"""The papers that we have written, in variants: their keys get all the points."""

from __future__ import annotations

from pathlib import Path

import pytest

from practicum.authoring.papers import PaperAt, all_papers
from practicum.curriculum.question import Code, Design
from practicum.learner.exam.answers import read
from practicum.learner.exam.grading import Outcome, grade, worth
from practicum.learner.exam.sheet import key_of, right
from practicum.learner.exam.variant import draw

PAPERS, FINDINGS = all_papers([Path(__file__).parents[2] / "courses"])


def test_all_of_them_can_be_sat() -> None:
    """None is left out."""
    assert FINDINGS == []
    assert len(PAPERS) >= 2


@pytest.mark.parametrize("paper", PAPERS, ids=lambda each: each.paper.of)
def test_the_key_of_each_variant_gets_all_the_points(paper: PaperAt) -> None:
    """As it is recorded, and as a learner would say it."""
    for seed in range(25):
        for item in draw(paper.paper, seed):
            of = worth(item.question)
            if isinstance(item.question, Code):
                mark = grade(item, item.question.solution, Outcome(passed=True))
                assert mark is not None
                assert mark.points == of
            elif not isinstance(item.question, Design):
                for answer in (key_of(item), read(item, right(item))):
                    mark = grade(item, answer)
                    assert mark is not None
                    assert (item.id, seed, mark.points) == (item.id, seed, of)
