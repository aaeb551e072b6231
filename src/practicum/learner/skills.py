"""What somebody can do, from evidence only: metrics that are shown, and skills made of them.

Nobody rates herself. A metric is shown by labs that passed, modules, exams, experiments with a
conclusion, checkpoints that were answered, or by what a mentor attests; a skill stands where the
metrics that it consists of put it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.course import Course, SkillTarget
from practicum.curriculum.skill import Evidence, metrics_of
from practicum.curriculum.term import short_name
from practicum.learner.credential.proved import Proved
from practicum.learner.events import ChallengeNoted, ExperimentRecorded, Reflected
from practicum.learner.record import Entry

BY_MENTOR = (Evidence(attested=True),)
"""What shows a metric of which nobody says what shows it."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment or a note of the journal as it stands, and since when."""

    at: dt.datetime
    event: ExperimentRecorded | ChallengeNoted


class Practised(msgspec.Struct, kw_only=True):
    """What a person wrote down: experiments by id (the last version of each), challenges in
    order, and what she answered at checkpoints and after exams, by what it was about."""

    experiments: dict[str, Kept] = {}
    challenges: list[Kept] = []
    reflections: dict[str, dict[str, str]] = {}


class PractisedView:
    """The fold; see `learner.record.View`."""

    name, version, state = "practised", 1, Practised

    def begin(self) -> Practised:
        """Nothing is written."""
        return Practised()

    def step(self, state: Practised, entry: Entry) -> None:
        """Take one more entry into account."""
        match entry.event:
            case ExperimentRecorded() as event:
                state.experiments[event.experiment] = Kept(at=entry.at, event=event)
            case ChallengeNoted() as event:
                state.challenges.append(Kept(at=entry.at, event=event))
            case Reflected(on=on, answers=answers):
                state.reflections[on] = {**state.reflections.get(on, {}), **answers}


def checkpoint_id(course: str, name: str) -> str:
    """What a checkpoint is called in the record."""
    return f"checkpoint:{course}/{name}"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A metric: by what it is shown, or else what is missing on the shortest way."""

    id: str
    group: str
    name: str
    by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether evidence is there."""
        return not self.missing


class SkillStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A skill: where one began, where it leads, and how many of its metrics are shown. ``stands``
    is the course's own word for it; ``gap`` names the metrics that are missing."""

    id: str
    current: str
    target: str
    stands: str
    shown: int
    of: int
    gap: tuple[str, ...]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All evidence of a person: ``completed`` modules, and ``passed`` exams by id."""

    proved: Proved
    practised: Practised
    completed: Collection[str] = ()
    passed: Collection[str] = ()
    person: str = ""


def metrics(catalogue: Catalogue, ledger: Ledger, course_id: str) -> tuple[Shown, ...]:
    """The metrics and indicators of a course."""
    course = catalogue.courses[course_id]
    shown_by = {each.metric: each.shown_by for each in catalogue.skills.metrics}
    return tuple(
        _judged(key, group, name, shown_by.get(key, BY_MENTOR), ledger, course_id, course)
        for key, (group, name) in metrics_of(course_id, course).items()
    )


def skills(catalogue: Catalogue, ledger: Ledger, course_id: str) -> tuple[SkillStanding, ...]:
    """The skills that a course aims at."""
    course = catalogue.courses[course_id]
    judged = {each.id: each for each in metrics(catalogue, ledger, course_id)}
    consists = {each.skill: each.metrics for each in catalogue.skills.targets}
    return tuple(
        _standing(f"{course_id}/{each.skill}", each, consists, judged)
        for each in course.skill_targets
    )


def _standing(
    key: str,
    skill: SkillTarget,
    consists: Mapping[str, Sequence[str]],
    judged: Mapping[str, Shown],
) -> SkillStanding:
    own = [judged[each] for each in consists.get(key, ())]
    shown = sum(each.is_shown for each in own)
    if not own or not shown:
        stands = skill.current
    elif shown == len(own):
        stands = skill.target
    else:
        stands = f"on the way: {shown} of {len(own)} metrics are shown"
    return SkillStanding(
        id=key,
        current=skill.current,
        target=skill.target,
        stands=stands,
        shown=shown,
        of=len(own),
        gap=tuple(each.name for each in own if not each.is_shown),
    )


def _judged(
    key: str,
    group: str,
    name: str,
    shown_by: Sequence[Evidence],
    ledger: Ledger,
    course_id: str,
    course: Course,
) -> Shown:
    ways: list[list[str]] = []
    for evidence in shown_by:
        by: list[str] = []
        missing = list(_missing(evidence, key, ledger, course_id, course, by))
        if not missing:
            return Shown(id=key, group=group, name=name, by=tuple(by))
        ways.append(missing)
    shortest: list[str] = min(ways, key=len)
    return Shown(id=key, group=group, name=name, missing=tuple(shortest))


def _missing(
    evidence: Evidence, key: str, ledger: Ledger, course_id: str, course: Course, by: list[str]
) -> Iterator[str]:
    """What a way of showing lacks, in words; what is there is put into ``by``."""
    done = [lab for lab in evidence.labs if lab in ledger.proved.labs]
    left = [lab.rpartition("/")[2] for lab in evidence.labs if lab not in done]
    needed = evidence.labs_min or len(evidence.labs)
    if len(done) < needed:
        yield f"pass the lab{'s' if len(left) > 1 else ''} {', '.join(left)}"
    by += done
    for kind, wanted, there in (
        ("complete the module", evidence.modules, ledger.completed),
        ("pass the", evidence.exams, ledger.passed),
    ):
        yield from (f"{kind} {short_name(each)}" for each in wanted if each not in there)
        by += [each for each in wanted if each in there]
    yield from _missing_writing(evidence, key, ledger, course_id, course, by)
    if evidence.attested:
        mentors = sorted(_mentors(key, ledger))
        by += [f"attested by {each}" for each in mentors]
        if not mentors:
            yield "have a mentor attest it"


def _missing_writing(
    evidence: Evidence, key: str, ledger: Ledger, course_id: str, course: Course, by: list[str]
) -> Iterator[str]:
    about = [
        name
        for name, kept in ledger.practised.experiments.items()
        if isinstance(kept.event, ExperimentRecorded)
        and kept.event.about == key
        and kept.event.conclusion.strip()
    ]
    by += [f"experiment {each}" for each in about[: evidence.experiments]]
    if len(about) < evidence.experiments:
        more = evidence.experiments - len(about)
        yield f"record {more} more experiment{'s' if more > 1 else ''} about it"
    questions = {each.name: each.points for each in course.checkpoints}
    for name in evidence.checkpoints:
        answers = ledger.practised.reflections.get(checkpoint_id(course_id, name), {})
        open_ = [each for each in questions.get(name, ()) if not answers.get(each, "").strip()]
        if open_ or name not in questions:
            yield f"answer the checkpoint {name!r} ({len(open_)} questions are open)"
        else:
            by.append(f"checkpoint {name}")


def _mentors(key: str, ledger: Ledger) -> Iterator[str]:
    herself = {ledger.person, *ledger.proved.names}
    for each in ledger.proved.attested.values():
        if each.what == key and each.mentor not in herself:
            yield each.mentor
