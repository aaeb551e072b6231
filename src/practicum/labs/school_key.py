"""The key of a home: an Ed25519 key in ``keys/``, made once, and followed by another when asked.

A key that was followed is kept: it signs nothing new, but the status list of the badges that it
signed has to go on. Both keys sign the succession, so that whoever trusts the old one can trust
the new.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from practicum.learner.credential.did_key import did_of
from practicum.learner.credential.succession import Succession
from practicum.servers.home import RangeError, telling, write_atomically

KEYS, KEY_FILE, NEXT_FILE = "keys", "school.pem", "next.pem"
RETIRED, SUCCESSIONS_FILE = "retired", "successions.json"


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
    with _owned(home) as folder:
        return _made(folder / KEY_FILE)


def issuer_of(home: Path) -> str:
    """The did:key of this home's key; empty while there is none."""
    path = home / KEYS / KEY_FILE
    with telling(path):
        return _load(path).issuer if path.exists() else ""


def own_issuers(home: Path) -> set[str]:
    """The did:keys that signed here: the present one, if there is one, and those it followed."""
    followed = {each.old for each in read_successions(home) if each.holds}
    return ({issuer_of(home)} | followed) - {""}


def signing_keys(home: Path) -> dict[str, SchoolKey]:
    """The keys that are still here, by their did:key: the one that signs, and those before it."""
    current = school_key(home)
    retired = sorted((home / KEYS / RETIRED).glob("*.pem"))
    with telling(home / KEYS):
        keys = [current, *(_load(path) for path in retired)]
    return {key.issuer: key for key in keys}


def rotate(home: Path, now: dt.datetime) -> Succession:
    """Let a new key follow the present one. Ended at any point, it goes on when it is asked
    again, with the same new key."""
    with _owned(home) as folder:
        old, new = _made(folder / KEY_FILE), _made(folder / NEXT_FILE)
        known = read_successions(home)
        begun = [each for each in known if (each.old, each.new) == (old.issuer, new.issuer)]
        step = begun[0] if begun else _signed(old, new, now)
        if not begun:
            text = msgspec.json.format(msgspec.json.encode([*known, step]), indent=2)
            write_atomically(folder / SUCCESSIONS_FILE, text)
        (folder / RETIRED).mkdir(mode=0o700, exist_ok=True)
        name = old.issuer.rpartition(":")[2]
        write_atomically(folder / RETIRED / f"{name}.pem", (folder / KEY_FILE).read_bytes())
        (folder / NEXT_FILE).replace(folder / KEY_FILE)
        return step


def read_successions(home: Path) -> tuple[Succession, ...]:
    """How keys of this home followed each other, the oldest first."""
    path = home / KEYS / SUCCESSIONS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Succession, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RangeError(f"{path} cannot be read ({error}): put it back from a copy") from error


def _signed(old: SchoolKey, new: SchoolKey, now: dt.datetime) -> Succession:
    step = Succession(old=old.issuer, new=new.issuer, at=now.isoformat(timespec="seconds"))
    return msgspec.structs.replace(
        step, signed_by_old=old.sign(step.said), signed_by_new=new.sign(step.said)
    )


def _made(path: Path) -> SchoolKey:
    if not path.exists():
        write_atomically(path, _pem(Ed25519PrivateKey.generate()))
    return _load(path)


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
def _owned(home: Path) -> Iterator[Path]:
    """The folder of the keys, for one process at a time."""
    folder = home / KEYS
    with telling(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(descriptor)
