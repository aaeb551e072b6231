"""Typed operations over the driver's own connections: a Caller that costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from practicum.service.errors import OperationError
from practicum.service.live.http.context import write_context
from practicum.service.live.http.problem import error_of
from practicum.service.operations import TRACE_HEADER, Operation, RequestT, ResultT
from practicum.service.tracing import Context, Trace
from practicum.service.wire import OperationCodec, RequestText
from practicum.service.world import World, new_id
from practicum.stress.connection import Broken, Connection, Pool


class LeanCaller:
    """`service.operations.Caller` for load: no spans, no redirects, one try.

    It says nothing of traces, as browsers do, so that the edge begins one and decides whether it
    is sampled. ``peers`` maps services to base URLs.
    """

    def __init__(self, peers: Mapping[str, str], world: World) -> None:
        self._world = world
        self._pools: dict[str, Pool] = {}
        self._codecs: dict[Operation[Any, Any], OperationCodec] = {}
        self._hosts: dict[str, str] = {}
        for name, url in peers.items():
            parts = urlsplit(url)
            self._hosts[name] = parts.netloc
            self._pools[name] = Pool(parts.hostname or "127.0.0.1", parts.port or 80)

    async def __aenter__(self) -> LeanCaller:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """See `Caller.call`."""
        pool = self._pools.get(operation.service)
        if pool is None:
            raise LookupError(f"no address for the service {operation.service}")
        codec = self._codecs.get(operation)
        if codec is None:
            codec = self._codecs[operation] = OperationCodec(operation)
        data = self._written(operation, codec.write_request(request), timeout_s, idempotency_key)
        status, body = await _exchange(pool, data, operation.service, timeout_s)
        if 200 <= status < 300:
            result: ResultT = codec.read_result(body)
            return result
        raise error_of(status, body, operation.service)

    def _written(
        self, operation: Operation[Any, Any], text: RequestText, timeout_s: float, key: str | None
    ) -> bytes:
        world = self._world
        context = Context(
            correlation_id=new_id(world), trace=Trace.start(world), idempotency_key=key
        )
        headers = write_context(context, timeout_s)
        del headers[TRACE_HEADER]
        target = f"{text.path}?{text.query}" if text.query else text.path
        lines = [f"{operation.method} {target} HTTP/1.1", f"host: {self._hosts[operation.service]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if text.body or operation.method in ("POST", "PUT"):
            lines.append(f"content-type: application/json\r\ncontent-length: {len(text.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + text.body


async def _exchange(pool: Pool, data: bytes, peer: str, timeout_s: float) -> tuple[int, bytes]:
    connection: Connection | None = None
    whole = False
    try:
        async with asyncio.timeout(timeout_s):
            connection = await pool.take()
            reply = await connection.ask(data)
        whole = True
        return reply
    except TimeoutError as error:
        if connection is None:
            raise OperationError("too_late", f"no connection to {peer} in time") from error
        raise OperationError("deadline_exceeded", f"no answer from {peer} in time") from error
    except Broken as error:
        raise OperationError("unavailable", f"the connection to {peer} broke: {error}") from error
    except OSError as error:
        raise OperationError("refused", f"{peer}: {error.strerror or error}") from error
    finally:
        if connection is not None:
            pool.give_back(connection, whole=whole)
