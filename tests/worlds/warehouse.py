"""A small service whose operations go through every corner of the Caller port."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from practicum.service.errors import ERRORS, OperationError
from practicum.service.operations import Bound, Caller, Operation
from practicum.service.tracing import Context, current_context

Quantity = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Line(msgspec.Struct, frozen=True):
    """Some of one thing."""

    sku: str
    quantity: Quantity


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """Keep things for an order."""

    order_id: str
    lines: list[Line]
    note: str | None = None


class Reserved(msgspec.Struct, frozen=True):
    """What was kept."""

    order_id: str
    pieces: int


class Find(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a thing's stock."""

    sku: str
    shelves: list[int] = []
    exact: bool = False
    above: float | None = None


class Found(msgspec.Struct, frozen=True):
    """What was asked for, as it arrived."""

    sku: str
    shelves: list[int]
    exact: bool
    above: float | None


class Fail(msgspec.Struct, frozen=True):
    """Ask for an error of the table, or for a bug."""

    code: str


class Wait(msgspec.Struct, frozen=True):
    """Ask for an answer that takes long, ``hops`` services away."""

    seconds: float
    hops: int = 0


class Nothing(msgspec.Struct, frozen=True):
    """Nothing to say."""


class Heard(msgspec.Struct, frozen=True):
    """What the context held; the time left in seconds, on each hop."""

    correlation_id: str
    trace_id: str
    idempotency_key: str | None
    left_s: list[float]


RESERVE = Operation(
    service="warehouse",
    name="reserve",
    method="PUT",
    path="/orders/{order_id}",
    request=Reserve,
    result=Reserved,
    summary="Keep things for an order",
    errors=("conflict",),
    status=201,
)
FIND = Operation(
    service="warehouse",
    name="find",
    method="GET",
    path="/stock/{sku}",
    request=Find,
    result=list[Found],
)
FAIL = Operation(
    service="warehouse", name="fail", method="POST", path="/fail", request=Fail, result=type(None)
)
LISTEN = Operation(
    service="warehouse", name="listen", method="POST", path="/listen", request=Wait, result=Heard
)
FORGET = Operation(
    service="warehouse",
    name="forget",
    method="DELETE",
    path="/stock",
    request=Nothing,
    result=Nothing,
)


class Warehouse:
    """Answers the operations. ``began`` and ``ended`` count the waits; ``gate`` holds them."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.ended = 0
        self.reserved: list[Reserve] = []

    def operations(self) -> list[Bound]:
        """All of them."""
        return [
            Bound(RESERVE, self.reserve),
            Bound(FIND, self.find),
            Bound(FAIL, self.fail),
            Bound(LISTEN, self.listen),
            Bound(FORGET, self.forget),
        ]

    async def reserve(self, request: Reserve) -> Reserved:
        """Count the pieces."""
        self.reserved.append(request)
        return Reserved(request.order_id, sum(line.quantity for line in request.lines))

    async def find(self, request: Find) -> list[Found]:
        """Say back what was asked."""
        return [Found(request.sku, request.shelves, request.exact, request.above)]

    async def fail(self, request: Fail) -> None:
        """Raise."""
        if request.code not in ERRORS:
            raise RuntimeError(f"a bug with a secret: {request.code}")
        raise OperationError(request.code, f"asked for {request.code}", field="code")

    async def listen(self, request: Wait) -> Heard:
        """Tell the context, here or further away."""
        context = current_context()
        assert context is not None
        left_s = _left(context)
        if request.hops:
            assert self.caller is not None
            onward = Wait(request.seconds, request.hops - 1)
            heard = await self.caller.call(LISTEN, onward, timeout_s=60.0)
            return msgspec.structs.replace(heard, left_s=[*left_s, *heard.left_s])
        self.began.set()
        if request.seconds:
            await asyncio.wait_for(self.gate.wait(), request.seconds)
        self.ended += 1
        return Heard(
            context.correlation_id, context.trace.trace_id, context.idempotency_key, left_s
        )

    async def forget(self, request: Nothing) -> Nothing:
        """Take what comes."""
        return Nothing()


def _left(context: Context) -> list[float]:
    if context.deadline is None:
        return []
    return [context.deadline - asyncio.get_running_loop().time()]
