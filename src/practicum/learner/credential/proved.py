"""What a history proves: modules, labs, exams, attestations and badges, with the evidence of each.

A view over the record. Nothing here asks whether it suffices; `requirements` does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from practicum.curriculum.term import EXAM, exam_id
from practicum.learner.events import (
    AttestationWithdrawn,
    Attested,
    BlockRead,
    CredentialIssued,
    CredentialRevoked,
    Enrolled,
    ExamGraded,
    GauntletEnded,
    LabChecked,
)
from practicum.learner.memory.gauntlet import PASS_SHARE
from practicum.learner.record import Entry


class LabPass(msgspec.Struct, frozen=True, kw_only=True):
    """The first pass of a lab; ``evidence`` is the SHA-256 of the signed bundle."""

    at: dt.datetime
    evidence: str = ""


class ExamResult(msgspec.Struct, frozen=True, kw_only=True):
    """The last result of a sitting, in percent."""

    exam: str
    percent: float
    passed: bool
    provisional: bool
    at: dt.datetime


class Badge(msgspec.Struct, kw_only=True):
    """A badge that was issued, and when it was revoked."""

    level: int
    at: dt.datetime
    revoked_at: dt.datetime | None = None


class Proved(msgspec.Struct, kw_only=True):
    """What a person's history proves. ``blocks`` are those read, by module; ``tiers`` the best
    share of each tier of a module's gauntlet; ``attested`` by the attestation's id."""

    names: list[str] = []
    blocks: dict[str, dict[str, dt.datetime]] = {}
    tiers: dict[str, dict[int, float]] = {}
    labs: dict[str, LabPass] = {}
    sittings: dict[str, ExamResult] = {}
    attested: dict[str, Attested] = {}
    withdrawn: list[str] = []
    badges: dict[str, Badge] = {}

    def best_results(self) -> dict[str, ExamResult]:
        """The best final result of each exam; what a person has yet to grade is none."""
        best: dict[str, ExamResult] = {}
        for result in self.sittings.values():
            known = best.get(result.exam)
            if not result.provisional and (known is None or result.percent > known.percent):
                best[result.exam] = result
        return best


class ProvedView:
    """The fold; see `learner.record.View`."""

    name, version, state = "proved", 2, Proved

    def begin(self) -> Proved:
        """Nothing is proved."""
        return Proved()

    def step(self, state: Proved, entry: Entry) -> None:
        """Take one more entry into account."""
        match entry.event:
            case Enrolled(name=name):
                state.names.append(name)
            case BlockRead(module=module, block=block):
                state.blocks.setdefault(module, {}).setdefault(block, entry.at)
            case GauntletEnded(module=module, tier=tier, points=points, of=of):
                shares = state.tiers.setdefault(module, {})
                shares[tier] = max(shares.get(tier, 0.0), points / of if of else 0.0)
            case LabChecked(lab=lab, verdict="pass", evidence=evidence):
                state.labs.setdefault(lab, LabPass(at=entry.at, evidence=evidence))
            case ExamGraded() as graded:
                state.sittings[graded.sitting] = ExamResult(
                    exam=exam_id(graded.exam.removeprefix(EXAM)),
                    percent=graded.percent,
                    passed=graded.passed,
                    provisional=graded.provisional,
                    at=entry.at,
                )
            case Attested() as attested if attested.attestation not in state.withdrawn:
                state.attested[attested.attestation] = attested
            case AttestationWithdrawn(attestation=attestation):
                state.attested.pop(attestation, None)
                state.withdrawn.append(attestation)
            case CredentialIssued(credential=credential, level=level):
                state.badges[credential] = Badge(level=level, at=entry.at)
            case CredentialRevoked(credential=credential):
                if credential in state.badges:
                    state.badges[credential].revoked_at = entry.at


class ModuleShape(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be done for a module: its blocks (or timed parts), its labs, the tiers of its
    gauntlet. A module of which nothing is written has none of them, and cannot be completed."""

    blocks: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()


def left_of(shape: ModuleShape, module: str, proved: Proved) -> list[str]:
    """What is left to do for a module, in words; empty if it is complete."""
    if not (shape.blocks or shape.labs or shape.tiers):
        return ["it is not written yet"]
    read, shares = proved.blocks.get(module, {}), proved.tiers.get(module, {})
    return [
        *(f"block {each} is not read" for each in shape.blocks if each not in read),
        *(f"lab {each.rpartition('/')[2]} has not passed"
          for each in shape.labs if each not in proved.labs),
        *(f"tier {each} of its gauntlet is not passed ({shares.get(each, 0):.0%} of "
          f"{PASS_SHARE:.0%})"
          for each in shape.tiers if shares.get(each, 0.0) < PASS_SHARE),
    ]  # fmt: skip


def completed(shapes: Mapping[str, ModuleShape], proved: Proved) -> frozenset[str]:
    """The modules of which nothing is left to do."""
    return frozenset(
        module for module, shape in shapes.items() if not left_of(shape, module, proved)
    )
