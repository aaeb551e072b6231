"""What is known of a learner's labs: a fold over her record."""

from __future__ import annotations

import msgspec

from practicum.learner.events import HintTaken, LabChecked, LabStarted
from practicum.learner.record import Entry


class LabState(msgspec.Struct, kw_only=True):
    """One lab. ``started_at``, ``passed_at`` (the last time) are ISO 8601 in UTC, empty for
    never; ``failed`` counts the failures that were hers; ``hints`` is the last she took."""

    started_at: str = ""
    passed_at: str = ""
    failed: int = 0
    hints: int = 0


class LabsView:
    """Every lab that was begun, by its id. See `learner.record.View`."""

    name = "labs"
    version = 1
    state: type[dict[str, LabState]] = dict[str, LabState]

    def begin(self) -> dict[str, LabState]:
        """No lab was begun."""
        return {}

    def step(self, state: dict[str, LabState], entry: Entry) -> None:
        """See `View.step`."""
        event = entry.event
        if not isinstance(event, LabStarted | LabChecked | HintTaken):
            return
        lab = state.setdefault(event.lab, LabState())
        if isinstance(event, LabStarted):
            lab.started_at = lab.started_at or entry.at.isoformat()
        elif isinstance(event, HintTaken):
            lab.hints = max(lab.hints, event.number)
        elif event.verdict == "pass":
            lab.passed_at = max(lab.passed_at, entry.at.isoformat())
        elif event.verdict == "fail" and event.blame == "learner":
            lab.failed += 1


def passed_at(state: dict[str, LabState]) -> dict[str, str]:
    """When each lab was passed last, of those that were."""
    return {lab: each.passed_at for lab, each in state.items() if each.passed_at}
