"""Skills come from evidence, mentors' words are signed, and nobody attests herself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from practicum.authoring.loading import load_catalogue
from practicum.labs.finding import CannotBeUsed
from practicum.labs.proof import MentorsWord
from practicum.labs.school_key import rotate
from practicum.learner.credential.proved import ProvedView
from practicum.learner.events import AnyEvent, ExamGraded, LabChecked
from practicum.study.desk import Desk
from practicum.study.mentoring import (
    give_word,
    read_word,
    take_back,
    take_word,
    what_can_be_attested,
)
from practicum.study.practice import PARTS, Practice
from study.desks import OURS, Clock, desk_in

CATALOGUE = load_catalogue([OURS])
LABS = (
    "microservices/transactions/kill-in-mid-payment",
    "microservices/events/idempotent-payment",
    "microservices/events/relay-killed",
    "microservices/observability/stuck-order",
)
NOTE = "I watched the cluster come up from nothing on 3 November."
WHOLE = dict.fromkeys(PARTS, "words")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk at which nothing has happened."""
    return desk_in(tmp_path / "ada")


def word(home: Path, what: str, *, person: str = "ada", of: str = "") -> MentorsWord:
    """A mentor's word, by the key of a home."""
    now = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)
    return give_word(
        home, now, CATALOGUE, person=person, what=what, of=of, mentor="Grace Hopper", note=NOTE
    )


def shown(desk: Desk, course: str) -> set[str]:
    """The metrics that are shown."""
    return {each.name for each in Practice(desk).metrics(course) if each.is_shown}


def missing(desk: Desk, metric: str) -> tuple[str, ...]:
    """What a metric lacks."""
    course = metric.partition("/")[0]
    return next(each.missing for each in Practice(desk).metrics(course) if each.id == metric)


def test_without_evidence_nothing_is_shown(desk: Desk) -> None:
    """Thirteen metrics of the platform course, three skills, each where one began."""
    practice = Practice(desk)
    assert practice.with_skills() == ("service-mesh", "platform", "microservices")
    counts = {each: len(practice.metrics(each)) for each in practice.with_skills()}
    assert counts == {"service-mesh": 9, "platform": 13, "microservices": 7}
    assert all(each.missing for course in counts for each in practice.metrics(course))
    stands = {each.id: (each.stands, each.shown) for each in practice.skills("platform")}
    assert stands["platform/technical depth"] == ("broad knowledge", 0)
    assert len(stands) == 3


def test_labs_show_what_they_prove_and_no_more(desk: Desk) -> None:
    """A failed one shows nothing."""
    events: list[AnyEvent] = [LabChecked(lab=LABS[3], verdict="fail")]
    desk.note(*events)
    assert shown(desk, "microservices") == set()
    desk.note(*(LabChecked(lab=lab, verdict="pass") for lab in LABS))
    assert shown(desk, "microservices") == {
        "debugs issues across four and more services",
        "handles partial failures gracefully",
    }
    assert shown(desk, "platform") == {"multi-layer troubleshooting"}
    assert missing(desk, "microservices/demonstrates the resilience of a system") == (
        "record 1 more experiment about it",
    )


def test_an_exam_shows_what_it_examines(desk: Desk) -> None:
    """From its own pass score on."""
    metric = "microservices/understands CAP trade-offs in practice"
    for percent, there in ((69.0, False), (70.0, True)):
        desk.note(
            ExamGraded(
                sitting=f"at {percent}", exam="exam:data-consistency", percent=percent, passed=there
            )
        )
        assert (missing(desk, metric) == ()) is there


def test_experiments_count_when_they_have_come_to_a_conclusion(desk: Desk) -> None:
    """Parts that are not given stay as they were."""
    metric, practice = "platform/documented trade-offs", Practice(desk)
    begun = {"hypothesis": "overhead is 5 %", "method": "the same load on both"}
    practice.note_experiment("overhead", begun, about=metric)
    practice.note_experiment("density", WHOLE, about=metric)
    assert missing(desk, metric) == ("record 1 more experiment about it",)
    ended = practice.note_experiment("overhead", {"measurement": "9 %", "conclusion": "no"})
    assert (ended.hypothesis, ended.about) == ("overhead is 5 %", metric)
    assert missing(desk, metric) == ()
    (skill,) = [x for x in Practice(desk).skills("platform") if x.id.endswith("modern patterns")]
    assert (skill.shown, skill.stands) == (1, "on the way: 1 of 4 metrics are shown")


@pytest.mark.parametrize(
    ("name", "parts", "about", "said"),
    [
        ("Two Words", WHOLE, "", "is no name for an experiment"),
        ("one", {"hypothesis": "x"}, "", "has no method"),
        ("one", {"hypothesis": "x", "method": "y", "conclusion": "z"}, "", "without a measurement"),
        ("one", WHOLE, "platform/documented tradeoffs", "did you mean platform/documented trade"),
    ],
)
def test_an_experiment_that_is_none_is_told(
    desk: Desk, name: str, parts: dict[str, str], about: str, said: str
) -> None:
    """And nothing is recorded."""
    with pytest.raises(CannotBeUsed, match=said):
        Practice(desk).note_experiment(name, parts, about=about)
    assert Practice(desk).experiments() == ()


