"""A diagnostic at the desk and at the terminal: begun, left, gone on with, ended, and fitted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import practicum
from practicum.archive.in_memory import InMemoryRecord
from practicum.authoring.loading import load_catalogue
from practicum.curriculum.catalogue import Catalogue
from practicum.labs.finding import CannotBeUsed
from practicum.learner.diagnostic.choosing import Stopped
from practicum.learner.diagnostic.fitting import TooFew
from practicum.learner.diagnostic.model import probability
from practicum.learner.events import DiagnosticAnswered, PathChosen, Placed
from practicum.learner.exam.refusal import BadAnswer, ExamRefused
from practicum.learner.exam.sheet import right
from practicum.study import diagnosing as study
from practicum.study.desk import Desk
from practicum.study.diagnosing import Asking
from study.desks import OURS, desk_in

FOLDERS = (OURS,)


@pytest.fixture
def ada(tmp_path: Path) -> Desk:
    """A learner with our courses, and an empty record."""
    return desk_in(tmp_path / "home")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Our catalogue."""
    return load_catalogue(FOLDERS)


def answer_all(who: Desk, ability: float, *, seed: int = 1) -> study.Diagnostic:
    """Answer as somebody of that ability until it is enough; who does not know says so."""
    bank, dice = study.bank_of(who), random.Random(seed)
    found = study.begin(who)
    while isinstance(asked := study.asking(found, bank), Asking):
        knows = dice.random() < probability(ability, asked.candidate.parameters)
        found = study.answer(who, found, asked, right(asked.item) if knows else None)
    return found


def test_no_question_of_an_exam_is_ever_asked(tmp_path: Path) -> None:
    """Neither of a paper by itself nor of one that lies with a module."""
    course = tmp_path / "courses" / "c"
    module = course / "01-m"
    module.mkdir(parents=True)
    (course / "course.yaml").write_text("title: C\n")
    short = "kind: short, text: T?, explain: E., accept: [x]"
    (module / "questions.yaml").write_text(f"questions:\n  - {{id: from-module, {short}}}\n")
    paper = (
        "of: OF\ntitle: T\nminutes: 9\npass_score: 50\n"
        f"sections: [{{title: A, questions: [{{id: from-exam, {short}}}]}}]\n"
    )
    (module / "exam.yaml").write_text(paper.replace("OF", "m-own"))
    alone = tmp_path / "courses" / "exams" / "e" / "exam.yaml"
    alone.parent.mkdir(parents=True)
    alone.write_text(paper.replace("OF", "e"))
    host = desk_in(tmp_path / "home", folders=[tmp_path / "courses"])
    assert [each.key for each in study.bank_of(host).candidates] == ["c/m/from-module"]


def test_it_is_gone_on_with_where_it_was_left(ada: Desk) -> None:
    """The next question after a pause is the one that was shown before it."""
    bank = study.bank_of(ada)
    found = study.begin(ada)
    for _ in range(3):
        asked = study.asking(found, bank)
        assert isinstance(asked, Asking)
        found = study.answer(ada, found, asked, None)
    before = study.asking(found, bank)
    again = study.asking(study.begin(ada), study.bank_of(ada))
    assert isinstance(before, Asking)
    assert isinstance(again, Asking)
    assert (before.candidate.key, before.number) == (again.candidate.key, 4)


def test_an_answer_counts_once_and_a_bad_one_not_at_all(ada: Desk) -> None:
    """Two windows with the same question record one answer between them."""
    bank = study.bank_of(ada)
    found = study.begin(ada)
    asked = study.asking(found, bank)
    assert isinstance(asked, Asking)
    with pytest.raises(BadAnswer):
        study.answer(ada, found, asked, "what?" * 99)
    study.answer(ada, found, asked, None)
    study.answer(ada, found, asked, right(asked.item))
    events = [each.event for each in ada.record.read("ada")]
    answers = [each for each in events if isinstance(each, DiagnosticAnswered)]
    assert [each.points for each in answers] == [0]


def test_who_knows_is_placed_above_who_does_not(tmp_path: Path, catalogue: Catalogue) -> None:
    """Each with words, a module to start with, and one event that keeps it."""
    record, places = InMemoryRecord(), {}
    for name, ability in (("weak", -2.0), ("strong", 2.5)):
        who = desk_in(tmp_path / name, person=name, record=record)
        found = answer_all(who, ability)
        places[name] = study.conclude(who, found, catalogue)
        study.conclude(who, found, catalogue)
        placed = [x.event for x in record.read(name) if isinstance(x.event, Placed)]
        assert len(placed) == 1
        assert placed[0].level == places[name].place.level
        assert placed[0].questions == len(found.given)
    assert places["weak"].place.ability.mean < places["strong"].place.ability.mean
    assert places["weak"].place.level == 1
    assert places["weak"].start.id
    assert set(places["strong"].skipped) >= set(places["weak"].skipped)
    assert places["strong"].start.id not in places["strong"].skipped


