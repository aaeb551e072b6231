"""Analyse an exam over everybody's sittings in the record, without a name."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from practicum.authoring.papers import exams_written
from practicum.curriculum.question import ExamPaper
from practicum.curriculum.term import EXAM
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.learner.analysis.analysis import Analysis, analyse
from practicum.learner.analysis.sat import Analysed, Sat
from practicum.learner.exam import grading as rules
from practicum.learner.exam.grading import worth
from practicum.learner.exam.people import counted
from practicum.learner.exam.sitting import Sitting
from practicum.learner.exam.variant import Item, asked
from practicum.study.desk import Desk
from practicum.study.exams.deciding import VIEW
from practicum.study.exams.papers import paper_of


class ExamAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """What `analysis_of` found. Left out are ``again``, sittings of who had sat it before,
    ``open``, those not handed in, ``unreadable``, those whose paper is not here, and ``reworded``,
    the number of sittings for each question in which its words or its key were others than last."""

    exam: str
    title: str
    analysis: Analysis
    again: int
    open: int
    unreadable: int
    reworded: dict[str, int]


def analysis_of(desk: Desk, exam: str) -> ExamAnalysis:
    """The analysis of an exam over the first sitting of everybody who handed one in: who sits it
    again knows it already, and her answers would count twice.

    Questions are those of the papers that were sat, each as it was worded last. Raises
    CannotBeUsed for an exam that nobody has begun and that has no paper.
    """
    name = exam.removeprefix(EXAM)
    begun = [mine for person in desk.record.people() if (mine := _of(desk, person, name))]
    if not begun and name not in (known := exams_written(desk.folders)):
        raise CannotBeUsed(f"there is no exam {name!r}: {did_you_mean(name, sorted(known))}")
    handed_in = [mine for each in begun if (mine := [x for x in each if x.submitted_at])]
    firsts = sorted((each[0] for each in handed_in), key=lambda each: each.started_at)
    papers = _papers(desk, firsts)
    sat = [each for each in firsts if each.paper_sha256 in papers]
    questions = _questions([papers[each.paper_sha256] for each in sat])
    reworded: Counter[str] = Counter()
    sats = []
    for each in sat:
        items = asked(papers[each.paper_sha256], each.seed, each.questions)
        others = [item.id for item in items if item.question != questions[item.id].question]
        reworded.update(others)
        sats.append(_sat(each, [item for item in items if item.id not in others], desk.now()))
    newest = papers[sat[-1].paper_sha256] if sat else None
    return ExamAnalysis(
        exam=name,
        title=newest.title if newest else name,
        analysis=analyse(
            list(questions.values()), sats, newest.pass_score if newest is not None else None
        ),
        again=sum(len(each) - 1 for each in handed_in),
        open=sum(each.submitted_at is None for mine in begun for each in mine),
        unreadable=len(firsts) - len(sat),
        reworded=dict(reworded),
    )


def _of(desk: Desk, person: str, exam: str) -> list[Sitting]:
    """A person's sittings of an exam, in the order in which they began."""
    sittings = desk.record.folded(VIEW, person).state.sittings.values()
    return [each for each in sittings if each.exam == exam]


def _papers(desk: Desk, sittings: Sequence[Sitting]) -> dict[str, ExamPaper]:
    """The papers that can be read, by their hashes."""
    found = {}
    for sha256, sitting in {each.paper_sha256: each for each in sittings}.items():
        try:
            found[sha256] = paper_of(desk, sitting)
        except CannotBeUsed:
            continue
    return found


def _questions(papers: Sequence[ExamPaper]) -> dict[str, Analysed]:
    """Each question as the last of the papers words it, in the order of that paper."""
    found: dict[str, Analysed] = {}
    seen: list[ExamPaper] = []
    for paper in reversed(papers):
        if paper not in seen:
            seen.append(paper)
            for each in _of_paper(paper):
                found.setdefault(each.id, each)
    return found


def _of_paper(paper: ExamPaper) -> Iterator[Analysed]:
    for section in paper.sections:
        for question in section.questions:
            yield Analysed(question=question, worth=worth(question), section=section.title)


def _sat(sitting: Sitting, items: Sequence[Item], now: dt.datetime) -> Sat:
    """A sitting with the grades that count, and those that the machine would give now."""
    assert sitting.submitted_at is not None
    shares = {}
    for item in items:
        answer = sitting.answers.get(item.id)
        grades = sitting.grades.get(item.id, [])
        points = counted(grades, submitted_at=sitting.submitted_at, now=now).points
        if points is None and (mark := rules.grade(item, answer)) is not None:
            points = mark.points
        shares[item.id] = None if points is None else min(1.0, points / worth(item.question))
    return Sat(shares=shares, answers=sitting.answers, by_clock=sitting.by_clock)
