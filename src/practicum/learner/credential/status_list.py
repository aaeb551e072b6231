"""Which badges of an issuer were revoked: one bit for each, in a signed list.

The list is long and mostly zeros, so that whoever asks for it does not tell which badge is looked
at. Source: W3C Bitstring Status List v1.0.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import zlib
from collections.abc import Iterable
from typing import Any

from practicum.learner.credential.badge import CONTEXT_VC, Issuer, stamp

BITS_MIN = 131_072
BYTES_MAX = 1 << 21
MULTIBASE_BASE64URL = "u"
Document = dict[str, Any]


class BadList(ValueError):
    """A status list cannot be read; the message says what is wrong."""


def encode_bits(revoked: Iterable[int], *, bits: int = BITS_MIN) -> str:
    """The bits of a list, as the document holds them; place 0 is the leftmost. The same
    places give the same text. ValueError for a place that the list does not have."""
    places = sorted(set(revoked))
    field = bytearray(bits // 8)
    for index in places:
        if not 0 <= index < bits:
            raise ValueError(f"{index} has no place in a list of {bits}")
        field[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(field), mtime=0)
    return MULTIBASE_BASE64URL + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def is_revoked(encoded: str, index: int) -> bool:
    """Whether the bit at ``index`` is set. BadList if the list is damaged, ends before it, or
    unpacks to more than a list may have."""
    if not encoded.startswith(MULTIBASE_BASE64URL):
        raise BadList("encodedList: it is not base64url")
    text = encoded[1:]
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        field = unpacking.decompress(packed, BYTES_MAX)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadList(f"encodedList: it cannot be unpacked ({error})") from error
    if not unpacking.eof:
        raise BadList(f"encodedList: it is cut off, or unpacks to more than {BYTES_MAX} bytes")
    if len(field) * 8 < BITS_MIN:
        raise BadList(f"encodedList: it has {len(field) * 8} places, fewer than {BITS_MIN}")
    if not 0 <= index < len(field) * 8:
        raise BadList(f"statusListIndex: {index} has no place in the list")
    return bool(field[index // 8] & (0x80 >> index % 8))


def status_list(issuer: Issuer, revoked: Iterable[int], now: dt.datetime) -> Document:
    """The issuer's list as a credential, unsigned."""
    return {
        "@context": [CONTEXT_VC],
        "id": issuer.statuses,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": stamp(now),
        "credentialSubject": {
            "id": f"{issuer.statuses}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_bits(revoked),
        },
    }
