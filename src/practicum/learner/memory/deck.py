"""What can be asked: the courses' cards and questions, and what stands for labs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from practicum.curriculum.question import AnyQuestion, Cards, ExamPaper, Questions
from practicum.curriculum.term import exam_id
from practicum.learner.memory.names import Origin, card_name, origin_of, question_name


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ask: ``front`` and ``back`` of what she rates herself, or a ``question`` that
    is graded. ``module`` is COURSE/MODULE and ``block`` one of it, where they are known; a
    question of an exam has the exam's id (exam:NAME) instead."""

    name: str
    module: str
    front: str
    back: str = ""
    block: str = ""
    question: AnyQuestion | None = None

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return origin_of(self.name)

    @property
    def kin(self) -> str:
        """The same for what is taught in one place, and so helps to answer each other."""
        return f"{self.module}#{self.block}" if self.block else self.module


Deck = Mapping[str, Prompt]
"""Prompts by their names, each module's in the order in which they are written."""


def deck_of(prompts: Iterable[Prompt]) -> Deck:
    """The deck; of two with the same name the first counts."""
    found: dict[str, Prompt] = {}
    for each in prompts:
        found.setdefault(each.name, each)
    return found


def prompts_of(
    module: str, *, questions: Questions | None = None, cards: Cards | None = None
) -> Iterator[Prompt]:
    """What the files of a module (COURSE/MODULE) give to ask."""
    for card in cards.cards if cards else ():
        yield Prompt(
            name=card_name(module, card.id),
            module=module,
            front=card.front,
            back=card.back,
            block=card.block or "",
        )
    for question in questions.questions if questions else ():
        yield _asked(module, question)


def prompts_of_paper(paper: ExamPaper) -> Iterator[Prompt]:
    """What an exam's paper gives to ask."""
    for section in paper.sections:
        for question in section.questions:
            yield _asked(exam_id(paper.of), question)


def _asked(module: str, question: AnyQuestion) -> Prompt:
    return Prompt(
        name=question_name(module, question.id),
        module=module,
        front=question.text,
        back=question.explain,
        block=question.block or "",
        question=question,
    )
