"""did:key for Ed25519: a public key that is its own address (multicodec in base58btc)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MULTICODEC_ED25519 = b"\xed\x01"
PUBLIC_BYTES = 32
DID_PREFIX = "did:key:z"
LENGTH_MAX = 100
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def did_of(public: Ed25519PublicKey) -> str:
    """The public key as a did:key."""
    return DID_PREFIX + to_base58(MULTICODEC_ED25519 + public.public_bytes_raw())


def key_of(did: str) -> Ed25519PublicKey:
    """The public key of a did:key; ValueError for anything else."""
    told = did.removeprefix(DID_PREFIX)
    raw = from_base58(told) if did.startswith(DID_PREFIX) and len(told) <= LENGTH_MAX else b""
    head, key = raw[: len(MULTICODEC_ED25519)], raw[len(MULTICODEC_ED25519) :]
    if head != MULTICODEC_ED25519 or len(key) != PUBLIC_BYTES:
        raise ValueError(f"{did[:80]!r} is not the did:key of an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(key)


def verification_method(did: str) -> str:
    """The key itself, as a proof names it."""
    return f"{did}#{did.removeprefix('did:key:')}"


def to_base58(data: bytes) -> str:
    """Bytes in the alphabet of base58btc."""
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    """The bytes of a text of base58btc; none if it is no such text."""
    if not text or set(text) - set(_BASE58):
        return b""
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
