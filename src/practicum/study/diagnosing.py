"""A diagnostic at the desk: begin it, answer, come back to it, and be placed.

Parameters that were fitted to everybody's answers lie in the home, with the hash of each question
they are of: one that was reworded since is as it is believed to be.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from practicum.authoring.shelves import QUESTIONS_FILE, courses_of, modules_of
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.planning import plan_path
from practicum.curriculum.question import AnyQuestion, Questions
from practicum.curriculum.standing import NextStep, Standing, can_be_done, next_step
from practicum.curriculum.term import EXAM
from practicum.labs.finding import CannotBeUsed, Finding
from practicum.labs.module_id import module_id
from practicum.labs.yaml_file import convert, read_yaml
from practicum.learner.diagnostic.bank import Candidate, believed, can_be_asked
from practicum.learner.diagnostic.choosing import (
    QUESTIONS_MAX,
    Stopped,
    next_question,
)
from practicum.learner.diagnostic.fitting import Answers, fit
from practicum.learner.diagnostic.model import Parameters
from practicum.learner.diagnostic.placing import Place, in_words, place
from practicum.learner.diagnostic.state import Diagnostic, DiagnosticsView
from practicum.learner.events import (
    AnyEvent,
    DiagnosticAnswered,
    DiagnosticStarted,
    Placed,
    QuestionAnswered,
)
from practicum.learner.exam.answers import read
from practicum.learner.exam.grading import grade, worth
from practicum.learner.exam.refusal import ExamRefused
from practicum.learner.exam.variant import Item, key, single
from practicum.servers.home import telling, write_atomically
from practicum.study.deciding import decide_on
from practicum.study.desk import Desk, new_id

FITTED = "diagnostic.json"
VIEW = DiagnosticsView()


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters fitted to the answers of so many people: by question, with the hash of it."""

    people: int
    questions: dict[str, tuple[str, Parameters]]


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is asked now; ``number`` counts from 1, ``most`` are those that there can
    be."""

    candidate: Candidate
    item: Item
    number: int
    most: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A place, and the ``start``: what to do first, with reasons; ``words`` say why."""

    place: Place
    start: NextStep
    words: tuple[str, ...]
    skipped: tuple[str, ...]


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    """What can be asked, and what is wrong with files whose questions are left out."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[Finding, ...]


# ── The questions


def bank_of(desk: Desk) -> Bank:
    """Every question of a module that a machine can grade; exams' papers are never looked into.

    Raises CannotBeUsed for fitted parameters that cannot be read.
    """
    fitted = _fitted(desk.home).questions
    candidates, told = _candidates(desk.folders)
    return Bank(
        candidates=tuple(_as_fitted(each, fitted.get(each.key)) for each in candidates),
        left_out=tuple(told),
    )


def _as_fitted(each: Candidate, known: tuple[str, Parameters] | None) -> Candidate:
    if known is None or known[0] != _hash(each.question):
        return each
    return msgspec.structs.replace(each, parameters=known[1])


def _candidates(folders: Sequence[Path]) -> tuple[list[Candidate], list[Finding]]:
    """What can be asked, with the parameters that are believed; and what is wrong with files."""
    candidates: dict[str, Candidate] = {}
    told: list[Finding] = []
    for module, path in _files(folders):
        file, findings = read_yaml(path, within=path.parents[2])
        found = None
        if file is not None:
            found, findings = convert(file, Questions)
        told += findings
        for question in found.questions if found is not None else ():
            if can_be_asked(question) and _has_a_key(question):
                each = Candidate(module=module, question=question, parameters=believed(question))
                candidates.setdefault(each.key, each)
    return list(candidates.values()), told


def _files(folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """The modules' files of questions, each with the module's id."""
    return [
        (f"{course.name}/{module_id(each.folder)}", each.folder / QUESTIONS_FILE)
        for folder in folders
        for course in courses_of(folder)
        for each in modules_of(course)
        if (each.folder / QUESTIONS_FILE).is_file()
    ]


def _has_a_key(question: AnyQuestion) -> bool:
    try:
        key(single(question, 0))
    except ExamRefused:
        return False
    return True


def _hash(question: AnyQuestion) -> str:
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()


def _fitted(home: Path) -> Fitted:
    path = home / FITTED
    try:
        return msgspec.json.decode(path.read_bytes(), type=Fitted)
    except FileNotFoundError:
        return Fitted(people=0, questions={})
    except (OSError, UnicodeError, msgspec.MsgspecError) as error:
        raise CannotBeUsed(
            f"{path} cannot be read ({error}): `practicum diagnose --fit` makes it anew, and "
            "without the file questions are as they are believed to be"
        ) from error


# ── A diagnostic


def begin(desk: Desk, *, again: bool = False, most: int = QUESTIONS_MAX) -> Diagnostic:
    """The diagnostic that is under way; a new one if there is none, or ``again`` is asked for
    and the last one is done."""

    def decision(found: Diagnostic | None) -> Sequence[AnyEvent]:
        if found is not None and (found.placed is None or not again):
            return []
        return [DiagnosticStarted(diagnostic=new_id(), seed=secrets.randbits(32), most=most)]

    return _decide(desk, decision)


def current(desk: Desk) -> Diagnostic | None:
    """The newest diagnostic of the person."""
    return desk.record.folded(VIEW, desk.person).state.last()


def asking(diagnostic: Diagnostic, bank: Bank) -> Asking | Stopped:
    """What is asked next, or why nothing is."""
    if diagnostic.placed is not None:
        return Stopped("you are placed")
    found = next_question(bank.candidates, diagnostic.given, diagnostic.seed, most=diagnostic.most)
    if isinstance(found, Stopped):
        return found
    return Asking(
        candidate=found,
        item=single(found.question, diagnostic.seed),
        number=len(diagnostic.given) + 1,
        most=diagnostic.most,
    )


def answer(desk: Desk, diagnostic: Diagnostic, asked: Asking, said: Any) -> Diagnostic:
    """Record the answer to what is asked; None says "I do not know", which is better than to
    guess. Raises BadAnswer, and then nothing is recorded."""
    given = None if said is None else read(asked.item, said)
    mark = grade(asked.item, given)
    parameters = asked.candidate.parameters
    event = DiagnosticAnswered(
        diagnostic=diagnostic.id,
        module=asked.candidate.module,
        question=asked.item.id,
        answer=given,
        points=mark.points if mark is not None else 0,
        of=worth(asked.item.question),
        discrimination=parameters.discrimination,
        location=parameters.location,
    )

    def decision(found: Diagnostic | None) -> Sequence[AnyEvent]:
        if found is None or found.id != diagnostic.id or found.placed is not None:
            raise ExamRefused("this diagnostic was ended elsewhere: `practicum diagnose` shows it")
        known = {each.key for each in found.given}
        return [] if asked.candidate.key in known else [event]

    return _decide(desk, decision)


def conclude(desk: Desk, diagnostic: Diagnostic, catalogue: Catalogue, role: str = "") -> Outcome:
    """Place the person by her answers, and record it if it is not recorded yet."""
    found = outcome(desk, diagnostic, catalogue, role)
    event = Placed(
        ability=found.place.ability.mean,
        error=found.place.ability.error,
        questions=found.place.questions,
        areas={each.module: each.right / each.asked for each in found.place.areas},
        diagnostic=diagnostic.id,
        level=found.place.level,
        start=found.start.id,
    )
    _decide(desk, lambda there: [event] if there is not None and there.placed is None else [])
    return found


def outcome(desk: Desk, diagnostic: Diagnostic, catalogue: Catalogue, role: str = "") -> Outcome:
    """What follows from a diagnostic, on the path of that role, of the one she chose, or through
    everything."""
    found = place(diagnostic.given)
    role = role or desk.record.folded(VIEW, desk.person).state.role
    paths = [each for each in catalogue.paths.paths if each.role == role]
    way = [each.id for each in plan_path(catalogue, paths[0]).steps] if paths else []
    steps = [each for each in way if not each.startswith(EXAM)]
    steps = [each for each in steps or dict(catalogue.modules()) if each not in found.known]
    there = [each for each in steps if can_be_done(catalogue, each)]
    start = next_step(catalogue, Standing(), there) if there else NextStep()
    levels = {each.n: each.title for each in catalogue.levels.levels}
    return Outcome(
        place=found,
        start=start,
        words=in_words(found, levels),
        skipped=tuple(sorted(found.known)),
    )


def _decide(desk: Desk, decision: Callable[[Diagnostic | None], Sequence[AnyEvent]]) -> Diagnostic:
    """Record what follows from the newest diagnostic as it is, and return it as it is then."""
    found = decide_on(desk, VIEW, lambda state: decision(state.last())).last()
    assert found is not None
    return found


# ── Fitting


def refit(desk: Desk) -> Fitted:
    """Fit the questions of the bank to everybody's first answers, and keep what was found.

    Raises TooFew, and then what was kept before stays.
    """
    candidates = {each.key: each for each in _candidates(desk.folders)[0]}
    people = [_answers(desk, person) for person in desk.record.people()]
    found = fit(people, {k: each.parameters for k, each in candidates.items()})
    kept = Fitted(
        people=sum(any(each in found for each in row) for row in people),
        questions={k: (_hash(candidates[k].question), v) for k, v in found.items()},
    )
    with telling(desk.home):
        desk.home.mkdir(parents=True, exist_ok=True)
        write_atomically(desk.home / FITTED, msgspec.json.encode(kept) + b"\n")
    return kept


def _answers(desk: Desk, person: str) -> Answers:
    """What a person answered to questions of modules the first time, right or wrong."""
    found: dict[str, bool] = {}
    for entry in desk.record.read(person):
        event = entry.event
        if isinstance(event, QuestionAnswered | DiagnosticAnswered):
            found.setdefault(f"{event.module}/{event.question}", 0 < event.of <= event.points)
    return found
