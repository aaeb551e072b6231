"""Run one service as a process: ``python -m practicum.service.live.host CONFIG.json``.

The supervisor holds the other end of two pipes. On standard input it sends commands as JSON
lines, and end of file means that it is gone: the process then leaves at once. On the report
pipe (its number is in ``PRACTICUM_REPORT_FD``) the process says that a crash point was hit,
just before it kills itself there.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import uvloop

from practicum.service.crash import on_crash_point
from practicum.service.group_commit import GroupCommit
from practicum.service.live.clock import LiveWorld
from practicum.service.live.exporter import Exporter
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.http.edge import Edge
from practicum.service.live.http.server import HttpServer
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.live.logging import configure_logging, export_logging
from practicum.service.live.metrics import LiveMeter, watch_lag
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.live.postgres.views import PostgresViews
from practicum.service.live.replacing import replace_modules
from practicum.service.live.tracing import RecordingTracer, make_tracer
from practicum.service.log import Topic
from practicum.service.manifest import ServiceConfig
from practicum.service.metrics import Meter, QuietMeter
from practicum.service.running import Health, run_service
from practicum.service.service import Ports, Service
from practicum.service.tracing import Tracer
from practicum.service.view_operations import view_operations
from practicum.service.world import World

logger = logging.getLogger("practicum.host")

DRAIN_S = 5.0
GARBAGE_EVERY = 50_000
"""Objects between two collections: cycles are rare here, and what is remembered is much."""


class Order(msgspec.Struct, frozen=True):
    """A line from the supervisor: ``arm`` a crash point to fire at its ``hit``-th visit,
    ``disarm`` all, set the weather at the ``edge``, or the service's ``mood``."""

    do: str
    point: str = ""
    hit: int = 1
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    refuse_ratio: float = 0.0
    mood: dict[str, float] = {}


class CrashPoints:
    """Armed points count down; at zero the process reports and kills itself, as a power cut
    would: no handler runs, nothing is flushed."""

    def __init__(self, report: Callable[[Mapping[str, object]], None]) -> None:
        self._report = report
        self._armed: dict[str, int] = {}

    def obey(self, order: Order) -> None:
        """Arm or disarm."""
        if order.do == "arm":
            self._armed[order.point] = order.hit
            on_crash_point(self._reached)
        elif order.do == "disarm":
            self._armed.clear()
            on_crash_point(None)

    def _reached(self, name: str) -> None:
        left = self._armed.get(name)
        if left is None:
            return
        if left > 1:
            self._armed[name] = left - 1
            return
        self._report({"report": "crash_point", "point": name, "hit": 1})
        os.kill(os.getpid(), signal.SIGKILL)


def report_to_supervisor(report: Mapping[str, object]) -> None:
    """Write a line on the report pipe, if there is one; it outlives this process."""
    number = os.environ.get("PRACTICUM_REPORT_FD")
    if number:
        with contextlib.suppress(OSError):
            os.write(int(number), msgspec.json.encode(report) + b"\n")


class Faults:
    """What the supervisor does to this process, other than with signals."""

    def __init__(self, points: CrashPoints) -> None:
        self.edge = Edge()
        self.mood: dict[str, float] = {}
        self._points = points

    def obey(self, order: Order) -> None:
        """Let it be so from now on."""
        if order.do == "edge":
            self.edge.set(
                delay_ms=order.delay_ms,
                jitter_ms=order.jitter_ms,
                refuse_ratio=order.refuse_ratio,
            )
        elif order.do == "mood":
            self.mood.clear()
            self.mood.update(order.mood)
        else:
            self._points.obey(order)


def listen_to_supervisor(faults: Faults) -> None:
    """Obey lines on standard input; leave at its end."""
    rest = b""

    def readable() -> None:
        nonlocal rest
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            try:
                faults.obey(msgspec.json.decode(line, type=Order))
            except msgspec.DecodeError as error:
                logger.error("the supervisor sent %r: %s", line, error)

    os.set_blocking(0, False)
    asyncio.get_running_loop().add_reader(0, readable)


def load_build(config: ServiceConfig) -> Callable[[Ports], Service]:
    """The service module's ``build``, with the files of ``replaces`` loaded in place of their
    modules."""
    replace_modules(config.replaces)
    build: Callable[[Ports], Service] = importlib.import_module(config.module).build
    return build


async def host(config: ServiceConfig) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    faults = Faults(CrashPoints(report_to_supervisor))
    if os.environ.get("PRACTICUM_REPORT_FD"):
        listen_to_supervisor(faults)
    world = LiveWorld()
    health = Health()
    async with contextlib.AsyncExitStack() as stack:
        tracer, meter = listen(config, world, stack)
        store = await PostgresEventStore.open(config.postgres_url, world)
        stack.push_async_callback(store.close)
        log = await JetStreamEventLog.connect(config.nats_url, config.prefix, world)
        stack.push_async_callback(log.close)
        caller = HttpCaller(config.peers, world=world, tracer=tracer)
        stack.push_async_callback(caller.close)
        await log.ensure_topics([Topic(name, n) for name, n in config.topics.items()])
        service = load_build(config)(
            Ports(
                service=config.service,
                member=config.member,
                world=world,
                store=GroupCommit(store),
                log=log,
                caller=caller,
                tracer=tracer,
                settings=config.settings,
                mood=faults.mood,
                views=PostgresViews(store),
                meter=meter,
            )
        )
        if config.telemetry is not None and service.topics:
            watching = asyncio.create_task(watch_lag(log, service.topics, service.name, meter))
            stack.callback(watching.cancel)
        server = HttpServer(
            config.service,
            [*service.operations, *view_operations(service)],
            world=world,
            tracer=tracer,
            ready=lambda: health.ready or str(health),
            host=config.host,
            port=config.port,
            edge=faults.edge,
        )
        gc.freeze()
        await serve_until(stop, service, health, server)


def listen(
    config: ServiceConfig, world: World, stack: contextlib.ExitStack | contextlib.AsyncExitStack
) -> tuple[Tracer, Meter]:
    """Where spans and figures go; log lines then go there too. Ends with ``stack``."""
    if config.telemetry is None:
        quiet = make_tracer(config.service, world, member=config.member)
        stack.callback(quiet.close)
        return quiet, QuietMeter()
    meter = LiveMeter()
    exporter = Exporter(config.telemetry.url, config.service, meter, member=config.member)
    wanted = config.telemetry
    tracer = RecordingTracer(
        world, exporter, meter, head_share=wanted.head_share, head_per_s=wanted.head_per_s
    )
    stack.callback(tracer.close)
    stack.callback(logging.getLogger().removeHandler, export_logging(exporter))
    return tracer, meter


async def serve_until(
    stop: asyncio.Event, service: Service, health: Health, server: HttpServer
) -> None:
    """Run service and server; on ``stop`` finish what was begun, then leave."""
    running = asyncio.create_task(run_service(service, health))
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        logger.info("draining")
        health.troubles["drain"] = "stopping"
        await server.drain(DRAIN_S)
    for task in (running, serving, stopping):
        task.cancel()
    results = await asyncio.gather(running, serving, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def main() -> None:
    """Read the configuration named on the command line and serve."""
    config = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=ServiceConfig)
    configure_logging(config.service, config.member)
    gc.set_threshold(GARBAGE_EVERY, 20, 20)
    try:
        uvloop.run(host(config))
    except Exception as error:
        logger.critical("%s cannot run: %s", config.service, error, exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    main()
