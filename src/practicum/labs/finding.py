"""What is wrong with files that people write: where, what, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. ``file`` is as a person would open it; ``line`` counts from 1,
    None when it is about the whole file; ``field`` is a path such as ``experiment.rate``."""

    file: str
    message: str
    remedy: str
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        field = f"{self.field}: " if self.field else ""
        return f"{where}: {field}{self.message}: {self.remedy}"


class CannotBeUsed(Exception):
    """Files that people write cannot be used; all that was found is in ``findings``, or the
    message says it."""

    def __init__(self, message: str, *, findings: Iterable[Finding] = ()) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join([message, *(f"  {finding}" for finding in self.findings)]))


class LabError(CannotBeUsed):
    """The lab in ``folder`` cannot be used."""

    def __init__(
        self, message: str, *, folder: Path | None = None, findings: Iterable[Finding] = ()
    ) -> None:
        super().__init__(message, findings=findings)
        self.folder = folder


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What somebody may have meant, as a remedy; otherwise what there is to choose from."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there are {', '.join(names)}" if names else "there is nothing to choose from"
