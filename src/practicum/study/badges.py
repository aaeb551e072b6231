"""Issue, revoke and verify badges: what a learner proved, signed by the key of this home.

A badge is first given a place in the status list, in the history of the school; then it is
recorded in the learner's, whole; only then are files written, which can always be written again.
Ended anywhere between, a place is lost and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.labs.school_key import (
    SchoolKey,
    own_issuers,
    read_successions,
    school_key,
    signing_keys,
)
from practicum.learner.credential.badge import (
    CONTEXT_OB,
    NAMESPACE,
    Issuer,
    Recipient,
    level_badge,
)
from practicum.learner.credential.did_key import key_of
from practicum.learner.credential.proof import Canonical, attach_proof
from practicum.learner.credential.requirements import LevelStanding
from practicum.learner.credential.status_list import status_list
from practicum.learner.credential.verifying import Report, Trust, verify_badge
from practicum.learner.events import (
    CredentialIssued,
    CredentialRevoked,
    StatusPlaced,
    StatusRevoked,
)
from practicum.learner.record import Entry, Noted, SomebodyWasFaster
from practicum.servers.home import RangeError, telling, write_atomically
from practicum.study.desk import SCHOOL, Desk, new_id
from practicum.study.levels import Levels

_WEB = re.compile(r"https?://[^\s/]+(/\S*)?")
FOLDER, SCHOOL_FILE = "credentials", "school.json"
Document = dict[str, Any]


class School(msgspec.Struct, frozen=True, kw_only=True):
    """A home that gives badges to others: its name, and where its files can be had on the web
    (empty: nowhere). A home without one belongs to a learner, and what she issues is
    self-asserted."""

    name: str
    url: str = ""


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A badge that was issued to a person; ``revoked`` is the reason, if it was."""

    credential: str
    level: int
    at: dt.datetime
    issuer: str
    index: int
    self_asserted: bool
    document: Document
    revoked: str = ""


class NotReached(CannotBeUsed):
    """A level is not reached; ``standing`` says what is missing."""

    def __init__(self, standing: LevelStanding) -> None:
        self.standing = standing
        missing = [
            f"  {each.what}: {each.missing}" for each in standing.requirements if not each.met
        ]
        super().__init__("\n".join([f"level {standing.n} ({standing.title}) needs", *missing]))


def canonical() -> Canonical:
    """Canonicalisation with the contexts that travel with us."""
    folder = resources.files("practicum.study") / "contexts"
    context = json.loads((folder / "open-badges-3.0.3.json").read_text(encoding="utf-8"))
    return Canonical({CONTEXT_OB: context})


def read_school(home: Path) -> School | None:
    """The school of a home, None if it is a learner's own."""
    path = home / SCHOOL_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=School)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        remedy = "`practicum credential school NAME` writes it anew"
        raise RangeError(f"{path} cannot be read ({error}): {remedy}") from error


def write_school(home: Path, school: School) -> None:
    """Let a home issue as a school from now on. CannotBeUsed for a URL that is none."""
    if school.url and not _WEB.fullmatch(school.url):
        raise CannotBeUsed(f"{school.url!r} is no address on the web: begin with https://")
    school_key(home)
    with telling(home):
        write_atomically(home / SCHOOL_FILE, msgspec.json.encode(school))


def issue(desk: Desk, number: int, *, name: str = "", did: str = "") -> Issued:
    """Issue the badge of a level to the person at the desk, called ``name``; ``did`` is her own
    key, if she has one. NotReached says what is missing; CannotBeUsed for a key that is none."""
    _check_did(did)
    levels = Levels(desk)
    level, standing = levels.level(number), levels.standing(number)
    if not standing.met:
        raise NotReached(standing)
    key, school = school_key(desk.home), read_school(desk.home)
    name = name or next(reversed(levels.proved.names), "") or desk.person
    recipient = Recipient(name=name, did=did if school else key.issuer)
    credential = uuid.uuid4().urn
    issuer = _issuer(desk, key.issuer, school, name)
    index = _take_place(desk, issuer, credential)
    now = desk.now()
    unsigned = level_badge(
        level,
        standing,
        {lab: each.evidence for lab, each in levels.proved.labs.items() if each.evidence},
        issuer=issuer,
        recipient=recipient,
        index=index,
        credential=credential,
        now=now,
    )
    document = attach_proof(unsigned, canonical(), key.issuer, key.sign_bytes, now)
    desk.note(
        CredentialIssued(
            credential=credential,
            level=number,
            issuer=key.issuer,
            index=index,
            self_asserted=school is None,
            document=document,
        ),
        by=SCHOOL if school else desk.person,
    )
    write_status_list(desk, key.issuer)
    return next(each for each in issued_to(desk) if each.credential == credential)


def revoke(desk: Desk, credential: str, reason: str) -> Issued:
    """Let a badge count no more; one that is revoked already stays as it is. CannotBeUsed
    without a reason."""
    if not reason.strip():
        raise CannotBeUsed("a revocation says why: give the reason, which stays in the record")
    found = find_issued(desk, credential)
    if not found.revoked:
        revoked = StatusRevoked(issuer=found.issuer, index=found.index)
        if not any(entry.event == revoked for entry in desk.record.read(SCHOOL)):
            _note_of_school(desk, revoked)
        desk.note(CredentialRevoked(credential=found.credential, reason=reason), by=SCHOOL)
    write_status_list(desk, found.issuer)
    return find_issued(desk, found.credential)


