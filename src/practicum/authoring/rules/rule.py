"""What a rule is: what it demands, why, and what to do; and where all rules are kept.

A rule that is added later would turn work that was fine yesterday into errors. So it says from
which day on it is one; until then it is advice.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from practicum.labs.finding import Finding

if TYPE_CHECKING:
    from practicum.authoring.rules.subject import Subject

Severity = Literal["error", "advice"]
Profile = Literal["blocks", "parts"]
"""A module of focus blocks, or one of timed parts."""

Judge = Literal["lint", "verify"]
EVERY: tuple[Profile, ...] = ("blocks", "parts")
FIRST_DAY = dt.date(2026, 11, 21)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is demanded. ``since`` is the day it was added, ``error_from`` the day from
    which it is an error, if that is later; ``judge`` says which command finds what breaks it."""

    id: str
    demands: str
    why: str
    remedy: str
    severity: Severity = "error"
    profiles: tuple[Profile, ...] = EVERY
    since: dt.date = FIRST_DAY
    error_from: dt.date | None = None
    judge: Judge = "lint"

    def severity_on(self, today: dt.date) -> Severity:
        """What it is on that day."""
        if self.error_from is not None and today < self.error_from:
            return "advice"
        return self.severity

    def found(self, findings: Iterable[Finding]) -> Iterator[Broken]:
        """Findings as ones of this rule, with its remedy where they have none."""
        for each in findings:
            yield Broken(
                rule=self.id,
                file=each.file,
                line=each.line,
                field=each.field,
                message=each.message,
                remedy=each.remedy or self.remedy,
            )


class Broken(Finding, frozen=True, kw_only=True):
    """A finding, and the rule that it is of; the day and the rule tell whether it is an error."""

    rule: str


class UnknownRule(Exception):
    """There is no such rule; the text says which there are."""


Check = Callable[["Subject"], Iterator[Finding]]
CheckT = TypeVar("CheckT", bound=Check)
Needs = Literal["lesson", "questions", "cards", "exam", "entry"]
"""What must have been readable for a check to make sense; ``entry`` is the module's in the
catalogue."""


class Checked(msgspec.Struct, frozen=True):
    """A rule of one module, what judges it, and what must be there for that."""

    rule: Rule
    check: Check
    needs: tuple[Needs, ...]


RULES: dict[str, Rule] = {}
CHECKS: list[Checked] = []


def declare(rule: Rule) -> Rule:
    """Add a rule that is not judged from one module alone."""
    if rule.id in RULES:
        raise ValueError(f"rule {rule.id} is declared twice: rename one of the two")
    RULES[rule.id] = rule
    return rule


def rule(
    id: str,
    *,
    why: str,
    remedy: str,
    severity: Severity = "error",
    profiles: tuple[Profile, ...] = EVERY,
    needs: tuple[Needs, ...] = ("lesson",),
    since: dt.date = FIRST_DAY,
    error_from: dt.date | None = None,
) -> Callable[[CheckT], CheckT]:
    """Register a check of one module. What the rule demands is the check's docstring."""

    def register(check: CheckT) -> CheckT:
        demands = " ".join((inspect.getdoc(check) or "").split())
        if not demands:
            raise ValueError(f"rule {id} does not say what it demands: write a docstring")
        declared = declare(
            Rule(
                id=id,
                demands=demands,
                why=why,
                remedy=remedy,
                severity=severity,
                profiles=profiles,
                since=since,
                error_from=error_from,
            )
        )
        CHECKS.append(Checked(declared, check, needs))
        return check

    return register
