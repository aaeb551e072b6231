"""From a manifest to processes: who runs where, with what, after whom."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from practicum.servers import jetstream
from practicum.servers.home import RangeError, RangeFolder, RangeState, write_atomically
from practicum.servers.ports import HOST
from practicum.servers.postgres import Cluster, database_url, ensure_databases
from practicum.servers.process.launching import Launch
from practicum.servers.process.member import Plan
from practicum.servers.process.probes import (
    NotReady,
    http_ready,
    nats_ready,
    postgres_ready,
)
from practicum.service.manifest import (
    Manifest,
    ReceiverConfig,
    ServiceConfig,
    ServiceSpec,
    TelemetryConfig,
    TelemetrySpec,
)

HOST_MODULE = "practicum.service.live.host"
SUBSTITUTE_MODULE = "practicum.service.live.substitute"
NATS_VARIABLE = "PRACTICUM_NATS_URL"
POSTGRES_VARIABLE = "PRACTICUM_POSTGRES_URL"
EXTERNAL_TIMEOUT_S = 5.0


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a range is to be. A URL means that somebody else runs that server."""

    home: str
    name: str
    manifest: Manifest
    port_base: int | None = None
    nats_url: str | None = None
    postgres_url: str | None = None
    host_module: str = HOST_MODULE


class Override(msgspec.Struct):
    """What holds for a service in place of what the manifest gives it."""

    replaces: dict[str, str] = {}
    peers: dict[str, str] = {}


def prefix_of(name: str) -> str:
    """What stands before a range's names on servers that it may share."""
    return f"practicum_{name}_"


def processes_of(spec: ServiceSpec) -> tuple[str, ...]:
    """``order``, ``order.2``, ``order.3``: one for each member."""
    return (spec.name, *(f"{spec.name}.{number}" for number in range(2, spec.members + 1)))


def check_manifest(manifest: Manifest) -> None:
    """RangeError unless every name means a service and nobody waits for himself."""
    specs = {spec.name: spec for spec in manifest.services}
    for spec in manifest.services:
        if spec.members < 1:
            raise RangeError(f"service {spec.name} has {spec.members} members: it needs one")
        for needed in (*spec.after, *spec.calls):
            if needed not in specs:
                raise RangeError(f"service {spec.name} names {needed}, which is not a service")
    if manifest.edge not in specs:
        raise RangeError(f"the edge {manifest.edge} is not a service of {manifest.name}")
    left = {name: set(spec.after) for name, spec in specs.items()}
    while left:
        free = {name for name, needs in left.items() if not needs & left.keys()}
        if not free:
            raise RangeError(f"these services wait for one another: {', '.join(sorted(left))}")
        left = {name: needs for name, needs in left.items() if name not in free}


def port_names(request: StartRequest) -> list[str]:
    """The processes that need a port, in the order in which fixed ports are given."""
    names = [] if request.nats_url else ["nats"]
    names += [] if request.postgres_url else ["postgres"]
    for spec in request.manifest.services:
        names += processes_of(spec)
    if request.manifest.telemetry is not None:
        names.append("telemetry")
    return names


