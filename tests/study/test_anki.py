"""A deck that Anki takes, and brings up to date instead of doubling it."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import msgspec
import pytest

from practicum.labs.finding import CannotBeUsed
from practicum.learner.memory.deck import Prompt
from practicum.study.anki import (
    COLLECTION,
    MEDIA,
    NOTE_TYPE_ID,
    guid_of,
    package,
    write_package,
)

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def prompts(count: int = 3, module: str = "c/one") -> list[Prompt]:
    """Cards with what HTML could mistake."""
    return [
        Prompt(name=f"card:c/{n}", module=module, front=f"front {n} <b>\nx & y", back='"a" < b')
        for n in range(count)
    ]


def opened(data: bytes) -> sqlite3.Connection:
    """The database in a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [COLLECTION, MEDIA]
        assert json.loads(archive.read(MEDIA)) == {}
        database = sqlite3.connect(":memory:")
        database.deserialize(archive.read(COLLECTION))
    return database


def test_a_package_has_anki_s_schema() -> None:
    """Its five tables, one collection of version 11, and JSON where JSON belongs."""
    database = opened(package(prompts(), NOW))
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    assert [name for (name,) in tables] == ["cards", "col", "graves", "notes", "revlog"]
    row = database.execute("SELECT ver, conf, models, decks, dconf, tags FROM col").fetchall()
    assert len(row) == 1
    version, *documents = row[0]
    assert version == 11
    _, models, decks, _, _ = (json.loads(each) for each in documents)
    assert list(models) == [str(NOTE_TYPE_ID)]
    assert {each["name"] for each in decks.values()} == {"Default", "Practicum::c::one"}


def test_each_card_is_a_note_as_plain_text() -> None:
    """With its source in the last field; nothing in a text is taken for HTML."""
    database = opened(package(prompts(2), NOW))
    notes = database.execute("SELECT guid, flds, csum, id FROM notes ORDER BY rowid").fetchall()
    fields = {guid: flds.split("\x1f") for guid, flds, _, _ in notes}
    assert fields[guid_of("card:c/1")] == [
        "front 1 &lt;b&gt;<br>x &amp; y",
        '"a" &lt; b',
        "card:c/1",
    ]
    pairs = database.execute("SELECT nid, did FROM cards").fetchall()
    assert {nid for nid, _ in pairs} == {number for *_, number in notes}
    decks = json.loads(database.execute("SELECT decks FROM col").fetchone()[0])
    assert all(str(did) in decks for _, did in pairs)


def test_a_card_is_the_same_note_for_ever() -> None:
    """Whatever its text, its module and the day: the guid hangs on its id alone."""
    assert guid_of("card:pillars/truth-card-flp") == "7wvDAXAiBanJ"
    first = opened(package(prompts(), NOW)).execute("SELECT id, guid FROM notes").fetchall()
    changed = [msgspec.structs.replace(e, back="new", module="c/two") for e in prompts()]
    later = opened(package(changed, NOW + dt.timedelta(days=9)))
    assert later.execute("SELECT id, guid FROM notes").fetchall() == first
    assert len({guid for _, guid in first}) == 3


def test_the_same_cards_make_the_same_file() -> None:
    """Byte for byte, at the same moment."""
    assert package(prompts(), NOW) == package(prompts(), NOW)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Nothing half is left behind."""
    with pytest.raises(CannotBeUsed, match=r"cannot be written \(No such file or directory\)"):
        write_package(tmp_path / "no" / "deck.apkg", b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.prove
def test_anki_itself_takes_it_and_a_second_import_doubles_nothing(tmp_path: Path) -> None:
    """By Anki's own importer: new notes, then none; then what changed, and what is new."""
    from anki import import_export_pb2 as requests  # noqa: PLC0415 - it takes half a second
    from anki.collection import Collection  # noqa: PLC0415

    collection = Collection(str(tmp_path / "mine.anki2"))

    def take(name: str, cards: list[Prompt], day: int) -> int:
        path = tmp_path / f"{name}.apkg"
        path.write_bytes(package(cards, NOW + dt.timedelta(days=day)))
        request = requests.ImportAnkiPackageRequest(
            package_path=str(path), options=requests.ImportAnkiPackageOptions()
        )
        return len(collection.import_anki_package(request).log.new)

    assert take("first", prompts(), 0) == 3
    assert take("again", prompts(), 0) == 0
    changed = [msgspec.structs.replace(prompts()[0], back="changed"), *prompts(4)[1:]]
    assert take("later", changed, 1) == 1
    assert collection.note_count() == collection.card_count() == 4
    note = collection.get_note(collection.find_notes('"front 0"')[0])
    assert note.fields[1] == "changed"
    collection.close()
