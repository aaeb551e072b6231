"""What a system is made of, as data: which services, which code, what each needs and calls.

A world (the supervisor, the simulator) reads a manifest and loads the services by name, so that
it never has to import them.
"""

from __future__ import annotations

from typing import Any

import msgspec


class ServiceSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service.

    ``module`` has a function ``build(ports) -> Service``. ``calls`` are the services whose
    addresses it is handed; ``after`` must be ready before it starts. ``settings`` are handed
    to the service as they are. ``members`` is how many processes run it.
    """

    name: str
    module: str
    calls: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    settings: dict[str, Any] = {}
    members: int = 1


class TelemetrySpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a system is listened to. ``module`` is run as the receiver of traces, metrics and logs.

    ``head_share`` of all traces (0 to 1, by trace id) are recorded at all, and of those that a
    process begins at most ``head_per_s`` a second; spans that fail always are. Of the recorded,
    the receiver keeps every trace with an error, every one that takes ``slow_ms`` or longer,
    ``keep_share`` of the rest, and of what is then left up to ``keep_per_s`` a second. The
    oldest go when ``bytes_max`` on disk are reached.
    """

    module: str
    head_share: float = 1.0
    head_per_s: float = 100.0
    slow_ms: float = 1000.0
    keep_share: float = 0.05
    keep_per_s: float = 20.0
    bytes_max: int = 200_000_000


class TelemetryConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a service sends its telemetry (the base URL of an OTLP receiver), and how much."""

    url: str
    head_share: float = 1.0
    head_per_s: float = 100.0


class ReceiverConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the receiver's process is told when it starts. It keeps all it has in ``folder``."""

    host: str
    port: int
    folder: str
    spec: TelemetrySpec


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system: its services in any order. ``edge`` is the service that users call, ``topics``
    are the logs between the services with their numbers of partitions. Without ``telemetry``
    nobody listens."""

    name: str
    services: tuple[ServiceSpec, ...]
    edge: str
    topics: dict[str, int] = {}
    telemetry: TelemetrySpec | None = None


class ServiceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one process is told when it starts.

    ``prefix`` is put before the names of streams and buckets on the log, so that several
    ranges can share a server. ``peers`` maps a service's name to its base URL.
    ``replaces`` maps a module's name to the file that is loaded in its place.
    """

    range: str
    service: str
    module: str
    member: str
    host: str
    port: int
    postgres_url: str
    nats_url: str
    prefix: str
    topics: dict[str, int] = {}
    peers: dict[str, str] = {}
    replaces: dict[str, str] = {}
    settings: dict[str, Any] = {}
    telemetry: TelemetryConfig | None = None
