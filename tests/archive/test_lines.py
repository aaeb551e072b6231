"""The record as lines: out, in again, and whatever is wrong with them named by line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.archive.backup import write_export
from practicum.archive.importing import Imported, import_lines
from practicum.archive.lines import LINE_BYTES_MAX, Unfit, check, export
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.learner.events import Attested, ModuleStarted, Unknown
from practicum.learner.record import PersonErased, RecordError
from worlds.postgres_server import postgres_server
from worlds.records import NOON, noted, postgres_alone, sqlite_alone, stored

__all__ = ["postgres_alone", "postgres_server", "sqlite_alone", "stored"]


def fill(record: SqlRecord) -> None:
    """Two people, seven entries, one of them of a kind that nobody knows."""
    record.append([noted(), noted(ModuleStarted(module="naïve/\u2028")), noted()])
    record.append([noted(person="bob")])
    record.append([noted(Unknown(of="dream.dreamt", version=2, data={"sheep": 3}), person="bob")])
    told = Attested(attestation="a", what="talk", mentor="eve", note="seen", on=NOON.date())
    record.append([noted(told), noted(minutes=7)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export of such a record."""
    record = SqliteRecord(tmp_path / "source.db")
    fill(record)
    write_export(record, tmp_path / "all.jsonl", made_at=NOON)
    record.close()
    return tmp_path / "all.jsonl"


def told(path: Path) -> tuple[str, ...]:
    """What is found wrong with a file."""
    with pytest.raises(Unfit) as unfit:
        check(path)
    return unfit.value.findings


def test_what_goes_out_comes_in_again(stored: SqlRecord, file: Path, tmp_path: Path) -> None:
    """Entry for entry, in the same order, with the same hashes; and out again, byte for byte."""
    assert import_lines(stored, file) == Imported(people=2, added=7, known=0, erased=0)
    source = SqliteRecord(tmp_path / "source.db")
    assert list(stored.read_all()) == list(source.read_all())
    assert [stored.head(x) for x in ("ada", "bob")] == [source.head(x) for x in ("ada", "bob")]
    assert b"".join(export(stored, made_at=NOON)) == file.read_bytes()


def test_twice_is_as_good_as_once(stored: SqlRecord, file: Path) -> None:
    """And a history that goes on in the file is continued."""
    import_lines(stored, file)
    assert import_lines(stored, file) == Imported(people=2, added=0, known=7, erased=0)
    stored.append([noted()])
    later = file.with_name("later.jsonl")
    write_export(stored, later, made_at=NOON)
    other = SqliteRecord(file.with_name("other.db"))
    import_lines(other, file)
    assert import_lines(other, later) == Imported(people=2, added=1, known=7, erased=0)
    assert [each.id for each in other.read("ada")] == [each.id for each in stored.read("ada")]


def test_one_person_comes_out_alone(stored: SqlRecord, tmp_path: Path) -> None:
    """With everything about her, and nothing about others."""
    fill(stored)
    write_export(stored, tmp_path / "bob.jsonl", made_at=NOON, person="bob")
    assert '"ada"' not in (tmp_path / "bob.jsonl").read_text()
    other = SqliteRecord(tmp_path / "other.db")
    assert import_lines(other, tmp_path / "bob.jsonl").added == 2
    with pytest.raises(RecordError, match="nobody 'eve' in the record"):
        list(export(stored, made_at=NOON, person="eve"))


def test_an_empty_record_comes_out_empty(stored: SqlRecord, tmp_path: Path) -> None:
    """A header and an end, which can be taken in."""
    write_export(stored, tmp_path / "none.jsonl", made_at=NOON)
    assert import_lines(stored, tmp_path / "none.jsonl").added == 0


