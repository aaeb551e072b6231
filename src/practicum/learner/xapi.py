"""The record in the words of xAPI 1.0.3, which other learning systems understand.

Verbs are those of ADL's registry where there is one; else the verb, like every activity, is a URN
of Practicum, since we own no domain for them. A statement's id is made from the entry's, so that
whoever sends statements twice says nothing twice. Nothing is told of a person but her id in the
record; her address only if that is asked for.

Source: https://github.com/adlnet/xAPI-Spec/blob/master/xAPI-Data.md (1.0.3).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from practicum.learner import events as its
from practicum.learner.record import Entry

VERSION = "1.0.3"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:practicum:xapi")
_ADL = "http://adlnet.gov/expapi/verbs/"
_OURS = "urn:practicum:verb:"
_ADL_TYPES = "http://adlnet.gov/expapi/activities/"
_TYPES = {
    "module": f"{_ADL_TYPES}module",
    "question": f"{_ADL_TYPES}cmi.interaction",
    "exam": f"{_ADL_TYPES}assessment",
    "lab": f"{_ADL_TYPES}simulation",
    "path": f"{_ADL_TYPES}course",
}
_DATA = "urn:practicum:data:"
_NO_DEED = (its.MemoryTuned, its.StatusPlaced, its.StatusRevoked, its.Unknown)
"""What a machine worked out, what the school keeps for itself, and what has no words."""
Data = dict[str, Any]


class Said(msgspec.Struct, frozen=True):
    """What a statement says: the verb (of ADL's registry unless it has a colon), the kind of
    what it was done to, and its id."""

    verb: str
    kind: str
    of: str
    result: Data = {}
    more: dict[str, Any] = {}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is spoken of: an account ``name`` at ``home_page``; with ``email``, the address in its
    place, as xAPI has room for one identifier."""

    home_page: str
    name: str
    email: str = ""

    def written(self) -> dict[str, Any]:
        """As xAPI has it."""
        if self.email:
            return {"objectType": "Agent", "mbox": f"mailto:{self.email}"}
        account = {"homePage": self.home_page, "name": self.name}
        return {"objectType": "Agent", "account": account}


def statements(
    entries: Iterable[Entry], *, home_page: str, with_email: bool = False
) -> Iterator[dict[str, Any]]:
    """The statements of entries, in their order; an entry that xAPI has no words for has none.
    ``home_page`` is the IRI of where accounts are kept."""
    emails: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry.event, its.Enrolled):
            emails[entry.person] = entry.event.email
        email = emails.get(entry.person, "") if with_email else ""
        actor = Actor(home_page=home_page, name=entry.person, email=email)
        found = statement(entry, actor)
        if found is not None:
            yield found


def statement(entry: Entry, actor: Actor) -> dict[str, Any] | None:
    """One statement; None for what a newer practicum has recorded, or is not of this world."""
    said = _said(entry.event)
    if said is None:
        return None
    ours = ":" in said.verb
    word = said.verb.rpartition(":")[2]
    definition: dict[str, Any] = {"name": {"en": said.of}}
    if said.kind in _TYPES:
        definition["type"] = _TYPES[said.kind]
    context: dict[str, Any] = {"platform": "Practicum"}
    if said.more:
        context["extensions"] = {f"{_DATA}{name}": value for name, value in said.more.items()}
    if isinstance(entry.event, its.Attested | its.AttestationWithdrawn):
        mentor = Actor(home_page=actor.home_page, name=entry.event.mentor)
        context["instructor"] = mentor.written()
    told: dict[str, Any] = {
        "id": str(uuid.uuid5(NAMESPACE, entry.id)),
        "actor": actor.written(),
        "verb": {"id": f"{_OURS if ours else _ADL}{word}", "display": {"en": word}},
        "object": {
            "objectType": "Activity",
            "id": f"urn:practicum:{said.kind}:{_urn(said.of)}",
            "definition": definition,
        },
        "context": context,
        "timestamp": entry.at.isoformat(timespec="milliseconds"),
        "version": VERSION,
    }
    if said.result:
        told["result"] = said.result
    return told


