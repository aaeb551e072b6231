"""A level's badge as an Open Badges 3.0 credential, before it is signed.

What the badge rests on stands inside: every requirement with what met it, and the hash of each
signed bundle of evidence, as an ``ni:`` name (RFC 6920), so that whoever is shown a bundle can see
that it is the one that counted.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from practicum.curriculum.level import Level
from practicum.learner.credential.requirements import LevelStanding, Requirement

CONTEXT_VC = "https://www.w3.org/ns/credentials/v2"
CONTEXT_OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
NAMESPACE = uuid.UUID("3b0b8c0e-6a0f-5d63-9c0f-1f3f6a1f0a77")
SELF_ASSERTED = "Self-asserted"
Document = dict[str, Any]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs: a did:key and a name. ``statuses`` is the address of its status list."""

    did: str
    name: str
    statuses: str


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whose badge it is. ``did`` is the issuer's own where she gives it to herself."""

    name: str
    did: str = ""


def level_badge(
    level: Level,
    standing: LevelStanding,
    evidence: Mapping[str, str],
    *,
    issuer: Issuer,
    recipient: Recipient,
    index: int,
    credential: str,
    now: dt.datetime,
) -> Document:
    """The badge, unsigned. ``evidence`` has the SHA-256 (hex) of a bundle by lab; ``index`` is
    the badge's place in the status list. ValueError if the level is not reached."""
    if not standing.met:
        raise ValueError(f"level {level.n} is not reached")
    self_asserted = recipient.did == issuer.did
    subject: Document = {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": recipient.name,
                "identityType": "name",
            }
        ],
        "achievement": _achievement(level, standing),
    }
    name = f"{level.in_full} ({SELF_ASSERTED.lower()})" if self_asserted else level.in_full
    return {
        "@context": [CONTEXT_VC, CONTEXT_OB],
        "id": credential,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": name,
        "issuer": {
            "id": issuer.did,
            "type": ["Profile"],
            "name": f"{SELF_ASSERTED}: {issuer.name}" if self_asserted else issuer.name,
        },
        "validFrom": stamp(now),
        "credentialSubject": {"id": recipient.did, **subject} if recipient.did else subject,
        "evidence": [_evidence(each) for each in standing.requirements]
        + [_bundle(lab, sha256) for lab, sha256 in sorted(evidence.items())],
        "credentialStatus": {
            "id": f"{issuer.statuses}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": issuer.statuses,
        },
    }


def _achievement(level: Level, standing: LevelStanding) -> Document:
    rules = "; ".join(each.what for each in standing.requirements)
    return {
        "id": uuid.uuid5(NAMESPACE, f"level {level.n}").urn,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": level.in_full,
        "description": f"Level {level.n} of 5 of Practicum: {level.title}.",
        "criteria": {"narrative": f"All of these, each by evidence: {rules}."},
        "tag": [f"level {level.n}", "distributed systems"],
    }


def _evidence(requirement: Requirement) -> Document:
    return {
        "type": ["Evidence"],
        "name": requirement.what,
        "narrative": f"needed {requirement.needed}, there are {requirement.have}: "
        + (", ".join(requirement.by) or "nothing to name"),
    }


def _bundle(lab: str, sha256: str) -> Document:
    return {
        "id": ni_name(sha256),
        "type": ["Evidence"],
        "name": f"lab {lab}",
        "narrative": f"signed bundle of evidence with the SHA-256 {sha256}",
        "genre": "lab",
    }


def ni_name(sha256: str) -> str:
    """The name of content by its hash (RFC 6920)."""
    code = base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
    return f"ni:///sha-256;{code}"


def stamp(at: dt.datetime) -> str:
    """A moment as credentials write it, to the second."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
