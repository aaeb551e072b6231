"""What happens to a learner: events in the past tense, appended to the record and never changed.

An event tells what was seen, not what follows from it: whether a level is held, when a card is
due or how far a skill has come is folded from the events, and may be folded anew by better
rules. Ids of modules, questions, cards, labs and exams are those of the courses' files, which
stay when words and folders change.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Points = Annotated[float, msgspec.Meta(ge=0)]
Rating = Annotated[int, msgspec.Meta(ge=1, le=4)]
"""How well something was remembered: 1 again, 2 hard, 3 good, 4 easy."""

Grader = Literal["machine", "self", "peer", "mentor"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One thing that happened. The tag of each kind stays for ever; what changes its meaning
    gets a new version in `learner.upcasting`."""


# ── A person, and the way she chose


class Enrolled(Event, frozen=True, kw_only=True, tag="person.enrolled"):
    """A person joined, or changed how she is called."""

    name: str
    email: str = ""


class PathChosen(Event, frozen=True, kw_only=True, tag="path.chosen"):
    """She follows the path of a role, at so many hours a week (0: not said)."""

    role: str
    hours_per_week: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0


class DiagnosticStarted(Event, frozen=True, kw_only=True, tag="diagnostic.started"):
    """She began a diagnostic of so many questions at the ``most``; ``seed`` draws variants and
    decides between questions that are as good."""

    diagnostic: str
    seed: int
    most: Annotated[int, msgspec.Meta(ge=1)]


class DiagnosticAnswered(Event, frozen=True, kw_only=True, tag="diagnostic.answered"):
    """A question of a module was answered in a diagnostic: ``points`` of ``of``; None is "I do
    not know". The parameters are those that it was believed to have when it was asked."""

    diagnostic: str
    module: str
    question: str
    answer: Any
    points: Points
    of: Points
    discrimination: Annotated[float, msgspec.Meta(gt=0)]
    location: float


class Placed(Event, frozen=True, kw_only=True, tag="learner.placed"):
    """A diagnostic placed her: ability and its standard error on the scale of the items
    (logits), after so many ``questions``; ``areas`` are shares of right answers, by module.
    ``level`` is the one to begin with, ``start`` the module (empty if there is none)."""

    ability: float
    error: Annotated[float, msgspec.Meta(ge=0)]
    questions: int
    areas: dict[str, Share] = {}
    diagnostic: str = ""
    level: int = 0
    start: str = ""


# ── Modules, questions and cards


class ModuleStarted(Event, frozen=True, kw_only=True, tag="module.started"):
    """She began a module."""

    module: str


class BlockRead(Event, frozen=True, kw_only=True, tag="block.read"):
    """She says that she has been through a block, or a timed part, of a module."""

    module: str
    block: str


class QuestionAnswered(Event, frozen=True, kw_only=True, tag="question.answered"):
    """A question of a module was answered outside of an exam: ``points`` of ``of``. ``tier`` is
    that of the gauntlet, 0 if it was not asked in one; ``seed`` drew its variant. A question of
    an exam has the exam's id (``exam:NAME``) as its ``module``."""

    module: str
    question: str
    answer: Any
    points: Points
    of: Points
    tier: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    seed: int = 0
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0
    grader: Grader = "machine"


class GauntletEnded(Event, frozen=True, kw_only=True, tag="gauntlet.ended"):
    """All questions of a tier of a module's gauntlet were answered: ``points`` of ``of``."""

    module: str
    tier: Annotated[int, msgspec.Meta(ge=1, le=4)]
    points: Points
    of: Points


class CardReviewed(Event, frozen=True, kw_only=True, tag="card.reviewed"):
    """Something was recalled, well or badly. ``card`` is a card's id, or what stands in for one
    (`learner.memory` says how it is named); ``source`` is what the rating was derived from."""

    card: str
    rating: Rating
    source: Literal["card", "question", "check", "hint", "exam"] = "card"
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0


class CardSuspended(Event, frozen=True, kw_only=True, tag="card.suspended"):
    """She does not want to be asked a card any more, or (``suspended`` false) again."""

    card: str
    suspended: bool = True


class ReviewsCapped(Event, frozen=True, kw_only=True, tag="reviews.capped"):
    """So many reviews a day at the most, and so many of them new cards."""

    per_day: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    new_per_day: Annotated[int, msgspec.Meta(ge=0, le=9999)]


class MemoryTuned(Event, frozen=True, kw_only=True, tag="memory.tuned"):
    """Her parameters of the memory model were fitted to her own reviews: the loss on those held
    out, before and after."""

    parameters: tuple[float, ...]
    retention: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    reviews: int
    loss_before: float
    loss_after: float


# ── Labs


class LabStarted(Event, frozen=True, kw_only=True, tag="lab.started"):
    """She took a workspace for a lab."""

    lab: str


class LabChecked(Event, frozen=True, kw_only=True, tag="lab.checked"):
    """A lab was checked. ``failed`` names the checks that did not hold; ``blame`` is whose fault
    a failure was; ``evidence`` is the SHA-256 of the signed bundle."""

    lab: str
    verdict: Literal["pass", "fail", "unknown"]
    blame: str = ""
    failed: tuple[str, ...] = ()
    evidence: str = ""


class HintTaken(Event, frozen=True, kw_only=True, tag="hint.taken"):
    """She read a hint of a lab; they count from 1."""

    lab: str
    number: Annotated[int, msgspec.Meta(ge=1)]


# ── Exams


