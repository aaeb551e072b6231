"""The school's signature: who vouches for a bundle of evidence, checked without asking anybody.

The public half of the key stands in the bundle itself, as a did:key, so that a stranger needs
the file and nothing else. What a signature cannot say is whose key it is: compare the did:key
with the one that the school tells (``practicum evidence`` without a file).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature

from practicum.labs.evidence import SCHEMA, Evidence, sealed_bytes
from practicum.labs.proof import (
    KIND,
    MODULE_KIND,
    WORD_KIND,
    LabProof,
    MentorsWord,
    ModuleProof,
)
from practicum.labs.school_key import SchoolKey
from practicum.learner.credential.did_key import key_of
from practicum.learner.strict_json import read_object

BUNDLE_BYTES_MAX = 256_000_000
BundleT = TypeVar("BundleT", Evidence, LabProof, ModuleProof, MentorsWord)
PROOFS: Mapping[str, type[msgspec.Struct]] = {
    KIND: LabProof,
    MODULE_KIND: ModuleProof,
    WORD_KIND: MentorsWord,
}


def sign(bundle: BundleT, key: SchoolKey) -> BundleT:
    """The bundle with its issuer, its hash and its signature, whatever it had before."""
    issued = msgspec.structs.replace(bundle, issuer=key.issuer)
    sealed = sealed_bytes(msgspec.to_builtins(issued))
    return msgspec.structs.replace(
        issued, sha256=hashlib.sha256(sealed).hexdigest(), signature=key.sign(sealed)
    )


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a bundle found. ``problems`` are empty exactly if it is what was signed;
    ``told`` is the verdict that the bundle tells, whether or not it can be believed."""

    path: str
    problems: tuple[str, ...]
    kind: str = ""
    told: str = ""
    made_at: str = ""
    issuer: str = ""
    sha256: str = ""

    @property
    def is_genuine(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


def verify(path: Path, *, issuer: str = "") -> Verification:
    """Look at the bundle in ``path``; ``issuer``, if given, must be the one who signed."""
    where = str(path)
    try:
        document = _read(path)
    except OSError as error:
        return _unread(where, f"the file cannot be read: {error.strerror}: look at the path")
    except (ValueError, RecursionError) as error:
        return _unread(where, f"this is not a bundle of evidence: {error}")
    problems = [*_shape(document), *seals(document)]
    signer = document.get("issuer")
    if issuer and signer != issuer:
        problems.append(f"issuer: it was signed by {signer or 'nobody'}, not by {issuer}")
    told = {
        name: value
        for name in ("kind", "made_at", "issuer", "sha256")
        if isinstance(value := document.get(name), str)
    }
    verdict = document.get("verdict")
    told["told"] = verdict if isinstance(verdict, str) else ""
    return Verification(path=where, problems=tuple(problems), **told)


def _unread(where: str, problem: str) -> Verification:
    return Verification(path=where, problems=(problem,))


def _read(path: Path) -> dict[str, Any]:
    """The document; ValueError for what different readers would understand differently."""
    if path.stat().st_size > BUNDLE_BYTES_MAX:
        raise ValueError(f"it is larger than {BUNDLE_BYTES_MAX // 1_000_000} MB")
    return read_object(path.read_bytes())


def _shape(document: dict[str, Any]) -> Iterator[str]:
    schema = document.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        yield (
            f"schema: the bundle is of version {schema}, this practicum knows {SCHEMA}: "
            "verify it with a newer practicum"
        )
        return
    try:
        msgspec.convert(document, PROOFS.get(str(document.get("kind")), Evidence))
    except msgspec.ValidationError as error:
        yield f"a bundle has another form: {error}"


def seals(document: dict[str, Any]) -> Iterator[str]:
    """What hash and signature say against the document."""
    try:
        sealed = sealed_bytes(document)
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError, RecursionError) as error:
        yield f"the bundle cannot be written as canonical JSON: {error}"
        return
    actual = hashlib.sha256(sealed).hexdigest()
    if document.get("sha256") != actual:
        yield (
            f"sha256: the bundle says {document.get('sha256')!r}, its content has {actual!r}: "
            "something was changed after it was sealed"
        )
    signature, issuer = document.get("signature"), document.get("issuer")
    if not signature or not issuer:
        missing = "signature" if not signature else "issuer"
        yield f"{missing}: there is none, so nobody vouches for the bundle"
        return
    try:
        public = key_of(str(issuer))
        public.verify(base64.b64decode(str(signature), validate=True), sealed)
    except InvalidSignature:
        yield f"signature: it is not the one of {issuer} over this content"
    except binascii.Error:
        yield "signature: it is not base64"
    except ValueError as error:
        yield f"issuer: {error}"