def test_a_checkpoint_counts_when_all_its_questions_are_answered(desk: Desk) -> None:
    """One after another, over days."""
    practice, metric = Practice(desk), "microservices/explains why microservices added complexity"
    for name in ("after each service", "at integration points"):
        for question in practice.questions("microservices", name):
            assert missing(desk, metric)
            practice.answer("microservices", name, {question: "because"})
    assert missing(desk, metric) == ()
    with pytest.raises(CannotBeUsed, match="does not ask"):
        practice.answer("microservices", "after each service", {"Why?": "x"})
    with pytest.raises(CannotBeUsed, match="there is no checkpoint"):
        practice.questions("microservices", "after lunch")


def test_the_journal_keeps_what_was_hard(desk: Desk) -> None:
    """In order; half a note is none."""
    practice = Practice(desk)
    for number in (1, 2):
        practice.note_challenge(f"hard {number}", "met", about="", learnt="patience")
    told = [getattr(kept.event, "challenge", "") for kept in practice.challenges()]
    assert told == ["hard 1", "hard 2"]
    with pytest.raises(CannotBeUsed, match="how it was met"):
        practice.note_challenge("hard", " ", about="", learnt="")


def test_a_mentors_word_is_taken_once_and_shows_the_metric(desk: Desk, tmp_path: Path) -> None:
    """Through a file, as mentors hand it over."""
    given = word(tmp_path / "grace", "platform/GitOps")
    file = tmp_path / "word.json"
    file.write_bytes(msgspec.json.encode(given))
    for _ in range(2):
        take_word(desk, read_word(file))
    proved = desk.record.folded(ProvedView(), "ada").state
    assert [each.key for each in proved.attested.values()] == [given.issuer]
    assert shown(desk, "platform") == {"GitOps"}
    assert sum(1 for _ in desk.record.read("ada")) == 1


def test_a_word_that_was_changed_is_refused(tmp_path: Path) -> None:
    """With what speaks against it; so is what is no word."""
    given = word(tmp_path / "grace", "platform/GitOps")
    file = tmp_path / "word.json"
    for changed in (
        msgspec.structs.replace(given, what="platform/confident decisions"),
        msgspec.structs.replace(given, mentor="Somebody Else"),
        msgspec.structs.replace(given, issuer=""),
    ):
        file.write_bytes(msgspec.json.encode(changed))
        with pytest.raises(CannotBeUsed, match="cannot be taken"):
            read_word(file)
    file.write_text("{")
    with pytest.raises(CannotBeUsed, match="cannot be taken"):
        read_word(file)


def test_nobody_attests_herself_or_takes_anothers_word(desk: Desk, tmp_path: Path) -> None:
    """Her own key is known, and so is her id."""
    with pytest.raises(CannotBeUsed, match="nobody attests herself"):
        take_word(desk, word(desk.home, "platform/GitOps"))
    with pytest.raises(CannotBeUsed, match="this is about eve"):
        take_word(desk, word(tmp_path / "grace", "platform/GitOps", person="eve"))


def test_a_word_that_was_taken_back_stays_taken_back(desk: Desk, tmp_path: Path) -> None:
    """Also if it is given again, or comes after its withdrawal; only its key takes it back."""
    grace = tmp_path / "grace"
    first, second = (word(grace, "platform/GitOps"), word(grace, "production report", of="outbox"))
    take_word(desk, first)
    back = take_back(grace, Clock()(), first, "it was another's cluster")
    other = take_back(grace, Clock()(), second, "not in production")
    for each in (back, other, back):
        take_word(desk, each)
    assert shown(desk, "platform") == set()
    for each in (first, second):
        with pytest.raises(CannotBeUsed, match="has taken this back"):
            take_word(desk, each)
    with pytest.raises(CannotBeUsed, match="not by a key of this home"):
        take_back(tmp_path / "eve", Clock()(), first, "I say so")


def test_a_word_is_taken_back_after_the_mentors_key_was_followed(
    desk: Desk, tmp_path: Path
) -> None:
    """By the key that gave it, which is kept for that."""
    mentor = tmp_path / "mentor"
    given = word(mentor, "platform/GitOps")
    take_word(desk, given)
    rotate(mentor, desk.now())
    take_word(desk, take_back(mentor, desk.now(), given, "it was another cluster"))
    assert missing(desk, "platform/GitOps")


def test_a_forged_withdrawal_takes_nothing_back(desk: Desk, tmp_path: Path) -> None:
    """Signed well, by the wrong key."""
    given = word(tmp_path / "grace", "platform/GitOps")
    take_word(desk, given)
    forged = msgspec.structs.replace(word(tmp_path / "eve", "platform/GitOps"), id=given.id)
    with pytest.raises(CannotBeUsed, match="only that key takes it back"):
        take_word(desk, msgspec.structs.replace(forged, withdrawn=True))
    assert shown(desk, "platform") == {"GitOps"}


@pytest.mark.parametrize(
    ("what", "mentor", "note", "said"),
    [
        ("platform/Git Ops", "Grace", NOTE, "did you mean platform/GitOps"),
        ("platform/GitOps", " ", NOTE, "a mentor has a name"),
        ("platform/GitOps", "Grace", "good!", "does not say what you saw"),
    ],
)
def test_a_word_that_says_nothing_is_not_signed(
    tmp_path: Path, what: str, mentor: str, note: str, said: str
) -> None:
    """And it is told why."""
    with pytest.raises(CannotBeUsed, match=said):
        give_word(tmp_path, Clock()(), CATALOGUE, person="ada", what=what, mentor=mentor, note=note)


def test_everything_that_levels_and_courses_leave_to_people_can_be_attested() -> None:
    """Requirements of levels, and all 29 metrics."""
    known = what_can_be_attested(CATALOGUE)
    assert "production report" in known
    assert sum("/" in each for each in known) == 29
