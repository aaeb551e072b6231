"""Why an order does not go on, in words, with the evidence. Pure.

Several witnesses are heard, because each can be silent itself: the order's saga says for whom
it waits, the supervisor who is not well, the log who is behind and what was parked, the trace
what failed last. The causes are told in the order in which they explain: a parked message
before a process that is down, that before one that is merely slow.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_WELL = ("ready", "external")
FORGOTTEN_S = 15.0
"""An answer takes less than a second: who is silent for so long has nothing to say any more."""


class ProcessFact(msgspec.Struct, frozen=True):
    """A process of the range as its supervisor sees it."""

    name: str
    service: str
    state: str
    detail: str = ""


class ParkedFact(msgspec.Struct, frozen=True):
    """A dead letter of the order, parked by a service."""

    service: str
    type: str
    attempts: int
    reason: str


class FailureFact(msgspec.Struct, frozen=True):
    """The last span of the order's traces that failed."""

    service: str
    name: str
    error: str
    ago_s: float


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the witnesses say. ``status`` is the order's, empty when its service did not answer;
    ``step`` the saga's step and ``waits_for`` the service that does it; ``needs`` are the
    services that this one calls; ``lag`` is by topic; ``silent_s`` counts from the order's last
    span."""

    order_id: str
    status: str = ""
    step: str = ""
    waits_for: str = ""
    reason: str = ""
    needs: tuple[str, ...] = ()
    processes: tuple[ProcessFact, ...] = ()
    lag: dict[str, int] = {}
    parked: tuple[ParkedFact, ...] = ()
    failure: FailureFact | None = None
    silent_s: float | None = None


class Diagnosis(msgspec.Struct, frozen=True):
    """``sentence`` says it; ``evidence`` is what it rests on, ``advice`` what to do next."""

    stuck: bool
    sentence: str
    evidence: tuple[str, ...]
    advice: str = ""


def diagnose(facts: Facts) -> Diagnosis:
    """Put the facts together."""
    if facts.status and facts.status != "pending" and not facts.step:
        why = f" ({facts.reason})" if facts.reason else ""
        sentence = f"order {facts.order_id} is {facts.status}{why}: it waits for nothing"
        return Diagnosis(False, sentence, tuple(_evidence(facts)))
    causes, advice = _causes(facts)
    sentence = "; ".join([_waiting(facts), *causes])
    if not causes and _forgotten(facts):
        sentence += "; all that it needs is well, but nothing is under way for it"
        advice = f"practicum shop resume {facts.order_id}"
    elif not causes:
        sentence += "; all that it needs is well: it should go on by itself"
    return Diagnosis(True, sentence, tuple(_evidence(facts)), advice)


def _forgotten(facts: Facts) -> bool:
    """Whether its last message was handled a while ago, and nothing came of it."""
    waiting = facts.lag.get(facts.waits_for)
    return waiting == 0 and facts.silent_s is not None and facts.silent_s >= FORGOTTEN_S


def _waiting(facts: Facts) -> str:
    if not facts.status:
        return f"nobody answers for order {facts.order_id}"
    since = f" since {facts.silent_s:.0f} s" if facts.silent_s is not None else ""
    if not facts.step:
        return f"order {facts.order_id} is pending{since}"
    whom = f"{facts.waits_for} ({facts.step})" if facts.waits_for else facts.step
    return f"order {facts.order_id} waits for {whom}{since}"


def _causes(facts: Facts) -> tuple[list[str], str]:
    causes: list[str] = []
    advice = ""
    leaders = [parked for parked in facts.parked if parked.reason != "follows"]
    for parked in leaders or facts.parked[:1]:
        causes.append(
            f"{parked.service} parked its message {parked.type} after "
            f"{_several(parked.attempts, 'try', 'tries')}: {_first_line(parked.reason)}"
        )
        advice = f"repair what the reason names, then practicum shop replay {facts.order_id}"
    unwell = [process for process in _concerned(facts) if process.state not in _WELL]
    for process in unwell:
        causes.append(f"{process.name} is {process.state}{_detail(process)}")
        paused = process.state == "paused"
        deed = f"resume {process.name}" if paused else f"logs {process.name}"
        advice = advice or f"practicum range {deed}"
    waiting = facts.lag.get(facts.waits_for, 0)
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        causes.append(f"{_several(waiting, 'message', 'messages')} {verb} on its topic")
    if facts.failure is not None and not leaders:
        causes.append(
            f"the last failure was {facts.failure.ago_s:.0f} s ago in {facts.failure.service}: "
            f"{_first_line(facts.failure.error)}"
        )
    return causes, advice


def _concerned(facts: Facts) -> Sequence[ProcessFact]:
    """Processes that can hold the order up, the most direct first."""
    direct = (facts.waits_for, *facts.needs, "order", "nats", "postgres")
    found = [p for p in facts.processes if p.service in direct]
    return sorted(found, key=lambda process: direct.index(process.service))


def _evidence(facts: Facts) -> list[str]:
    said = f"{facts.status or 'no answer'}{f', step {facts.step}' if facts.step else ''}"
    evidence = [f"order service: {said}"]
    evidence += [
        f"supervisor: {p.name} is {p.state}{_detail(p)}"
        for p in facts.processes
        if p.state not in _WELL
    ]
    evidence += [f"log: {count} unacknowledged on {t}" for t, count in facts.lag.items() if count]
    evidence += [
        f"dead letter: {p.service} {p.type} ({p.attempts} tries): {_first_line(p.reason)}"
        for p in facts.parked
    ]
    if facts.failure is not None:
        failure = facts.failure
        evidence.append(f"trace: {failure.name} in {failure.service}: {_first_line(failure.error)}")
    return evidence


def _several(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _detail(process: ProcessFact) -> str:
    return f" ({_first_line(process.detail)})" if process.detail else ""


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0].rstrip(":")
