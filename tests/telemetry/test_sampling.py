"""What tail sampling keeps: every failure, everything slow, and a share of the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.telemetry.records import SpanRecord
from practicum.telemetry.sampling import TailSampler


def a_span(trace: int, number: int, *, start_ms: int = 0, error: str = "") -> SpanRecord:
    """A span of 10 ms in a trace whose id says little of its luck: the last bits are zero."""
    start = start_ms * 1_000_000
    return SpanRecord(
        *(f"{trace:018x}{'0' * 14}", f"{number:016x}", "", "x", 1, "a", "a-1"),
        *(start, start + 10_000_000, error, "", ""),
        {},
    )


def sampler(**more: float) -> TailSampler:
    """One that keeps nothing without a reason."""
    settings = {"slow_ms": 1000.0, "keep_share": 0.0, "keep_per_s": 0.0, "wait_s": 30.0}
    return TailSampler(**{**settings, **more})  # type: ignore[arg-type]


def test_a_trace_that_fails_late_is_kept_from_its_beginning() -> None:
    """What led to the failure is what one wants to see."""
    tail = sampler()
    early = a_span(1, 1)
    assert tail.take([early, a_span(2, 2)], 0.0) == []
    late = a_span(1, 3, error="no")
    assert tail.take([late], 5.0) == [early, late]
    after = a_span(1, 4)
    assert tail.take([after], 6.0) == [after]


def test_a_trace_that_takes_long_is_kept() -> None:
    """From its first beginning to its last end; a single span need not be slow."""
    tail = sampler()
    first, last = a_span(1, 1), a_span(1, 2, start_ms=990)
    assert tail.take([first], 0.0) == []
    assert tail.take([last], 1.0) == [first, last]


def test_with_little_traffic_everything_is_kept_and_under_load_so_many_a_second() -> None:
    """Who tries one order finds it; who sends thousands does not fill the disk."""
    tail = sampler(keep_per_s=5.0)
    assert len(tail.take([a_span(n, n) for n in range(100)], 10.0)) == 5
    assert len(tail.take([a_span(n, n) for n in range(100, 200)], 10.4)) == 2
    assert len(tail.take([a_span(200, 200)], 60.0)) == 1


def test_the_share_is_chosen_by_the_trace_id() -> None:
    """So that several receivers would choose the same."""
    tail = sampler(keep_share=0.5)
    high = a_span(1, 1)
    high.trace_id = "0" * 18 + "f" * 14
    assert tail.take([high, a_span(2, 2)], 0.0) == [high]


def test_what_waits_is_forgotten_after_a_while_and_when_there_is_too_much() -> None:
    """Memory has a bound."""
    tail = sampler()
    tail.take([a_span(1, 1)], 0.0)
    tail.take([a_span(2, 2)], 29.0)
    assert tail.waiting == 2
    tail.take([], 31.0)
    assert (tail.waiting, tail.forgotten) == (1, 1)
    small = sampler(waiting_max=10)
    small.take([a_span(n, n) for n in range(50)], 0.0)
    assert (small.waiting, small.forgotten) == (10, 40)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3000)), min_size=1, max_size=40
    ),
    st.integers(1, 7),
)
def test_a_failed_or_slow_trace_is_kept_whole_however_it_comes(
    drawn: list[tuple[int, bool, int]], batch: int
) -> None:
    """In any batches and any order."""
    found = [
        a_span(trace, n, start_ms=at, error="no" if bad and n % 3 == 0 else "")
        for n, (trace, bad, at) in enumerate(drawn)
    ]
    tail = sampler()
    kept: list[SpanRecord] = []
    for start in range(0, len(found), batch):
        kept += tail.take(found[start : start + batch], 0.0)
    for trace in {span.trace_id for span in found}:
        mine = [span for span in found if span.trace_id == trace]
        slow = max(s.end_ns for s in mine) - min(s.start_ns for s in mine) >= 1e9
        wanted = mine if slow or any(span.error for span in mine) else []
        assert [span for span in kept if span.trace_id == trace] == wanted
