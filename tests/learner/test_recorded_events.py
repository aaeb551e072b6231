"""Events as they were recorded by earlier versions of this program can be read for ever."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from practicum.learner.events import Unknown
from practicum.learner.upcasting import TODAY

LINES = (Path(__file__).parent / "recorded_events.jsonl").read_text().splitlines()


class Line(msgspec.Struct):
    """A row's kind, version and data."""

    kind: str
    version: int
    data: msgspec.Raw


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40])
def test_what_was_recorded_is_read_as_today(line: str) -> None:
    """If this fails, a kind has changed: give it a new version and an upcaster, and let the line
    stand. A new kind gets a new line, when it is released."""
    row = msgspec.json.decode(line, type=Line)
    event = TODAY.restore(row.kind, row.version, bytes(row.data).decode())
    assert not isinstance(event, Unknown)
    assert TODAY.restore(*msgspec.structs.astuple(TODAY.store(event))) == event
