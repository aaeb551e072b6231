"""What a module still lacks to be complete: errors of the linter, proofs of these very files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.linting import ModuleReport
from practicum.authoring.shelves import labs_of
from practicum.authoring.tracker.records import Records, first_pass, hash_module
from practicum.checking.verdict import Verdict
from practicum.labs.finding import LabError
from practicum.labs.lab import lab_id, load_lab
from practicum.labs.proof import LabProof, ModuleProof, hash_lab

ProofT = TypeVar("ProofT", LabProof, ModuleProof)


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What ran for a module. ``missing`` says what speaks against it, empty if nothing does;
    ``first`` is when all that there is had passed for the first time, ``last`` when what the
    proof stands on today passed, ``evidence`` the files. ``is_proved`` tells whether listings and
    questions passed on these files, ``has_changed`` that they were proved before a change."""

    missing: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    evidence: tuple[str, ...] = ()
    is_proved: bool = False
    labs_proved: int = 0
    labs: int = 0
    has_changed: bool = False

    @property
    def labs_are_proved(self) -> bool:
        """Whether every lab is, and there is one."""
        return 0 < self.labs == self.labs_proved


def proved(module: str, report: ModuleReport, records: Records) -> Proved:
    """What ran for a module that has a folder."""
    missing: list[str] = []
    if not report.is_written:
        missing.append("module.md is not written")
    if report.errors:
        error = report.errors[0]
        what = f"{len(report.errors)} error{'s' if len(report.errors) > 1 else ''} of the linter"
        line = f":{error.line}" if error.line else ""
        missing.append(f"{what}, the first in {Path(error.file).name}{line}: {error.message}")
    found: list[_Standing] = []
    if report.is_written:
        held = records.of_module(module)
        of_files = [each[1].module_sha256 for each in held]
        remedy = f"`practicum author verify {module}`"
        found.append(_standing(held, of_files, hash_module(report.folder), remedy))
    labs = [_of_lab(folder, records) for folder in labs_of(report.folder)]
    told = [each.missing for each in (*found, *labs) if each.missing]
    every = [*found, *labs]
    first = max((each.first for each in every), default="")
    return Proved(
        missing=(*missing, *told),
        first=first if every and all(each.first for each in every) else "",
        last=max((each.last for each in every), default=""),
        evidence=tuple(each.evidence for each in every if each.evidence),
        is_proved=bool(found) and not found[0].missing,
        labs_proved=sum(not each.missing for each in labs),
        labs=len(labs),
        has_changed=any(each.has_changed for each in every),
    )


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far one thing is proved: the module's own files, or a lab."""

    missing: str = ""
    first: str = ""
    last: str = ""
    evidence: str = ""
    has_changed: bool = False


def _of_lab(folder: Path, records: Records) -> _Standing:
    name = lab_id(folder)
    try:
        now = hash_lab(load_lab(folder))
    except LabError:
        return _Standing(missing=f"the lab {folder.name} cannot be used: `practicum lab list`")
    held = records.of_lab(name)
    hashes = [each[1].lab_sha256 for each in held]
    standing = _standing(held, hashes, now, f"`practicum lab verify {folder.name}`")
    if standing.missing:
        missing = f"lab {folder.name}: {standing.missing}"
        return msgspec.structs.replace(standing, missing=missing)
    return standing


def _standing(
    held: Sequence[tuple[str, ProofT]], hashes: Sequence[str], now: str, remedy: str
) -> _Standing:
    """The newest proof of files that are as they were then; ``held`` is oldest first."""
    of_now = [each for each, sha256 in zip(held, hashes, strict=True) if sha256 == now]
    first = first_pass(held)
    if not held:
        return _Standing(missing=f"nothing has proved it: {remedy}")
    if not of_now:
        when = held[-1][1].made_at[:10]
        said = f"it has changed since it was proved on {when}: {remedy}"
        return _Standing(missing=said, first=first, has_changed=True)
    path, newest = of_now[-1]
    if newest.verdict is not Verdict.PASS:
        said = newest.problems[0] if newest.problems else str(newest.verdict)
        what = "did not pass" if newest.verdict is Verdict.FAIL else "is unknown"
        missing = f"its last proof {what} ({said}): mend it, then {remedy}"
        return _Standing(missing=missing, first=first, evidence=path)
    return _Standing(first=first, last=newest.made_at, evidence=path)