def _urn(text: str) -> str:
    """Text as the last part of a URN: what cannot stand there in percent."""
    return "".join(
        c if c.isascii() and (c.isalnum() or c in "-._~/:") else _percent(c) for c in text
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _score(points: float, of: float) -> Data:
    if not of:
        return {"score": {"raw": points}}
    # A scaled score may not leave its bounds, and raw may not leave min and max.
    top = max(of, points)
    return {"score": {"scaled": min(1.0, points / of), "raw": points, "min": 0, "max": top}}


def _seconds(seconds: float) -> Data:
    return {"duration": f"PT{seconds:.2f}S"} if seconds else {}


def _text(answer: object) -> str:
    return answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()


def _said(event: its.AnyEvent) -> Said | None:
    """What an event says, whatever it is about."""
    if isinstance(event, _NO_DEED):
        return None
    said = _of_modules(event) or _of_labs(event) or _of_exams(event) or _of_the_person(event)
    return said or Said(":recorded", "event", str(event.__struct_config__.tag))


def _of_modules(event: its.AnyEvent) -> Said | None:
    more: Data
    match event:
        case its.ModuleStarted():
            return Said("initialized", "module", event.module)
        case its.BlockRead():
            return Said("experienced", "block", f"{event.module}/{event.block}")
        case its.QuestionAnswered():
            result: Data = {
                **_score(event.points, event.of),
                "success": event.points >= event.of,
                "response": _text(event.answer),
                **_seconds(event.seconds),
            }
            return Said("answered", "question", f"{event.module}/{event.question}", result)
        case its.GauntletEnded():
            of = f"{event.module}/gauntlet/{event.tier}"
            return Said("completed", "gauntlet", of, _score(event.points, event.of))
        case its.CardReviewed():
            more = {"rating": event.rating, "source": event.source}
            return Said("responded", "card", event.card, _seconds(event.seconds), more)
        case its.CardSuspended():
            return Said("suspended" if event.suspended else "resumed", "card", event.card)
    return None


def _of_labs(event: its.AnyEvent) -> Said | None:
    more: Data
    match event:
        case its.LabStarted():
            return Said("initialized", "lab", event.lab)
        case its.LabChecked(verdict="unknown"):
            return Said("attempted", "lab", event.lab, {}, {"blame": event.blame})
        case its.LabChecked():
            passed = event.verdict == "pass"
            told = {"failed": event.failed, "blame": event.blame, "evidence": event.evidence}
            more = {name: value for name, value in told.items() if value}
            return Said("passed" if passed else "failed", "lab", event.lab, _success(passed), more)
        case its.HintTaken():
            return Said("asked", "lab", event.lab, {}, {"hint": event.number})
    return None


def _success(passed: bool) -> Data:
    return {"success": passed}


def _of_exams(event: its.AnyEvent) -> Said | None:
    more: Data
    match event:
        case its.ExamStarted():
            more = {"sitting": event.sitting, "paper_sha256": event.paper_sha256}
            return Said("attempted", "exam", event.exam, {}, more)
        case its.AnswerDrafted():
            of = f"{event.sitting}/{event.question}"
            result = {"response": _text(event.answer)}
            return Said("interacted", "answer", of, result, {"revision": event.revision})
        case its.ExamSubmitted():
            return Said("completed", "sitting", event.sitting, {"completion": True})
        case its.AnswerGraded():
            more = {"grader": event.grader}
            of = f"{event.sitting}/{event.question}"
            return Said("scored", "answer", of, _score(event.points, event.of), more)
        case its.ExamGraded():
            verb = "scored" if event.provisional else "passed" if event.passed else "failed"
            result = _score(event.percent, 100)
            result |= {} if event.provisional else _success(event.passed)
            return Said(verb, "exam", event.exam, result, {"sitting": event.sitting})
        case its.DiagnosticStarted():
            return Said("attempted", "diagnostic", event.diagnostic)
        case its.DiagnosticAnswered():
            result = {**_score(event.points, event.of), "response": _text(event.answer)}
            more = {"diagnostic": event.diagnostic}
            return Said("answered", "question", f"{event.module}/{event.question}", result, more)
        case its.Placed():
            more = {"ability": event.ability, "error": event.error, "areas": event.areas}
            return Said("completed", "diagnostic", event.diagnostic or "placement", {}, more)
    return None


def _of_the_person(event: its.AnyEvent) -> Said | None:
    more: Data
    match event:
        case its.Enrolled():
            return Said("registered", "academy", "practicum")
        case its.PathChosen():
            return Said(
                "preferred", "path", event.role, {}, {"hours_per_week": event.hours_per_week}
            )
        case its.ReviewsCapped():
            more = {"per_day": event.per_day, "new_per_day": event.new_per_day}
            return Said("preferred", "reviews", "cap", {}, more)
        case its.Reflected():
            return Said("commented", "reflection", event.on, {"response": _text(event.answers)})
        case its.ExperimentRecorded():
            result = {"response": event.conclusion}
            more = {"hypothesis": event.hypothesis, "measurement": event.measurement}
            return Said(":recorded", "experiment", event.experiment, result, more)
        case its.ChallengeNoted():
            result = {"response": event.solution}
            return Said("commented", "challenge", event.challenge[:100], result)
        case its.Attested():
            of = f"{event.what}/{event.of}" if event.of else event.what
            return Said(":was-attested", "requirement", of, {"response": event.note})
        case its.AttestationWithdrawn():
            return Said(":lost-attestation", "attestation", event.attestation)
        case its.CredentialIssued():
            more = {"level": event.level, "issuer": event.issuer}
            return Said(":earned", "credential", event.credential, {}, more)
        case its.CredentialRevoked():
            return Said(":lost", "credential", event.credential, {"response": event.reason})
    return None
