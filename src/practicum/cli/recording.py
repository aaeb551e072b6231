"""What the commands of labs tell the record. Whether it can be written is not their business."""

from __future__ import annotations

import os

from practicum.cli.screen import complain
from practicum.learner.events import AnyEvent
from practicum.learner.labs import LabsView, passed_at
from practicum.learner.record import RecordError
from practicum.servers.home import RangeError
from practicum.study.opening import open_desk
from practicum.study.workspaces import take_over

_CANNOT = (RecordError, RangeError, ValueError, OSError)


def note(*events: AnyEvent) -> None:
    """Record what happened to the learner of this home. If that cannot be done, it is told in
    one line, and nothing else fails for it."""
    try:
        desk = open_desk(os.environ)
        take_over(desk)
        desk.note(*events)
    except _CANNOT as error:
        complain(f"not recorded: {' '.join(str(error).split())}")


def passes() -> dict[str, str]:
    """When each lab was passed last, by the record of this home; nothing, and a complaint, if it
    cannot be read."""
    try:
        desk = open_desk(os.environ)
        return passed_at(desk.record.folded(LabsView(), desk.person).state)
    except _CANNOT as error:
        complain(f"the record cannot be read: {' '.join(str(error).split())}")
        return {}
