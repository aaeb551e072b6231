"""How many badges one core signs and verifies in a second, and how that holds for more of them.

A badge of level 2, with its fourteen proofs of evidence inside, is signed with
eddsa-rdfc-2022 and verified with its status list; both on one core.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.measuring import Figure, calibrate
from practicum.learner.credential.badge import CONTEXT_OB, CONTEXT_VC, Issuer
from practicum.learner.credential.did_key import did_of
from practicum.learner.credential.proof import attach_proof
from practicum.learner.credential.status_list import status_list
from practicum.learner.credential.verifying import Trust, verify_badge
from practicum.study.badges import canonical

COUNTS = (20, 200, 2_000)
PROMISED = 200
PER_S = 80.0
EVIDENCE = 14
NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"bench").digest())
ISSUER = Issuer(did=did_of(KEY.public_key()), name="A school", statuses="urn:uuid:" + "0" * 8)


def measure(rounds: int) -> list[Figure]:
    """Signed and verified a second, at each count."""
    loops: list[float] = []
    found: dict[int, list[float]] = {count: [] for count in COUNTS}
    tools, others = canonical(), canonical()  # who verifies has not seen what was signed
    listed = attach_proof(status_list(ISSUER, (), NOW), tools, ISSUER.did, KEY.sign, NOW)
    trust = Trust(issuer=ISSUER.did, status_lists=(listed,))
    for _ in range(rounds):
        loops.append(calibrate())
        for count in COUNTS:
            began = time.process_time()
            for number in range(count):
                signed = attach_proof(badge(number), tools, ISSUER.did, KEY.sign, NOW)
                report = verify_badge(signed, others, now=NOW, trust=trust)
                assert report.outcome == "holds", report
            found[count].append(count / (time.process_time() - began))
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(
                name=f"{count} badges, signed and verified with their status list",
                unit="/s of a core",
                rounds=tuple(values),
                promise=PER_S if count == PROMISED else None,
                at_most=False,
            )
            for count, values in found.items()
        ),
    ]


def badge(number: int) -> dict[str, Any]:
    """A badge that is not signed yet."""
    return {
        "@context": [CONTEXT_VC, CONTEXT_OB],
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Distributed Systems Engineer",
        "issuer": {"id": ISSUER.did, "type": ["Profile"], "name": ISSUER.name},
        "validFrom": "2026-11-26T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:00000000-0000-5000-8000-000000000002",
                "type": ["Achievement"],
                "name": "Distributed Systems Engineer",
                "description": "Level 2 of 5.",
                "criteria": {"narrative": "Six modules, four exams, ten labs, a report."},
            },
        },
        "evidence": [
            {"type": ["Evidence"], "name": f"rule {each}", "narrative": "needed 1, there is 1"}
            for each in range(EVIDENCE)
        ],
        "credentialStatus": {
            "id": f"{ISSUER.statuses}#{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(number),
            "statusListCredential": ISSUER.statuses,
        },
    }
