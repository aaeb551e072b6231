"""A school's key, contexts and a signed badge, made from a fixed seed."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from learner.credential.histories import (
    CATALOGUE,
    NOW,
    PERSON,
    RULES,
    SHAPES,
    exactly_enough,
    proved_by,
)
from practicum.learner.credential.badge import Issuer, Recipient, level_badge
from practicum.learner.credential.did_key import did_of
from practicum.learner.credential.proof import attach_proof
from practicum.learner.credential.proved import completed
from practicum.learner.credential.requirements import standing_for
from practicum.learner.credential.status_list import status_list
from practicum.study.badges import canonical

CANONICAL = canonical()
STATUSES = "urn:uuid:6b1f9d2e-0000-5000-8000-000000000001"
INDEX = 4711


def key(name: str) -> Ed25519PrivateKey:
    """The key of somebody, the same every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def did(name: str) -> str:
    """Somebody's did:key."""
    return did_of(key(name).public_key())


def signed(document: dict[str, Any], by: str = "school") -> dict[str, Any]:
    """The document with somebody's proof."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    return attach_proof(unsigned, CANONICAL, did(by), key(by).sign, NOW)


def badge(by: str = "school", to: str = "", level: int = 2) -> dict[str, Any]:
    """A signed badge for Ada; ``to`` is whose key she is known by."""
    found = CATALOGUE.level(level)
    assert found is not None
    events = [event for each in exactly_enough(found).values() for event in each]
    proved = proved_by(events, at=NOW - dt.timedelta(days=365))
    done = completed(SHAPES, proved)
    standing = standing_for(found, proved, done, RULES, person=PERSON, now=NOW)
    unsigned = level_badge(
        found,
        standing,
        {lab: each.evidence for lab, each in proved.labs.items() if each.evidence},
        issuer=Issuer(did=did(by), name="A school", statuses=STATUSES),
        recipient=Recipient(name="Ada Lovelace", did=did(to) if to else ""),
        index=INDEX,
        credential="urn:uuid:6b1f9d2e-0000-4000-8000-000000000002",
        now=NOW,
    )
    return signed(unsigned, by)


def listed(revoked: set[int], by: str = "school", at: dt.datetime = NOW) -> dict[str, Any]:
    """A signed status list."""
    issuer = Issuer(did=did(by), name="A school", statuses=STATUSES)
    return signed(status_list(issuer, revoked, at), by)