def test_a_chosen_path_says_where_to_begin(ada: Desk, catalogue: Catalogue) -> None:
    """The first module of that way that can be done, or none."""
    ada.note(PathChosen(role=catalogue.paths.paths[0].role))
    outcome = study.outcome(ada, answer_all(ada, -1.0), catalogue)
    way = {step.id for step in catalogue.paths.paths[0].steps}
    there = {each for each in way if each in catalogue.written or catalogue.labs.get(each)}
    assert outcome.start.id in {*there, ""}
    assert bool(outcome.start.id) == bool({x for x in there if not x.startswith("exam:")})


def test_what_was_ended_elsewhere_takes_no_more_answers(ada: Desk, catalogue: Catalogue) -> None:
    """The other window says so, and the place stays."""
    bank = study.bank_of(ada)
    found = study.begin(ada)
    asked = study.asking(found, bank)
    assert isinstance(asked, Asking)
    found = study.answer(ada, found, asked, None)
    other = study.asking(found, bank)
    assert isinstance(other, Asking)
    study.conclude(ada, found, catalogue)
    with pytest.raises(ExamRefused, match="ended elsewhere"):
        study.answer(ada, found, other, None)
    assert isinstance(study.asking(study.begin(ada), bank), Stopped)
    assert study.begin(ada, again=True).id != found.id


def test_a_fit_needs_enough_people_and_then_changes_what_is_believed(tmp_path: Path) -> None:
    """Until then questions are as their authors say; a reworded one is so again."""
    record, home = InMemoryRecord(), tmp_path / "home"
    ada = desk_in(home, record=record)
    with pytest.raises(TooFew):
        study.refit(ada)
    candidates = study.bank_of(ada).candidates[:8]
    dice = random.Random(1)
    for number in range(210):
        who = desk_in(home, person=f"p{number}", record=record)
        ability = dice.gauss(0, 1)
        who.note(
            *(
                DiagnosticAnswered(
                    diagnostic="d",
                    module=each.module,
                    question=each.question.id,
                    answer=None,
                    # All are two logits harder than anybody believes.
                    points=float(ability - dice.gauss(0, 1) > each.parameters.location + 2),
                    of=1,
                    discrimination=1,
                    location=0,
                )
                for each in candidates
            )
        )
    kept = study.refit(ada)
    assert (kept.people, len(kept.questions)) == (210, 8)
    after = {each.key: each.parameters for each in study.bank_of(ada).candidates}
    assert all(after[x.key].location > x.parameters.location + 0.5 for x in candidates)
    path = home / study.FITTED
    data = json.loads(path.read_bytes())
    key = candidates[0].key
    data["questions"][key][0] = "of other words"
    path.write_text(json.dumps(data))
    again = {each.key: each.parameters for each in study.bank_of(ada).candidates}
    assert again[key] == candidates[0].parameters
    path.write_text("{")
    with pytest.raises(CannotBeUsed, match="--fit"):
        study.bank_of(ada)


def test_a_program_answers_from_a_file_and_comes_back(tmp_path: Path) -> None:
    """The next question in JSON, answers that grow, and the place at the end."""
    home, file = tmp_path / "home", tmp_path / "answers.yaml"
    told: Any = json.loads(practicum(home, "diagnose", "--json", "--most", "8").stdout)
    answers: dict[str, object] = {}
    for _ in range(8):
        assert "right" not in told["next"]
        answers[told["next"]["id"]] = None
        file.write_text(json.dumps(answers))
        done = practicum(home, "diagnose", "--json", "--answers", str(file))
        told = json.loads(done.stdout)
        if "outcome" in told:
            break
    assert told["answered"] == 8
    assert told["outcome"]["place"]["level"] == 1
    shown = practicum(home, "diagnose")
    assert "Where you begin" in shown.stdout
    assert "It grants no level" in shown.stdout


def test_answers_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """By file and line, and nothing is recorded as an answer."""
    home, file = tmp_path / "home", tmp_path / "answers.yaml"
    file.write_text("a: 1\nb: [\n")
    done = practicum(home, "diagnose", "--answers", str(file))
    assert done.returncode == 1
    assert "answers.yaml:" in done.stderr
    file.write_text("- just\n- a list\n")
    done = practicum(home, "diagnose", "--answers", str(file))
    assert "QUESTION: ANSWER" in done.stderr
    done = practicum(home, "diagnose", "--answers", str(tmp_path / "none.yaml"))
    assert "there is no such file" in done.stderr
