"""The table of errors that an operation can answer with.

The column that matters is ``definite``: whether the effect surely did not happen. A caller may
do something else after a definite error; after an indefinite one it must ask again with the
same idempotency key. (The idea of the table is Maelstrom's.)
"""

from __future__ import annotations

import msgspec


class ErrorKind(msgspec.Struct, frozen=True):
    """A row: ``code`` in the body, ``status`` on the wire, and what a caller may conclude.

    ``transient`` says that the same request may succeed later.
    """

    code: str
    status: int
    definite: bool
    transient: bool
    meaning: str


ERRORS: dict[str, ErrorKind] = {
    kind.code: kind
    for kind in (
        ErrorKind("malformed", 400, True, False, "the request cannot be read"),
        ErrorKind("declined", 402, True, False, "the payment was declined"),
        ErrorKind("not_found", 404, True, False, "there is no such thing"),
        ErrorKind("method_not_allowed", 405, True, False, "the path has no such method"),
        ErrorKind("conflict", 409, True, False, "the thing is not in a state that allows this"),
        ErrorKind("too_large", 413, True, False, "the request is larger than this server reads"),
        ErrorKind("unsupported_media_type", 415, True, False, "the body is not JSON"),
        ErrorKind("invalid", 422, True, False, "the request can be read but makes no sense"),
        ErrorKind("key_reused", 422, True, False, "the idempotency key stood with another body"),
        ErrorKind("overloaded", 429, True, True, "too much is going on; nothing was begun"),
        ErrorKind("internal", 500, False, False, "the server failed; the effect is unknown"),
        ErrorKind("unavailable", 502, False, True, "the connection broke; the effect is unknown"),
        ErrorKind("refused", 503, True, True, "nobody listens there; nothing was begun"),
        ErrorKind("draining", 503, True, True, "the server is stopping; nothing was begun"),
        ErrorKind("dependency_down", 503, True, True, "what it needs is down; nothing was done"),
        ErrorKind("too_late", 504, True, True, "the deadline had passed; nothing was begun"),
        ErrorKind("deadline_exceeded", 504, False, True, "no answer in time; effect unknown"),
    )
}


class OperationError(Exception):
    """An operation did not give its result. ``code`` is a row of `ERRORS`.

    ``field`` names what was wrong in the request, where one thing was. An answer without a
    code from the table (from a proxy, say) becomes ``unavailable`` or ``internal``.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.kind = ERRORS[code]
        self.message = message
        self.field = field

    @property
    def code(self) -> str:
        """The row's code."""
        return self.kind.code

    @property
    def definite(self) -> bool:
        """Whether the effect surely did not happen."""
        return self.kind.definite

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind.transient
