"""The ASGI application that answers operations. `http.server` gives it a socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from practicum.service.errors import OperationError
from practicum.service.events import canonical_json
from practicum.service.live.http.context import read_context, read_correlation
from practicum.service.live.http.docs import docs_page
from practicum.service.live.http.openapi import openapi_document
from practicum.service.live.http.problem import PROBLEM_TYPE, problem_of
from practicum.service.live.http.routes import MethodNotAllowed, Routes
from practicum.service.operations import CORRELATION_HEADER, TRACE_HEADER, Bound
from practicum.service.tracing import Trace, Tracer, use_context
from practicum.service.wire import OperationCodec
from practicum.service.world import World, new_id

_logger = logging.getLogger(__name__)
BODY_BYTES_MAX = 1_000_000
_BODY_WAIT_S = 10.0
_JSON = "application/json"

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Reply(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    media_type: str = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class _Page(msgspec.Struct, frozen=True):
    """A route that is no operation: it needs nothing from the request."""

    answer: Callable[[], _Reply]


class _Endpoint(msgspec.Struct, frozen=True):
    bound: Bound
    codec: OperationCodec
    span_name: str


class HttpApp:
    """An ASGI application; see `server.HttpServer` for the arguments."""

    def __init__(
        self,
        service_name: str,
        operations: Sequence[Bound],
        *,
        world: World,
        tracer: Tracer,
        ready: Callable[[], bool | str],
        in_flight_max: int,
    ) -> None:
        self._service_name = service_name
        self._operations = [bound.operation for bound in operations]
        self._world = world
        self._tracer = tracer
        self._ready = ready
        self._in_flight_max = in_flight_max
        self._running: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._cached: dict[str, bytes] = {}
        self._routes: Routes[_Endpoint | _Page] = Routes()
        for bound in operations:
            operation = bound.operation
            name = f"{operation.method} {operation.path}"
            endpoint = _Endpoint(bound, OperationCodec(operation), name)
            self._routes.add(operation.method, operation.path, endpoint)
        self._routes.add("GET", "/health/live", _Page(self._live))
        self._routes.add("GET", "/health/ready", _Page(self._is_ready))
        self._routes.add("GET", "/openapi.json", _Page(self._openapi))
        self._routes.add("GET", "/docs", _Page(self._docs))

    def refuse_new(self) -> None:
        """From now on operations answer ``draining``, and readiness is gone."""
        self._draining = True

    async def finish(self, grace_s: float) -> None:
        """Wait for what runs, at most ``grace_s`` seconds; then cancel it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        for task in self._running:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        correlation_id = read_correlation(headers, self._world)
        try:
            reply = await self._reply(scope, headers, (correlation_id, receive))
        except MethodNotAllowed as error:
            reply = _problem(error, headers=((b"allow", error.allowed.encode()),))
        except OperationError as error:
            reply = _problem(error)
        except asyncio.CancelledError:
            if not self._draining:
                raise
            reply = _problem(OperationError("unavailable", "the server stopped meanwhile"))
        except Exception:
            reply = self._bug(scope, correlation_id)
        fields = [
            (b"content-type", reply.media_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
            (CORRELATION_HEADER.encode(), correlation_id.encode()),
            *reply.headers,
        ]
        if self._draining:
            fields.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(
        self, scope: Scope, headers: Mapping[str, str], rest: tuple[str, Receive]
    ) -> _Reply:
        target, path = self._routes.find(scope["method"], scope["raw_path"].decode("latin-1"))
        if isinstance(target, _Page):
            return target.answer()
        correlation_id, receive = rest
        operation = target.bound.operation
        span = self._tracer.span(
            target.span_name,
            kind="server",
            parent=Trace.parse(headers.get(TRACE_HEADER)),
            attributes={
                "http.request.method": operation.method,
                "http.route": operation.path,
                "http.response.status_code": operation.status,
                "messaging.message.conversation_id": correlation_id,
            },
        )
        with self._permit(), span as trace:
            now = asyncio.get_running_loop().time()
            context = read_context(headers, correlation_id, trace=trace, now=now)
            body = b"" if target.codec.in_query else await _read_body(headers, receive)
            with use_context(context):
                query = scope["query_string"].decode("latin-1")
                request = target.codec.read_request(path, query, body)
                result = await _answer_in_time(target.bound, request, context.deadline)
                return _Reply(operation.status, target.codec.write_result(result))

    @contextlib.contextmanager
    def _permit(self) -> Iterator[None]:
        if self._draining:
            raise OperationError("draining", f"{self._service_name} is stopping; ask again soon")
        if len(self._running) >= self._in_flight_max:
            raise OperationError("overloaded", f"{self._in_flight_max} requests are running")
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self._idle.clear()
        try:
            yield
        finally:
            self._running.discard(task)
            if not self._running:
                self._idle.set()

    def _bug(self, scope: Scope, correlation_id: str) -> _Reply:
        error_id = new_id(self._world)
        _logger.exception(
            "%s %s failed by a bug",
            scope["method"],
            scope["path"],
            extra={"error_id": error_id, "correlation_id": correlation_id},
        )
        error = OperationError("internal", f"a fault in the server; its log has error {error_id}")
        return _problem(error, instance=f"urn:uuid:{error_id}")

    def _live(self) -> _Reply:
        return _Reply(200, canonical_json({"service": self._service_name, "status": "live"}))

    def _is_ready(self) -> _Reply:
        state = "draining" if self._draining else self._ready()
        document = {"service": self._service_name, "status": "ready"}
        if state is True:
            return _Reply(200, canonical_json(document))
        document |= {"status": "not ready", "reason": state or "the service says no more"}
        return _Reply(503, canonical_json(document))

    def _openapi(self) -> _Reply:
        if "openapi" not in self._cached:
            document = openapi_document(self._service_name, self._operations)
            self._cached["openapi"] = canonical_json(document)
        return _Reply(200, self._cached["openapi"])

    def _docs(self) -> _Reply:
        if "docs" not in self._cached:
            document = openapi_document(self._service_name, self._operations)
            self._cached["docs"] = docs_page(document).encode()
        policy = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'")
        return _Reply(200, self._cached["docs"], "text/html; charset=utf-8", (policy,))


async def _answer_in_time(bound: Bound, request: Any, deadline: float | None) -> Any:
    if deadline is not None and asyncio.get_running_loop().time() >= deadline:
        raise OperationError("too_late", "the caller's deadline has passed; nothing was begun")
    try:
        async with asyncio.timeout_at(deadline) as limit:
            return await bound.answer(request)
    except TimeoutError:
        # A TimeoutError of the answer itself is a bug there, not our deadline.
        if limit.expired():
            raise OperationError("deadline_exceeded", "no answer before the deadline") from None
        raise


async def _read_body(headers: Mapping[str, str], receive: Receive) -> bytes:
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > BODY_BYTES_MAX:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_WAIT_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise OperationError("malformed", "the connection closed within the body")
                body += message["body"]
                if len(body) > BODY_BYTES_MAX:
                    raise _too_large()
                if not message["more_body"]:
                    break
    except TimeoutError:
        raise OperationError("malformed", f"no whole body in {_BODY_WAIT_S:g} s") from None
    if body:
        _check_media_type(headers.get("content-type", ""))
    return bytes(body)


def _check_media_type(given: str) -> None:
    media_type, _, parameters = given.lower().partition(";")
    charset = parameters.replace('"', "").strip()
    is_json = media_type.strip() == _JSON or media_type.strip().endswith("+json")
    if not is_json or charset not in ("", "charset=utf-8"):
        raise OperationError(
            "unsupported_media_type",
            f"the body is {given[:100] or 'of no type'}: send the header content-type: {_JSON}",
        )


def _too_large() -> OperationError:
    return OperationError("too_large", f"a body has at most {BODY_BYTES_MAX} bytes")


def _problem(
    error: OperationError,
    *,
    instance: str | None = None,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> _Reply:
    body = canonical_json(problem_of(error, instance))
    return _Reply(error.kind.status, body, PROBLEM_TYPE, headers)
