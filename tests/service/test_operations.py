"""The contract of the Caller port, for the fake and for HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.service.errors import ERRORS, OperationError
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.http.server import HttpServer
from practicum.service.operations import Caller, Operation
from practicum.service.tracing import Context, QuietTracer, Trace, use_context
from worlds.fixed import FixedWorld
from worlds.memory_calls import MemoryCaller
from worlds.warehouse import (
    FAIL,
    FIND,
    FORGET,
    LISTEN,
    RESERVE,
    Fail,
    Find,
    Found,
    Line,
    Nothing,
    Reserve,
    Reserved,
    Wait,
    Warehouse,
)


@pytest.fixture
async def warehouse() -> Warehouse:
    """The service that is asked."""
    return Warehouse()


@pytest.fixture(params=["memory", "http"])
async def caller(request: pytest.FixtureRequest, warehouse: Warehouse) -> AsyncIterator[Caller]:
    """Each adapter of the port, in front of the warehouse."""
    world = FixedWorld()
    if request.param == "memory":
        warehouse.caller = MemoryCaller(warehouse.operations(), world=world)
        yield warehouse.caller
        return
    tracer = QuietTracer(world)
    server = HttpServer(
        "warehouse", warehouse.operations(), world=world, tracer=tracer, ready=lambda: True
    )
    await server.start()
    async with HttpCaller({"warehouse": server.url}, world, tracer) as http:
        warehouse.caller = http
        yield http
    await server.drain(0.0)


async def failing(caller: Caller, operation: Operation[Any, Any], request: Any) -> OperationError:
    """The error that a call ends with."""
    with pytest.raises(OperationError) as caught:
        await caller.call(operation, request, timeout_s=30.0)
    return caught.value


async def test_a_request_with_path_and_body_fields_arrives_whole(
    caller: Caller, warehouse: Warehouse
) -> None:
    """The path's field and the body's fields are one struct again."""
    request = Reserve(order_id="a/b ü?&#%", lines=[Line("anvil", 2), Line("rope", 3)])
    result = await caller.call(RESERVE, request, timeout_s=30.0)
    assert result == Reserved("a/b ü?&#%", 5)
    assert warehouse.reserved == [request]


async def test_a_request_in_the_query_keeps_its_types(caller: Caller) -> None:
    """Lists, booleans, floats and the absence of a value travel through a query string."""
    request = Find(sku="x", shelves=[3, 1], exact=True, above=1.5e-7)
    assert await caller.call(FIND, request, timeout_s=30.0) == [Found("x", [3, 1], True, 1.5e-7)]
    assert await caller.call(FIND, Find(sku="1"), timeout_s=30.0) == [Found("1", [], False, None)]


async def test_any_text_survives_the_path(caller: Caller) -> None:
    """Whatever text a path field holds arrives as it was, or is refused before it is sent."""

    async def ask(text: str) -> None:
        if text in ("", ".", ".."):
            error = await failing(caller, FIND, Find(sku=text))
            assert (error.code, error.field) == ("invalid", "sku")
        else:
            assert (await caller.call(FIND, Find(sku=text), timeout_s=30.0))[0].sku == text

    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    found: list[str] = []

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(texts | st.sampled_from(["..", ".", "", "a/../b", "%2e%2e", "//", "null", "\x00"]))
    def collect(text: str) -> None:
        found.append(text)

    collect()
    for text in found:
        await ask(text)


async def test_an_empty_request_and_an_empty_result_travel(caller: Caller) -> None:
    """An operation without fields needs no body."""
    assert await caller.call(FORGET, Nothing(), timeout_s=30.0) == Nothing()


@pytest.mark.parametrize("code", sorted(ERRORS))
async def test_every_error_of_the_table_reaches_the_caller(caller: Caller, code: str) -> None:
    """Code, words and field are those that the operation gave."""
    error = await failing(caller, FAIL, Fail(code))
    assert (error.code, error.message, error.field) == (code, f"asked for {code}", "code")
    assert error.definite is ERRORS[code].definite


async def test_a_bug_in_the_answer_is_internal_and_keeps_its_secrets(caller: Caller) -> None:
    """The caller learns that the effect is unknown, and nothing about the code."""
    error = await failing(caller, FAIL, Fail("swordfish"))
    assert error.code == "internal"
    assert not error.definite
    assert "swordfish" not in str(error)


async def test_a_value_out_of_bounds_is_invalid_and_named(
    caller: Caller, warehouse: Warehouse
) -> None:
    """The field's place is plain, and nothing was done."""
    error = await failing(caller, RESERVE, Reserve(order_id="1", lines=[Line("anvil", 0)]))
    assert (error.code, error.field) == ("invalid", "lines[0].quantity")
    assert error.message == "lines[0].quantity: expected int >= 1"
    assert warehouse.reserved == []