def issued_to(desk: Desk) -> tuple[Issued, ...]:
    """The badges of the person at the desk, the oldest first."""
    found: dict[str, Issued] = {}
    for entry in desk.record.read(desk.person):
        match entry.event:
            case CredentialIssued() as event:
                found[event.credential] = _issued(entry, event)
            case CredentialRevoked(credential=credential, reason=reason) if credential in found:
                was = found[credential]
                found[credential] = msgspec.structs.replace(was, revoked=reason or "no reason told")
    return tuple(found.values())


def find_issued(desk: Desk, words: str) -> Issued:
    """The badge that somebody means by its id or the beginning of it. CannotBeUsed if there is
    none, or several."""
    issued = issued_to(desk)
    short = words.removeprefix("urn:uuid:")
    found = [each for each in issued if short_id(each.credential).startswith(short)]
    if len(found) == 1:
        return found[0]
    near = did_you_mean(short, [short_id(each.credential) for each in issued])
    said = "is the beginning of several badges" if found else "is no badge of yours"
    raise CannotBeUsed(f"{words!r} {said}: {near}")


def short_id(credential: str) -> str:
    """A badge's id as a person types it."""
    return credential.removeprefix("urn:uuid:")


def status_document(desk: Desk, issuer: str) -> Document:
    """The signed status list of one of this home's keys. CannotBeUsed if the key is not here."""
    key = signing_keys(desk.home).get(issuer)
    if key is None:
        raise CannotBeUsed(
            f"{issuer} is not a key of this home: its status list is signed elsewhere"
        )
    revoked = [
        entry.event.index
        for entry in desk.record.read(SCHOOL)
        if isinstance(entry.event, StatusRevoked) and entry.event.issuer == issuer
    ]
    named = _issuer(desk, issuer, read_school(desk.home), "")
    return _signed_list(key, named, revoked, desk.now())


def write_status_list(desk: Desk, issuer: str) -> Path:
    """Write the status list of a key where the home keeps it; returns the file."""
    path = desk.home / FOLDER / status_file(issuer)
    with telling(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, as_text(status_document(desk, issuer)))
    return path


def status_file(issuer: str) -> str:
    """The name of the file of a key's status list."""
    return f"status-{issuer[-12:]}.json"


def verify(
    document: Document,
    *,
    home: Path,
    now: dt.datetime,
    issuer: str = "",
    status_lists: Sequence[Document] = (),
) -> Report:
    """Look at a badge, with the status lists that are given and those that this home keeps."""
    trust = Trust(
        issuer=issuer,
        successions=read_successions(home),
        status_lists=(*status_lists, *_kept_lists(home)),
    )
    return verify_badge(document, canonical(), now=now, trust=trust)


def is_ours(home: Path, issuer: str) -> bool:
    """Whether one of this home's keys is the issuer."""
    return issuer in own_issuers(home)


def as_text(document: Document) -> bytes:
    """A document as it is written into a file: one line, in a fixed order."""
    return msgspec.json.encode(document, order="sorted") + b"\n"


def _issued(entry: Entry, event: CredentialIssued) -> Issued:
    return Issued(
        credential=event.credential,
        level=event.level,
        at=entry.at,
        issuer=event.issuer,
        index=event.index,
        self_asserted=event.self_asserted,
        document=event.document,
    )


def status_address(desk: Desk, issuer: str) -> str:
    """Where the badges of a key say that its status list is; empty while it has given none.
    A key keeps the address of its first badge, or its older badges would name a list that is not
    made any more."""
    for entry in desk.record.read(SCHOOL):
        match entry.event:
            case StatusPlaced(issuer=by, statuses=statuses) if by == issuer and statuses:
                return statuses
    return ""


def _issuer(desk: Desk, did: str, school: School | None, name: str) -> Issuer:
    at = f"{school.url.rstrip('/')}/{status_file(did)}" if school and school.url else ""
    nowhere = uuid.uuid5(NAMESPACE, f"status list of {did}").urn
    statuses = status_address(desk, did) or at or nowhere
    return Issuer(did=did, name=school.name if school else name, statuses=statuses)


def _check_did(did: str) -> None:
    try:
        if did:
            key_of(did)
    except ValueError as error:
        raise CannotBeUsed(f"{error}: ask the recipient for hers, or leave it out") from error


def _take_place(desk: Desk, issuer: Issuer, credential: str) -> int:
    while True:
        entries = list(desk.record.read(SCHOOL))
        index = sum(
            isinstance(entry.event, StatusPlaced) and entry.event.issuer == issuer.did
            for entry in entries
        )
        place = StatusPlaced(
            issuer=issuer.did, credential=credential, index=index, statuses=issuer.statuses
        )
        try:
            _note_of_school(desk, place, after=entries[-1].number if entries else 0)
        except SomebodyWasFaster:
            continue
        return index


def _note_of_school(
    desk: Desk, event: StatusPlaced | StatusRevoked, after: int | None = None
) -> None:
    noted = Noted(id=new_id(), person=SCHOOL, at=desk.now(), by="practicum", event=event)
    desk.record.append([noted], after=after)


def _signed_list(
    key: SchoolKey, issuer: Issuer, revoked: Sequence[int], now: dt.datetime
) -> Document:
    unsigned = status_list(issuer, revoked, now)
    return attach_proof(unsigned, canonical(), key.issuer, key.sign_bytes, now)


def _kept_lists(home: Path) -> Iterator[Document]:
    for path in sorted((home / FOLDER).glob("status-*.json")):
        try:
            found: Mapping[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            yield found
