"""Which orders are worth drawing: the fastest, the slowest, one undone, one caught by a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from practicum.labs.experiment.observations import FaultSeen, Saga
from practicum.telemetry.reading import Archive, NothingKept
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.waterfall import Waterfall, waterfall

TRACES_MAX = 20_000
LOOKS_MAX = 100
"""How many orders are opened in search of a refund."""
FIRST_SPAN = "POST /orders"
REFUND = "refund"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """An order to be drawn, and what it stands for."""

    title: str
    why: str
    order_id: str
    saga: Saga
    waterfall: Waterfall


def choose(
    folder: Path, sagas: Mapping[str, Saga], faults: Sequence[FaultSeen], *, since_s: float
) -> tuple[Chosen, ...]:
    """Up to four orders of ``sagas`` whose traces were kept in ``folder``, none twice.

    ``since_s`` is the experiment's beginning, in seconds since the Unix epoch.
    """
    try:
        with Archive(folder) as archive:
            return tuple(_choose(archive, sagas, faults, int(since_s * 1e9)))
    except NothingKept:
        return ()


def _choose(
    archive: Archive, sagas: Mapping[str, Saga], faults: Sequence[FaultSeen], since_ns: int
) -> Iterable[Chosen]:
    kept = {
        trace.key
        for trace in archive.slow(since_ns=since_ns, limit=TRACES_MAX)
        if trace.name == FIRST_SPAN and trace.key in sagas
    }
    left = sorted(kept, key=lambda id: sagas[id].ended_s - sagas[id].began_s)

    def take(order_id: str, title: str, why: str) -> Chosen:
        left.remove(order_id)
        story = waterfall(_spans(archive, order_id))
        saga = sagas[order_id]
        return Chosen(title=title, why=why, order_id=order_id, saga=saga, waterfall=story)

    caught = _caught(left, sagas, faults)
    if caught is not None:
        order_id, fault = caught
        yield take(order_id, "Caught by a fault", f"under way as {fault.what}")
    undone = _undone(archive, left, sagas)
    if undone is not None:
        yield take(undone, "Undone", "it was charged, and then everything was taken back")
    confirmed = [order_id for order_id in left if sagas[order_id].status == "confirmed"]
    if len(confirmed) > 1:
        yield take(confirmed[-1], "The slowest", "of the other confirmed orders with a trace")
    if confirmed:
        yield take(confirmed[0], "The fastest", "of the confirmed orders with a trace")


def _caught(
    by_time: Sequence[str], sagas: Mapping[str, Saga], faults: Sequence[FaultSeen]
) -> tuple[str, FaultSeen] | None:
    """The order that took longest of those under way at a sudden fault.

    A crash comes first, and an order that was confirmed all the same.
    """
    by_time = sorted(by_time, key=lambda order_id: sagas[order_id].status == "confirmed")
    sudden = [fault for fault in faults if fault.struck and fault.recovery_s is not None]
    for fault in sorted(sudden, key=lambda fault: fault.kind != "crash"):
        for order_id in reversed(by_time):
            if sagas[order_id].began_s < fault.began_s < sagas[order_id].ended_s:
                return order_id, fault
    return None


def _undone(archive: Archive, by_time: Sequence[str], sagas: Mapping[str, Saga]) -> str | None:
    """A cancelled order whose money went back."""
    cancelled = [order_id for order_id in by_time if sagas[order_id].status == "cancelled"]
    for order_id in cancelled[:LOOKS_MAX]:
        if any(REFUND in span.name for span in _spans(archive, order_id)):
            return order_id
    return None


def _spans(archive: Archive, order_id: str) -> list[SpanRecord]:
    """Of all its traces: a cancellation by the buyer is a trace of its own."""
    return [span for id in archive.traces_of(order_id) for span in archive.spans(id)]
