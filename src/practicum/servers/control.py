"""The language that is spoken on a range's control socket: JSON lines.

A client sends one request a line and gets one reply a line. `Watch` is different: after it the
connection only carries events, until either side closes it.
"""

from __future__ import annotations

import signal
from typing import Literal

import msgspec

from practicum.faults.fault import AnyFault
from practicum.service.range_control import AppliedFault

LINE_BYTES_MAX = 1_048_576


class Request(msgspec.Struct, frozen=True, tag_field="do", tag=str.lower):
    """Base of all requests; its name stands in ``do``."""


class Status(Request, frozen=True):
    """Asks for `RangeStatus`."""


class Watch(Request, frozen=True):
    """Asks for a `RangeStatus`, then `Changed`, `Hit`, `FaultChanged` and `Stopping` as they
    happen."""


class Restart(Request, frozen=True, kw_only=True):
    """End and start a process, or all of a service; `Done` when they are ready again.

    ``replaces`` and ``peers``, where given, hold for the service from now on: the files that
    stand in for modules, and base URLs that differ from the services' own.
    """

    name: str
    replaces: dict[str, str] | None = None
    peers: dict[str, str] | None = None
    timeout_s: float = 60.0


class Kill(Request, frozen=True, kw_only=True):
    """Send a signal to a process."""

    name: str
    signal: int = int(signal.SIGKILL)


class Pause(Request, frozen=True, kw_only=True):
    """Freeze a process, for ``for_s`` seconds or until `Resume`."""

    name: str
    for_s: float | None = None


class Resume(Request, frozen=True, kw_only=True):
    """Let a frozen process go on."""

    name: str


class Arm(Request, frozen=True, kw_only=True):
    """Let a service die the ``hit``-th time that it reaches a crash point, once."""

    name: str
    point: str
    hit: int = 1


class Disarm(Request, frozen=True, kw_only=True):
    """Take all armed crash points of a service back."""

    name: str


class Inject(Request, frozen=True, kw_only=True):
    """Hold a fault from now on, for its duration; see `service.range_control.Experiment`.

    It ends with the connection, and when nothing is said on it for `LEASE_S`.
    """

    key: str
    fault: AnyFault


class Lift(Request, frozen=True, kw_only=True):
    """Take a fault of this connection back."""

    key: str


class Timeline(Request, frozen=True):
    """Renews all leases of this connection, and asks for its `FaultList`."""


class Hits(Request, frozen=True):
    """Asks for `HitList`."""


class Logs(Request, frozen=True, kw_only=True):
    """Asks for `LogLines`: the last lines of a process's log."""

    name: str
    lines: int = 100


class Stacks(Request, frozen=True, kw_only=True):
    """Asks for `LogLines`: what the threads of a process that runs files of yours are doing."""

    name: str


class Down(Request, frozen=True):
    """Stop the range; `Done` when everything has ended."""


AnyRequest = (
    Status
    | Watch
    | Restart
    | Kill
    | Pause
    | Resume
    | Arm
    | Disarm
    | Inject
    | Lift
    | Timeline
    | Hits
    | Logs
    | Stacks
    | Down
)


class MemberStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One process. ``started_at`` is in Unix seconds; ``cpu_percent`` is of one core, since
    the status before; ``detail`` says why, where a state needs it."""

    name: str
    service: str
    kind: Literal["nats", "postgres", "service", "telemetry"]
    state: str
    host: str
    port: int
    pid: int | None = None
    restarts: int = 0
    started_at: float | None = None
    cpu_percent: float = 0.0
    pss_bytes: int = 0
    detail: str = ""


class Answer(msgspec.Struct, frozen=True, tag_field="is", tag=str.lower):
    """Base of replies and events; its name stands in ``is``."""


class Done(Answer, frozen=True):
    """The request was carried out."""


class Failed(Answer, frozen=True):
    """The request was not carried out; the message says why and what to do."""

    message: str


class RangeStatus(Answer, frozen=True, kw_only=True):
    """The range now. The URLs hold passwords; ``edge`` is the base URL for users, ``faults``
    are those of experiments that last."""

    range: str
    state: Literal["starting", "up", "degraded", "stopping"]
    pid: int
    folder: str
    nats_url: str
    postgres_url: str
    prefix: str
    edge: str
    members: tuple[MemberStatus, ...]
    faults: tuple[AppliedFault, ...] = ()


class Changed(Answer, frozen=True):
    """A process is in another state."""

    member: MemberStatus


class Hit(Answer, frozen=True, kw_only=True):
    """A crash point was hit: ``time`` (Unix seconds) is when the supervisor read of it."""

    time: float
    service: str
    member: str
    pid: int
    point: str
    hit: int


class HitList(Answer, frozen=True):
    """All hits since the range came up, oldest first."""

    hits: tuple[Hit, ...]


class FaultChanged(Answer, frozen=True):
    """A fault of some experiment began, ended or was refused."""

    applied: AppliedFault


class FaultList(Answer, frozen=True):
    """What became of the faults of this connection, first asked for first."""

    faults: tuple[AppliedFault, ...]


class LogLines(Answer, frozen=True):
    """Lines of a log, oldest first."""

    lines: tuple[str, ...]


class Stopping(Answer, frozen=True):
    """The range goes down; nothing follows."""


AnyAnswer = (
    Done
    | Failed
    | RangeStatus
    | Changed
    | Hit
    | HitList
    | FaultChanged
    | FaultList
    | LogLines
    | Stopping
)
Event = RangeStatus | Changed | Hit | FaultChanged | Stopping

_encoder = msgspec.json.Encoder()
_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_answers: msgspec.json.Decoder[AnyAnswer] = msgspec.json.Decoder(AnyAnswer)


def encode(message: Request | Answer) -> bytes:
    """One line."""
    return _encoder.encode(message) + b"\n"


def read_request(line: bytes) -> AnyRequest:
    """A request; msgspec.DecodeError if it is none."""
    return _requests.decode(line)


def read_answer(line: bytes) -> AnyAnswer:
    """An answer or event; msgspec.DecodeError if it is none."""
    return _answers.decode(line)
