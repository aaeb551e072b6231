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


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system: its services in any order. ``edge`` is the service that users call, ``topics``
    are the logs between the services with their numbers of partitions."""

    name: str
    services: tuple[ServiceSpec, ...]
    edge: str
    topics: dict[str, int] = {}


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
