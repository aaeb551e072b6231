"""The kinds of faults. Each has a target, a start, a duration and its own parameters.

Every fault lasts for a time and is then taken back by the world that applied it, so that a
plan always ends in a world without faults. Which world that is (a live range, a simulator) is
not known here.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[a-z][\w.-]*$")]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Span = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=600_000)]
Ratio = Annotated[float, msgspec.Meta(gt=0, le=1)]


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag=str.lower,
    forbid_unknown_fields=True,
):
    """Base of all kinds. ``start_s`` counts from the beginning of the plan."""

    target: Name
    start_s: Seconds = 0.0
    duration_s: Span = 1.0

    @property
    def kind(self) -> str:
        """The name of the kind, as it stands in JSON."""
        return type(self).__name__.lower()

    @property
    def end_s(self) -> float:
        """When it is taken back, counted from the beginning of the plan."""
        return self.start_s + self.duration_s

    @property
    def is_simulated_only(self) -> bool:
        """Whether only a simulated world can suffer it."""
        return isinstance(self, SimulatedFault)

    @property
    def takes_down(self) -> bool:
        """Whether the target answers nobody while the fault lasts."""
        return isinstance(self, Kill | Pause | Restart)


class Kill(Fault, frozen=True):
    """The process ends at once, as in a power cut, and is started again at the fault's end."""


class Pause(Fault, frozen=True):
    """The process stands still, as on a machine that hangs, and then goes on."""


class Restart(Fault, frozen=True):
    """The process is asked to end, may finish its work, and is started again at the end."""


class Delay(Fault, frozen=True):
    """What is sent to the service arrives ``delay_ms`` later, and up to ``jitter_ms`` more."""

    delay_ms: Milliseconds
    jitter_ms: Milliseconds = 0.0


class Refuse(Fault, frozen=True):
    """The service's address resets a connection or request unread, with chance ``ratio``."""

    ratio: Ratio = 1.0


class Decline(Fault, frozen=True):
    """The service says no, with chance ``ratio``, where saying no is one of its answers."""

    ratio: Ratio


class Hesitate(Fault, frozen=True):
    """The service reads a request at once and answers it ``delay_ms`` later."""

    delay_ms: Milliseconds


class Crash(Fault, frozen=True):
    """The service dies the ``hit``-th time that it reaches the crash point ``point``, if it
    does so before the fault's end. It is started again at once."""

    point: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    hit: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1


class Partition(Fault, frozen=True):
    """The target and those ``beside`` it are cut off from the nodes ``apart`` (none named: from
    all others). ``direction`` says which messages get lost: ``both``, only those that go ``out``
    of the target's side, or only those that come ``in``. Clients reach everybody."""

    beside: tuple[Name, ...] = ()
    apart: tuple[Name, ...] = ()
    direction: Literal["both", "out", "in"] = "both"


class Loss(Fault, frozen=True):
    """A message from or to the target is lost with chance ``ratio``."""

    ratio: Ratio


class Duplicate(Fault, frozen=True):
    """A message from or to the target arrives a second time, later, with chance ``ratio``."""

    ratio: Ratio


class Slow(Fault, frozen=True):
    """The target takes ``delay_ms`` for each thing that happens to it, one after the other."""

    delay_ms: Milliseconds


class Skew(Fault, frozen=True):
    """The target's clock on the wall is ``offset_ms`` ahead (less than 0: behind); what it
    measures by stopwatch, timeouts for instance, is not touched."""

    offset_ms: Annotated[float, msgspec.Meta(ge=-86_400_000, le=86_400_000)]


class Disk(Fault, frozen=True):
    """The target's disk refuses a write or a sync with chance ``ratio``."""

    ratio: Ratio


class Lie(Fault, frozen=True):
    """The target's disk answers a sync as if it had kept what was written, and keeps nothing for
    good: a power cut before the next honest sync may lose it."""


LiveFault = Kill | Pause | Restart | Delay | Refuse | Decline | Hesitate | Crash
"""What a live range can suffer."""
SimulatedFault = Partition | Loss | Duplicate | Slow | Skew | Disk | Lie
"""What only a simulated world can suffer, beside `Kill`, `Pause` and `Delay`."""
AnyFault = LiveFault | SimulatedFault

KINDS: dict[str, type[Fault]] = {
    kind.__name__.lower(): kind
    for kind in (Kill, Pause, Restart, Delay, Refuse, Decline, Hesitate, Crash)
}
"""Every kind of a live range by its name."""
SIMULATED: dict[str, type[Fault]] = {
    kind.__name__.lower(): kind
    for kind in (Kill, Pause, Partition, Loss, Duplicate, Delay, Slow, Skew, Disk, Lie)
}
"""Every kind of a simulated world by its name."""


def clash(one: Fault, other: Fault) -> bool:
    """Whether two faults must not be there at the same time, whenever they are.

    On one target: what is down cannot be hurt in any other way, and one kind does not pile up.
    Only a disk goes on lying when the power is cut: that is when it matters.
    """
    if one.target != other.target:
        return False
    if {one.kind, other.kind} == {"lie", "kill"}:
        return False
    return one.takes_down or other.takes_down or one.kind == other.kind


def overlap(one: Fault, other: Fault, rest_s: float = 0.0) -> bool:
    """Whether there is a moment in both, or less than ``rest_s`` between them."""
    return one.start_s < other.end_s + rest_s and other.start_s < one.end_s + rest_s


def describe(fault: Fault) -> str:
    """The fault in a few words, without its times."""
    match fault:
        case Delay(delay_ms=delay, jitter_ms=jitter):
            return f"{fault.target} hears {delay:g} ms late" + (f" ±{jitter:g}" if jitter else "")
        case Refuse(ratio=ratio):
            return f"{fault.target} resets {ratio:.0%} of what comes"
        case Decline(ratio=ratio):
            return f"{fault.target} declines {ratio:.0%}"
        case Hesitate(delay_ms=delay):
            return f"{fault.target} takes {delay:g} ms to answer"
        case Crash(point=point, hit=hit):
            passed = f", passed {hit} times" if hit > 1 else ""
            return f"{fault.target} dies at the crash point {point}{passed}"
        case Partition():
            return _describe_partition(fault)
        case Loss(ratio=ratio):
            return f"{fault.target} loses {ratio:.0%} of its messages"
        case Duplicate(ratio=ratio):
            return f"{fault.target} has {ratio:.0%} of its messages doubled"
        case Slow(delay_ms=delay):
            return f"{fault.target} takes {delay:g} ms for each thing"
        case Skew(offset_ms=offset):
            way = "behind" if offset < 0 else "ahead"
            return f"{fault.target} has its clock {abs(offset):g} ms {way}"
        case Disk(ratio=ratio):
            return f"{fault.target} has a disk that refuses {ratio:.0%}"
        case Lie():
            return f"{fault.target} has a disk that only says that it syncs"
    words = {"kill": "is killed", "pause": "stands still", "restart": "is restarted"}
    return f"{fault.target} {words[fault.kind]}"


def scheduled(fault: Fault) -> str:
    """The fault in a few words, with its times."""
    return f"{fault.start_s:.3f} s, for {fault.duration_s:g} s: {describe(fault)}"


def _describe_partition(fault: Partition) -> str:
    side = " and ".join((fault.target, *fault.beside))
    others = " and ".join(fault.apart) or "all others"
    if fault.direction == "both":
        return f"{side} cut off from {others}"
    way = "does not reach" if fault.direction == "out" else "does not hear"
    return f"{side} {way} {others}"
