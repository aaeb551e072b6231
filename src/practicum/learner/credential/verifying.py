"""Look at a badge as a stranger would: nothing is asked of anybody, and what fails is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from practicum.learner.credential.badge import CONTEXT_OB, CONTEXT_VC
from practicum.learner.credential.proof import Canonical, NotSigned, check_proof
from practicum.learner.credential.status_list import BadList, is_revoked
from practicum.learner.credential.succession import Succession, successors_of

Outcome = Literal["holds", "fails", "unknown"]
Document = dict[str, Any]
DEPTH_MAX = 20


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One look: at what, how it came out, and what was seen."""

    what: str
    outcome: Outcome
    said: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that was looked at. ``self_asserted``: the one who signed is the one who is named."""

    checks: tuple[Check, ...]
    name: str = ""
    recipient: str = ""
    issuer: str = ""
    self_asserted: bool = False

    @property
    def outcome(self) -> Outcome:
        """The worst of all: one that fails, or else one that is not known."""
        found = {each.outcome for each in self.checks}
        return "fails" if "fails" in found else "unknown" if "unknown" in found else "holds"


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a verifier brings along: the did:key that must have signed ("" for any), how keys
    followed each other, and the status lists that could be had."""

    issuer: str = ""
    successions: tuple[Succession, ...] = ()
    status_lists: tuple[Document, ...] = ()


def verify_badge(
    document: Document, canonical: Canonical, *, now: dt.datetime, trust: Trust | None = None
) -> Report:
    """Every check of a badge, also behind one that fails, as far as its form allows."""
    trust = trust or Trust()
    problems = list(_form(document))
    checks = [Check(what="form", outcome="fails", said=each) for each in problems]
    if not problems:
        said = "it is an Open Badges 3.0 credential"
        checks = [Check(what="form", outcome="holds", said=said)]
    signature, signer = _signature(document, canonical)
    checks.append(signature)
    if not problems:
        checks.append(_issuer(document, signer, trust))
        checks.append(_dates(document, now))
        checks.append(_status(document, canonical, trust, now))
    subject = _part(document, "credentialSubject")
    issuer = _issuer_of(document)
    return Report(
        checks=tuple(checks),
        name=str(_part(subject, "achievement").get("name", "")),
        recipient=_recipient(subject),
        issuer=issuer,
        self_asserted=bool(issuer) and subject.get("id") == issuer,
    )


def _form(document: Document) -> Iterator[str]:
    if _depth(document) > DEPTH_MAX:
        yield f"it is nested more than {DEPTH_MAX} deep"
        return
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:2] != [CONTEXT_VC, CONTEXT_OB]:
        yield f"@context: it does not begin with {CONTEXT_VC} and {CONTEXT_OB}"
    types = document.get("type")
    if not isinstance(types, list) or not {"VerifiableCredential", "OpenBadgeCredential"} <= set(
        map(str, types)
    ):
        yield "type: it is not a VerifiableCredential and OpenBadgeCredential"
    if not _issuer_of(document):
        yield "issuer: nobody is named"
    for path in (("credentialSubject",), ("credentialSubject", "achievement")):
        part = document
        for name in path:
            part = _part(part, name)
        if not part:
            yield f"{'.'.join(path)}: there is none"
    if not isinstance(_part(_part(document, "credentialSubject"), "achievement").get("name"), str):
        yield "credentialSubject.achievement.name: there is none"
    if _moment(document.get("validFrom")) is None:
        yield f"validFrom: {str(document.get('validFrom'))[:60]!r} is not a moment with a time zone"
    if "validUntil" in document and _moment(document["validUntil"]) is None:
        yield f"validUntil: {str(document['validUntil'])[:60]!r} is not a moment with a time zone"


