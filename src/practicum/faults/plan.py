"""A plan: which faults, when. Data that can be kept, compared by hash, and judged."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping

import msgspec

from practicum.faults.fault import (
    SIMULATED,
    AnyFault,
    Crash,
    Decline,
    Delay,
    Disk,
    Duplicate,
    Fault,
    Hesitate,
    Loss,
    Partition,
    Refuse,
    Skew,
    Slow,
)
from practicum.faults.fault import clash as faults_clash
from practicum.faults.fault import overlap as faults_overlap

VERSION = 1
"""Of the plan's form and of what a seed draws; it changes when either does."""

FAULTS_MAX = 1000


class BadPlan(ValueError):
    """The plan cannot be carried out; the message has one line per reason."""


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """What a world has that can be hurt.

    ``processes`` can be killed, paused and restarted, ``services`` are those of them with an
    edge. ``moods`` are the kinds (``decline``, ``hesitate``) that a service knows, and
    ``crash_points`` the points that it passes. ``nodes`` are those of a simulated world, which
    can suffer all that it knows.
    """

    processes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    moods: Mapping[str, tuple[str, ...]] = {}
    crash_points: Mapping[str, tuple[str, ...]] = {}
    nodes: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        """Who can suffer faults of that kind."""
        if self.nodes:
            return self.nodes if kind in SIMULATED else ()
        if kind in ("kill", "pause", "restart"):
            return self.processes
        if kind in ("delay", "refuse"):
            return self.services
        if kind == "crash":
            return tuple(name for name, points in self.crash_points.items() if points)
        return tuple(name for name, kinds in self.moods.items() if kind in kinds)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults in the order of their start, all over by ``duration_s``; at most ``budget`` of
    them at a time. ``seed`` is what it was drawn from, None if a person wrote it."""

    duration_s: float
    faults: tuple[AnyFault, ...]
    budget: int = 1
    seed: int | None = None
    version: int = VERSION

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: equal plans have equal digests."""
        return hashlib.sha256(canonical(self)).hexdigest()


def in_order(faults: Iterable[AnyFault]) -> tuple[AnyFault, ...]:
    """By start, then target, then kind."""
    return tuple(sorted(faults, key=lambda f: (f.start_s, f.target, f.kind)))


def canonical(plan: Plan) -> bytes:
    """The one JSON text of a plan: sorted faults and keys, no spaces."""
    ordered = msgspec.structs.replace(plan, faults=in_order(plan.faults))
    return msgspec.json.encode(ordered, order="sorted")


def read_plan(text: bytes | str) -> Plan:
    """A plan from JSON. `BadPlan` if it is none, or contradicts itself."""
    try:
        plan = msgspec.json.decode(text, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadPlan(f"this is not a plan of faults: {error}") from error
    findings = check(plan)
    if findings:
        raise BadPlan("\n".join(findings))
    return msgspec.structs.replace(plan, faults=in_order(plan.faults))


def check(plan: Plan, targets: Targets | None = None) -> list[str]:
    """Everything that is wrong with a plan, for the world with ``targets`` if given."""
    if plan.version != VERSION:
        return [
            f"the plan is of version {plan.version}, this practicum reads {VERSION}: draw it anew"
        ]
    findings = []
    if not (math.isfinite(plan.duration_s) and plan.duration_s > 0):
        findings.append("duration_s must be more than 0: say how long the plan runs")
    if plan.budget < 1:
        findings.append("budget must be 1 or more: it is how many faults may last at a time")
    if len(plan.faults) > FAULTS_MAX:
        return [*findings, f"{len(plan.faults)} faults are too many: use at most {FAULTS_MAX}"]
    ordered = in_order(plan.faults)
    for fault in ordered:
        if fault.end_s > plan.duration_s + 1e-9:
            findings.append(
                f"{name_of(fault)} ends at {fault.end_s:g} s, after the plan: shorten it, or "
                f"let the plan run longer than {plan.duration_s:g} s"
            )
    findings += _clashes(ordered) + _beyond_budget(ordered, plan.budget)
    if targets is not None:
        findings += [finding for fault in ordered for finding in _misses(fault, targets)]
    return findings


def name_of(fault: Fault) -> str:
    """How a message names a fault."""
    return f"{fault.kind} of {fault.target} at {fault.start_s:g} s"


def _clashes(ordered: tuple[AnyFault, ...]) -> list[str]:
    return [
        f"{name_of(later)} falls into {name_of(fault)}: start it at {fault.end_s:g} s or later"
        for index, fault in enumerate(ordered)
        for later in ordered[index + 1 :]
        if faults_clash(fault, later) and faults_overlap(fault, later)
    ]


def _beyond_budget(ordered: tuple[AnyFault, ...], budget: int) -> list[str]:
    # The count is highest at some fault's start, so these are the only moments to look at.
    for fault in ordered:
        at_once = [o for o in ordered if o.start_s <= fault.start_s < o.end_s]
        if len(at_once) > budget:
            return [
                f"{len(at_once)} faults last at {fault.start_s:g} s, the budget is {budget}: "
                "move some, or raise the budget"
            ]
    return []


def _misses(fault: AnyFault, targets: Targets) -> list[str]:
    able = targets.of(fault.kind)
    if fault.target not in able:
        known = ", ".join(able) or "nobody here"
        return [f"{name_of(fault)}: {fault.target} cannot suffer that ({known} can)"]
    if isinstance(fault, Crash):
        points = targets.crash_points.get(fault.target, ())
        if fault.point not in points:
            return [f"{name_of(fault)}: it has no point {fault.point} ({', '.join(points)})"]
    if isinstance(fault, Partition):
        strangers = sorted({*fault.beside, *fault.apart} - {*targets.nodes})
        if strangers:
            return [
                f"{name_of(fault)}: there is no node {', '.join(strangers)} ({', '.join(able)})"
            ]
    return []


def strength(fault: AnyFault) -> dict[str, float]:
    """The parameters of a fault that are numbers, by their names."""
    match fault:
        case Delay():
            return {"delay_ms": fault.delay_ms, "jitter_ms": fault.jitter_ms}
        case Refuse() | Decline() | Loss() | Duplicate() | Disk():
            return {"ratio": fault.ratio}
        case Skew():
            return {"offset_ms": fault.offset_ms}
        case Hesitate() | Slow():
            return {"delay_ms": fault.delay_ms}
        case _:
            return {}
