"""The school's signature: who vouches for a bundle of evidence, checked without asking anybody.

The key is an Ed25519 key in ``$PRACTICUM_HOME/keys``. Its public half stands in the bundle
itself, as a did:key (multicodec ``ed25519-pub`` in base58btc), so that a stranger needs the
file and nothing else. What a signature cannot say is whose key it is: compare the did:key with
the one that the school tells (``practicum evidence`` without a file).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from practicum.labs.evidence import SCHEMA, Evidence, sealed_bytes
from practicum.labs.proof import KIND, MODULE_KIND, LabProof, ModuleProof
from practicum.learner.credential.did_key import did_of, key_of
from practicum.learner.strict_json import read_object
from practicum.servers.home import RangeError, telling, write_atomically

KEY_FILE = "school.pem"
BUNDLE_BYTES_MAX = 256_000_000
BundleT = TypeVar("BundleT", Evidence, LabProof, ModuleProof)
PROOFS: Mapping[str, type[msgspec.Struct]] = {KIND: LabProof, MODULE_KIND: ModuleProof}


class SchoolKey:
    """The key that signs."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.issuer = did_of(private.public_key())

    def sign(self, message: bytes) -> str:
        """The signature, in base64."""
        return base64.b64encode(self.sign_bytes(message)).decode()

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(message)


def school_key(home: Path) -> SchoolKey:
    """The key of this home; made the first time, once, whoever else asks at the same moment."""
    folder = home / "keys"
    with telling(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / KEY_FILE
        with _locked(folder / "lock"):
            if not path.exists():
                write_atomically(path, _pem(Ed25519PrivateKey.generate()))
        return _load(path)


def issuer_of(home: Path) -> str:
    """The did:key of this home's key; empty while there is none."""
    path = home / "keys" / KEY_FILE
    with telling(path):
        return _load(path).issuer if path.exists() else ""


def _load(path: Path) -> SchoolKey:
    remedy = f"put it back from a copy, or remove {path} and a new key is made"
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise RangeError(f"{path} does not hold a key that can be read: {remedy}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RangeError(f"{path} holds a key that is not Ed25519: {remedy}")
    if path.stat().st_mode & 0o077:
        raise RangeError(f"{path} can be read by others, who could sign with it: chmod 600 {path}")
    return SchoolKey(key)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


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
    problems = [*_shape(document), *_seals(document)]
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


def _seals(document: dict[str, Any]) -> Iterator[str]:
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
