"""What is kept of a check: a signed bundle of evidence, and its page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from practicum.labs import evidence
from practicum.labs.check.attribution import Finding, Ran
from practicum.labs.check.machine import as_figures
from practicum.labs.evidence import Evidence, LabRun
from practicum.labs.experiment.observations import Observations, Saga
from practicum.labs.lab import CHECKS, Lab
from practicum.labs.report import page
from practicum.labs.report.choosing import choose
from practicum.labs.school_key import school_key
from practicum.labs.signing import sign
from practicum.servers.home import telling
from practicum.service.world import rfc3339


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a check's evidence is made of. ``files`` are hashes by name."""

    lab: Lab
    files: Mapping[str, str]
    began_at: float
    plan: dict[str, Any]
    calm: bool
    finding: Finding
    mine: Ran
    reference: Ran | None
    observations: Observations
    sagas: Mapping[str, Saga]
    figures: Mapping[str, float]
    seconds: Mapping[str, float]
    range_folder: Path


def record(it: Record, home: Path) -> tuple[Path, Path]:
    """Write bundle and page; returns their paths. RangeError when the disk refuses."""
    checks = it.lab.folder / CHECKS
    bundle = Evidence(
        kind=f"lab-{it.lab.name}",
        made_at=rfc3339(it.began_at),
        verdict=it.finding.verdict,
        judgements=it.mine.judgements,
        observations=it.observations,
        plan=it.plan,
        figures=dict(it.figures),
        machine=evidence.machine(),
        versions=evidence.versions(),
        checks_sha256=hashlib.sha256(checks.read_bytes()).hexdigest(),
        lab=LabRun(
            id=it.lab.id,
            version=it.lab.spec.version,
            title=it.lab.spec.title,
            files=dict(it.files),
            calm=it.calm,
            blame=it.finding.blame,
            reason=it.finding.reason,
            seconds=dict(it.seconds),
            watched=dict(as_figures(it.mine.machine)),
            troubles=it.mine.machine.troubles,
            reference=None if it.reference is None else it.reference.verdict,
            reference_judgements=() if it.reference is None else it.reference.judgements,
            reference_watched={}
            if it.reference is None
            else dict(as_figures(it.reference.machine)),
        ),
    )
    bundle = sign(bundle, school_key(home))
    folder = it.range_folder / "telemetry"
    chosen = choose(folder, it.sagas, it.observations.faults, since_s=it.began_at)
    drawn = page.render(bundle, it.sagas, chosen)
    with telling(home / "evidence"):
        path = evidence.write(bundle, home / "evidence")
        return path, page.write(drawn, path.with_suffix(".html"))
