"""The engines: how each is brought up for a round, and what it promises of a saga."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec

from benchmarks.ranges import range_in
from benchmarks.sagas.closed_loop import Lap
from benchmarks.sagas.idle import MANIFEST as IDLE
from benchmarks.sagas.installing import Shelf
from benchmarks.sagas.ours.messages import LOCAL
from benchmarks.sagas.ours.messages import MANIFEST as OURS
from benchmarks.sagas.processes import READY_TIMEOUT_S, ROOT, Program
from practicum.servers.control import RangeStatus
from practicum.servers.ports import HOST, choose
from practicum.service.manifest import Manifest

RIVALS = "benchmarks.sagas.rivals"


class Running(msgspec.Struct, frozen=True):
    """An engine that is up: runs laps, and these processes are its cost."""

    lap: Callable[[int, float], Awaitable[Lap]]
    pids: tuple[int, ...]


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """``durable`` says what a power cut leaves of a saga; ``times`` how many times as many
    sagas per second we promise (None for ourselves)."""

    name: str
    durable: str
    times: float | None
    up: Callable[[Path], AbstractAsyncContextManager[Running]]


@contextlib.asynccontextmanager
async def range_of(home: Path, manifest: Manifest) -> AsyncIterator[RangeStatus]:
    """A range of the benchmark's own; it goes down at the end, whatever happens."""
    os.environ["PYTHONPATH"] = str(ROOT)  # its services stand in this folder
    async with range_in(home, manifest) as client:
        yield await client.status()


def practicum(home: Path) -> AbstractAsyncContextManager[Running]:
    """One orchestrator and four participants, with NATS, PostgreSQL and their supervisor."""
    return _ours(home, OURS)


def practicum_local(home: Path) -> AbstractAsyncContextManager[Running]:
    """One service that does the steps itself, with NATS, PostgreSQL and their supervisor."""
    return _ours(home, LOCAL)


@contextlib.asynccontextmanager
async def _ours(home: Path, manifest: Manifest) -> AsyncIterator[Running]:
    async with range_of(home, manifest) as status:

        async def lap(in_flight: int, duration_s: float) -> Lap:
            return await asyncio.to_thread(_ask_for_lap, status.edge, in_flight, duration_s)

        yield Running(lap, (status.pid,))


def _ask_for_lap(edge: str, in_flight: int, duration_s: float) -> Lap:
    wanted = json.dumps({"in_flight": in_flight, "duration_s": duration_s}).encode()
    request = urllib.request.Request(f"{edge}/laps", wanted, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=duration_s + READY_TIMEOUT_S) as answer:
        return Lap(**json.load(answer))


@contextlib.asynccontextmanager
async def dbos(home: Path) -> AsyncIterator[Running]:
    """Workflow and steps in one process, on the PostgreSQL that our services use."""
    shelf = Shelf()
    shelf.install()
    async with range_of(home, IDLE) as status:
        postgres = next(member.pid for member in status.members if member.name == "postgres")
        assert postgres is not None
        url = status.postgres_url.rpartition("/")[0] + "/dbos_sagas"
        module = ("-m", f"{RIVALS}.with_dbos")
        async with Program.running(home / "dbos.log", str(shelf.python), *module, url) as driver:
            await driver.report()
            yield Running(driver.lap, (postgres, driver.pid))


@contextlib.asynccontextmanager
async def temporal(home: Path) -> AsyncIterator[Running]:
    """The development server with a database file; client and worker in one process."""
    shelf = Shelf()
    shelf.install()
    port = str(choose(["temporal"], {}, None)["temporal"])
    server_command = (
        *(str(shelf.program("temporal")), "server", "start-dev", "--headless", "--ip", HOST),
        *("--port", port, "--db-filename", str(home / "temporal.db"), "--log-level", "error"),
    )
    driver_command = (str(shelf.python), "-m", f"{RIVALS}.with_temporal", f"{HOST}:{port}")
    async with (
        Program.running(home / "temporal.log", *server_command) as server,
        Program.running(home / "worker.log", *driver_command) as driver,
    ):
        await driver.report()
        yield Running(driver.lap, (server.pid, driver.pid))


@contextlib.asynccontextmanager
async def restate(home: Path) -> AsyncIterator[Running]:
    """One server, one worker with the service, one client."""
    shelf = Shelf()
    shelf.install()
    ports = choose(["node", "ingress", "admin", "service"], {}, None)
    at = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    config = home / "restate.toml"
    config.write_text(
        f'base-dir = "{home / "restate"}"\ndisable-telemetry = true\nlisten-mode = "tcp"\n'
        f'bind-ip = "{HOST}"\nbind-port = {ports["node"]}\nlog-filter = "error"\n'
        f"[ingress]\nbind-port = {ports['ingress']}\n[admin]\nbind-port = {ports['admin']}\n"
    )
    server_command = (str(shelf.restate_server()), "--no-logo", "-c", str(config))
    service_command = (
        *(str(shelf.python), "-m", "hypercorn", "--worker-class", "uvloop"),
        *("--bind", f"{HOST}:{ports['service']}", f"{RIVALS}.restate_service:app"),
    )
    module = ("-m", f"{RIVALS}.with_restate")
    places = (at["admin"], at["ingress"], at["service"])
    async with (
        Program.running(home / "restate.log", *server_command) as server,
        Program.running(home / "service.log", *service_command) as service,
        Program.running(home / "client.log", str(shelf.python), *module, *places) as driver,
    ):
        await driver.report()
        yield Running(driver.lap, (server.pid, service.pid, driver.pid))


ENGINES = (
    Engine(
        name="Practicum",
        durable="PostgreSQL, synced at every commit; the steps are in one process, as with the "
        "others",
        times=None,
        up=practicum_local,
    ),
    Engine(
        name="Practicum, five services",
        durable="PostgreSQL and JetStream, synced to disk at every commit and message",
        times=None,
        up=practicum,
    ),
    Engine(name="DBOS", durable="the same PostgreSQL, synced at every commit", times=8, up=dbos),
    Engine(
        name="Temporal",
        durable="development server, one SQLite file; local activities are noted when their "
        "workflow task ends",
        times=5,
        up=temporal,
    ),
    Engine(name="Restate", durable="one node, its log synced to disk", times=2, up=restate),
)
