"""A level is reached by exactly enough, and refused by one short, with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest

from learner.credential.histories import (
    CATALOGUE,
    LEVELS,
    NOW,
    PERSON,
    RULES,
    SHAPES,
    attestations_for,
    attested,
    exactly_enough,
    exam_event,
    module_events,
    proved_by,
)
from practicum.curriculum.level import Level
from practicum.learner.credential.proved import ModuleShape, Proved, completed, left_of
from practicum.learner.credential.requirements import (
    LevelStanding,
    Rulebook,
    rulebook_of,
    standing_for,
)
from practicum.learner.events import (
    AnyEvent,
    AttestationWithdrawn,
    BlockRead,
    CredentialRevoked,
    GauntletEnded,
    LabChecked,
)

A_YEAR_AGO = NOW - dt.timedelta(days=365)
PARTS = [(level, part) for level in LEVELS for part in exactly_enough(level)]


def judged(level: Level, proved: Proved, rules: Rulebook = RULES) -> LevelStanding:
    """How far somebody is who proved that."""
    done = completed(SHAPES, proved)
    return standing_for(level, proved, done, rules, person=PERSON, now=NOW)


def standing(level: Level, events: Iterable[AnyEvent]) -> LevelStanding:
    """How far somebody is to whom that happened a year ago."""
    return judged(level, proved_by(list(events), at=A_YEAR_AGO))


def all_of(parts: dict[str, list[AnyEvent]], without: str = "") -> list[AnyEvent]:
    """The events of all parts but one."""
    return [event for name, events in parts.items() if name != without for event in events]


@pytest.mark.parametrize("level", LEVELS, ids=lambda each: f"level {each.n}")
def test_exactly_enough_reaches_a_level(level: Level) -> None:
    """Not a rule is left."""
    found = standing(level, all_of(exactly_enough(level)))
    assert [each.what for each in found.requirements if not each.met] == []
    assert found.met


@pytest.mark.parametrize(("level", "part"), PARTS, ids=lambda each: getattr(each, "n", each))
def test_one_short_is_refused_and_says_what_is_missing(level: Level, part: str) -> None:
    """Whatever one takes away, a rule that is about it says so."""
    found = standing(level, all_of(exactly_enough(level), without=part))
    assert not found.met
    missing = [each for each in found.requirements if not each.met]
    kind, _, name = part.partition(" ")
    about = {
        "module": ("module", name.rpartition("/")[2]),
        "exam": ("exam", name.removeprefix("exam:")),
        "lab": ("labs", "more"),
        "attested": (name.partition(" work")[0].rsplit(" ", 3)[0], "attested"),
        "badge": ("level 4 held", "0 months"),
    }[kind]
    assert any(about[0] in each.what for each in missing), [each.what for each in missing]
    assert any(about[1] in each.missing for each in missing), [each.missing for each in missing]
    assert all(each.have < each.needed or "attested" in each.missing for each in missing)


def test_an_exam_counts_from_the_larger_of_its_own_pass_score_and_the_levels() -> None:
    """Work distribution is passed with 80 %, also where the level asks for 70."""
    level = CATALOGUE.level(1)
    assert level is not None
    for percent, counts in ((79.9, False), (80.0, True)):
        found = standing(level, [exam_event("exam:work-distribution", percent)])
        (exams,) = [each for each in found.requirements if "exams" in each.what]
        assert (exams.have == 1) is counts
        assert counts or "work-distribution (you have 79.9 %, it takes 80 %)" in exams.missing


def test_an_exam_counts_however_its_sitting_names_it() -> None:
    """By its name, or by its id."""
    level = CATALOGUE.level(1)
    assert level is not None
    for exam in ("data-pipeline", "exam:data-pipeline"):
        found = standing(level, [exam_event(exam, 95)])
        (exams,) = [each for each in found.requirements if "exams" in each.what]
        assert exams.by == ("exam:data-pipeline",)


def test_a_provisional_result_counts_for_nothing() -> None:
    """Somebody has yet to grade it."""
    level = CATALOGUE.level(1)
    assert level is not None
    found = standing(level, [exam_event("exam:data-pipeline", 95, provisional=True)])
    (exams,) = [each for each in found.requirements if "exams" in each.what]
    assert exams.have == 0


def test_the_long_examination_counts_in_place_of_its_exam_and_not_twice() -> None:
    """Flow control, sat both ways, is one exam."""
    level = CATALOGUE.level(2)
    assert level is not None
    both = [exam_event("exam:flow-control-180", 90), exam_event("exam:flow-control", 80)]
    for events in (both[:1], both):
        found = standing(level, events)
        (exams,) = [each for each in found.requirements if "4 exams" in each.what]
        (either,) = [each for each in found.requirements if "or flow-control" in each.what]
        assert exams.by == ("exam:flow-control",)
        assert either.met


def test_of_labs_that_do_not_exist_none_is_done() -> None:
    """Level 4 asks for all labs of the mastery modules: nothing is not all."""
    level = CATALOGUE.level(4)
    assert level is not None
    empty = Rulebook(
        mastery=RULES.mastery,
        labs=(),
        exams=RULES.exams,
        stands_for=RULES.stands_for,
        mentors=RULES.mentors,
    )
    found = judged(level, proved_by(all_of(exactly_enough(level))), empty)
    (labs,) = [each for each in found.requirements if "labs" in each.what]
    assert (labs.met, labs.missing) == (
        False,
        "the labs of the mastery modules are not written yet",
    )


def test_what_one_attests_oneself_counts_for_nothing() -> None:
    """Neither under one's id nor under one's name."""
    level = CATALOGUE.level(2)
    assert level is not None
    for mentor, counts in ((PERSON, 0), ("Ada Lovelace", 0), ("grace", 1)):
        found = standing(level, [attested("production report", "the outbox", mentor)])
        (report,) = [each for each in found.requirements if "report" in each.what]
        assert report.have == counts


def test_the_same_work_attested_twice_counts_once() -> None:
    """Two mentors of one report are one report."""
    level = CATALOGUE.level(3)
    assert level is not None
    twice = [attested("case study of production", "the queue", who) for who in ("grace", "alan")]
    found = standing(level, twice)
    (studies,) = [each for each in found.requirements if "case study of production" in each.what]
    assert studies.have == 1


def test_what_takes_two_mentors_is_half_done_with_one() -> None:
    """And the missing word is asked for by name."""
    level = CATALOGUE.level(3)
    assert level is not None
    what = "design of a new pattern or anti-pattern"
    found = standing(level, [attested(what, "the claim check", "grace")])
    (design,) = [each for each in found.requirements if each.what.startswith(what)]
    assert design.have == 0
    assert "the claim check has the word of grace only" in design.missing


def test_an_attestation_that_is_withdrawn_counts_no_more() -> None:
    """The mentor looked again."""
    level = CATALOGUE.level(2)
    assert level is not None
    word = attested("production report", "the outbox", "grace")
    back = AttestationWithdrawn(attestation=word.attestation, mentor="grace", note="not in use")
    (report,) = [
        each for each in standing(level, [word, back]).requirements if "report" in each.what
    ]
    assert report.have == 0


@pytest.mark.parametrize(
    ("days", "revoked", "met"), [(364, False, False), (365, False, True), (800, True, False)]
)
def test_level_4_is_held_for_whole_months_and_only_while_it_is_not_revoked(
    days: int, revoked: bool, met: bool
) -> None:
    """A mentor's word alone does not do, and neither does the record alone."""
    level = CATALOGUE.level(5)
    assert level is not None
    events = all_of(exactly_enough(level))
    events += [CredentialRevoked(credential="urn:uuid:4", reason="key lost")] if revoked else []
    proved = proved_by(events, at=NOW - dt.timedelta(days=days))
    (held,) = [each for each in judged(level, proved).requirements if "held" in each.what]
    assert held.met is met


