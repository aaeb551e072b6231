"""What is kept of views is a short cut, and never anything else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.archive import keeping
from practicum.archive.in_memory import InMemoryRecord
from practicum.archive.keeping import KeepsViews
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.learner.events import ModuleStarted
from practicum.learner.record import Entry, Record, fold
from worlds.postgres_server import postgres_server
from worlds.records import noted, postgres_alone, record, sqlite_alone, stored

__all__ = ["postgres_alone", "postgres_server", "record", "sqlite_alone", "stored"]


class Trail:
    """A view that remembers every entry, so that one passed over or taken twice is seen."""

    name = "trail"
    state = dict[str, list[int]]

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.steps = 0

    def begin(self) -> dict[str, list[int]]:
        """Nothing was seen."""
        return {}

    def step(self, state: dict[str, list[int]], entry: Entry) -> None:
        """See an entry."""
        self.steps += 1
        module = getattr(entry.event, "module", "")
        state.setdefault(f"{self.version} {module}", []).append(entry.number)


@pytest.fixture
def keen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a view as soon as it has seen two more entries."""
    monkeypatch.setattr(keeping, "KEEP_AFTER", 2)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.sampled_from(["ada", "bob"]), st.integers(1, 4)),
        st.tuples(st.just("read"), st.sampled_from(["ada", "bob"]), st.integers(1, 3)),
        st.tuples(st.just("drop"), st.just(""), st.just(0)),
        st.tuples(st.just("harm"), st.just(""), st.integers(0, 3)),
        st.tuples(st.just("erase"), st.just("bob"), st.just(0)),
    ),
    max_size=25,
)
HARM = (
    "update kept set state = '{\"1 m\": 7}'",
    "update kept set number = number - 1, state = '{}'",
    "update kept set number = number + 100",
    "update kept set hash = 'of another history', state = '{}'",
)


def play(record: SqlRecord | InMemoryRecord, steps: list[tuple[str, str, int]]) -> None:
    """Do the steps; every read must be what a fold from the first entry gives."""
    names: Iterator[str] = (f"m{number}" for number in range(1000))
    gone = False
    for what, person, number in steps:
        if what == "append" and not (gone and person == "bob"):
            record.append([noted(ModuleStarted(module=next(names)), person=person)])
            record.append([noted(person=person) for _ in range(number)])
        elif what == "read":
            view = Trail(number)
            assert record.folded(view, person) == fold(Trail(number), record.read(person))
        elif isinstance(record, SqlRecord):
            harm(record, what, person, number)
            gone = gone or what == "erase"


def harm(record: SqlRecord, what: str, person: str, number: int) -> None:
    """What may happen to what was kept."""
    if what == "erase":
        record.erase(person)
    elif what == "drop":
        record.drop_views()
    elif what == "harm":
        with record.writing() as connection:
            connection.execute(HARM[number])


ORDINARY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("keen")
@ORDINARY
@given(STEPS)
def test_a_kept_view_is_the_fold_from_scratch_in_a_file(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    """Whatever was appended, read, harmed, thrown away or erased in between."""
    found = SqliteRecord(tmp_path_factory.mktemp("home") / "archive.db")
    play(found, steps)
    found.close()


@pytest.mark.usefixtures("keen")
@given(STEPS)
def test_a_kept_view_is_the_fold_from_scratch_in_memory(
    steps: list[tuple[str, str, int]],
) -> None:
    """The same without a disk."""
    play(InMemoryRecord(), steps)


def test_a_view_is_brought_up_to_date_and_not_made_anew(record: Record) -> None:
    """What was folded once is not folded again; what is thrown away is."""
    record.append([noted() for _ in range(100)])
    assert record.folded(Trail(), "ada").number == 100
    record.append([noted(), noted()])
    view = Trail()
    assert record.folded(view, "ada").number == 102
    assert view.steps == 2
    if isinstance(record, SqlRecord):
        assert record.drop_views() == 1
        record.folded(view, "ada")
        assert view.steps == 2 + 102


def test_a_newer_version_replaces_what_was_kept(record: Record) -> None:
    """An older one does not come back."""
    record.append([noted() for _ in range(100)])
    record.folded(Trail(1), "ada")
    for version in (2, 1, 2):
        assert record.folded(Trail(version), "ada") == fold(Trail(version), record.read("ada"))
    view = Trail(2)
    record.folded(view, "ada")
    assert view.steps == 0


@pytest.mark.parametrize("statement", HARM)
def test_what_does_not_stand_on_the_record_is_passed_over(
    stored: SqlRecord, statement: str
) -> None:
    """Of another form, after another entry, after none, or of another history."""
    stored.append([noted() for _ in range(100)])
    stored.folded(Trail(), "ada")
    with stored.writing() as connection:
        connection.execute(statement)
    assert stored.folded(Trail(), "ada") == fold(Trail(), stored.read("ada"))


def test_what_is_kept_of_somebody_goes_with_her(stored: SqlRecord) -> None:
    """A reader who is late does not write it down again."""
    stored.append([noted() for _ in range(100)])
    stored.folded(Trail(), "ada")
    kept = stored.load_view("trail", "ada")
    assert kept is not None
    stored.erase("ada")
    stored.keep_view("trail", "ada", kept)
    assert stored.load_view("trail", "ada") is None
    assert stored.drop_views() == 0


def test_every_record_keeps_views(record: Record) -> None:
    """In the one way."""
    assert isinstance(record, KeepsViews)
