"""What was recorded long ago is read as today; what comes from tomorrow is kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.events import BlockRead, LabStarted, ModuleStarted, Unknown
from practicum.learner.upcasting import KINDS, TODAY, Upcasting


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 called the block a section."""
    return {"module": data["module"], "block": data["section"]}


def qualified(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 named modules without their course."""
    return {**data, "module": f"patterns/{data['module']}"}


LATER = Upcasting({("block.read", 1): renamed, ("block.read", 2): qualified})


def test_an_old_event_is_read_as_one_of_today() -> None:
    """Through every version there was."""
    old = '{"kind":"block.read","module":"timeouts","section":"why"}'
    older = BlockRead(module="patterns/timeouts", block="why")
    assert LATER.restore("block.read", 1, old) == older
    old = '{"kind":"block.read","module":"timeouts","block":"why"}'
    assert LATER.restore("block.read", 2, old) == older


def test_what_is_written_is_of_the_newest_version() -> None:
    """And read without an upcaster."""
    event = BlockRead(module="patterns/timeouts", block="why")
    stored = LATER.store(event)
    assert (stored.kind, stored.version) == ("block.read", 3)
    assert stored.data == '{"block":"why","kind":"block.read","module":"patterns/timeouts"}'
    assert LATER.restore(stored.kind, stored.version, stored.data) == event
    assert LATER.store(ModuleStarted(module="m")).version == 1


def test_what_is_newer_is_unknown_and_written_back_as_it_came() -> None:
    """A newer version of a kind that is known, and a kind that is not."""
    for kind, version in (("block.read", 4), ("dream.dreamt", 1)):
        data = '{"a":[1,2.5,null],"kind":"x"}'
        event = LATER.restore(kind, version, data)
        assert event == Unknown(of=kind, version=version, data={"a": [1, 2.5, None], "kind": "x"})
        stored = LATER.store(event)
        assert (stored.kind, stored.version, stored.data) == (kind, version, data)


def test_what_an_upcaster_cannot_read_is_named() -> None:
    """With the kind and the version it was written in."""
    with pytest.raises(ValueError, match=r"block\.read, version 1: 'section'"):
        LATER.restore("block.read", 1, '{"module":"m"}')
    with pytest.raises(ValueError, match=r"block\.read, version 3: Object missing"):
        LATER.restore("block.read", 3, '{"kind":"block.read"}')


@pytest.mark.parametrize("gap", [{("block.read", 2): renamed}, {("dream.dreamt", 1): renamed}])
def test_a_version_that_nothing_leads_to_is_refused(gap: Any) -> None:
    """When the registry is made, and not when somebody reads."""
    with pytest.raises(ValueError, match="there is no way to version"):
        Upcasting(gap)


@given(
    st.text(),
    st.integers(),
    st.one_of(st.text(), st.sampled_from(["{}", '{"kind":"lab.started","lab":"x"}', "[" * 9999])),
    st.sampled_from([*KINDS, "dream.dreamt"]),
)
def test_reading_ends_in_an_event_or_a_value_error(
    more: str, version: int, data: str, kind: str
) -> None:
    """Whatever stands in a row."""
    for text in (data, data + more):
        try:
            event = TODAY.restore(kind, version, text)
        except ValueError:
            continue
        assert isinstance(event, Unknown | LabStarted)
