"""Data Integrity proofs of the cryptosuite eddsa-rdfc-2022, over documents in JSON-LD.

What is signed is meaning, not spelling: the document becomes a set of RDF statements in canonical
order, is hashed, and the hash is signed together with that of the proof's own options. A term
that no context defines would mean nothing and be left out of the hash, so it is refused. No
context is ever fetched: only those that are handed in are known.

Source: W3C Data Integrity EdDSA Cryptosuites v1.0, section 3.2; RDF Dataset Canonicalization
(RDFC-1.0, as pyld's URDNA2015).
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyld.documentloader.frozen import BUNDLED_CONTEXTS, FrozenDocumentLoader

from practicum.learner.credential.did_key import (
    from_base58,
    key_of,
    to_base58,
    verification_method,
)

CRYPTOSUITE = "eddsa-rdfc-2022"
MULTIBASE_BASE58 = "z"
SIGNATURE_BYTES = 64
REMEMBERED = 64
Document = dict[str, Any]


class NotSigned(ValueError):
    """A proof does not hold; the message says exactly what fails."""


class Canonical:
    """Canonicalisation with a fixed set of contexts: those of W3C, and ``contexts`` by URL."""

    def __init__(self, contexts: Mapping[str, Document]) -> None:
        known = {**BUNDLED_CONTEXTS, **contexts}
        self._known = frozenset(known)
        loader = FrozenDocumentLoader(known)
        # One resolver for all documents: contexts take longer to read than documents do.
        resolver = ContextResolver({}, loader)
        self._options = {"documentLoader": loader, "contextResolver": resolver}
        self._processor = _Strict(on_property_dropped=_refuse)
        # A status list is looked at for every badge, and badges of one second share options.
        self._remembered = functools.lru_cache(REMEMBERED)(self._digest)

    def digest(self, document: Document) -> bytes:
        """SHA-256 of the canonical statements. NotSigned for terms without a meaning, and for
        contexts that are not known here."""
        try:
            return self._remembered(msgspec.json.encode(document, order="deterministic"))
        except (msgspec.MsgspecError, TypeError, UnicodeError, RecursionError) as error:
            raise NotSigned(f"it cannot be written as JSON: {_said(error)}") from error

    def _digest(self, text: bytes) -> bytes:
        document = msgspec.json.decode(text)
        for context in _listed(document.get("@context")):
            if not isinstance(context, str) or context not in self._known:
                raise NotSigned(f"@context: {str(context)[:120]!r} is not one that is known here")
        try:
            statements = self._processor.normalize(
                document,
                {**self._options, "algorithm": "URDNA2015", "format": "application/n-quads"},
            )
        except (jsonld.JsonLdError, TypeError, ValueError, KeyError, AttributeError) as error:
            if isinstance(error, NotSigned):
                raise
            raise NotSigned(f"@context: it cannot be read as JSON-LD: {_said(error)}") from error
        return hashlib.sha256(statements.encode()).digest()


class _Strict(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """Canonicalisation expands a document once; what has no meaning is refused on that way."""

    def expand(self, input_: Any, options: Document) -> Any:
        """See pyld."""
        expanded = super().expand(input_, options)
        for name in _without_meaning(expanded):
            _refuse(name)
        return expanded


def _refuse(name: str) -> None:
    raise NotSigned(f"@context: no context defines {name!r}, so nobody can have signed it")


def _without_meaning(node: Any) -> Iterator[str]:
    """Types and ids that are no IRI: pyld puts them behind a base of its own, others leave them
    out."""
    if isinstance(node, list):
        for each in node:
            yield from _without_meaning(each)
    elif isinstance(node, dict):
        for name in (*_listed(node.get("@type")), *_listed(node.get("@id"))):
            if str(name).startswith(jsonld.DEFAULT_BASE_IRI) or ":" not in str(name):
                yield str(name).removeprefix(jsonld.DEFAULT_BASE_IRI)
        for each in node.values():
            yield from _without_meaning(each)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _said(error: Exception) -> str:
    url = getattr(error, "details", None) or {}
    about = f" ({url['url']})" if isinstance(url, dict) and "url" in url else ""
    return f"{str(error).partition(chr(10))[0][:200]}{about}"


def attach_proof(
    document: Document,
    canonical: Canonical,
    issuer: str,
    sign: Callable[[bytes], bytes],
    created: dt.datetime,
) -> Document:
    """The document with a proof by ``issuer``, a did:key whose private half is in ``sign``."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method(issuer),
        "proofPurpose": "assertionMethod",
    }
    signature = sign(_signed_bytes(document, options, canonical))
    proof = {**options, "proofValue": MULTIBASE_BASE58 + to_base58(signature)}
    return {**document, "proof": proof}


def check_proof(document: Document, canonical: Canonical) -> str:
    """The did:key that signed the document. Raises NotSigned."""
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise NotSigned("proof: there is none, so nobody vouches for it")
    for name, wanted in (
        ("type", "DataIntegrityProof"),
        ("cryptosuite", CRYPTOSUITE),
        ("proofPurpose", "assertionMethod"),
    ):
        if proof.get(name) != wanted:
            raise NotSigned(f"proof.{name}: it is {proof.get(name)!r}, only {wanted!r} is checked")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    signer = _signer(str(proof.get("verificationMethod")))
    signed = _signed_bytes(unsecured, options, canonical)
    try:
        key_of(signer).verify(_signature(proof.get("proofValue")), signed)
    except InvalidSignature:
        said = "proof.proofValue: it is not the signature of this content by this key"
        raise NotSigned(f"{said}: something was changed after it was signed") from None
    return signer


def _signed_bytes(document: Document, options: Document, canonical: Canonical) -> bytes:
    config = {"@context": document.get("@context"), **options}
    return canonical.digest(config) + canonical.digest(document)


def _signer(method: str) -> str:
    did = method.partition("#")[0]
    try:
        key_of(did)
    except ValueError as error:
        raise NotSigned(f"proof.verificationMethod: {error}") from error
    if method != verification_method(did):
        raise NotSigned(f"proof.verificationMethod: {method[:120]!r} is not the key of {did}")
    return did


def _signature(value: Any) -> bytes:
    text = value if isinstance(value, str) else ""
    found = from_base58(text[1:]) if text.startswith(MULTIBASE_BASE58) and len(text) < 120 else b""
    if len(found) != SIGNATURE_BYTES:
        raise NotSigned("proof.proofValue: it is not an Ed25519 signature in base58btc")
    return found
