"""Errors of operations as RFC 9457 problem documents, and back."""

from __future__ import annotations

import msgspec

from practicum.service.errors import ERRORS, OperationError

PROBLEM_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document. ``code`` is a row of the error table; ``definite`` says whether the
    effect surely did not happen; ``instance`` names an entry in the server's log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    definite: bool
    field: str | None = None
    instance: str | None = None


_decoder = msgspec.json.Decoder(Problem)


def problem_of(error: OperationError, instance: str | None = None) -> Problem:
    """The document that a server answers with."""
    return Problem(
        type=f"urn:practicum:error:{error.code}",
        title=error.kind.meaning,
        status=error.kind.status,
        detail=error.message,
        code=error.code,
        definite=error.definite,
        field=error.field,
        instance=instance,
    )


def error_of(status: int, body: bytes, peer: str) -> OperationError:
    """The error that an answer without a result stands for.

    An answer that no operation wrote (a proxy's page, say) is never definite: 429, 502, 503
    and 504 become ``unavailable``, the rest ``internal``.
    """
    try:
        problem = _decoder.decode(body)
        if problem.code in ERRORS:
            return OperationError(problem.code, problem.detail, field=problem.field)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    code = "unavailable" if status in (429, 502, 503, 504) else "internal"
    text = body[:200].decode(errors="replace").strip()
    return OperationError(code, f"{peer} answered with status {status}: {text or 'no text'}")
