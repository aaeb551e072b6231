"""What the HTTP server says to those who speak HTTP badly, and how it stops."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.service.errors import OperationError
from practicum.service.live.http import app as http_app
from practicum.service.live.http.routes import Routes
from practicum.service.live.http.server import CannotListen, HttpServer
from practicum.service.tracing import QuietTracer
from worlds.fixed import FixedWorld
from worlds.warehouse import Warehouse

GOOD = b'{"lines": [{"sku": "anvil", "quantity": 2}]}'
JSON = {"content-type": "application/json"}


class Site:
    """A server with a warehouse in it, and a plain HTTP client."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        world = FixedWorld()
        self.warehouse = Warehouse()
        self.state: bool | str = True
        self.session = session
        self.server = HttpServer(
            "warehouse",
            self.warehouse.operations(),
            world,
            QuietTracer(world),
            ready=lambda: self.state,
            in_flight_max=2,
        )

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any, Any]:
        """Status, headers and the decoded body."""
        url = self.server.url + path
        async with self.session.request(method, url, **more) as response:
            body = await response.read()
            is_json = "json" in response.content_type
            return response.status, response.headers, json.loads(body) if is_json and body else body

    async def problem(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The problem document of a request that fails."""
        status, headers, document = await self.ask(method, path, **more)
        assert headers["content-type"] == "application/problem+json"
        assert document["status"] == status
        assert isinstance(document, dict)
        return document


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A started server."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        site = Site(session)
        await site.server.start()
        yield site
        await site.server.drain(0.0)


async def test_a_good_request_gets_its_status_and_canonical_json(site: Site) -> None:
    """Keys are sorted and nothing is padded, so that equal results are equal bytes."""
    async with site.session.put(site.server.url + "/orders/7", data=GOOD, headers=JSON) as response:
        assert response.status == 201
        assert await response.read() == b'{"order_id":"7","pieces":2}'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"lines":\n  [1,}', "invalid character at line 2, column 6 (byte 15)"),
        ('{"löl": ü}'.encode(), "invalid character at line 1, column 9 (byte 9)"),
        (b'{"lines": [', "it breaks off (read 11 bytes)"),
        (b"{} {}", "trailing characters at line 1, column 5 (byte 4)"),
        (b'{"lines": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "nested more deeply"),
    ],
)
async def test_malformed_json_is_told_by_line_and_column(
    site: Site, body: bytes, words: str
) -> None:
    """The place is given as people count, and as machines do."""
    problem = await site.problem("PUT", "/orders/7", data=body, headers=JSON)
    assert problem["code"] == "malformed"
    assert words in problem["detail"]


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ({}, "lines", "is missing"),
        ({"lines": [{"sku": "x"}]}, "lines[0].quantity", "is missing"),
        ({"lines": [{"sku": 1, "quantity": 1}]}, "lines[0].sku", "expected str, got int"),
        ({"lines": [{"sku": "x", "quantity": 1001}]}, "lines[0].quantity", "expected int <= 1000"),
        ({"lines": {}}, "lines", "expected array, got object"),
        ({"lines": [], "nots": 1}, "nots", "did you mean note?"),
        ({"lines": [{"sku": "x", "quantity": 1, "quality": 1}]}, "lines[0].quality", "quantity?"),
        ({"lines": [], "zzzz": 1}, "zzzz", "known fields: lines, note, order_id"),
        ({"lines": [], "order_id": "8"}, "order_id", "stands in the path already"),
    ],
)
async def test_a_wrong_field_is_named_plainly(
    site: Site, document: Any, field: str, words: str
) -> None:
    """Its place is written as a person would write it, with what is expected there."""
    problem = await site.problem("PUT", "/orders/7", json=document)
    assert (problem["code"], problem["field"], problem["definite"]) == ("invalid", field, True)
    assert words in problem["detail"]
    assert problem["type"] == "urn:practicum:error:invalid"


async def test_a_body_that_is_no_object_is_invalid_without_a_field(site: Site) -> None:
    """There is no field to name."""
    problem = await site.problem("PUT", "/orders/7", json=[1])
    assert problem["code"] == "invalid"
    assert "field" not in problem
    assert problem["detail"] == "the request: expected object, got array"


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("?exact=maybe", "exact", "expected bool"),
        ("?exact=true&exact=true", "exact", "more than once"),
        ("?shelfs=1", "shelfs", "did you mean shelves?"),
        ("?sku=b", "sku", "unknown field"),
        ("?shelves=1&shelves=x", "shelves[1]", "expected int"),
    ],
)
async def test_a_wrong_query_is_named_plainly(
    site: Site, query: str, field: str, words: str
) -> None:
    """Queries are read as strictly as bodies."""
    problem = await site.problem("GET", "/stock/a" + query)
    assert (problem["code"], problem["field"]) == ("invalid", field)
    assert words in problem["detail"]


async def test_a_query_on_an_operation_with_a_body_is_not_ignored(site: Site) -> None:
    """Who writes it believes that it counts."""
    problem = await site.problem("POST", "/fail?code=conflict", json={"code": "conflict"})
    assert (problem["code"], problem["field"]) == ("invalid", "code")


async def test_a_body_of_another_type_is_refused_with_the_header_to_send(site: Site) -> None:
    """The repair is in the message."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    problem = await site.problem("PUT", "/orders/7", data=GOOD, headers=form)
    assert problem["code"] == "unsupported_media_type"
    assert "content-type: application/json" in problem["detail"]
    charset = {"content-type": 'Application/JSON; charset="UTF-8"'}
    assert (await site.ask("PUT", "/orders/7", data=GOOD, headers=charset))[0] == 201


async def test_a_body_over_a_megabyte_is_too_large_declared_or_not(site: Site) -> None:
    """A declared length is believed at once, a chunked body is counted."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100_000

    for body in (b" " * 1_000_001, chunks()):
        problem = await site.problem("PUT", "/orders/7", data=body, headers=JSON)
        assert problem["code"] == "too_large"


async def test_an_unknown_path_offers_the_nearest(site: Site) -> None:
    """Most are misspelt."""
    problem = await site.problem("GET", "/stok/anvil")
    assert problem["code"] == "not_found"
    assert problem["detail"].endswith("the nearest is /stock/{sku}")


async def test_a_known_path_with_another_method_lists_the_methods(site: Site) -> None:
    """As RFC 9110 asks, in the Allow header."""
    status, headers, _ = await site.ask("PATCH", "/stock/anvil")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    status, headers, _ = await site.ask("GET", "/orders/7")
    assert (status, headers["allow"]) == (405, "PUT")


async def test_head_answers_like_get_without_the_body(site: Site) -> None:
    """For pages and for operations."""
    for path in ("/health/live", "/stock/anvil", "/docs"):
        status, headers, body = await site.ask("HEAD", path)
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 0


async def test_two_operations_on_one_path_are_a_mistake() -> None:
    """Also when only the names of the path's fields differ."""
    world = FixedWorld()
    bound = Warehouse().operations()[0]
    with pytest.raises(ValueError, match="two operations answer PUT"):
        HttpServer("w", [bound, bound], world, QuietTracer(world), ready=lambda: True)
    routes: Routes[int] = Routes()
    routes.add("GET", "/a/{x}/b", 1)
    with pytest.raises(ValueError, match="name its fields alike"):
        routes.add("PUT", "/a/{y}/b", 2)


async def test_a_plain_path_wins_over_one_with_fields() -> None:
    """Whatever the order in which they were added."""
    routes: Routes[int] = Routes()
    routes.add("GET", "/stock/{sku}", 1)
    routes.add("GET", "/stock/low", 2)
    assert routes.find("GET", "/stock/low") == (2, {})
    assert routes.find("GET", "/stock/l%6fw") == (1, {"sku": "low"})
    with pytest.raises(OperationError):
        routes.find("GET", "/stock/")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("practicum-deadline-ms", "soon"),
        ("practicum-deadline-ms", "-5"),
        ("practicum-deadline-ms", "9" * 11),
        ("practicum-correlation-id", "c" * 129),
        ("practicum-correlation-id", "a b"),
        ("idempotency-key", "k" * 256),
        ("idempotency-key", "schlüssel"),
    ],
)
async def test_a_bad_header_is_malformed_and_named(site: Site, header: str, value: str) -> None:
    """Their sizes are bounded, for they are kept."""
    problem = await site.problem("DELETE", "/stock", headers={header: value})
    assert (problem["code"], problem["field"]) == ("malformed", header)


