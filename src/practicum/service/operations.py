"""Typed operations: what a service can be asked, told once.

An `Operation` is a method, a path and two structs. The serving side binds a function to it;
the calling side declares its own copy with the fields that it needs (services never import one
another). The live adapter turns operations into HTTP routes and OpenAPI; the simulator calls
them through its network.

Where the fields of a request come from: a name in the path's braces, otherwise the query
string for GET and DELETE, otherwise the JSON body. The deadline, the trace, the correlation id
and the idempotency key travel beside the request in headers and stand in the `Context`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

Method = Literal["GET", "POST", "PUT", "DELETE"]
RequestT = TypeVar("RequestT", bound=msgspec.Struct)
ResultT = TypeVar("ResultT")

DEADLINE_HEADER = "practicum-deadline-ms"
"""Milliseconds that the caller will still wait, counted from when it sent the request."""
CORRELATION_HEADER = "practicum-correlation-id"
IDEMPOTENCY_HEADER = "idempotency-key"
TRACE_HEADER = "traceparent"


class Operation(msgspec.Struct, Generic[RequestT, ResultT], frozen=True, kw_only=True):
    """One thing that a service can be asked.

    ``service`` is who answers, ``name`` is unique within it, ``status`` the HTTP status of
    success. ``errors`` are codes of the error table beyond those every operation may give.
    """

    service: str
    name: str
    method: Method
    path: str
    request: type[RequestT]
    result: type[ResultT]
    summary: str = ""
    status: int = 200
    errors: tuple[str, ...] = ()

    @property
    def path_fields(self) -> tuple[str, ...]:
        """Names of the request's fields that stand in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))


class Bound(msgspec.Struct, frozen=True):
    """An operation with the function that answers it."""

    operation: Operation[Any, Any]
    answer: Callable[[Any], Awaitable[Any]]


class Caller(Protocol):
    """Port: ask another service."""

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """Ask, and wait until the answer, ``timeout_s``, or the deadline of the current
        context, whichever is first. One try; `service.retry` gives more.

        Raises `OperationError`, whose ``definite`` says whether the effect surely did not
        happen.
        """
        ...
