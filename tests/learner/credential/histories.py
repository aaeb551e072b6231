"""Histories that prove exactly what a level asks for, and worlds in which it can be proved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from practicum.authoring.loading import load_catalogue
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.level import AnyExam, Level, OfArea, TheModule
from practicum.curriculum.level import Attested as AttestedRule
from practicum.learner.credential.proved import ModuleShape, Proved, ProvedView
from practicum.learner.credential.requirements import COUNTED, Rulebook, rulebook_of
from practicum.learner.events import (
    AnyEvent,
    Attested,
    BlockRead,
    CredentialIssued,
    Enrolled,
    ExamGraded,
    GauntletEnded,
    LabChecked,
)
from practicum.learner.record import Entry, fold

COURSES = Path(__file__).parents[3] / "courses"
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
PERSON = "ada"
CATALOGUE: Catalogue = load_catalogue([COURSES])
LEVELS = CATALOGUE.levels.levels


def rules() -> Rulebook:
    """The catalogue's rulebook, as if every mastery module had two labs."""
    own = rulebook_of(CATALOGUE)
    labs = tuple(f"{module}/lab-{n}" for module in own.mastery for n in (1, 2))
    return Rulebook(
        mastery=own.mastery,
        labs=labs,
        exams=own.exams,
        stands_for=own.stands_for,
        mentors=own.mentors,
    )


RULES = rules()
SHAPES = {
    module: ModuleShape(
        blocks=("one", "two"),
        labs=tuple(lab for lab in RULES.labs if lab.startswith(f"{module}/")),
        tiers=(1, 2, 3, 4),
    )
    for module in RULES.mastery
}


def proved_by(events: list[AnyEvent], at: dt.datetime = NOW) -> Proved:
    """What a history of these events proves."""
    entries = [
        Entry(id=str(n), person=PERSON, at=at, by=PERSON, event=event, seq=n, number=n)
        for n, event in enumerate([Enrolled(name="Ada Lovelace"), *events], start=1)
    ]
    return fold(ProvedView(), entries).state


def module_events(module: str, *, labs: bool = True) -> Iterator[AnyEvent]:
    """A module that is complete; its labs are left to others with ``labs`` false."""
    shape = SHAPES[module]
    yield from (BlockRead(module=module, block=block) for block in shape.blocks)
    yield from (GauntletEnded(module=module, tier=tier, points=7, of=10) for tier in shape.tiers)
    if labs:
        yield from (LabChecked(lab=lab, verdict="pass", evidence="ab" * 32) for lab in shape.labs)


def exam_event(exam: str, percent: float, *, provisional: bool = False) -> ExamGraded:
    """A sitting of an exam with that result."""
    return ExamGraded(
        sitting=f"{exam} at {percent}",
        exam=exam,
        percent=percent,
        passed=True,
        provisional=provisional,
    )


def attested(what: str, of: str, mentor: str) -> Attested:
    """A mentor's word."""
    return Attested(
        attestation=f"{what}/{of}/{mentor}",
        what=what,
        of=of,
        mentor=mentor,
        note="I saw it run.",
        on=dt.date(2026, 11, 1),
    )


def modules_for(level: Level) -> list[str]:
    """The fewest modules that meet the level's count and rules."""
    taken: list[str] = [each.module for each in level.must if isinstance(each, TheModule)]
    for each in level.must:
        if isinstance(each, OfArea):
            of_area = [key for key, area in RULES.mastery.items() if area == each.area]
            have = [key for key in taken if key in of_area]
            taken += [key for key in of_area if key not in taken][: each.count - len(have)]
    taken += [key for key in RULES.mastery if key not in taken][: level.modules - len(taken)]
    return taken


def exams_for(level: Level) -> list[str]:
    """The fewest exams that do."""
    taken = [each.any_of[0] for each in level.must if isinstance(each, AnyExam)]
    count = level.exams.count if level.exams else 0
    return taken + [each for each in RULES.exams if each not in taken][: count - len(taken)]


def attestations_for(level: Level) -> Iterator[tuple[str, int]]:
    """What people have to attest, and how often."""
    for field, name in COUNTED.items():
        if count := getattr(level, field):
            yield name, count
    yield from ((each.what, 1) for each in level.must if isinstance(each, AttestedRule))
    yield from ((name, 1) for name in level.demonstrate)
    if level.holds_level_4_months:
        yield f"level 4 held for {level.holds_level_4_months} months", 1


def exactly_enough(level: Level) -> dict[str, list[AnyEvent]]:
    """The events that meet each part of the level's rules, by a name for the part."""
    score = level.exams.score if level.exams else 0
    parts: dict[str, list[AnyEvent]] = {
        f"module {module}": list(module_events(module)) for module in modules_for(level)
    }
    for exam in exams_for(level):
        parts[f"exam {exam}"] = [exam_event(exam, max(score, RULES.exams[exam]))]
    have = {
        event.lab for events in parts.values() for event in events if isinstance(event, LabChecked)
    }
    if isinstance(level.labs, int):
        for number in range(level.labs - len(have)):
            parts[f"lab {number}"] = [LabChecked(lab=f"other/m/lab-{number}", verdict="pass")]
    for what, count in attestations_for(level):
        for number in range(count):
            for mentor in range(RULES.mentors.get(what, 1)):
                name = f"attested {what} {number} by {mentor}"
                parts[name] = [attested(what, f"work {number}", f"mentor {mentor}")]
    if level.holds_level_4_months:
        parts["badge of level 4"] = [
            CredentialIssued(
                credential="urn:uuid:4", level=4, issuer="did:key:z", index=0,
                self_asserted=False, document={},
            )
        ]  # fmt: skip
    return parts