async def test_a_traceparent_that_cannot_be_read_is_as_good_as_none(site: Site) -> None:
    """As the specification asks."""
    status, _, heard = await site.ask(
        "POST", "/listen", json={"seconds": 0}, headers={"traceparent": "00-nonsense"}
    )
    assert status == 200
    assert len(heard["trace_id"]) == 32


async def test_the_correlation_id_is_echoed_or_made_up(site: Site) -> None:
    """On success, on errors and on pages alike."""
    given = {"practicum-correlation-id": "order-7"}
    for path in ("/listen", "/fail", "/nowhere", "/health/live"):
        assert (await site.ask("GET", path, headers=given))[1][next(iter(given))] == "order-7"
        assert len((await site.ask("GET", path))[1][next(iter(given))]) == 36


async def test_a_passed_deadline_is_too_late_before_anything_begins(site: Site) -> None:
    """The answer is definite."""
    problem = await site.problem(
        "POST", "/listen", json={"seconds": 0}, headers={"practicum-deadline-ms": "0"}
    )
    assert (problem["code"], problem["definite"]) == ("too_late", True)
    assert not site.warehouse.began.is_set()


async def test_a_deadline_that_passes_meanwhile_is_indefinite(site: Site) -> None:
    """The server ends the work itself, also for a caller that waits on."""
    problem = await site.problem(
        "POST", "/listen", json={"seconds": 3600}, headers={"practicum-deadline-ms": "100"}
    )
    assert (problem["code"], problem["definite"]) == ("deadline_exceeded", False)
    assert site.warehouse.began.is_set()


