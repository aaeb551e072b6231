"""What speaks against a tracker: where, which kind of doubt, and what to do."""

from __future__ import annotations

from typing import Literal

import msgspec

from practicum.labs.finding import Finding

Severity = Literal["error", "advice"]


class Doubt(Finding, frozen=True, kw_only=True):
    """One thing that a tracker claims and that is not so (an error), or that nothing shows
    (advice)."""

    kind: str
    severity: Severity


class Doubts(msgspec.Struct, frozen=True):
    """Makes doubts about one file."""

    file: str

    def error(self, kind: str, line: int, message: str, remedy: str) -> Doubt:
        """Something is not so."""
        return self._make(kind, "error", line, message, remedy)

    def advice(self, kind: str, line: int, message: str, remedy: str) -> Doubt:
        """Nothing shows that it is so."""
        return self._make(kind, "advice", line, message, remedy)

    def _make(self, kind: str, severity: Severity, line: int, message: str, remedy: str) -> Doubt:
        return Doubt(
            file=self.file,
            line=line,
            message=message,
            remedy=remedy,
            kind=kind,
            severity=severity,
        )
