"""Calls between services in memory, with the errors and the JSON of the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from practicum.service.errors import OperationError
from practicum.service.live.http.routes import Routes
from practicum.service.operations import Bound, Operation, RequestT, ResultT
from practicum.service.tracing import Context, QuietTracer, Tracer, current_context, use_context
from practicum.service.wire import OperationCodec
from practicum.service.world import World, new_id


class MemoryCaller:
    """`service.operations.Caller` that routes to bound operations in this process.

    ``down`` holds services that nobody can reach; ``mute`` those whose answers get lost after
    they did what was asked.
    """

    def __init__(
        self, operations: Sequence[Bound], *, world: World, tracer: Tracer | None = None
    ) -> None:
        self._routes: dict[str, Routes[Bound]] = {}
        for bound in operations:
            asked = bound.operation
            routes = self._routes.setdefault(asked.service, Routes())
            routes.add(asked.method, asked.path, bound)
        self._world = world
        self._tracer = tracer or QuietTracer(world)
        self.down: set[str] = set()
        self.mute: set[str] = set()

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """See `Caller.call`."""
        peer = operation.service
        if peer not in self._routes:
            raise LookupError(f"no address for the service {peer}: bind one of its operations")
        calling = OperationCodec(operation)
        text = calling.write_request(request)
        now = asyncio.get_running_loop().time()
        inherited = current_context()
        deadline = now + timeout_s
        if inherited is not None and inherited.deadline is not None:
            deadline = min(deadline, inherited.deadline)
        if deadline <= now:
            raise OperationError("too_late", f"no time left to ask {peer}")
        if peer in self.down:
            raise OperationError("refused", f"{peer} is down")
        parent = inherited.trace if inherited else None
        with self._tracer.span(operation.name, kind="client", parent=parent) as trace:
            context = Context(
                correlation_id=inherited.correlation_id if inherited else new_id(self._world),
                trace=trace.child(self._world),
                deadline=deadline,
                idempotency_key=idempotency_key,
            )
            bound, path = self._routes[peer].find(operation.method, text.path)
            codec = OperationCodec(bound.operation)
            with use_context(context):
                arrived = codec.read_request(path, text.query, text.body)
                body = codec.write_result(await _answer(bound, arrived, deadline))
        if peer in self.mute:
            raise OperationError("unavailable", f"the answer of {peer} got lost")
        result: ResultT = calling.read_result(body)
        return result


async def _answer(bound: Bound, request: Any, deadline: float) -> Any:
    try:
        async with asyncio.timeout_at(deadline) as limit:
            return await bound.answer(request)
    except OperationError:
        raise
    except Exception as error:
        if isinstance(error, TimeoutError) and limit.expired():
            raise OperationError("deadline_exceeded", "no answer in time") from None
        raise OperationError("internal", "a fault in the server") from error
