"""Operations over HTTP: an ASGI application in an embedded uvicorn, without a framework.

Beside its operations a server answers ``/health/live``, ``/health/ready``, ``/openapi.json``
and ``/docs``. It stops in order: new connections are refused, requests on open ones are told
``draining``, and what runs may finish within the grace.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from practicum.service.live.http.app import HttpApp
from practicum.service.live.http.edge import Edge
from practicum.service.operations import Bound
from practicum.service.tracing import Tracer
from practicum.service.world import World

_logger = logging.getLogger(__name__)
_BACKLOG = 2048
# Longer than clients keep idle connections (aiohttp: 15 s), so that it is the client that
# closes them, and no request is ever sent into a connection being closed for idleness.
_KEEP_ALIVE_S = 75
_CLOSING_S = 1


class CannotListen(Exception):
    """The address cannot be had; the message names it."""


class HttpServer:
    """Serves ``operations`` at ``host`` and ``port`` (0: any free one).

    ``ready`` is asked by ``/health/ready``: True, or the reason why not. More than
    ``in_flight_max`` requests at once are refused with ``overloaded``. ``edge`` is the weather
    that they come through.
    """

    def __init__(
        self,
        service_name: str,
        operations: Sequence[Bound],
        world: World,
        tracer: Tracer,
        *,
        ready: Callable[[], bool | str],
        host: str = "127.0.0.1",
        port: int = 0,
        in_flight_max: int = 1000,
        edge: Edge | None = None,
    ) -> None:
        self._app = HttpApp(
            service_name,
            operations,
            world=world,
            tracer=tracer,
            ready=ready,
            in_flight_max=in_flight_max,
        )
        self._edge = edge
        self._host, self._port = host, port
        self._uvicorn: _EmbeddedUvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """Where callers find this server, once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Listen; returns when requests are answered. Raises `CannotListen`."""
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http="httptools" if self._edge is None else self._edge.protocol(),
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_CLOSING_S,
        )
        self._uvicorn = _EmbeddedUvicorn(config)
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
        started = asyncio.create_task(self._uvicorn.listening.wait())
        await asyncio.wait((self._serving, started), return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._serving.done():
            await self._serving

    async def serve(self) -> None:
        """Start, and stay until `drain` is through."""
        if self._serving is None:
            await self.start()
        assert self._serving is not None
        await asyncio.shield(self._serving)

    async def drain(self, grace_s: float) -> None:
        """Stop. Running requests get ``grace_s`` seconds to finish; those that do not are
        cancelled and answered with ``unavailable``, for their effect is unknown."""
        server, serving = self._uvicorn, self._serving
        if server is None or serving is None:
            return
        self._app.refuse_new()
        for listener in server.servers:
            listener.close()
        await self._app.finish(grace_s)
        server.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(serving)


class _EmbeddedUvicorn(uvicorn.Server):
    """A uvicorn that leaves signals to its host, says when it listens, and wakes up once a
    second (to renew the Date header) instead of ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Close all connections and end `serve`."""
        self.should_exit = True
        self._stopped.set()

    async def main_loop(self) -> None:
        while not self.should_exit:
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), 1.0)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _listen(host: str, port: int) -> socket.socket:
    # Listening here, not in uvicorn: on Linux two sockets with SO_REUSEADDR can be bound to
    # one port, and only the second listen() fails.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host} port {port}: {error.strerror or error}; "
            "end the process that uses it, or choose another port"
        ) from error
    return listener
