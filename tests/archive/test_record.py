"""What every record promises, wherever it lies."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from practicum.learner.events import (
    CardReviewed,
    ExamSubmitted,
    LabStarted,
    ModuleStarted,
    QuestionAnswered,
    Unknown,
)
from practicum.learner.record import IdReused, Record, SomebodyWasFaster
from worlds.postgres_server import postgres_server
from worlds.records import NOON, noted, postgres_alone, record, sqlite_alone

__all__ = ["postgres_alone", "postgres_server", "record", "sqlite_alone"]


def test_a_record_begins_empty(record: Record) -> None:
    """Nobody is in it, and reading finds nothing."""
    assert record.people() == ()
    assert list(record.read("ada")) == []
    assert list(record.read_all()) == []
    assert record.append([]) == ()


def test_each_persons_entries_are_numbered_from_one(record: Record) -> None:
    """Whatever others do in between; and `read_all` has one order for all."""
    first = record.append([noted(), noted()])
    other = record.append([noted(person="bob")])
    last = record.append([noted()])
    assert [each.number for each in (*first, *other, *last)] == [1, 2, 1, 3]
    assert list(record.read("ada")) == [*first, *last]
    assert list(record.read_all()) == [*first, *other, *last]
    seqs = [each.seq for each in record.read_all()]
    assert seqs == sorted(set(seqs))
    assert record.people() == ("ada", "bob")


def test_what_is_read_is_what_was_recorded(record: Record) -> None:
    """Every field, moments to the microsecond and in UTC."""
    at = dt.datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=dt.timezone(dt.timedelta(hours=5)))
    answer: dict[str, Any] = {"text": "naïve\u2028\x00 \U0001f600", "list": [1, 2.5, None, True]}
    event = ExamSubmitted(sitting="s1", answers={"q": answer}, by_clock=True)
    (entry,) = record.append([msgspec_replace(noted(event, entry_id="x"), at)])
    assert list(record.read("ada")) == [entry]
    assert (entry.id, entry.person, entry.by, entry.event) == ("x", "ada", "ada", event)
    assert entry.at == at
    assert entry.at.utcoffset() == dt.timedelta(0)


def msgspec_replace(each: Any, at: dt.datetime) -> Any:
    """The same at another moment."""
    return type(each)(id=each.id, person=each.person, at=at, by=each.by, event=each.event)


def test_reading_goes_on_behind_what_was_read(record: Record) -> None:
    """By number for one person, by place for all; in pages or not."""
    entries = record.append([noted() for _ in range(2_500)])
    assert list(record.read("ada")) == list(entries)
    assert list(record.read("ada", after=1_777)) == list(entries[1_777:])
    assert list(record.read_all(after=entries[1_998].seq)) == list(entries[1_999:])
    assert list(record.read("ada", after=2_500)) == []


def test_a_decision_on_old_news_is_refused(record: Record) -> None:
    """The number that was read must still be the last."""
    record.append([noted()], after=0)
    with pytest.raises(SomebodyWasFaster) as refused:
        record.append([noted()], after=0)
    assert (refused.value.person, refused.value.number) == ("ada", 1)
    with pytest.raises(SomebodyWasFaster):
        record.append([noted()], after=2)
    record.append([noted()], after=1)
    record.append([noted(person="bob")], after=0)
    assert len(list(record.read_all())) == 3


def test_an_append_of_unknown_outcome_is_repeated(record: Record) -> None:
    """What is recorded is found, also in part, at its first moment, whatever was read."""
    one, two, three = noted(entry_id="1"), noted(entry_id="2"), noted(entry_id="3")
    first = record.append([one, two], after=0)
    later = noted(entry_id="1", minutes=5)
    assert record.append([later, two], after=0) == first
    assert record.append([one, two, three])[:2] == first
    assert [each.id for each in record.read("ada")] == ["1", "2", "3"]
    with pytest.raises(SomebodyWasFaster):
        record.append([two, noted(entry_id="4")], after=2)


def test_an_id_says_one_thing_only(record: Record) -> None:
    """Another event, person or witness under an id that is taken is refused, with all beside."""
    record.append([noted(entry_id="1")])
    other = LabStarted(lab="patterns/timeouts/slow-bank")
    for wrong in (noted(other, entry_id="1"), noted(entry_id="1", person="bob")):
        with pytest.raises(IdReused, match="1 is recorded already"):
            record.append([noted(person=wrong.person), wrong])
    with pytest.raises(IdReused):
        record.append([noted(entry_id="2"), noted(other, entry_id="2")])
    assert len(list(record.read_all())) == 1


def test_an_id_twice_in_one_append_is_recorded_once(record: Record) -> None:
    """Both are answered with the one entry."""
    entries = record.append([noted(entry_id="1"), noted(entry_id="1"), noted(entry_id="2")])
    assert [each.number for each in entries] == [1, 1, 2]
    assert len(list(record.read("ada"))) == 2


def test_one_append_is_about_one_person(record: Record) -> None:
    """Two people's histories have no common order to decide on."""
    with pytest.raises(ValueError, match="about one person, not 2"):
        record.append([noted(), noted(person="bob")])
    assert record.people() == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (noted(CardReviewed(card="c", rating=7)), "card.reviewed cannot be recorded.*<= 4"),
        (noted(QuestionAnswered(module="m", question="q", answer=object(), points=1, of=1)), "obj"),
        (noted(ExamSubmitted(sitting="s", answers={"q": "\ud800"})), "surrogates"),
        (noted(ExamSubmitted(sitting="s", answers={"q": "x" * 1_000_001})), "at most 1000000"),
        (noted(person="a\nb"), "cannot be the person"),
        (noted(person=""), "cannot be the person"),
        (noted(entry_id="\x00"), "cannot be the id"),
        (msgspec_replace(noted(), NOON.replace(tzinfo=None)), "no time zone"),
    ],
)
def test_what_could_not_be_read_again_is_not_recorded(
    record: Record, wrong: Any, said: str
) -> None:
    """An append-only record has no way to put it right later."""
    with pytest.raises(ValueError, match=said):
        record.append([wrong])
    assert record.people() == ()


def test_the_unknown_is_kept_and_read_again(record: Record) -> None:
    """What a newer practicum recorded passes through this one unharmed."""
    event = Unknown(of="dream.dreamt", version=3, data={"kind": "dream.dreamt", "of": ["sheep"]})
    (entry,) = record.append([noted(event)])
    assert [each.event for each in record.read("ada")] == [entry.event] == [event]


def test_many_threads_append_at_once(record: Record) -> None:
    """Numbers have no gaps, and nothing is lost."""
    people = ("ada", "bob")

    def work(name: str) -> None:
        for number in range(20):
            for person in people:
                event = ModuleStarted(module=f"{name}-{number}")
                record.append([noted(event, person=person, entry_id=f"{name}-{person}-{number}")])

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in people:
        assert [each.number for each in record.read(person)] == list(range(1, 81))
    assert len({each.id for each in record.read_all()}) == 160
