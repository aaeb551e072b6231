"""A person's diagnostics, folded from what happened."""

from __future__ import annotations

import msgspec

from practicum.learner.diagnostic.choosing import Given
from practicum.learner.diagnostic.model import Parameters
from practicum.learner.events import DiagnosticAnswered, DiagnosticStarted, PathChosen, Placed
from practicum.learner.record import Entry


class Diagnostic(msgspec.Struct, kw_only=True):
    """One diagnostic; ``placed`` once it has come to its end."""

    id: str
    seed: int
    most: int
    given: list[Given] = []
    placed: Placed | None = None


class Diagnostics(msgspec.Struct):
    """All of a person's, in the order in which they began, and the role whose path she chose."""

    each: dict[str, Diagnostic] = {}
    role: str = ""

    def last(self) -> Diagnostic | None:
        """The newest; None if there is none."""
        return next(reversed(self.each.values()), None)


class DiagnosticsView:
    """The fold. An answer to what was answered before, or after the end, is passed over."""

    name = "diagnostics"
    version = 1
    state = Diagnostics

    def begin(self) -> Diagnostics:
        """Nobody has begun anything."""
        return Diagnostics()

    def step(self, state: Diagnostics, entry: Entry) -> None:
        """Take one more entry into account."""
        match entry.event:
            case DiagnosticStarted(diagnostic=name, seed=seed, most=most):
                if name not in state.each:
                    state.each[name] = Diagnostic(id=name, seed=seed, most=most)
            case DiagnosticAnswered() as event:
                _take(state.each.get(event.diagnostic), event)
            case Placed(diagnostic=name) as event if name in state.each:
                if state.each[name].placed is None:
                    state.each[name].placed = event
            case PathChosen(role=role):
                state.role = role


def _take(found: Diagnostic | None, event: DiagnosticAnswered) -> None:
    if found is None or found.placed is not None:
        return
    given = Given(
        module=event.module,
        question=event.question,
        right=0 < event.of <= event.points,
        points=event.points,
        of=event.of,
        parameters=Parameters(event.discrimination, event.location),
    )
    if given.key not in {each.key for each in found.given}:
        found.given = [*found.given, given]
