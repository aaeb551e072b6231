"""A mentor's word: signed in the mentor's home, taken into the record of whom it is about."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.skill import metrics_of
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.labs.proof import WORD_KIND, MentorsWord
from practicum.labs.school_key import own_issuers, school_key, signing_keys
from practicum.labs.signing import sign, verify
from practicum.learner.credential.proved import ProvedView
from practicum.learner.credential.requirements import rulebook_of
from practicum.learner.events import AttestationWithdrawn, Attested
from practicum.study.desk import Desk

NOTE_LETTERS_MIN = 20


def what_can_be_attested(catalogue: Catalogue) -> tuple[str, ...]:
    """The requirements of levels and the metrics of courses that people confirm."""
    metrics = [key for each in catalogue.courses.items() for key in metrics_of(*each)]
    return (*rulebook_of(catalogue).mentors, *metrics)


def give_word(
    home: Path,
    now: dt.datetime,
    catalogue: Catalogue,
    *,
    person: str,
    what: str,
    mentor: str,
    note: str,
    of: str = "",
) -> MentorsWord:
    """Sign that ``person`` (her id) did ``what``. CannotBeUsed for what nobody attests, and for
    a note that says nothing."""
    known = what_can_be_attested(catalogue)
    if what not in known:
        near = did_you_mean(what, known)
        near = near if near.startswith("did you mean") else "`practicum attest list` tells what is"
        raise CannotBeUsed(f"{what!r} is not attested by anybody: {near}")
    if len(note.strip()) < NOTE_LETTERS_MIN:
        raise CannotBeUsed("the note does not say what you saw: what was it, where and when?")
    if not mentor.strip():
        raise CannotBeUsed("a mentor has a name: give it with --mentor")
    word = MentorsWord(
        id=uuid.uuid4().urn,
        person=person,
        what=what,
        of=of.strip(),
        mentor=mentor.strip(),
        note=note.strip(),
        made_at=now.isoformat(timespec="seconds"),
    )
    return sign(word, school_key(home))


def take_back(home: Path, now: dt.datetime, word: MentorsWord, note: str) -> MentorsWord:
    """Sign that a word counts no more, with the key that gave it: no other takes it back.
    CannotBeUsed if it is another's."""
    key = signing_keys(home).get(word.issuer)
    if key is None:
        raise CannotBeUsed(f"{word.id} was signed by {word.issuer}, not by a key of this home")
    back = msgspec.structs.replace(
        word, withdrawn=True, note=note, made_at=now.isoformat(timespec="seconds")
    )
    return sign(back, key)


def read_word(path: Path) -> MentorsWord:
    """A mentor's word that is what was signed. CannotBeUsed tells everything that speaks
    against it."""
    seen = verify(path)
    problems = list(seen.problems)
    if seen.is_genuine and seen.kind != WORD_KIND:
        problems = [f"kind: it is {seen.kind!r}, not a mentor's word"]
    if problems:
        raise CannotBeUsed("\n  ".join([f"{path} cannot be taken:", *problems]))
    return msgspec.json.decode(path.read_bytes(), type=MentorsWord)


def take_word(desk: Desk, word: MentorsWord) -> Attested | AttestationWithdrawn:
    """Take a word into the record, once however often it is given. CannotBeUsed if it is about
    somebody else, or if she attests herself."""
    if word.person != desk.person:
        raise CannotBeUsed(
            f"this is about {word.person}, and you are {desk.person}: give your mentor the id that "
            "`practicum attest list` tells"
        )
    proved = desk.record.folded(ProvedView(), desk.person).state
    known, taken_back = proved.attested, proved.withdrawn
    if word.withdrawn:
        given = known.get(word.id)
        if given is not None and given.key != word.issuer:
            raise CannotBeUsed(f"{word.id} was given by {given.key}: only that key takes it back")
        back = AttestationWithdrawn(attestation=word.id, mentor=word.mentor, note=word.note)
        if word.id not in taken_back:
            desk.note(back, by=word.mentor)
        return back
    if word.id in taken_back:
        raise CannotBeUsed(f"{word.mentor} has taken this back: ask for a new one")
    if word.issuer in own_issuers(desk.home):
        raise CannotBeUsed("it is signed with the key of this home: nobody attests herself")
    event = Attested(
        attestation=word.id,
        what=word.what,
        of=word.of,
        mentor=word.mentor,
        key=word.issuer,
        note=word.note,
        on=dt.datetime.fromisoformat(word.made_at).date(),
    )
    if word.id not in known:
        desk.note(event, by=word.mentor)
    return event
