"""The context of the work in hand as HTTP headers, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from practicum.service.errors import OperationError
from practicum.service.operations import (
    CORRELATION_HEADER,
    DEADLINE_HEADER,
    IDEMPOTENCY_HEADER,
    TRACE_HEADER,
)
from practicum.service.tracing import Context, Trace
from practicum.service.world import World, new_id

_CORRELATION = re.compile(r"[\x21-\x7e]{1,128}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_MILLISECONDS = re.compile(r"[0-9]{1,10}")


def write_context(context: Context, remaining_s: float) -> dict[str, str]:
    """Headers for a call that will wait ``remaining_s`` seconds.

    Milliseconds are rounded down: the other side must not believe in more time than there is.
    """
    headers = {
        DEADLINE_HEADER: str(int(remaining_s * 1000)),
        CORRELATION_HEADER: context.correlation_id,
        TRACE_HEADER: str(context.trace),
    }
    if context.idempotency_key is not None:
        headers[IDEMPOTENCY_HEADER] = context.idempotency_key
    return headers


def read_correlation(headers: Mapping[str, str], world: World) -> str:
    """The caller's correlation id, or a new one when it has none or no good one."""
    given = headers.get(CORRELATION_HEADER)
    return given if given and _CORRELATION.fullmatch(given) else new_id(world)


def read_context(
    headers: Mapping[str, str], correlation_id: str, *, trace: Trace, now: float
) -> Context:
    """The context of a request that arrived at loop time ``now``, in the span ``trace``.

    ``correlation_id`` is what `read_correlation` gave. Raises ``malformed`` for a header that
    is not as it should be.
    """
    _checked(headers, CORRELATION_HEADER, _CORRELATION, "1 to 128 visible ASCII")
    key = _checked(headers, IDEMPOTENCY_HEADER, _KEY, "1 to 255 printable ASCII")
    wait_ms = _checked(headers, DEADLINE_HEADER, _MILLISECONDS, "1 to 10 decimal")
    return Context(
        correlation_id=correlation_id,
        trace=trace,
        deadline=None if wait_ms is None else now + int(wait_ms) / 1000,
        idempotency_key=key,
    )


def _checked(
    headers: Mapping[str, str], name: str, pattern: re.Pattern[str], expected: str
) -> str | None:
    value = headers.get(name)
    if value is not None and not pattern.fullmatch(value):
        raise OperationError("malformed", f"{name}: expected {expected} characters", field=name)
    return value
