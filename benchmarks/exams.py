"""How long it takes to grade an exam of 100 questions for 1,000 learners, and how that grows:
ten times the learners, ten times the questions.

From the events as the record gives them to results: each sitting is folded, its variant drawn
again from its seed, each answer checked and graded, and the result with sections, objectives and
what to review worked out. Seven kinds of questions in equal parts; code is not run, designs have
a peer's grade. Answers are right, wrong and of wrong shape.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from benchmarks.measuring import Figure, calibrate
from practicum.curriculum.question import ExamPaper
from practicum.learner.events import AnswerDrafted, AnswerGraded, AnyEvent, ExamSubmitted
from practicum.learner.exam.grading import grade
from practicum.learner.exam.result import result
from practicum.learner.exam.sitting import Exams, ExamsView, start
from practicum.learner.exam.variant import asked, draw
from practicum.learner.record import Entry, fold, fold_on

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SIZES = ((1_000, 100), (10_000, 100), (1_000, 1_000))
PROMISED, PROMISED_S = (1_000, 100), 10.0
KINDS = ("choice", "multiple", "number", "ordering", "matching", "short", "design")


def measure(rounds: int) -> list[Figure]:
    """Each size once a round, the calibration loop beside it."""
    loops: list[float] = []
    found: dict[tuple[int, int], list[float]] = {size: [] for size in SIZES}
    shares: dict[tuple[int, int], float] = {}
    for _ in range(rounds):
        for size in SIZES:
            loops.append(calibrate())
            took_s, passed = graded(*size)
            found[size].append(took_s)
            shares[size] = passed
            print(f"  {size[0]} learners, {size[1]} questions: {took_s:.2f} s", flush=True)
    assert all(0 < share < 1 for share in shares.values()), shares
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(
                name=f"{learners:,} learners, {questions:,} questions",
                unit="s",
                rounds=tuple(found[learners, questions]),
                promise=PROMISED_S if (learners, questions) == PROMISED else None,
            )
            for learners, questions in SIZES
        ),
    ]


def graded(learners: int, questions: int) -> tuple[float, float]:
    """Seconds to grade so many sittings, and the share of them that passed. Writing down what
    they answered is not counted."""
    written = paper(questions)
    view, took_s, passed = ExamsView(), 0.0, 0
    for seed in range(learners):
        entries = list(history(written, seed))
        began = time.perf_counter()
        folded = fold(view, entries)
        sitting = folded.state.sitting("s")
        items = asked(written, sitting.seed, sitting.questions)
        marks = [(each, grade(each, sitting.answers.get(each.id))) for each in items]
        events: list[AnyEvent] = [
            AnswerGraded(
                sitting="s",
                question=each.id,
                points=mark.points if mark else 2,
                of=mark.of if mark else 4,
                grader="machine" if mark else "peer",
                note=mark.note if mark else "",
            )
            for each, mark in marks
        ]
        fold_on(view, folded, list(noted(events, len(entries))))
        passed += result(written, items, sitting, NOON).passed
        took_s += time.perf_counter() - began
    return took_s, passed / learners


def history(written: ExamPaper, seed: int) -> Iterator[Entry]:
    """What one learner did: every answer saved once, then handed in. The best know nine tenths,
    the worst four."""
    chance = random.Random(seed)
    knows = chance.uniform(0.4, 0.9)
    items = draw(written, seed)
    answers = {
        each.id: _answer(each.question, each.values, chance.random() < knows, chance)
        for each in items
    }
    events: list[AnyEvent] = [
        start(
            Exams(),
            sitting="s",
            exam=written.of,
            paper_sha256="",
            seed=seed,
            questions=[each.id for each in items],
            minutes=written.minutes,
            now=NOON,
        )
    ]
    events += [
        AnswerDrafted(sitting="s", question=name, answer=answer, revision=1)
        for name, answer in answers.items()
    ]
    events.append(ExamSubmitted(sitting="s", answers=answers))
    yield from noted(events, 0)


def noted(events: list[AnyEvent], after: int) -> Iterator[Entry]:
    """Events as the record gives them."""
    for number, event in enumerate(events, start=after + 1):
        yield Entry(
            id=str(number), person="x", at=NOON, by="x", event=event, seq=number, number=number
        )


def _answer(question: Any, values: dict[str, Any], is_right: bool, chance: random.Random) -> Any:
    if not is_right and chance.random() < 0.02:
        return {"of": "no shape"}
    match str(question.__struct_config__.tag):
        case "choice":
            return 0 if is_right else 1 + chance.randrange(3)
        case "multiple":
            return [0, 2] if is_right else [0, 1]
        case "number":
            value = values["inside"] / values["rate"]
            return f"{1000 * value if is_right else value:.9g} ms"
        case "ordering":
            return [0, 1, 2, 3, 4] if is_right else [0, 2, 1, 4, 3]
        case "matching":
            return [[n, n if is_right else (n + 1) % 4] for n in range(4)]
        case "short":
            return "Back-pressure" if is_right else "pressure"
    return "A bounded line. " * 40


def paper(questions: int) -> ExamPaper:
    """A paper of so many questions in five sections."""
    asked_in: list[list[dict[str, Any]]] = [[] for _ in range(5)]
    for number in range(questions):
        kind = KINDS[number % len(KINDS)]
        asked_in[number % 5].append(
            {
                "id": f"q-{number}",
                "kind": kind,
                "text": f"What of {{inside}} by {{rate}}, number {number}?",
                "explain": "Because.",
                "tests": [f"objective {number % 7}"],
                "given": {"inside": [10, 20, 40], "rate": [2, 4, 5, 8]},
                **_fields(kind),
            }
        )
    sections = [{"title": f"Part {n}", "questions": each} for n, each in enumerate(asked_in)]
    whole = {"of": "long", "title": "Long", "minutes": 180, "pass_score": 70}
    return msgspec.convert({**whole, "sections": sections}, ExamPaper)


def _fields(kind: str) -> dict[str, Any]:
    choices = [{"text": f"choice {n}", "why": "so", "right": n in (0, 2)} for n in range(4)]
    levels = ["none", "some", "all"]
    return {
        "choice": {"choices": [{**each, "right": n == 0} for n, each in enumerate(choices)]},
        "multiple": {"choices": choices},
        "number": {"computed": "inside / rate", "unit": "s", "tolerance_percent": 1},
        "ordering": {"items": [f"step {n}" for n in range(5)]},
        "matching": {"pairs": [{"left": f"l{n}", "right": f"r{n}"} for n in range(4)]},
        "short": {"accept": ["back-pressure", "backpressure"]},
        "design": {"rubric": [{"name": "a", "points": 4, "levels": levels}], "model": "So."},
    }[kind]
