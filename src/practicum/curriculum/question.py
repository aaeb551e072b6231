"""Questions and cards: what a learner is asked, what is right, and why.

Every question has an ``id`` that stays when its words change: answers and reviews that were
recorded refer to it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from practicum.curriculum.term import Count, Key, Minutes, Name, Percent, Words, Written

TIERS = 4
"""Of a gauntlet: quick recall, understanding, application, complex design."""

Tier = Annotated[int, msgspec.Meta(ge=1, le=TIERS)]
Difficulty = Literal["easy", "medium", "hard", "very hard"]


class Choice(Written, frozen=True, kw_only=True):
    """One of the answers offered; ``why`` it is right, or what one believes who takes it."""

    text: Words
    right: bool = False
    why: Words


class Criterion(Written, frozen=True, kw_only=True):
    """One line of a rubric: ``levels`` from nothing to full ``points``, each with what must be
    seen to give it."""

    name: Words
    points: Annotated[int, msgspec.Meta(ge=1)]
    levels: Annotated[tuple[Words, ...], msgspec.Meta(min_length=2)]


class Asked(Written, frozen=True, kw_only=True):
    """What all questions have. ``tier`` puts it into the module's gauntlet; ``block`` says where
    it is taught, ``tests`` the objectives it is evidence for; ``explain`` is shown afterwards.
    ``given`` holds the values of the text's ``{names}``: a list is drawn from, by seed. In an
    exam, ``form`` is one of the forms and ``scenario`` one of the scenarios that ``exams.yaml``
    lists for it."""

    id: Name
    text: Words
    explain: Words
    tier: Tier | None = None
    block: Name | None = None
    tests: tuple[Words, ...] = ()
    difficulty: Difficulty = "medium"
    minutes: Minutes = 2
    points: Annotated[int, msgspec.Meta(ge=1)] = 1
    form: str = ""
    scenario: str = ""
    given: dict[Key, Any] = msgspec.field(default_factory=dict)


class OneOf(Asked, frozen=True, kw_only=True, tag="choice", tag_field="kind"):
    """Exactly one choice is right."""

    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=2)]


class AnyOf(Asked, frozen=True, kw_only=True, tag="multiple", tag_field="kind"):
    """Each choice is right or wrong by itself; partial credit goes by choice."""

    choices: Annotated[tuple[Choice, ...], msgspec.Meta(min_length=2)]


class Number(Asked, frozen=True, kw_only=True, tag="number", tag_field="kind"):
    """A number. ``computed`` is arithmetic over ``given``, which the linter works out and
    compares with ``answer``; with lists in ``given``, it alone is the key. An answer may be off
    by ``tolerance`` in its unit or by ``tolerance_percent`` of the key, whichever is more."""

    answer: float | None = None
    computed: str = ""
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    tolerance_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    unit: str = ""


class Ordering(Asked, frozen=True, kw_only=True, tag="ordering", tag_field="kind"):
    """Things to be put in order; they are written in the right one."""

    items: Annotated[tuple[Words, ...], msgspec.Meta(min_length=2)]


class Pair(Written, frozen=True, kw_only=True):
    """Two things that belong together."""

    left: Words
    right: Words


class Matching(Asked, frozen=True, kw_only=True, tag="matching", tag_field="kind"):
    """Pairs to be found again; ``extra`` right sides belong to nothing."""

    pairs: Annotated[tuple[Pair, ...], msgspec.Meta(min_length=2)]
    extra: tuple[Words, ...] = ()


class Short(Asked, frozen=True, kw_only=True, tag="short", tag_field="kind"):
    """A word or a few: any of ``accept`` is right, case and spaces aside."""

    accept: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]


class Code(Asked, frozen=True, kw_only=True, tag="code", tag_field="kind"):
    """Code to write (or, with a wrong ``start``, to debug): right if ``check`` runs without an
    error after it. ``solution`` must pass, ``start`` must not, and ``wrong`` are attempts that
    must not either. All are Python."""

    start: str
    solution: Words
    check: Words
    wrong: tuple[Words, ...] = ()


class Design(Asked, frozen=True, kw_only=True, tag="design", tag_field="kind"):
    """A scenario to answer in prose, judged by a rubric; ``model`` is a good answer."""

    rubric: Annotated[tuple[Criterion, ...], msgspec.Meta(min_length=1)]
    model: Words


AnyQuestion = OneOf | AnyOf | Number | Ordering | Matching | Short | Code | Design


class Questions(Written, frozen=True, kw_only=True):
    """``questions.yaml`` of a module."""

    questions: Annotated[tuple[AnyQuestion, ...], msgspec.Meta(min_length=1)]


class Card(Written, frozen=True, kw_only=True):
    """What is to be remembered: asked on the ``front``, answered on the ``back``. One fact."""

    id: Name
    front: Words
    back: Words
    block: Name | None = None


class Cards(Written, frozen=True, kw_only=True):
    """``cards.yaml`` of a module."""

    cards: Annotated[tuple[Card, ...], msgspec.Meta(min_length=1)]


class Section(Written, frozen=True, kw_only=True):
    """A part of an exam: questions in the order in which they are asked. ``draw`` of them are
    asked, by seed; 0 asks all."""

    title: Words
    means: str = ""
    questions: Annotated[tuple[AnyQuestion, ...], msgspec.Meta(min_length=1)]
    draw: Count = 0


class ExamPaper(Written, frozen=True, kw_only=True):
    """``exam.yaml``, of a module or in a folder of its own: the questions of an exam that the
    catalogue lists as ``of``, or of one of the module's own. ``rubric`` judges the paper as a
    whole; ``time_guide`` says how to spend the minutes, ``reflection`` asks afterwards,
    ``ethics`` considers what the automation it examines could do to people."""

    of: Name
    title: Words
    minutes: Minutes
    pass_score: Percent
    sections: Annotated[tuple[Section, ...], msgspec.Meta(min_length=1)]
    rubric: tuple[Criterion, ...] = ()
    time_guide: str = ""
    reflection: tuple[Words, ...] = ()
    ethics: str = ""
    resources: tuple[Words, ...] = ()