class Planner:
    """Makes the plans of one range; ``overrides`` may change while it runs."""

    def __init__(self, folder: RangeFolder, request: StartRequest, state: RangeState) -> None:
        self._folder, self._request, self._state = folder, request, state
        self.overrides: dict[str, Override] = {}
        nats_port, postgres_port = state.ports.get("nats", 0), state.ports.get("postgres", 0)
        self.nats_url = request.nats_url or jetstream.url(nats_port, state.nats_password)
        self.cluster = Cluster(folder, postgres_port, state.postgres_password)
        self.postgres_url = request.postgres_url or self.cluster.url()
        self.databases = {
            spec.name: prefix_of(request.name) + spec.name for spec in request.manifest.services
        }

    @property
    def edge(self) -> str:
        """The base URL of the service that users call."""
        return self._base_url(self._request.manifest.edge)

    def _base_url(self, service: str) -> str:
        return f"http://{HOST}:{self._state.ports[service]}"

    async def reach_external(self) -> None:
        """See that the servers of others answer, and prepare them; RangeError naming the
        variable that told their address."""
        if self._request.nats_url:
            await _insist(nats_ready, self._request.nats_url, NATS_VARIABLE)
        if self._request.postgres_url:
            await _insist(postgres_ready, self._request.postgres_url, POSTGRES_VARIABLE)
            try:
                await ensure_databases(self._request.postgres_url, list(self.databases.values()))
            except Exception as error:
                raise RangeError(
                    f"the server of {POSTGRES_VARIABLE} refuses to create databases "
                    f"({type(error).__name__}): its user needs CREATEDB"
                ) from error
        else:
            self.cluster.check()

    def plans(self) -> Iterator[Plan]:
        """All processes to supervise, servers first."""
        if not self._request.nats_url:
            yield self._nats()
        if not self._request.postgres_url:
            yield self._postgres()
        if self._request.manifest.telemetry is not None:
            yield self._telemetry(self._request.manifest.telemetry)
        for spec in self._request.manifest.services:
            for number, name in enumerate(processes_of(spec), 1):
                yield self._service(spec, name, number)

    def _nats(self) -> Plan:
        async def prepare() -> Launch:
            program = jetstream.command(self._folder, self._state.ports["nats"], password)
            return Launch(
                program=program,
                environment=jetstream.environment(),
                log=self._folder.log("nats"),
            )

        password = self._state.nats_password
        return Plan(
            name="nats",
            service="nats",
            kind="nats",
            port=self._state.ports["nats"],
            log=self._folder.log("nats"),
            prepare=prepare,
            probe=lambda: nats_ready(self.nats_url),
        )

    def _postgres(self) -> Plan:
        created = False

        async def probe() -> None:
            nonlocal created
            await postgres_ready(self.postgres_url)
            if not created:
                try:
                    await ensure_databases(self.postgres_url, list(self.databases.values()))
                except (OSError, TimeoutError) as error:
                    raise NotReady(str(error)) from error
                created = True

        return Plan(
            name="postgres",
            service="postgres",
            kind="postgres",
            port=self._state.ports["postgres"],
            log=self._folder.log("postgres"),
            prepare=self.cluster.prepare,
            probe=probe,
            stop_signal=signal.SIGINT,
            grace_s=20.0,
        )

    def _telemetry(self, spec: TelemetrySpec) -> Plan:
        port = self._state.ports["telemetry"]

        async def prepare() -> Launch:
            path = self._folder.path / "config" / "telemetry.json"
            folder = str(self._folder.path / "telemetry")
            config = ReceiverConfig(host=HOST, port=port, folder=folder, spec=spec)
            write_atomically(path, msgspec.json.encode(config))
            return Launch(
                program=(sys.executable, "-m", spec.module, str(path)),
                environment=_service_environment(),
                log=self._folder.log("telemetry"),
            )

        return Plan(
            name="telemetry",
            service="telemetry",
            kind="telemetry",
            port=port,
            log=self._folder.log("telemetry"),
            prepare=prepare,
            probe=lambda: http_ready(HOST, port),
        )

    def _service(self, spec: ServiceSpec, name: str, number: int) -> Plan:
        port = self._state.ports[name]
        servers = [] if self._request.nats_url else ["nats"]
        servers += [] if self._request.postgres_url else ["postgres"]
        after = {need for other in spec.after for need in processes_of(self._spec(other))}

        async def prepare() -> Launch:
            path = self._folder.path / "config" / f"{name}.json"
            config = self._config(spec, port, number)
            write_atomically(path, msgspec.json.encode(config))
            return self._host(config, path, self._folder.log(name))

        return Plan(
            name=name,
            service=spec.name,
            kind="service",
            port=port,
            log=self._folder.log(name),
            prepare=prepare,
            probe=lambda: http_ready(HOST, port),
            needs=(*servers, *sorted(after)),
        )

    def _host(self, config: ServiceConfig, path: Path, log: Path) -> Launch:
        """How the service is run; within bounds, if somebody's own files are part of it."""
        words, stacks = [self._request.host_module, str(path)], None
        if config.replaces:
            stacks = path.with_suffix(".stacks")
            words = [SUBSTITUTE_MODULE, *words, str(stacks)]
        return Launch(
            program=(sys.executable, "-m", *words),
            environment=_service_environment(),
            log=log,
            stacks=stacks,
        )

    def _spec(self, name: str) -> ServiceSpec:
        return next(spec for spec in self._request.manifest.services if spec.name == name)

    def _config(self, spec: ServiceSpec, port: int, number: int) -> ServiceConfig:
        override = self.overrides.get(spec.name, Override())
        return ServiceConfig(
            range=self._request.name,
            service=spec.name,
            module=spec.module,
            member=f"{spec.name}-{number}",
            host=HOST,
            port=port,
            postgres_url=database_url(self.postgres_url, self.databases[spec.name]),
            nats_url=self.nats_url,
            prefix=prefix_of(self._request.name),
            topics=self._request.manifest.topics,
            peers={name: self._base_url(name) for name in spec.calls} | override.peers,
            replaces=override.replaces,
            settings=spec.settings,
            telemetry=self._telemetry_config(),
        )

    def _telemetry_config(self) -> TelemetryConfig | None:
        spec = self._request.manifest.telemetry
        if spec is None:
            return None
        return TelemetryConfig(
            url=f"http://{HOST}:{self._state.ports['telemetry']}",
            head_share=spec.head_share,
            head_per_s=spec.head_per_s,
        )


def _service_environment() -> dict[str, str]:
    told_by_config = {NATS_VARIABLE, POSTGRES_VARIABLE}
    kept = {key: value for key, value in os.environ.items() if key not in told_by_config}
    return {**kept, "PYTHONUNBUFFERED": "1"}


async def _insist(probe: Callable[[str, float], Awaitable[None]], url: str, variable: str) -> None:
    try:
        await probe(url, EXTERNAL_TIMEOUT_S)
    except NotReady as error:
        raise RangeError(
            f"the server of {variable} does not answer as it should ({error}): start it, correct "
            "the variable, or unset it to let the range run its own"
        ) from error
