"""Proofs of modules and labs, as they are kept with the evidence.

A proof counts for the very files that it was made of: it holds their hash. It counts only if it
is what was signed, by a key that one trusts: this home's own, or one that is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.checking.verdict import Verdict
from practicum.labs.proof import KIND, MODULE_KIND, LabProof, ModuleProof
from practicum.labs.school_key import own_issuers, school_key
from practicum.labs.signing import sign, verify
from practicum.labs.workspace.state import hash_files
from practicum.servers.home import telling, write_atomically

EVIDENCE, LABS = "evidence", "labs"
ProofT = TypeVar("ProofT", LabProof, ModuleProof)


def hash_module(folder: Path) -> str:
    """One hash over a module's files: what was proved. Labs have proofs of their own, and hidden
    files are nobody's work."""
    with telling(folder):
        files = {}
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if parts[0] == LABS or any(x.startswith(".") or x == "__pycache__" for x in parts):
                continue
            if path.is_file():
                files["/".join(parts)] = path.read_bytes()
    return hash_files(files)


def write_module_proof(proof: ModuleProof, home: Path) -> Path:
    """Sign the proof and put it with the evidence; its path."""
    signed = sign(proof, school_key(home))
    stamp = proof.made_at.replace(":", "").replace("-", "").partition(".")[0]
    name = f"{proof.kind}-{re.sub('[/:]', '-', proof.module)}-{stamp}-{signed.sha256[:8]}.json"
    path = home / EVIDENCE / name
    with telling(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.format(msgspec.json.encode(signed), indent=2))
    return path


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """The proofs that count, oldest first, each with its file; ``refused`` are the files that
    do not count, and why."""

    modules: tuple[tuple[str, ModuleProof], ...] = ()
    labs: tuple[tuple[str, LabProof], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    def of_module(self, module: str) -> list[tuple[str, ModuleProof]]:
        """The proofs of one module."""
        return [each for each in self.modules if each[1].module == module]

    def of_lab(self, lab: str) -> list[tuple[str, LabProof]]:
        """The proofs of one lab."""
        return [each for each in self.labs if each[1].lab == lab]


def read_records(home: Path, trusted: Iterable[str] = ()) -> Records:
    """The proofs in a home; ``trusted`` are issuers (did:key) besides the home's own keys."""
    issuers = own_issuers(home) | set(trusted)
    refused: list[tuple[str, str]] = []
    return Records(
        modules=tuple(_proofs(home, MODULE_KIND, ModuleProof, issuers, refused)),
        labs=tuple(_proofs(home, KIND, LabProof, issuers, refused)),
        refused=tuple(refused),
    )


def _proofs(
    home: Path,
    kind: str,
    struct: type[ProofT],
    issuers: set[str],
    refused: list[tuple[str, str]],
) -> Iterator[tuple[str, ProofT]]:
    found = []
    for path in sorted((home / EVIDENCE).glob(f"{kind}-*.json")):
        seen = verify(path)
        problems = list(seen.problems)
        if not problems and seen.issuer not in issuers:
            problems = [f"it was signed by {seen.issuer}, whom nobody here trusts"]
        if problems:
            refused.append((str(path), problems[0]))
        else:
            found.append((str(path), msgspec.json.decode(path.read_bytes(), type=struct)))
    yield from sorted(found, key=lambda each: each[1].made_at)


def first_pass(proofs: Iterable[tuple[str, ProofT]]) -> str:
    """When the first of them passed, as it was noted; empty if none did."""
    return min((x.made_at for _, x in proofs if x.verdict is Verdict.PASS), default="")