async def test_an_unknown_field_is_invalid_and_the_nearest_is_offered(caller: Caller) -> None:
    """A slip of the pen is pointed out, not ignored."""

    class Misspelt(msgspec.Struct):
        order_id: str
        lines: list[Line]
        notes: str

    operation = msgspec.structs.replace(RESERVE, request=Misspelt)
    error = await failing(caller, operation, Misspelt("1", [], "hello"))
    assert (error.code, error.field) == ("invalid", "notes")
    assert "did you mean note?" in error.message


async def test_a_caller_may_know_less_of_the_result_than_the_server(caller: Caller) -> None:
    """Unknown fields of a result are ignored."""

    class Pieces(msgspec.Struct):
        pieces: int

    operation: Any = msgspec.structs.replace(RESERVE, result=Pieces)
    request = Reserve(order_id="1", lines=[Line("rope", 7)])
    assert await caller.call(operation, request, timeout_s=30.0) == Pieces(7)


async def test_a_result_of_another_shape_is_internal(caller: Caller) -> None:
    """The effect happened, so the error must not be definite."""
    operation = msgspec.structs.replace(RESERVE, result=list[int])
    error = await failing(caller, operation, Reserve(order_id="1", lines=[]))
    assert (error.code, error.definite) == ("internal", False)


async def test_a_path_that_nobody_answers_is_not_found(caller: Caller) -> None:
    """The error names the nearest path."""
    operation = msgspec.structs.replace(FAIL, path="/fial")
    error = await failing(caller, operation, Fail("conflict"))
    assert error.code == "not_found"
    assert "/fail" in error.message


async def test_a_method_that_the_path_lacks_is_not_allowed(caller: Caller) -> None:
    """The error names the methods that it has."""
    operation = msgspec.structs.replace(FAIL, method="PUT")
    error = await failing(caller, operation, Fail("conflict"))
    assert error.code == "method_not_allowed"
    assert "POST" in error.message


async def test_an_answer_that_takes_too_long_is_deadline_exceeded(
    caller: Caller, warehouse: Warehouse
) -> None:
    """The caller does not know whether it had its effect, and the work is ended."""
    with pytest.raises(OperationError) as caught:
        await caller.call(LISTEN, Wait(3600.0), timeout_s=0.2)
    assert caught.value.code == "deadline_exceeded"
    assert not caught.value.definite
    assert warehouse.began.is_set()
    assert warehouse.ended == 0


@pytest.mark.parametrize("timeout_s", [0.0, -1.0])
async def test_without_time_left_nothing_is_sent(
    caller: Caller, warehouse: Warehouse, timeout_s: float
) -> None:
    """No time is a definite error, and the other side hears nothing."""
    with pytest.raises(OperationError) as caught:
        await caller.call(LISTEN, Wait(0.0), timeout_s=timeout_s)
    assert (caught.value.code, caught.value.definite) == ("too_late", True)
    assert not warehouse.began.is_set()


async def test_context_travels_over_hops_and_the_deadline_shrinks(caller: Caller) -> None:
    """Trace and correlation stay; each hop has no more time than the one before."""
    trace = Trace("ab" * 16, "cd" * 8)
    now = asyncio.get_running_loop().time()
    with use_context(Context(correlation_id="order-7", trace=trace, deadline=now + 20.0)):
        heard = await caller.call(LISTEN, Wait(0.0, hops=2), timeout_s=60.0, idempotency_key="k")
    assert heard.correlation_id == "order-7"
    assert heard.trace_id == trace.trace_id
    assert len(heard.left_s) == 3
    assert 20.0 >= heard.left_s[0] >= heard.left_s[1] >= heard.left_s[2] > 0


async def test_the_deadline_of_the_first_caller_ends_the_last_hop(
    caller: Caller, warehouse: Warehouse
) -> None:
    """A chain of calls does not outlive who began it."""
    with pytest.raises(OperationError) as caught:
        await caller.call(LISTEN, Wait(3600.0, hops=2), timeout_s=0.5)
    assert caught.value.code == "deadline_exceeded"
    assert warehouse.ended == 0


async def test_the_idempotency_key_arrives_and_is_not_inherited(caller: Caller) -> None:
    """A key belongs to one request, not to the calls made because of it."""
    first = await caller.call(LISTEN, Wait(0.0), timeout_s=30.0, idempotency_key="key 1")
    assert first.idempotency_key == "key 1"
    onward = await caller.call(LISTEN, Wait(0.0, 1), timeout_s=30.0, idempotency_key="key 1")
    assert onward.idempotency_key is None


async def test_a_call_without_a_context_begins_a_conversation(caller: Caller) -> None:
    """It gets ids of its own."""
    one = await caller.call(LISTEN, Wait(0.0), timeout_s=30.0)
    two = await caller.call(LISTEN, Wait(0.0), timeout_s=30.0)
    assert one.correlation_id != two.correlation_id
    assert one.trace_id != two.trace_id


async def test_a_service_without_an_address_is_a_mistake_in_the_setup(caller: Caller) -> None:
    """It is told apart from every failure of a call."""
    operation = msgspec.structs.replace(FAIL, service="bank")
    with pytest.raises(LookupError, match="no address for the service bank"):
        await caller.call(operation, Fail("conflict"), timeout_s=30.0)
