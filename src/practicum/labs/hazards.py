"""What can go wrong with the shop of a range: who can suffer what."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from practicum.faults.plan import Targets
from practicum.servers.control import RangeStatus
from practicum.service.crash import crash_points
from practicum.service.manifest import Manifest
from practicum.shop.manifest import MANIFEST

MOODS: Mapping[str, tuple[str, ...]] = {"bank": ("decline", "hesitate")}
_RUNTIME = "practicum.service.running"


def targets_of(status: RangeStatus, manifest: Manifest = MANIFEST) -> Targets:
    """The targets of a range that is up; what somebody else runs is none of ours."""
    ours = [m for m in status.members if m.state != "external"]
    processes = tuple(m.name for m in ours if m.kind in ("nats", "postgres", "service"))
    services = tuple(dict.fromkeys(m.service for m in ours if m.kind == "service"))
    return _targets(processes, services, manifest)


def targets_at_home(manifest: Manifest = MANIFEST) -> Targets:
    """The targets of a range as it would be started here, with servers of its own."""
    services = tuple(spec.name for spec in manifest.services)
    return _targets(("nats", "postgres", *services), services, manifest)


def _targets(processes: tuple[str, ...], services: tuple[str, ...], manifest: Manifest) -> Targets:
    for spec in manifest.services:
        importlib.import_module(spec.module)
    importlib.import_module(_RUNTIME)
    points = crash_points()
    passed = {
        service: tuple(point for point in points if point.startswith(f"{service}."))
        for service in services
    }
    for service in manifest.topics:
        shared = tuple(point for point in points if point.split(".")[0] in ("relay", "consumer"))
        passed[service] = (*passed.get(service, ()), *shared)
    return Targets(
        processes=processes,
        services=services,
        moods={name: kinds for name, kinds in MOODS.items() if name in services},
        crash_points={name: found for name, found in passed.items() if name in services and found},
    )
