"""What a run came to, in words and with units. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.evidence import Evidence

HEADLINES = {
    Verdict.PASS: "The shop held.",
    Verdict.FAIL: "The shop did not hold.",
    Verdict.UNKNOWN: "Nobody can tell.",
}
LAB_HEADLINES = {
    Verdict.PASS: "Your files hold.",
    Verdict.FAIL: "Your files do not hold yet.",
    Verdict.UNKNOWN: "Nobody can tell.",
}
ANSWER_HEADLINES = {
    Verdict.PASS: "You found it, and everything is put right.",
    Verdict.FAIL: "Not yet.",
    Verdict.UNKNOWN: "Nobody can tell.",
}
BLAMED = {
    "nobody": "Nobody is to blame",
    "learner": "This is yours to repair",
    "lab": "The lab is to blame, and this costs no attempt",
    "machine": "The machine is to blame, and this costs no attempt",
}
WATCHED = {
    "running_per_core": ("processes that wanted a processor, for each", ""),
    "load_per_core": ("load average, for each processor", ""),
    "steal": ("taken away by the host", "of 1"),
    "iowait": ("waiting for the disk", "of 1"),
    "late_share": ("moments to act that came late", "of 1"),
    "late_ms_max": ("the latest of them", "ms"),
    "disk_ms": ("time to make a write safe", "ms"),
    "clock_jump_s": ("jump of the wall clock", "s"),
}
NAMES = {
    "orders_accepted": "orders accepted",
    "orders_refused": "orders refused",
    "pss": "memory of all processes (PSS)",
    "accept_p50": "answer of the edge, median",
    "accept_p99": "answer of the edge, 99th percentile",
    "saga_p50": "whole saga, median",
    "saga_p99": "whole saga, 99th percentile",
    "recovery": "slowest recovery from a fault",
}
UNITS = {"ms": "ms", "s": "s", "mb": "MB", "bytes": "bytes", "cents": "cents"}
"""By what a figure's name ends in: units come last in names."""
GIB = 2**30


class FigureLine(msgspec.Struct, frozen=True):
    """A figure for people."""

    name: str
    value: str
    unit: str


class WatchedLine(msgspec.Struct, frozen=True):
    """A figure of the machine during a run; ``beside`` is that of the solution's run."""

    name: str
    value: str
    unit: str
    beside: str = ""


def headline(evidence: Evidence) -> str:
    """The verdict as a sentence."""
    if evidence.lab is None:
        return HEADLINES[evidence.verdict]
    of_answer = not evidence.observations.asked and not evidence.observations.seconds
    return (ANSWER_HEADLINES if of_answer else LAB_HEADLINES)[evidence.verdict]


def blamed(evidence: Evidence) -> str:
    """Who is to blame, in words."""
    return BLAMED.get(evidence.lab.blame, "") if evidence.lab is not None else ""


def explained(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Those that show what failed, or say where to look next."""
    return tuple(
        each
        for each in judgements
        if each.verdict is not Verdict.PASS and (each.shown or each.look_next)
    )


def watched(evidence: Evidence) -> tuple[WatchedLine, ...]:
    """What the machine was like during the run of a lab."""
    if evidence.lab is None:
        return ()
    mine, beside = evidence.lab.watched, evidence.lab.reference_watched
    return tuple(
        WatchedLine(words, _rounded(mine[name]), unit, _rounded(beside[name]) if beside else "")
        for name, (words, unit) in WATCHED.items()
        if name in mine
    )


def summary(evidence: Evidence) -> str:
    """One or two sentences below the headline."""
    seen = evidence.observations
    struck = sum(1 for fault in seen.faults if fault.struck)
    while_ = f" while {_count(struck, 'fault')} struck" if seen.planned or seen.faults else ""
    happened = f"{_count(len(seen.accepted), 'order')} were accepted{while_}."
    return f"{happened} {_checks(evidence.judgements)}"


def _checks(judgements: Sequence[Judgement]) -> str:
    wrong = [each.check for each in judgements if each.verdict is Verdict.FAIL]
    unsure = [each.check for each in judgements if each.verdict is Verdict.UNKNOWN]
    of = _count(len(judgements), "check")
    if wrong:
        return f"{len(wrong)} of {of} failed: {', '.join(wrong)}."
    if unsure:
        return f"{len(unsure)} of {of} could not tell: {', '.join(unsure)}."
    return f"All {of} passed." if judgements else "Nothing was checked."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def figures(found: Mapping[str, float]) -> tuple[FigureLine, ...]:
    """Every figure with its unit, in the order of the names known here, then by name."""
    lines = {}
    for name, value in found.items():
        stem, _, last = name.rpartition("_")
        unit = UNITS.get(last, "")
        stem = stem if unit else name
        lines[stem] = FigureLine(NAMES.get(stem, stem.replace("_", " ")), _rounded(value), unit)
    known = list(NAMES)
    rank = {stem: known.index(stem) if stem in known else len(known) for stem in lines}
    return tuple(lines[stem] for stem in sorted(lines, key=lambda stem: (rank[stem], stem)))


def _rounded(value: float) -> str:
    """Three digits are enough for people; the evidence has them all."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the run ran on, line by line."""
    lines = []
    for name, value in found.items():
        if name == "memory_bytes":
            name, value = "memory", f"{value / GIB:.1f} GiB"
        elif isinstance(value, list | tuple):
            value = ", ".join(f"{x:.2f}" if isinstance(x, float) else str(x) for x in value)
        lines.append((name.replace("_", " "), str(value)))
    return tuple(lines)
