"""A waterfall tells every span once, whatever the network and the clocks did to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.telemetry.records import SpanRecord
from practicum.telemetry.waterfall import CONSUMER, PRODUCER, waterfall

IDS = [f"{n:016x}" for n in range(1, 9)]


def a_span(
    id: str, parent: str = "", start: int = 0, end: int = 10, *, kind: int = 1, **more: object
) -> SpanRecord:
    """A span of service ``a``, times in milliseconds."""
    attributes = dict(more)
    return SpanRecord(
        *("ab" * 16, id, parent, f"span {id[-1]}", kind, "a", "a-1"),
        *(start * 1_000_000, end * 1_000_000, "", "", ""),
        attributes,  # type: ignore[arg-type]
    )


def test_children_stand_below_their_parents_by_time() -> None:
    """Whatever the order in which they came."""
    spans = [
        a_span(IDS[2], IDS[0], 5, 8),
        a_span(IDS[3], IDS[1], 2, 3),
        a_span(IDS[1], IDS[0], 1, 4),
        a_span(IDS[0], "", 0, 10),
    ]
    drawn = waterfall(spans)
    assert [(row.label, row.depth) for row in drawn.rows] == [
        ("span 1", 0),
        ("span 2", 1),
        ("span 4", 2),
        ("span 3", 1),
    ]
    assert drawn.duration_ms == 10
    assert drawn.rows[3].offset_ms == 5


def test_the_time_in_the_outbox_and_on_the_log_are_rows_of_their_own() -> None:
    """They are nobody's work, and often most of the time."""
    spans = [
        a_span(IDS[0], "", 0, 2),
        a_span(
            *(IDS[1], IDS[0], 12, 14),
            kind=PRODUCER,
            **{"practicum.written_at": "1970-01-01T00:00:00.001000Z"},
        ),
        a_span(IDS[2], IDS[1], 44, 50, kind=CONSUMER, **{"messaging.destination.name": "payment"}),
    ]
    waits = [(row.label, row.duration_ms) for row in waterfall(spans).rows if row.span is None]
    assert waits == [("outbox", 11.0), ("log payment", 30.0)]


@pytest.mark.parametrize("written", ["", "yesterday", "1970-01-01T00:00:00", 7, "9999-12-31T00Z"])
def test_an_unreadable_time_of_writing_is_no_wait(written: object) -> None:
    """Attributes come from anybody."""
    span = a_span(IDS[0], "", 5, 6, kind=PRODUCER, **{"practicum.written_at": written})
    assert [row.span for row in waterfall([span]).rows] == [span]


def test_no_spans_have_no_waterfall() -> None:
    """It is the caller's to say that there is nothing."""
    with pytest.raises(ValueError, match="without spans"):
        waterfall([])


spans = st.builds(
    a_span,
    id=st.sampled_from(IDS),
    parent=st.sampled_from([*IDS, "", "f" * 16]),
    start=st.integers(0, 100),
    end=st.integers(0, 100),
    kind=st.sampled_from([1, PRODUCER, CONSUMER]),
)


@given(st.lists(spans, min_size=1, max_size=12))
def test_every_span_is_drawn_once_within_the_trace(found: list[SpanRecord]) -> None:
    """Parents may be missing, in a circle or themselves; ends may lie before beginnings."""
    drawn = waterfall(found)
    rows = [row for row in drawn.rows if row.span is not None]
    assert sorted(row.span.span_id for row in rows if row.span) == sorted(
        {span.span_id for span in found}
    )
    for row in drawn.rows:
        assert row.offset_ms >= 0
        assert row.duration_ms >= 0
        assert row.offset_ms + row.duration_ms <= drawn.duration_ms + 1e-9
    depths = {row.span.span_id: row.depth for row in rows if row.span}
    for row in rows:
        assert row.span is not None
        parent = row.span.parent_id
        if row.depth > 0:
            assert depths[parent] == row.depth - 1


@given(st.lists(spans, min_size=1, max_size=8, unique_by=lambda s: s.span_id), st.randoms())
def test_the_order_of_arrival_changes_nothing(found: list[SpanRecord], chance: object) -> None:
    """Spans arrive as the network brings them."""
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert waterfall(found) == waterfall(shuffled)
