"""Everything that a learner has to remember: the fold.

What evidence creates: an answer short of full points (where people grade: below 60 % of them),
a check of a lab that failed by the learner's fault, and a hint that was taken. It is new until
it is first asked; what a lab created waits a day, because on the day itself the lab teaches
more.

What moves a due date: a recorded review, and a lab itself. A check that fails again was
forgotten (1); a lab that passes when its checks are due recalled them (3, good). An answer
outside of the reviews moves nothing by itself: whoever records it records the review with it.
"""

from __future__ import annotations

import contextlib
import datetime as dt

import fsrs
import msgspec

from practicum.curriculum.term import EXAM, exam_id
from practicum.learner.events import (
    AnswerGraded,
    BlockRead,
    CardReviewed,
    CardSuspended,
    ExamStarted,
    HintTaken,
    LabChecked,
    MemoryTuned,
    ModuleStarted,
    QuestionAnswered,
    ReviewsCapped,
)
from practicum.learner.exam.sitting import WHOLE
from practicum.learner.memory.names import check_name, hint_name, lab_and_rest, question_name
from practicum.learner.memory.rating import KNOWN_SHARE
from practicum.learner.memory.recall import (
    AGAIN,
    DEFAULTS,
    GOOD,
    RETENTION,
    Recall,
    replayed,
    review,
    scheduler,
)
from practicum.learner.record import Entry

PER_DAY, NEW_PER_DAY = 60, 10
LEARNERS_FAULT = ("", "learner")
AFTER_A_LAB = dt.timedelta(days=1)


class Memory(msgspec.Struct, kw_only=True):
    """What is remembered, by the names of `names`; the cap; which modules were started and
    which of their blocks read, each in order. ``sittings`` are of which exam, ``checks`` those of
    a lab that failed once, ``seeds`` drew the variants that were answered last; ``latest`` was
    reviewed last."""

    recalls: dict[str, Recall] = msgspec.field(default_factory=dict)
    suspended: set[str] = msgspec.field(default_factory=set)
    per_day: int = PER_DAY
    new_per_day: int = NEW_PER_DAY
    parameters: tuple[float, ...] = DEFAULTS
    retention: float = RETENTION
    started: dict[str, dt.datetime] = msgspec.field(default_factory=dict)
    read: dict[str, list[str]] = msgspec.field(default_factory=dict)
    sittings: dict[str, str] = msgspec.field(default_factory=dict)
    checks: dict[str, list[str]] = msgspec.field(default_factory=dict)
    seeds: dict[str, int] = msgspec.field(default_factory=dict)
    latest: str = ""

    @property
    def model(self) -> fsrs.Scheduler:
        """FSRS with her parameters."""
        return scheduler(self.parameters, self.retention)

    @property
    def reviews(self) -> int:
        """How many there were."""
        return sum(len(each.reviews) for each in self.recalls.values())

    def tuned(self, parameters: tuple[float, ...], retention: float) -> Memory:
        """The same reviews under other parameters, as a memory of its own."""
        model = scheduler(parameters, retention)
        recalls = {name: replayed(model, each) for name, each in self.recalls.items()}
        return msgspec.structs.replace(
            self, recalls=recalls, parameters=parameters, retention=retention
        )

    def capped(self, per_day: int, new_per_day: int) -> Memory:
        """The same under another cap."""
        return msgspec.structs.replace(self, per_day=per_day, new_per_day=new_per_day)


class MemoryView:
    """The fold of a learner's history into her memory."""

    name = "memory"
    version = 1
    state = Memory

    def begin(self) -> Memory:
        """Nothing is known of her."""
        return Memory()

    def step(self, state: Memory, entry: Entry) -> None:
        """Take one more entry into account."""
        at = entry.at.astimezone(dt.UTC)
        match entry.event:
            case CardReviewed(card=card, rating=rating):
                _reviewed(state, card, at, rating)
                state.latest = card
            case QuestionAnswered() as answered:
                name = question_name(answered.module, answered.question)
                if _is_wrong(answered):
                    _created(state, name, at)
                if name in state.recalls:
                    state.seeds[name] = answered.seed
            case LabChecked() as checked:
                _checked(state, checked, at)
            case HintTaken(lab=lab, number=number):
                _created(state, hint_name(lab, number), at + AFTER_A_LAB)
            case ModuleStarted(module=module):
                state.started.setdefault(module, at)
            case BlockRead(module=module, block=block):
                state.started.setdefault(module, at)
                read = state.read.setdefault(module, [])
                if block not in read:
                    read.append(block)
            case _:
                _set(state, entry, at)


def _set(state: Memory, entry: Entry, at: dt.datetime) -> None:
    match entry.event:
        case CardSuspended(card=card, suspended=True):
            state.suspended.add(card)
        case CardSuspended(card=card):
            state.suspended.discard(card)
        case ReviewsCapped(per_day=per_day, new_per_day=new_per_day):
            state.per_day, state.new_per_day = per_day, new_per_day
        case MemoryTuned(parameters=parameters, retention=retention):
            # What FSRS does not allow was not fitted here: what held before stays.
            with contextlib.suppress(ValueError):
                state.recalls = state.tuned(parameters, retention).recalls
                state.parameters, state.retention = parameters, retention
        case ExamStarted(sitting=sitting, exam=exam):
            state.sittings[sitting] = exam_id(exam.removeprefix(EXAM))
        case AnswerGraded(sitting=sitting, question=question) as graded:
            if _is_wrong(graded) and sitting in state.sittings and question != WHOLE:
                _created(state, question_name(state.sittings[sitting], question), at)


def _is_wrong(graded: QuestionAnswered | AnswerGraded) -> bool:
    """Whether the question should come back."""
    enough = graded.of if graded.grader == "machine" else KNOWN_SHARE * graded.of
    return graded.points < enough


def _created(state: Memory, name: str, due: dt.datetime) -> Recall:
    """What is to be remembered under that name, from now on if it was not before."""
    recall = state.recalls.get(name)
    if recall is None:
        recall = state.recalls[name] = Recall(due=due)
        if name.startswith("check:"):
            state.checks.setdefault(lab_and_rest(name)[0], []).append(name)
    return recall


def _reviewed(state: Memory, name: str, at: dt.datetime, rating: int) -> None:
    review(state.model, _created(state, name, at), at, rating)


def _checked(state: Memory, checked: LabChecked, at: dt.datetime) -> None:
    """A lab's checks, as far as they say something of the learner."""
    if checked.verdict == "fail" and checked.blame in LEARNERS_FAULT:
        for check in checked.failed:
            recall = _created(state, check_name(checked.lab, check), at + AFTER_A_LAB)
            if not recall.is_new:
                review(state.model, recall, at, AGAIN)
    elif checked.verdict == "pass":
        for name in state.checks.get(checked.lab, ()):
            if state.recalls[name].due <= at:
                review(state.model, state.recalls[name], at, GOOD)