def compact(value: object) -> str:
    """JSON as an export writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


Change = Callable[[list[Any]], object]


def edit(line: int, **fields: object) -> Change:
    """Change fields of a line, counted from 1."""
    return lambda lines: lines[line - 1].update(fields)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit(3, id="other"), "line 3: ada, entry 2: it is not what was recorded"),
        (edit(3, at="2020-01-01T00:00:00.000000Z"), "line 3: ada, entry 2: it is not what"),
        (edit(3, data={"kind": "module.started", "module": "x/y"}), "line 3: ada, entry 2"),
        (edit(2, hash="0" * 64), "line 2: ada, entry 1: it is not what"),
        (lambda lines: lines.pop(2), "line 3: ada, entry 3: entry 2 is missing before it"),
        (lambda lines: lines.insert(2, lines.pop(3)), "line 3: ada, entry 3: entry 2 is missing"),
        (lambda lines: lines.insert(3, lines[2]), "line 4: ada, entry 2: it stands behind entry 2"),
        (edit(4, person="bob"), "line 4: bob, entry 3: entries 1 to 2 are missing before it"),
        (edit(3, more=1), "line 3: it is no entry: Object contains unknown field `more`"),
        (edit(3, version=0), "line 3: it is no entry: Expected `int` >= 1"),
        (edit(9, number=9), "line 12: ada, entry 6: entries 6 to 9 are missing"),
        (edit(11, end=1), "line 11: it tells of 1 entries, there are 7"),
        (edit(1, entries=9), "line 11: the file is not as it was exported"),
        (edit(10, head=7), "line 10: it is no end of a history"),
        (lambda lines: lines.pop(0), "line 1: it is no header of an exported record"),
        (edit(1, record="other"), "line 1: it is no header of an exported record"),
        (edit(1, schema=2), "line 1: the export is of version 2, this practicum knows 1"),
        (lambda lines: lines.pop(), "line 11: the file ends here, before its last line"),
        (lambda lines: lines.append(lines[1]), "line 12: it stands behind the last line"),
        (lambda lines: lines.clear(), "line 1: the file is empty"),
    ],
)
def test_what_is_wrong_is_named_by_line(
    stored: SqlRecord, file: Path, change: Change, said: str
) -> None:
    """Edited, removed, added, moved, foreign, newer or cut off; and nothing of it is taken in."""
    lines = [json.loads(line) for line in file.read_text().split("\n")[:-1]]
    change(lines)
    file.write_text("".join(f"{compact(line)}\n" for line in lines))
    with pytest.raises(Unfit) as unfit:
        import_lines(stored, file)
    assert any(each.startswith(said) for each in unfit.value.findings), unfit.value.findings
    assert stored.people() == ()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_that_was_cut_off_or_changed_is_never_taken_for_whole(
    file: Path, data: st.DataObject
) -> None:
    """Wherever it is cut, and whichever byte is changed."""
    whole = file.read_bytes()
    broken = file.with_name("broken.jsonl")
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        broken.write_bytes(whole[:place])
    else:
        other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
        broken.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
    assert told(broken)


def test_a_history_that_went_another_way_is_refused(stored: SqlRecord, file: Path) -> None:
    """The same number, or the same id, says something else here."""
    stored.append([noted(person="bob"), noted(entry_id="taken", person="bob")])
    with pytest.raises(Unfit) as unfit:
        import_lines(stored, file)
    assert unfit.value.findings[0].startswith("line 5: bob, entry 1: the record says something")
    assert stored.people() == ("bob",)


def test_a_gzipped_file_is_read_as_well(stored: SqlRecord, file: Path) -> None:
    """Whatever it is called; one that is cut off or no gzip is named."""
    packed = file.with_name("packed")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert import_lines(stored, packed).added == 7
    packed.write_bytes(packed.read_bytes()[:-9])
    assert "the file is no whole gzip file" in told(packed)[0]


def test_a_line_or_a_bomb_without_end_is_not_read(tmp_path: Path) -> None:
    """A line is bounded, and what follows it is not unpacked; nor are many lines of nothing."""
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b" " * 100_000_000))
    assert told(bomb) == (f"line 1: it is longer than {LINE_BYTES_MAX} bytes",)
    header = {"record": "practicum", "schema": 1, "made_at": "", "people": 1, "entries": 1}
    bomb.write_bytes(gzip.compress(json.dumps(header).encode() + b"\n" * 10_000_000))
    assert len(told(bomb)) == 20


@pytest.mark.parametrize("depth", [10, 1_000, 100_000])
def test_what_is_nested_without_end_is_named(file: Path, depth: int) -> None:
    """Nothing recurses for ever."""
    lines = file.read_text().split("\n")[:-1]
    lines[1] = '{"person":' + "[" * depth + "]" * depth + "}"
    file.write_text("\n".join(lines) + "\n")
    assert told(file)[0].startswith("line 2: it is no entry")


def test_a_missing_file_is_told(stored: SqlRecord, tmp_path: Path) -> None:
    """With what to name instead."""
    with pytest.raises(RecordError, match=r"cannot be read.*practicum record export"):
        import_lines(stored, tmp_path / "none")


def test_an_old_export_does_not_bring_back_who_was_erased(stored: SqlRecord, file: Path) -> None:
    """Unless it is told to; others come in."""
    import_lines(stored, file)
    assert stored.erase("ada") == 5
    assert import_lines(stored, file) == Imported(people=2, added=0, known=2, erased=5)
    with pytest.raises(PersonErased):
        stored.append([noted()])
    assert stored.people() == ("bob",)
    assert import_lines(stored, file, revive=True).added == 5
    assert len(stored.append([noted()])) == 1
    assert stored.people() == ("ada", "bob")