def test_a_module_is_complete_when_nothing_of_it_is_left() -> None:
    """Every block, every lab, every tier with seven tenths of its points."""
    module = next(iter(SHAPES))
    events = list(module_events(module))
    assert left_of(SHAPES[module], module, proved_by(events)) == []
    for index, event in enumerate(events):
        (left,) = left_of(SHAPES[module], module, proved_by(events[:index] + events[index + 1 :]))
        match event:
            case BlockRead(block=block):
                assert left == f"block {block} is not read"
            case GauntletEnded(tier=tier):
                assert left.startswith(f"tier {tier} ")
            case LabChecked(lab=lab):
                assert left == f"lab {lab.rpartition('/')[2]} has not passed"


@pytest.mark.parametrize(("points", "passes"), [(6.9, False), (7, True)])
def test_a_tier_takes_seven_tenths(points: float, passes: bool) -> None:
    """A later worse try takes nothing away."""
    events = [
        GauntletEnded(module="m", tier=1, points=points, of=10),
        GauntletEnded(module="m", tier=1, points=1, of=10),
    ]
    assert (left_of(ModuleShape(tiers=(1,)), "m", proved_by(events)) == []) is passes


def test_a_module_of_which_nothing_is_written_is_never_complete() -> None:
    """Nothing is left to do, and nothing was done."""
    assert completed({"m": ModuleShape()}, proved_by([])) == frozenset()


def test_failed_labs_are_not_passed() -> None:
    """Neither are those of which nobody knows."""
    events = [LabChecked(lab="a", verdict="fail"), LabChecked(lab="b", verdict="unknown")]
    assert proved_by(events).labs == {}


def test_every_attestation_that_a_level_asks_for_is_explained_to_mentors() -> None:
    """In stewardship.yaml, with its criteria."""
    known = set(rulebook_of(CATALOGUE).mentors)
    asked = {name for level in LEVELS for name, _ in attestations_for(level)}
    assert asked <= known
