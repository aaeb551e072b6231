"""A failure that can be carried: one file with all that it takes to see it again.

The file holds the code itself, so that nothing else is needed; the hashes beside it say which
file was changed. It is signed with the key of the home in which it was made, which is how a home
knows its own capsules: the code of another's runs in the sandbox only.
"""

from __future__ import annotations

import hashlib
import platform
import re
from pathlib import Path

import msgspec

import practicum
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.evidence import sealed_bytes
from practicum.labs.finding import CannotBeUsed
from practicum.labs.school_key import SchoolKey, own_issuers
from practicum.labs.signing import seals
from practicum.learner.strict_json import read_object
from practicum.servers.home import write_atomically
from practicum.service.events import canonical_json
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Sources
from practicum.simulation.running.setting import ENGINE, Setting

KIND, SCHEMA = "capsule", 1
BYTES_MAX = 16_000_000
_FILE = re.compile(r"[A-Za-z_]\w{0,99}\.py")


class BadCapsule(CannotBeUsed):
    """The capsule cannot be replayed; the message says why, and what to do."""


class Capsule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing run. ``sha256s`` are of the files' texts, ``trace_sha256`` of the trace that a
    replay must show, ``found_seed`` the seed of the exploration that failed first."""

    made_at: str
    practicum: str
    engine: int
    python: str
    sources: Sources
    sha256s: dict[str, str]
    setting: Setting
    found_seed: int
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    mark: str
    trace_sha256: str
    kind: str = KIND
    schema: int = SCHEMA
    issuer: str = ""
    sha256: str = ""
    signature: str = ""


def enclose(
    sources: Sources,
    setting: Setting,
    outcome: Outcome,
    *,
    trace_sha256: str,
    made_at: str,
    found_seed: int,
) -> Capsule:
    """A capsule of a run, not signed yet."""
    return Capsule(
        made_at=made_at,
        practicum=practicum.__version__,
        engine=ENGINE,
        python=platform.python_version(),
        sources=sources,
        sha256s=sources.digests,
        setting=setting,
        found_seed=found_seed,
        verdict=outcome.verdict,
        judgements=outcome.judgements,
        mark=outcome.mark,
        trace_sha256=trace_sha256,
    )


def sign(capsule: Capsule, key: SchoolKey) -> Capsule:
    """The capsule with its issuer, hash and signature."""
    issued = msgspec.structs.replace(capsule, issuer=key.issuer)
    sealed = sealed_bytes(msgspec.to_builtins(issued))
    return msgspec.structs.replace(
        issued, sha256=hashlib.sha256(sealed).hexdigest(), signature=key.sign(sealed)
    )


def write(capsule: Capsule, path: Path) -> None:
    """Put it into a file, as canonical JSON, whole or not at all."""
    try:
        write_atomically(path, canonical_json(msgspec.to_builtins(capsule)) + b"\n")
    except OSError as error:
        raise BadCapsule(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path) -> Capsule:
    """A capsule that this practicum can replay; `BadCapsule` names what it cannot."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise BadCapsule(f"{path} is larger than {BYTES_MAX // 1_000_000} MB: it is no capsule")
        document = read_object(path.read_bytes())
    except OSError as error:
        raise BadCapsule(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadCapsule(f"{path} is no capsule: {error}") from error
    if document.get("kind") != KIND:
        raise BadCapsule(f"{path} is no capsule: `practicum simulate` writes them")
    _insist_on_versions(path, document)
    try:
        capsule = msgspec.convert(document, Capsule)
    except msgspec.ValidationError as error:
        raise BadCapsule(f"{path}: a capsule has another form: {error}") from error
    _insist_on_files(path, capsule)
    return capsule


def _insist_on_versions(path: Path, document: dict[str, object]) -> None:
    """Another version runs other code: what it would show is not this failure."""
    ours: dict[str, object] = {
        "schema": SCHEMA,
        "practicum": practicum.__version__,
        "engine": ENGINE,
        "python": _minor(platform.python_version()),
    }
    for name, own in ours.items():
        theirs = document.get(name)
        if name == "python":
            theirs = _minor(str(theirs))
        if theirs != own:
            raise BadCapsule(
                f"{path} was made by {name} {theirs}, this is {own}: replay it with {name} {theirs}"
            )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _insist_on_files(path: Path, capsule: Capsule) -> None:
    strange = [name for name in capsule.sources.files if not _FILE.fullmatch(name)]
    if strange or capsule.sources.main not in capsule.sources.files:
        named = ", ".join(map(repr, strange)) or repr(capsule.sources.main)
        raise BadCapsule(f"{path}: {named} is no file of a capsule: it was not made by practicum")
    found = capsule.sources.digests
    changed = [name for name in found if found[name] != capsule.sha256s.get(name)]
    changed += [name for name in capsule.sha256s if name not in found]
    if changed:
        raise BadCapsule(
            f"{path}: {', '.join(changed)} in it was changed after the failure was found: "
            "simulate the changed file instead"
        )


def is_own(capsule: Capsule, home: Path) -> bool:
    """Whether it was made in this home, and nothing in it was changed since."""
    return capsule.issuer in own_issuers(home) and not is_changed(capsule)


def is_changed(capsule: Capsule) -> bool:
    """Whether it is not what its issuer has signed."""
    return bool(list(seals(msgspec.to_builtins(capsule))))
