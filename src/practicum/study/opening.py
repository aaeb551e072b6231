"""The desk at a terminal: whose it is, and where her record lies.

Nothing is made before something is recorded: until then a home that was only looked at stays
empty. A person's id is chance and is kept in the home; what she is called is only her login name.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pwd
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from practicum.archive.opening import open_record
from practicum.archive.rows import NAME_CHARACTERS_MAX
from practicum.labs.library import course_folders
from practicum.learner.events import Enrolled
from practicum.learner.record import (
    Entry,
    Folded,
    IdReused,
    Noted,
    Record,
    RecordError,
    View,
    only_person,
)
from practicum.servers.home import RangeError, state_home, telling, write_atomically
from practicum.study.desk import Desk, new_id

PERSON_VARIABLE = "PRACTICUM_PERSON"
FILE = "person"
StateT = TypeVar("StateT")


def open_desk(environ: Mapping[str, str], *, for_good: bool = False) -> Desk:
    """The desk of whoever sits at this terminal. ``for_good`` makes a home that is nobody's yet
    hers at once, and not only with the first thing that is recorded: an id that is told to others
    has to last. RecordError if it cannot be told who she is, or which record is meant."""
    home = state_home(environ)
    person, is_settled = whose(home, environ)
    if for_good and not is_settled:
        claim(home, person)
        is_settled = True
    record = open_record(home, environ)
    return Desk(
        person=person,
        record=Enrolling(record, home, person, _login(environ), is_settled=is_settled),
        now=lambda: utc_now(),
        home=home,
        folders=course_folders(environ),
        environ=environ,
    )


def utc_now() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)


def whose(home: Path, environ: Mapping[str, str]) -> tuple[str, bool]:
    """The id of the person whose home it is, and whether it stands somewhere already: a new
    one does not."""
    if told := environ.get(PERSON_VARIABLE):
        return _fit(told, PERSON_VARIABLE), True
    path = home / FILE
    try:
        found = path.read_text().strip()
    except FileNotFoundError:
        return secrets.token_hex(8), False
    except NotADirectoryError:
        raise RecordError(f"{home} is no folder: set PRACTICUM_HOME to one") from None
    except (OSError, UnicodeError) as error:
        raise RecordError(f"{path} cannot be read ({error}): put it back from a backup") from error
    if not found:
        raise RecordError(
            f"{path} is empty: put it back from a backup, or write the person's id into it; "
            "`practicum record show --people` lists those of the record"
        )
    return _fit(found, str(path)), True


def _fit(person: str, where: str) -> str:
    if person.isprintable() and len(person) <= NAME_CHARACTERS_MAX:
        return person
    raise RecordError(
        f"{where} does not name a person: use one line of up to {NAME_CHARACTERS_MAX} characters"
    )


def claim(home: Path, person: str) -> None:
    """Make a home that is nobody's yet a person's. RecordError if somebody else was faster."""
    with _telling(home):
        # Root lets others pass through, as where ranges are made: PostgreSQL's user has to.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        home.mkdir(mode=mode, parents=True, exist_ok=True)
        settle(home / FILE, person)


def forget_whose(home: Path) -> None:
    """Let the home be a new person's."""
    with _telling(home):
        (home / FILE).unlink(missing_ok=True)


class Enrolling:
    """A record that enrols the person of a home with the first thing that is recorded of her."""

    def __init__(
        self, record: Record, home: Path, person: str, name: str, *, is_settled: bool
    ) -> None:
        self._record = record
        self._home = home
        self._person = person
        self._name = name
        self._is_settled = is_settled
        self._is_enrolled = False

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """See `Record.append`."""
        if not noted or only_person(noted) != self._person or self._is_enrolled:
            return self._record.append(noted, after=after)
        if not self._is_settled:
            claim(self._home, self._person)
            self._is_settled = True
        entries = self._append_first(noted, after)
        self._is_enrolled = True
        return entries

    def _append_first(self, noted: Sequence[Noted], after: int | None) -> tuple[Entry, ...]:
        # As a rule she was enrolled by her first entry, and no further one is read.
        if not any(isinstance(x.event, Enrolled) for x in self._record.read(self._person)):
            enrolled = Noted(
                id=f"enrolled-{self._person}",
                person=self._person,
                at=noted[0].at,
                by="practicum",
                event=Enrolled(name=self._name),
            )
            # If another process has enrolled her meanwhile, what is left is an ordinary append.
            with contextlib.suppress(IdReused):
                return self._record.append([enrolled, *noted], after=after)[1:]
        return self._record.append(noted, after=after)

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read`."""
        return self._record.read(person, after=after)

    def read_all(self, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read_all`."""
        return self._record.read_all(after=after)

    def people(self) -> tuple[str, ...]:
        """See `Record.people`."""
        return self._record.people()

    def folded(self, view: View[StateT], person: str) -> Folded[StateT]:
        """See `Record.folded`."""
        return self._record.folded(view, person)


def settle(path: Path, person: str) -> None:
    """Write down whose home it is. RecordError if somebody else was faster."""
    mine = path.with_name(f".{path.name}.{new_id()}")
    write_atomically(mine, f"{person}\n".encode())
    try:
        path.hardlink_to(mine)
    except FileExistsError:
        raise RecordError(
            "another command made this home yours at the same moment: run yours again"
        ) from None
    finally:
        mine.unlink()


@contextlib.contextmanager
def _telling(home: Path) -> Iterator[None]:
    try:
        with telling(home):
            yield
    except RangeError as error:
        raise RecordError(str(error)) from error


def _login(environ: Mapping[str, str]) -> str:
    for name in ("LOGNAME", "USER"):
        if environ.get(name):
            return environ[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