def _depth(value: Any) -> int:
    depth, layer = 0, [value]
    while layer and depth <= DEPTH_MAX:
        depth += 1
        layer = [
            child
            for each in layer
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _signature(document: Document, canonical: Canonical) -> tuple[Check, str]:
    if _depth(document) > DEPTH_MAX:
        return Check(what="signature", outcome="fails", said="it was not looked at"), ""
    try:
        signer = check_proof(document, canonical)
    except NotSigned as error:
        return Check(what="signature", outcome="fails", said=str(error)), ""
    return Check(what="signature", outcome="holds", said=f"signed by {signer}"), signer


def _issuer(document: Document, signer: str, trust: Trust) -> Check:
    named = _issuer_of(document)
    if not signer:
        said = f"issuer.id: {named[:120]} is named, and no signature shows it"
        return Check(what="issuer", outcome="unknown", said=said)
    if signer != named:
        said = f"issuer.id: {named[:120]} is named, {signer} signed"
        return Check(what="issuer", outcome="fails", said=said)
    if not trust.issuer:
        said = f"{named}: compare it with the key that the school tells"
        return Check(what="issuer", outcome="holds", said=said)
    if named in successors_of(trust.issuer, trust.successions):
        return Check(what="issuer", outcome="holds", said=f"it is {trust.issuer}, or follows it")
    said = f"issuer.id: {named[:120]} is not {trust.issuer}, and no succession leads to it"
    return Check(what="issuer", outcome="fails", said=said)


def _dates(document: Document, now: dt.datetime) -> Check:
    begins, ends = _moment(document["validFrom"]), _moment(document.get("validUntil"))
    if begins is not None and now < begins:
        said = f"validFrom: it is valid from {document['validFrom']} only"
        return Check(what="dates", outcome="fails", said=said)
    if ends is not None and now > ends:
        said = f"validUntil: it expired at {document['validUntil']}"
        return Check(what="dates", outcome="fails", said=said)
    until = f" until {document['validUntil']}" if ends is not None else ""
    return Check(what="dates", outcome="holds", said=f"valid from {document['validFrom']}{until}")


def _status(document: Document, canonical: Canonical, trust: Trust, now: dt.datetime) -> Check:
    entry = document.get("credentialStatus")
    if entry is None:
        return Check(what="status", outcome="holds", said="it cannot be revoked")
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        said = "credentialStatus: it is not a BitstringStatusListEntry"
        return Check(what="status", outcome="unknown", said=said)
    where, place = str(entry.get("statusListCredential", "")), str(entry.get("statusListIndex"))
    if not place.isascii() or not place.isdigit():
        said = f"credentialStatus.statusListIndex: {place[:40]!r} is not a place in a list"
        return Check(what="status", outcome="fails", said=said)
    found = [each for each in trust.status_lists if each.get("id") == where]
    if not where:
        said = "credentialStatus.statusListCredential: no list is named"
        return Check(what="status", outcome="unknown", said=said)
    if not found:
        said = f"the status list {where[:120]} was not at hand: ask the issuer for it"
        return Check(what="status", outcome="unknown", said=said)
    try:
        newest = max(found, key=lambda each: str(each.get("validFrom")))
        revoked = _is_listed(document, newest, canonical, int(place))
    except (NotSigned, BadList) as error:
        said = f"the status list {where[:120]} cannot be believed: {error}"
        return Check(what="status", outcome="unknown", said=said)
    made = newest.get("validFrom")
    if revoked:
        said = f"it was revoked, says the issuer's list of {made}"
        return Check(what="status", outcome="fails", said=said)
    return Check(what="status", outcome="holds", said=f"not revoked, by the list of {made}")


def _is_listed(badge: Document, listed: Document, canonical: Canonical, place: int) -> bool:
    signer = check_proof(listed, canonical)
    if signer != _issuer_of(listed) or signer != _issuer_of(badge):
        raise NotSigned(f"issuer: it is signed by {signer}, not by the badge's issuer")
    subject = _part(listed, "credentialSubject")
    if subject.get("statusPurpose") != "revocation":
        raise NotSigned("credentialSubject.statusPurpose: it is not about revocation")
    return is_revoked(str(subject.get("encodedList")), place)


def _issuer_of(document: Document) -> str:
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else ""


def _recipient(subject: Document) -> str:
    identifiers: Iterable[Any] = subject.get("identifier") or ()
    if isinstance(identifiers, list):
        for each in identifiers:
            if isinstance(each, dict) and each.get("hashed") is False:
                return str(each.get("identityHash", ""))
    return ""


def _part(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _moment(value: Any) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
