"""Ask other services over HTTP: the live adapter of the Caller port.

The difficult part is what to say when no answer came. Nothing is claimed not to have happened
unless no connection was had: once a request may have been written, its effect is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from practicum.service.errors import OperationError
from practicum.service.live.http.context import write_context
from practicum.service.live.http.problem import error_of
from practicum.service.operations import Operation, RequestT, ResultT
from practicum.service.tracing import Context, Tracer, current_context
from practicum.service.wire import OperationCodec, RequestText
from practicum.service.world import World, new_id

_CONNECTIONS_PER_PEER_MAX = 256


class _Sent(msgspec.Struct):
    """Whether a try got a connection: from then on its bytes may be under way."""

    connected: bool = False


class _Broken(aiohttp.ClientError):
    """The connection broke after it was had."""


class HttpCaller:
    """`service.operations.Caller` over pooled connections; ``peers`` maps a service's name to
    its base URL. LookupError for a service without one. Close it in the end."""

    def __init__(self, peers: Mapping[str, str], world: World, tracer: Tracer) -> None:
        self._peers = {name: url.rstrip("/") for name, url in peers.items()}
        self._world = world
        self._tracer = tracer
        self._codecs: dict[Operation[Any, Any], OperationCodec] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> HttpCaller:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """See `Caller.call`."""
        base = self._peers.get(operation.service)
        if base is None:
            raise LookupError(
                f"no address for the service {operation.service}: "
                "name it in the calls of this service in the manifest"
            )
        codec = self._codecs.get(operation)
        if codec is None:
            codec = self._codecs[operation] = OperationCodec(operation)
        text = codec.write_request(request)
        now = asyncio.get_running_loop().time()
        inherited = current_context()
        deadline = now + timeout_s
        if inherited is not None and inherited.deadline is not None:
            deadline = min(deadline, inherited.deadline)
        if deadline <= now:
            raise OperationError("too_late", f"no time left to ask {operation.service}")
        attributes = {
            "http.request.method": operation.method,
            "http.route": operation.path,
            "peer.service": operation.service,
        }
        if idempotency_key is not None:
            attributes["practicum.idempotency_key"] = idempotency_key
        span = self._tracer.span(
            f"{operation.method} {operation.path}",
            kind="client",
            parent=inherited.trace if inherited else None,
            attributes=attributes,
        )
        with span as trace:
            context = Context(
                correlation_id=inherited.correlation_id if inherited else new_id(self._world),
                trace=trace,
                idempotency_key=idempotency_key,
            )
            headers = write_context(context, deadline - now)
            body = await self._send(base, codec, (text, headers, deadline))
            result: ResultT = codec.read_result(body)
            return result

    async def _send(
        self, base: str, codec: OperationCodec, what: tuple[RequestText, dict[str, str], float]
    ) -> bytes:
        text, headers, deadline = what
        peer = codec.operation.service
        if text.body:
            headers["content-type"] = "application/json"
        url = f"{base}{text.path}?{text.query}" if text.query else base + text.path
        sent = _Sent()
        try:
            async with (
                asyncio.timeout_at(deadline) as limit,
                self._open_session().request(
                    codec.operation.method,
                    URL(url, encoded=True),
                    data=text.body or None,
                    headers=headers,
                    allow_redirects=False,
                    trace_request_ctx=sent,
                ) as response,
            ):
                body = await response.read()
                status = response.status
        except TimeoutError as error:
            if not limit.expired():
                raise OperationError("unavailable", f"{peer}: {error}") from error
            if not sent.connected:
                message = f"no connection to {peer} before the deadline"
                raise OperationError("too_late", message) from error
            message = f"no answer from {peer} before the deadline"
            raise OperationError("deadline_exceeded", message) from error
        except aiohttp.ClientConnectorError as error:
            raise OperationError("refused", f"{peer} at {base}: {error.strerror}") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, _Broken) as error:
            message = f"the connection to {peer} broke: {error}"
            raise OperationError("unavailable", message) from error
        except aiohttp.ClientError as error:
            raise OperationError("internal", f"{peer} does not speak HTTP: {error}") from error
        if 200 <= status < 300:
            return body
        raise error_of(status, body, peer)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Its own time-outs are off: one deadline, ours, covers connection and answer.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, limit_per_host=_CONNECTIONS_PER_PEER_MAX, use_dns_cache=False
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_watch_connections()],
                middlewares=(_one_try,),
                skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
            )
        return self._session


async def _one_try(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET, PUT or DELETE a second time on its own, which it does
    when a pooled connection turns out to be closed: a try is a try, counted by `retry`."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(str(error) or type(error).__name__) from error


def _watch_connections() -> aiohttp.TraceConfig:
    async def connected(session: aiohttp.ClientSession, context: Any, params: Any) -> None:
        context.trace_request_ctx.connected = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(connected)
    config.on_connection_reuseconn.append(connected)
    return config