async def test_a_time_out_inside_the_answer_is_not_our_deadline(site: Site) -> None:
    """A TimeoutError that nobody caught is a bug like any other."""
    problem = await site.problem("POST", "/listen", json={"seconds": 0.01})
    assert problem["code"] == "internal"


async def test_a_bug_is_logged_under_the_id_that_the_client_gets(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets no traceback, the log does."""
    with caplog.at_level(logging.ERROR):
        problem = await site.problem(
            "POST", "/fail", json={"code": "swordfish"}, headers={"practicum-correlation-id": "c7"}
        )
    assert problem["code"] == "internal"
    assert "swordfish" not in json.dumps(problem)
    (record,) = [r for r in caplog.records if r.name.startswith("practicum")]
    assert problem["instance"] == f"urn:uuid:{record.error_id}"  # type: ignore[attr-defined]
    assert record.error_id in problem["detail"]  # type: ignore[attr-defined]
    assert "swordfish" in caplog.text
    assert record.correlation_id == "c7"  # type: ignore[attr-defined]


async def test_readiness_is_503_with_the_reason(site: Site) -> None:
    """Liveness does not follow it."""
    assert (await site.ask("GET", "/health/ready"))[0] == 200
    site.state = "the database is away"
    status, _, document = await site.ask("GET", "/health/ready")
    assert (status, document["reason"]) == (503, "the database is away")
    site.state = False
    assert (await site.ask("GET", "/health/ready"))[0] == 503
    assert (await site.ask("GET", "/health/live"))[0] == 200


async def test_more_requests_than_permitted_are_overloaded(site: Site) -> None:
    """Health pages need no permit; a permit comes back when its request ends."""
    wait = {"seconds": 3600}
    tasks = [asyncio.create_task(site.ask("POST", "/listen", json=wait)) for _ in range(2)]
    statuses = [200]
    while statuses[-1] == 200:
        statuses.append((await site.ask("DELETE", "/stock"))[0])
    problem = await site.problem("DELETE", "/stock")
    assert (problem["code"], problem["definite"]) == ("overloaded", True)
    assert (await site.ask("GET", "/health/live"))[0] == 200
    site.warehouse.gate.set()
    assert [status for status, _, _ in await asyncio.gather(*tasks)] == [200, 200]
    assert (await site.ask("DELETE", "/stock"))[0] == 200


async def test_drain_finishes_what_runs_and_refuses_the_rest(site: Site) -> None:
    """A running request ends well; on an open connection a new one hears of the end; a new
    connection finds nobody."""
    running = asyncio.create_task(site.ask("POST", "/listen", json={"seconds": 3600}))
    await site.warehouse.began.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(b"GET /health/ready HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"200" in await reader.readline()
    await reader.readuntil(b"}")
    draining = asyncio.create_task(site.server.drain(60.0))
    await asyncio.sleep(0)
    writer.write(b"DELETE /stock HTTP/1.1\r\nhost: x\r\n\r\n")
    answer = await reader.read()
    assert b"503" in answer
    assert b"connection: close" in answer
    assert b'"code":"draining"' in answer
    with pytest.raises(OSError, match=r"[Rr]efused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", site.server.port)
    assert not draining.done()
    site.warehouse.gate.set()
    status, headers, _ = await running
    assert (status, headers["connection"]) == (200, "close")
    await draining
    writer.close()


async def test_drain_is_bounded_and_what_it_ends_is_indefinite(site: Site) -> None:
    """A request that does not finish in the grace is told that its effect is unknown."""
    running = asyncio.create_task(site.problem("POST", "/listen", json={"seconds": 3600}))
    await site.warehouse.began.wait()
    await site.server.drain(0.01)
    problem = await running
    assert (problem["code"], problem["definite"]) == ("unavailable", False)
    await site.server.serve()
    await site.server.drain(0.0)


async def test_drain_is_not_held_by_half_a_request(site: Site) -> None:
    """Neither by half a head, nor by half a body, nor by a connection that says nothing."""
    parts = [b"", b"PUT /orders/7 HT", b"PUT /orders/7 HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"]
    writers = []
    for part in parts:
        _, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(part)
        writers.append(writer)
    assert (await site.ask("GET", "/health/live"))[0] == 200
    async with asyncio.timeout(30):
        await site.server.drain(0.1)
    for writer in writers:
        writer.close()


async def test_a_body_that_never_ends_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow sender holds a permit for a bounded time only."""
    monkeypatch.setattr(http_app, "_BODY_WAIT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    head = b"PUT /orders/7 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    writer.write(head + b"content-length: 100\r\n\r\n{")
    assert b"400" in await reader.readline()
    writer.close()


async def test_a_taken_port_is_named(site: Site) -> None:
    """The message says what to do."""
    world = FixedWorld()
    other = HttpServer(
        "w", [], world, QuietTracer(world), ready=lambda: True, port=site.server.port
    )
    with pytest.raises(CannotListen, match=f"port {site.server.port}: Address already in use; end"):
        await other.start()


async def test_a_port_can_be_had_again_at_once(site: Site) -> None:
    """A restarted service takes its old port."""
    await site.ask("GET", "/health/live")
    await site.server.drain(0.0)
    world = FixedWorld()
    again = HttpServer(
        "w", [], world, QuietTracer(world), ready=lambda: True, port=site.server.port
    )
    await again.start()
    assert (await site.ask("GET", "/health/live"))[0] == 200
    await again.drain(0.0)


def raw_answers(port: int, data: bytes) -> bytes:
    """What the server says to any bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
PATHS = st.one_of(
    st.sampled_from(["/orders/7", "/stock/a", "/fail", "/listen", "/stock", "/docs", "/orders//"]),
    TOKENS.map(lambda text: "/" + text),
    TOKENS.map(lambda text: "/stock/" + text),
    st.sampled_from(["*", "//", "/%", "/stock/%ff", "http://x/stock/a", "/stock/é", "/a?b#c?d"]),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["lines", "sku", "code"]), inner)
    ),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
HEADER_NAMES = st.sampled_from(
    ["content-type", "practicum-deadline-ms", "traceparent", "idempotency-key", "expect", "upgrade"]
)
HEADERS = st.dictionaries(
    HEADER_NAMES,
    TOKENS | st.sampled_from(["application/json", "100", "100-continue", "websocket"]),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Mostly requests, mostly wrong."""
    method = draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "FOO"]))
    body = draw(st.binary(max_size=60) | JSON_VALUES)
    lines = [f"{method} {draw(PATHS)} HTTP/1.1", "host: x", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in draw(HEADERS).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def test_no_bytes_make_the_server_fail(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random bytes, paths, headers and JSON never give a 500 or kill the server."""
    monkeypatch.setattr(http_app, "_BODY_WAIT_S", 0.05)
    asked: list[bytes] = []

    @settings(max_examples=250, database=None, suppress_health_check=list(HealthCheck))
    @given(requests() | st.binary(max_size=80) | st.lists(requests(), max_size=3).map(b"".join))
    def collect(data: bytes) -> None:
        asked.append(data)

    collect()
    for data in asked:
        if b'"code"' in data or b"/listen" in data:
            continue
        answer = await asyncio.to_thread(raw_answers, site.server.port, data)
        assert not answer.startswith(b"HTTP/1.1 500"), data
    assert (await site.ask("PUT", "/orders/7", data=GOOD, headers=JSON))[0] == 201
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
