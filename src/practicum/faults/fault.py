"""The kinds of faults. Each has a target, a start, a duration and its own parameters.

Every fault lasts for a time and is then taken back by the world that applied it, so that a
plan always ends in a world without faults. Which world that is (a live range, a simulator) is
not known here.
"""

from __future__ import annotations

from typing import Annotated

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


AnyFault = Kill | Pause | Restart | Delay | Refuse | Decline | Hesitate | Crash

KINDS: dict[str, type[Fault]] = {
    kind.__name__.lower(): kind
    for kind in (Kill, Pause, Restart, Delay, Refuse, Decline, Hesitate, Crash)
}
"""Every kind by its name."""


def clash(one: Fault, other: Fault) -> bool:
    """Whether two faults must not be there at the same time, whenever they are.

    On one target: what is down cannot be hurt in any other way, and one kind does not pile up.
    """
    if one.target != other.target:
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
    words = {"kill": "is killed", "pause": "stands still", "restart": "is restarted"}
    return f"{fault.target} {words[fault.kind]}"
