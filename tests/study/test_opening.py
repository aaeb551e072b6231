"""Whose desk a terminal is."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.learner.events import AnyEvent, Enrolled, LabStarted, ModuleStarted
from practicum.learner.record import Entry, RecordError, SomebodyWasFaster
from practicum.study.opening import Enrolling, open_desk, settle
from worlds.records import noted


def environ(home: Path, **more: str) -> dict[str, str]:
    """What a terminal hands over."""
    return {"PRACTICUM_HOME": str(home), "LOGNAME": "ada", **more}


def events(home: Path, **more: str) -> list[AnyEvent]:
    """What is recorded of whoever sits there."""
    desk = open_desk(environ(home, **more))
    return [entry.event for entry in desk.record.read(desk.person)]


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """Not even a folder."""
    home = tmp_path / "home"
    desk = open_desk(environ(home))
    assert list(desk.record.read(desk.person)) == []
    assert desk.record.people() == ()
    assert not home.exists()


def test_the_first_thing_that_is_recorded_enrols(tmp_path: Path) -> None:
    """Once, with the login name; and from then on the home is hers."""
    desk = open_desk(environ(tmp_path / "home"))
    (entry,) = desk.note(ModuleStarted(module="m"))
    assert entry.event == ModuleStarted(module="m")
    again = open_desk(environ(tmp_path / "home"))
    assert again.person == desk.person
    again.note(LabStarted(lab="l"))
    assert events(tmp_path / "home") == [
        Enrolled(name="ada"),
        ModuleStarted(module="m"),
        LabStarted(lab="l"),
    ]
    assert (tmp_path / "home" / "person").stat().st_mode & 0o077 == 0


def test_an_id_that_is_told_to_others_lasts(tmp_path: Path) -> None:
    """A mentor signs for it: it is the same the next time, before anything was recorded."""
    home = tmp_path / "home"
    first = open_desk(environ(home), for_good=True)
    assert open_desk(environ(home)).person == first.person
    assert first.record.people() == ()
    first.note(ModuleStarted(module="m"))
    assert events(home) == [Enrolled(name="ada"), ModuleStarted(module="m")]


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    """Not as something that a backup would put right."""
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="is no folder"):
        open_desk(environ(tmp_path / "file"))


def test_a_person_can_be_named(tmp_path: Path) -> None:
    """Several people use one home, each with her own history; the home is nobody's yet."""
    home = tmp_path / "home"
    for person in ("eve", "bob"):
        open_desk(environ(home, PRACTICUM_PERSON=person)).note(ModuleStarted(module=person))
    assert events(home, PRACTICUM_PERSON="bob") == [
        Enrolled(name="ada"),
        ModuleStarted(module="bob"),
    ]
    assert open_desk(environ(home)).record.people() == ("bob", "eve")
    assert not (home / "person").exists()


def test_without_a_login_name_the_system_is_asked(tmp_path: Path) -> None:
    """As `getpass` does."""
    desk = open_desk({"PRACTICUM_HOME": str(tmp_path / "home")})
    desk.note(ModuleStarted(module="m"))
    first = next(iter(desk.record.read(desk.person))).event
    assert isinstance(first, Enrolled)
    assert first.name
    assert first.name == getpass.getuser() or "LOGNAME" in os.environ


def test_deciding_on_an_empty_history_goes_with_being_enrolled(tmp_path: Path) -> None:
    """Who read nothing may name 0; the second who did is refused."""
    one, two = (open_desk(environ(tmp_path, PRACTICUM_PERSON="ada")) for _ in range(2))
    assert [each.number for each in one.note(ModuleStarted(module="m"), after=0)] == [2]
    with pytest.raises(SomebodyWasFaster):
        two.note(ModuleStarted(module="m"), after=0)
    two.note(ModuleStarted(module="n"), after=2)
    assert len(events(tmp_path, PRACTICUM_PERSON="ada")) == 3


def test_others_are_recorded_as_they_are(tmp_path: Path) -> None:
    """A mentor at this terminal grades somebody else, who is not enrolled by that."""
    inner = InMemoryRecord()
    record = Enrolling(inner, tmp_path, "ada", "Ada", is_settled=True)
    record.append([noted(person="bob")])
    assert [entry.number for entry in inner.read("bob")] == [1]
    assert inner.people() == ("bob",)


def test_who_was_attested_before_she_came_is_enrolled_when_she_does(tmp_path: Path) -> None:
    """Behind what others recorded of her, and by her own decision on what she read."""
    inner = InMemoryRecord()
    inner.append([noted(), noted()])
    Enrolling(inner, tmp_path, "ada", "Ada", is_settled=True).append([noted()], after=2)
    found = [entry.event for entry in inner.read("ada")]
    assert [isinstance(event, Enrolled) for event in found] == [False, False, True, False]


def test_an_enrolling_append_is_repeated_like_any_other(tmp_path: Path) -> None:
    """By a process that does not know whether its first one arrived."""
    inner = InMemoryRecord()
    each = noted(entry_id="1")
    first = Enrolling(inner, tmp_path, "ada", "Ada", is_settled=True).append([each], after=0)
    again = Enrolling(inner, tmp_path, "ada", "Ada", is_settled=True).append([each], after=0)
    assert again == first
    assert len(list(inner.read("ada"))) == 2


class Late(InMemoryRecord):
    """What was just recorded is not read yet."""

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """Nothing."""
        return iter(())


def test_who_was_enrolled_meanwhile_is_not_enrolled_again(tmp_path: Path) -> None:
    """By another process, and under another login name."""
    inner = Late()
    Enrolling(inner, tmp_path, "ada", "Ada", is_settled=True).append([noted()])
    (entry,) = Enrolling(inner, tmp_path, "ada", "root", is_settled=True).append([noted()])
    assert entry.number == 3
    assert len(list(inner.read_all())) == 3


def test_two_who_begin_at_once_do_not_become_two_people(tmp_path: Path) -> None:
    """The second is told, and a later command is the first one's."""
    one, two = open_desk(environ(tmp_path)), open_desk(environ(tmp_path))
    one.note(ModuleStarted(module="m"))
    with pytest.raises(RecordError, match="run yours again"):
        two.note(ModuleStarted(module="m"))
    assert open_desk(environ(tmp_path)).person == one.person
    assert one.record.people() == (one.person,)
    with pytest.raises(RecordError):
        settle(tmp_path / "person", "eve")


@pytest.mark.parametrize("text", [b"", b"\n", b"\xff\xfe"])
def test_a_home_that_does_not_say_whose_it_is_is_refused(tmp_path: Path, text: bytes) -> None:
    """Rather than making a second person of her."""
    (tmp_path / "person").write_bytes(text)
    with pytest.raises(RecordError, match=r"person (is empty|cannot be read).*from a backup"):
        open_desk(environ(tmp_path))


@pytest.mark.parametrize("person", ["a\nb", "x" * 201, "\x1b[1m"])
def test_what_cannot_name_a_person_is_refused(tmp_path: Path, person: str) -> None:
    """In the home as in the environment."""
    with pytest.raises(RecordError, match="PRACTICUM_PERSON does not name a person"):
        open_desk(environ(tmp_path, PRACTICUM_PERSON=person))
    (tmp_path / "person").write_text(person)
    with pytest.raises(RecordError, match="does not name a person"):
        open_desk(environ(tmp_path))


def test_a_record_of_another_kind_is_refused(tmp_path: Path) -> None:
    """With what is known."""
    with pytest.raises(RecordError, match="must begin with postgresql://"):
        open_desk(environ(tmp_path, PRACTICUM_ARCHIVE_URL="mysql://x"))
