"""An order's story: who did what when, what was said and never heard, in readable lines."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.labs.facts import OnLog
from practicum.labs.order_story import LINES_MAX, message_lines, shortened, story
from practicum.service.events import Event
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.waterfall import CONSUMER, PRODUCER

SECOND = 1_000_000_000
AT = 1_795_237_200


def span(name: str, service: str, at_s: float, **changes: object) -> SpanRecord:
    """A span that took 12.5 ms."""
    start = AT * SECOND + int(at_s * SECOND)
    found = SpanRecord(
        trace_id="t",
        span_id=f"{service}{name}{at_s}",
        parent_id="",
        name=name,
        kind=CONSUMER,
        service=service,
        member=f"{service}-1",
        start_ns=start,
        end_ns=start + 12_500_000,
        error="",
        key="o-1",
        correlation_id="c",
        attributes={},
    )
    return msgspec.structs.replace(found, **changes)


def said(type: str, topic: str, second: int, *, id: str = "m-000001") -> OnLog:
    """A message of the order service."""
    event = Event(
        id=id,
        source="/order/order-1",
        type=f"shop.{type}.v1",
        subject="o-1",
        time=f"2026-11-21T05:00:0{second}.000000Z",
        data=msgspec.Raw(b"{}"),
        correlationid="c",
        traceparent="00-" + "ab" * 16 + "-" + "cd" * 8 + "-01",
        causationid="m-000000",
    )
    return OnLog(topic, event)


def test_hops_and_messages_stand_in_the_order_of_time() -> None:
    """A charge that was commanded twice, of which the first handler died."""
    heard = {"messaging.message.id": "m-000002", "practicum.attempt": 2}
    lines = story(
        [
            span("handle shop.payment.charge.v1", "payment", 3, attributes=heard),
            span(
                "POST /charges",
                "payment",
                3.5,
                error="gone\naway",
                attributes={"peer.service": "bank"},
            ),
            span("publish shop.payment.charge.v1", "order", 2, kind=PRODUCER),
            span("commit", "order", 2, attributes={"db.operation.name": "commit"}),
            span("POST /orders", "order", 0),
        ],
        [said("payment.charge", "payment", 2), said("payment.charge", "payment", 2, id="m-000002")],
    )
    assert [line.split(" s  ")[0].strip() for line in lines] == ["0.000", "2.000", "3.000", "3.500"]
    assert "POST /orders" in lines[0]
    assert lines[1].endswith("order        says payment.charge on payment")
    assert "12.5 ms  attempt 2" in lines[2]
    assert "POST /charges to bank" in lines[3]
    assert lines[3].endswith("FAILED: gone away")


def test_messages_say_what_caused_them() -> None:
    """By the end of the ids, which is enough to find them again."""
    (line,) = message_lines([said("payment.charge", "payment", 2)])
    assert "order        says payment.charge on payment" in line
    assert line.endswith("…000001 because of …000000")


def test_without_anything_there_is_no_story() -> None:
    """And no error."""
    assert story([], []) == message_lines([]) == ()


@given(st.lists(st.text(max_size=5), max_size=200), st.integers(3, 40))
def test_a_long_story_keeps_its_beginning_and_its_end(lines: list[str], most: int) -> None:
    """And says how much was left out."""
    short = shortened(lines, most)
    assert len(short) == min(len(lines), most)
    assert short[: most // 2] == tuple(lines[: most // 2])
    if len(lines) > most:
        left_out = len(lines) - (most - 1)
        assert f"… {left_out} more …" in short[most // 2]
        assert short[-1] == lines[-1]
    assert len(shortened(["x"] * 1000)) == LINES_MAX
