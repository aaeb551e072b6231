"""What a learner writes down of her practice: experiments, a journal, checkpoints; and where her
skills stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from practicum.curriculum.course import Course
from practicum.curriculum.skill import metrics_of
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.learner.credential.requirements import passed_exams
from practicum.learner.events import ChallengeNoted, ExperimentRecorded, Reflected
from practicum.learner.skills import (
    Kept,
    Ledger,
    PractisedView,
    Shown,
    SkillStanding,
    checkpoint_id,
    metrics,
    skills,
)
from practicum.study.desk import Desk
from practicum.study.levels import Levels

PARTS = ("hypothesis", "method", "measurement", "conclusion")
"""Of an experiment, in the order in which they are written; the last two may come later."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Practice:
    """A learner's practice: read once, asked often."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._levels = Levels(desk)
        self.courses = self._levels.catalogue.courses

    @property
    def ledger(self) -> Ledger:
        """All evidence, as of now."""
        desk, levels = self._desk, self._levels
        return Ledger(
            proved=levels.proved,
            practised=desk.record.folded(PractisedView(), desk.person).state,
            completed=levels.completed,
            passed=passed_exams(levels.proved, levels.rules),
            person=desk.person,
        )

    def with_skills(self) -> tuple[str, ...]:
        """The courses that say what one can do after them."""
        return tuple(key for key, each in self.courses.items() if metrics_of(key, each))

    def metrics(self, course: str) -> tuple[Shown, ...]:
        """The metrics of a course, each with its evidence or what is missing."""
        return metrics(self._levels.catalogue, self.ledger, self._known(course))

    def skills(self, course: str) -> tuple[SkillStanding, ...]:
        """The skills of a course: from where, to where, and the gap."""
        return skills(self._levels.catalogue, self.ledger, self._known(course))

    def experiments(self) -> tuple[Kept, ...]:
        """The experiments as they stand."""
        return tuple(self.ledger.practised.experiments.values())

    def challenges(self) -> tuple[Kept, ...]:
        """The journal, the oldest first."""
        return tuple(self.ledger.practised.challenges)

    def note_experiment(
        self,
        name: str,
        parts: Mapping[str, str],
        *,
        about: str = "",
        evidence: tuple[str, ...] = (),
    ) -> ExperimentRecorded:
        """Record an experiment, or change what is recorded of it: parts that are not given stay
        as they were. CannotBeUsed without a hypothesis and a method, or for a metric that there
        is not."""
        if not _NAME.fullmatch(name):
            raise CannotBeUsed(f"{name!r} is no name for an experiment: write it like-this-2")
        known = self.ledger.practised.experiments.get(name)
        was = known.event if known else None
        kept = {x: getattr(was, x) for x in PARTS} if isinstance(was, ExperimentRecorded) else {}
        said = {x: (parts.get(x) or kept.get(x, "")).strip() for x in PARTS}
        missing = [part for part in PARTS[:2] if not said[part]]
        if missing:
            raise CannotBeUsed(f"the experiment {name} has no {' and no '.join(missing)}: give it")
        if said["conclusion"] and not said["measurement"]:
            raise CannotBeUsed(f"the experiment {name} concludes without a measurement: give it")
        if isinstance(was, ExperimentRecorded):
            about, evidence = about or was.about, evidence or was.evidence
        self._check_metric(about)
        event = ExperimentRecorded(experiment=name, **said, about=about, evidence=evidence)
        self._desk.note(event)
        return event

    def note_challenge(self, challenge: str, solution: str, *, about: str, learnt: str) -> None:
        """Write into the journal what was hard, and how it was met."""
        if not challenge.strip() or not solution.strip():
            raise CannotBeUsed("a note has a challenge and how it was met: give both")
        self._desk.note(
            ChallengeNoted(challenge=challenge, solution=solution, about=about, learnt=learnt)
        )

    def questions(self, course: str, checkpoint: str) -> dict[str, str]:
        """The questions of a checkpoint, each with the answer that stands."""
        found = self._checkpoint(self.courses[self._known(course)], checkpoint)
        on = checkpoint_id(course, found)
        answers = self.ledger.practised.reflections.get(on, {})
        points = next(x.points for x in self.courses[course].checkpoints if x.name == found)
        return {each: answers.get(each, "") for each in points}

    def answer(self, course: str, checkpoint: str, answers: Mapping[str, str]) -> None:
        """Answer questions of a checkpoint; those that are not given stay as they were."""
        questions = self.questions(course, checkpoint)
        for each in answers:
            if each not in questions:
                remedy = did_you_mean(each, questions)
                raise CannotBeUsed(f"{checkpoint!r} does not ask {each!r}: {remedy}")
        name = self._checkpoint(self.courses[course], checkpoint)
        self._desk.note(Reflected(on=checkpoint_id(course, name), answers=dict(answers)))

    def _known(self, course: str) -> str:
        if course not in self.courses:
            raise CannotBeUsed(
                f"there is no course {course!r}: {did_you_mean(course, self.courses)}"
            )
        return course

    @staticmethod
    def _checkpoint(course: Course, name: str) -> str:
        known = [each.name for each in course.checkpoints]
        if name not in known:
            raise CannotBeUsed(f"there is no checkpoint {name!r}: {did_you_mean(name, known)}")
        return name

    def _check_metric(self, about: str) -> None:
        known = [key for each in self.courses.items() for key in metrics_of(*each)]
        if about and about not in known:
            near = did_you_mean(about, known)
            near = near if near.startswith("did you mean") else "`practicum skills` lists them"
            raise CannotBeUsed(f"there is no metric {about!r}: {near}")
