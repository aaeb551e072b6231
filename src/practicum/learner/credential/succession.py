"""A key that follows another: both sign it, so that who trusted the old one may trust the new."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import msgspec
from cryptography.exceptions import InvalidSignature

from practicum.learner.credential.did_key import key_of


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """``old`` handed over to ``new`` (did:keys) at a moment; the signatures are base64."""

    old: str
    new: str
    at: str
    signed_by_old: str = ""
    signed_by_new: str = ""

    @property
    def said(self) -> bytes:
        """What both sign."""
        return f"practicum succession 1\n{self.old}\n{self.new}\n{self.at}\n".encode()

    @property
    def holds(self) -> bool:
        """Whether both have signed it."""
        pairs = ((self.old, self.signed_by_old), (self.new, self.signed_by_new))
        try:
            for did, signature in pairs:
                key_of(did).verify(base64.b64decode(signature, validate=True), self.said)
        except (InvalidSignature, ValueError, binascii.Error):
            return False
        return True


def successors_of(did: str, successions: Iterable[Succession]) -> frozenset[str]:
    """The key itself and all that followed it, by successions that hold."""
    links = [each for each in successions if each.holds]
    found, new = {did}, {did}
    while new:
        new = {each.new for each in links if each.old in new} - found
        found |= new
    return frozenset(found)
