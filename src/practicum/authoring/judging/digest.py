"""What is known of a module, or of a lab, once it was judged: small enough to be remembered."""

from __future__ import annotations

import msgspec

from practicum.authoring.rules.rule import Broken
from practicum.authoring.rules.sources import Dated
from practicum.labs.finding import Finding


class LabDigest(msgspec.Struct, frozen=True, kw_only=True):
    """A lab's minutes (0 if it does not say), its findings, and what is still to be written;
    files are named from the lab's folder."""

    minutes: int
    findings: tuple[Finding, ...] = ()
    todo: tuple[Finding, ...] = ()


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a module, or an exam paper, comes to by itself; ``exam`` is the exam that there is a
    paper of. Files are named from its folder. What depends on the day, or on other modules, is
    not in ``broken``."""

    name: str
    is_written: bool = False
    exam: str = ""
    minutes: int = 0
    broken: tuple[Broken, ...] = ()
    dated: tuple[Dated, ...] = ()
