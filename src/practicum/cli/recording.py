"""What the commands of labs tell the record. Whether it can be written is not their business."""

from __future__ import annotations

import os

from practicum.cli.screen import complain
from practicum.curriculum.catalogue import Catalogue
from practicum.learner.events import AnyEvent
from practicum.learner.record import RecordError
from practicum.servers.home import RangeError
from practicum.study.desk import Desk
from practicum.study.opening import open_desk
from practicum.study.standing import passed_steps
from practicum.study.workspaces import take_over

_CANNOT = (RecordError, RangeError, ValueError, OSError)


def desk_with_labs() -> Desk:
    """The desk of whoever sits here, for all that counts labs: those that her workspaces passed
    before there was a record are in it. RecordError, RangeError."""
    desk = open_desk(os.environ)
    take_over(desk)
    return desk


def note(*events: AnyEvent) -> None:
    """Record what happened to the learner of this home. If that cannot be done, it is told in
    one line, and nothing else fails for it."""
    try:
        desk_with_labs().note(*events)
    except _CANNOT as error:
        complain(f"not recorded: {' '.join(str(error).split())}")


def passes(catalogue: Catalogue) -> dict[str, str]:
    """What was passed, by the record of this home, as `passed_steps` tells it; nothing, and a
    complaint, if the record cannot be read."""
    try:
        return passed_steps(desk_with_labs(), catalogue)
    except _CANNOT as error:
        complain(f"the record cannot be read: {' '.join(str(error).split())}")
        return {}