class ExamStarted(Event, frozen=True, kw_only=True, tag="exam.started"):
    """A sitting began. ``questions`` are those drawn, in the order asked; ``seed`` draws their
    variants; the paper is the one of that hash. What is not submitted by ``deadline`` (the
    server's clock) is submitted as drafted."""

    sitting: str
    exam: str
    paper_sha256: str
    seed: int
    questions: tuple[str, ...]
    deadline: Annotated[dt.datetime, msgspec.Meta(tz=True)]


class AnswerDrafted(Event, frozen=True, kw_only=True, tag="answer.drafted"):
    """An answer as it stood; ``revision`` counts from 1 for each question of a sitting. None is
    no answer (any more); ``flagged``: she wants to come back to it."""

    sitting: str
    question: str
    answer: Any
    revision: Annotated[int, msgspec.Meta(ge=1)]
    flagged: bool = False


class ExamSubmitted(Event, frozen=True, kw_only=True, tag="exam.submitted"):
    """The answers that count. ``by_clock``: the deadline came first."""

    sitting: str
    answers: dict[str, Any]
    by_clock: bool = False


class AnswerGraded(Event, frozen=True, kw_only=True, tag="answer.graded"):
    """Points of ``of`` for one answer. ``levels`` are those of the rubric's criteria, from 0;
    ``note`` tells why. A later grade of the same grader replaces an earlier one."""

    sitting: str
    question: str
    points: Points
    of: Points
    grader: Grader
    levels: dict[str, int] = {}
    note: str = ""


class ExamGraded(Event, frozen=True, kw_only=True, tag="exam.graded"):
    """A sitting's result: ``percent`` of all points, from 0 to 100. ``provisional`` while a
    person has yet to grade; a later result of the same sitting replaces it."""

    sitting: str
    exam: str
    percent: Annotated[float, msgspec.Meta(ge=0, le=100)]
    passed: bool
    provisional: bool = False


class Reflected(Event, frozen=True, kw_only=True, tag="reflection.written"):
    """She thought back, on a sitting, a checkpoint or a block: question and answer."""

    on: str
    answers: dict[str, str]


# ── Skills, and what only people can confirm


class ExperimentRecorded(Event, frozen=True, kw_only=True, tag="experiment.recorded"):
    """A decision was put to the test. One of the same ``experiment`` replaces an earlier one."""

    experiment: str
    hypothesis: str
    method: str
    measurement: str
    conclusion: str
    about: str = ""
    evidence: tuple[str, ...] = ()


class ChallengeNoted(Event, frozen=True, kw_only=True, tag="challenge.noted"):
    """The journal: what went wrong or was hard, and how it was met."""

    challenge: str
    solution: str
    about: str = ""
    learnt: str = ""


class Attested(Event, frozen=True, kw_only=True, tag="requirement.attested"):
    """A named mentor confirms what no machine can see. ``what`` is one of the requirements of
    levels and courses; ``of`` tells which one, where several are asked for (a report's title);
    ``note`` says what the mentor saw. ``key`` is the did:key that signed it."""

    attestation: str
    what: str
    of: str = ""
    mentor: str
    key: str = ""
    note: str
    on: dt.date


class AttestationWithdrawn(Event, frozen=True, kw_only=True, tag="attestation.withdrawn"):
    """An attestation counts no more."""

    attestation: str
    mentor: str
    note: str


# ── Credentials


class CredentialIssued(Event, frozen=True, kw_only=True, tag="credential.issued"):
    """A badge was signed: the whole ``document``, so that it can be had again. ``index`` is its
    place in the issuer's status list; ``self_asserted`` if the learner's own key signed it."""

    credential: str
    level: Annotated[int, msgspec.Meta(ge=0, le=5)]
    issuer: str
    index: int
    self_asserted: bool
    document: dict[str, Any]


class CredentialRevoked(Event, frozen=True, kw_only=True, tag="credential.revoked"):
    """A badge counts no more."""

    credential: str
    reason: str


class StatusPlaced(Event, frozen=True, kw_only=True, tag="status.placed"):
    """In the history of the school: a badge has this place in the issuer's status list.
    ``statuses`` is the list's id, which the badge names and which the key keeps."""

    issuer: str
    credential: str
    index: Annotated[int, msgspec.Meta(ge=0)]
    statuses: str = ""


class StatusRevoked(Event, frozen=True, kw_only=True, tag="status.revoked"):
    """In the history of the school, which stays when a person's is erased: the badge at this
    place is revoked."""

    issuer: str
    index: Annotated[int, msgspec.Meta(ge=0)]


# ── What is not known here


class Unknown(Event, frozen=True, kw_only=True, tag="unknown"):
    """Recorded by a newer practicum: an event of a kind, or of a version of one, that this one
    has no words for. It is kept as it was found, and folds pass it over."""

    of: str
    version: Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
    data: dict[str, Any]


AnyEvent = (
    Enrolled
    | PathChosen
    | DiagnosticStarted
    | DiagnosticAnswered
    | Placed
    | ModuleStarted
    | BlockRead
    | QuestionAnswered
    | GauntletEnded
    | CardReviewed
    | CardSuspended
    | ReviewsCapped
    | MemoryTuned
    | LabStarted
    | LabChecked
    | HintTaken
    | ExamStarted
    | AnswerDrafted
    | ExamSubmitted
    | AnswerGraded
    | ExamGraded
    | Reflected
    | ExperimentRecorded
    | ChallengeNoted
    | Attested
    | AttestationWithdrawn
    | CredentialIssued
    | CredentialRevoked
    | StatusPlaced
    | StatusRevoked
    | Unknown
)
