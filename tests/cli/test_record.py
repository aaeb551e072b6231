"""``practicum record`` as a person uses it."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.terminal import TIMEOUT_S, practicum
from practicum.cli.catalogue import read_catalogue
from practicum.cli.main import app
from practicum.cli.pointing import standing
from practicum.cli.recording import passes
from practicum.labs.library import choose_one, course_folders, find_labs
from practicum.labs.workspace.workspace import Workspace
from practicum.learner.events import ChallengeNoted, LabChecked, ModuleStarted
from practicum.learner.record import RecordError
from practicum.study.opening import open_desk
from worlds.postgres_server import PostgresServer, postgres_server

__all__ = ["postgres_server"]

LAB = "microservices/events/idempotent-payment"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a person, and three things that happened to her."""
    found = tmp_path / "home"
    monkeypatch.setenv("PRACTICUM_HOME", str(found))
    monkeypatch.delenv("PRACTICUM_PERSON", raising=False)
    monkeypatch.chdir(tmp_path)
    desk = open_desk({"PRACTICUM_HOME": str(found), "LOGNAME": "ada"})
    desk.note(ModuleStarted(module="patterns/timeouts"))
    desk.note(LabChecked(lab=LAB, verdict="pass"))
    desk.note(ChallengeNoted(challenge="[bold]x[/]\nmymother", solution="y" * 200))
    del desk
    settled()
    return found


def settled() -> None:
    """Let go of connections that nobody has any more, so that all is in the one file."""
    gc.collect()


def run(*words: str, code: int = 0, given: str = "") -> str:
    """What a command of this process says."""
    done = CliRunner().invoke(app, ["record", *words], input=given)
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def told(*words: str) -> Any:
    """The JSON that it prints."""
    return json.loads(run(*words, "--json"))


def refused(*words: str) -> str:
    """Why it does nothing."""
    with pytest.raises(RecordError) as error:
        CliRunner().invoke(app, ["record", *words], catch_exceptions=False)
    return str(error.value)


def kinds(*words: str) -> list[str]:
    """The kinds of what `show` shows."""
    return [each["event"]["kind"] for each in told("show", *words)]


@pytest.mark.usefixtures("home")
def test_the_history_is_readable() -> None:
    """A line an entry under its day, short, and text is no markup."""
    lines = run("show").splitlines()
    assert len(lines) == 5
    assert "person.enrolled" in lines[1]
    assert "name=ada" in lines[1]
    assert lines[2].endswith("module=patterns/timeouts")
    assert "challenge=[bold]x[/] mymother solution=" in lines[4]
    assert lines[4].endswith("…")


@pytest.mark.usefixtures("home")
def test_the_history_is_searched() -> None:
    """By the beginning of a kind, and from a day on."""
    assert kinds() == [
        "person.enrolled",
        "module.started",
        "lab.checked",
        "challenge.noted",
    ]
    assert kinds("--kind", "lab") == ["lab.checked"]
    assert kinds("--since", "2020-01-01", "--kind", "module.started") == ["module.started"]
    assert kinds("--since", "2999-01-01") == []
    assert "nothing was recorded of that" in run("show", "--kind", "dream")


def test_looking_at_nothing_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "none"))
    for words in (["show"], ["show", "--people"], ["verify"], ["xapi"], ["erase"]):
        run(*words)
    assert "nothing was recorded" in refused("backup", str(tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []


def test_a_record_goes_out_and_comes_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To another home, where the same person goes on."""
    assert "4 entries are in all.jsonl.gz" in run("export", "all.jsonl.gz")
    assert "is there already" in refused("export", "all.jsonl.gz")
    assert len(practicum(home, "record", "export", "--mine").stdout.splitlines()) == 1 + 4 + 1 + 1
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "other"))
    person = (home / "person").read_text().strip()
    said = run("import", "all.jsonl.gz").splitlines()
    assert said[0] == "4 entries are new, 0 were recorded already"
    assert f"if you are {person}, `practicum record import all.jsonl.gz --mine`" in said[1]
    assert run("show") == "nothing was recorded\n"
    assert told("import", "all.jsonl.gz", "--mine")["known"] == 4
    assert kinds()[0] == "person.enrolled"
    assert told("show", "--people") == [{"person": person, "entries": 4}]


def test_what_is_wrong_with_a_file_is_told_by_line(home: Path, tmp_path: Path) -> None:
    """Without a traceback, and nothing is taken in."""
    (tmp_path / "bad.jsonl").write_text('{"hello":1}\n')
    done = practicum(home, "record", "import", str(tmp_path / "bad.jsonl"))
    assert done.returncode == 1
    assert "line 1: it is no header of an exported record" in done.stderr


def test_a_backup_is_made_and_put_back(home: Path) -> None:
    """Over a record only if that is wanted, which is then kept."""
    assert "4 entries of 1 person are in backup.db, and whole" in run("backup", "backup.db")
    assert "--replace" in refused("restore", "backup.db")
    done = told("restore", "backup.db", "--replace")
    assert (done["people"], done["entries"]) == (1, 4)
    assert Path(done["beside"]).parent == home


def test_a_backup_makes_a_new_home_hers_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lost her disk goes on as who she was; of several people none is chosen."""
    person = (home / "person").read_text().strip()
    run("backup", "one.db")
    open_desk({"PRACTICUM_HOME": str(home), "PRACTICUM_PERSON": "eve"}).note(
        ModuleStarted(module="m")
    )
    run("backup", "two.db")
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "new"))
    assert f"this home is that of {person} from now on" in run("restore", "one.db")
    assert len(kinds()) == 4
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "newer"))
    assert "record show --people" in run("restore", "two.db")
    assert not (tmp_path / "newer" / "person").exists()


def test_a_home_that_was_emptied_is_told(home: Path) -> None:
    """A file of no bytes is a record of nothing; that somebody had one is known."""
    settled()
    (home / "archive.db").write_bytes(b"")
    done = practicum(home, "record", "verify")
    assert done.returncode == 0
    assert "nothing is recorded: if there was something" in done.stderr


def test_what_cannot_be_written_is_told_of_the_place(home: Path, tmp_path: Path) -> None:
    """Not of the record, which is in order."""
    for words in (("backup", "gone/b.db"), ("export", "gone/e.jsonl")):
        told_ = refused(*words)
        assert told_.startswith("gone/")
        assert "name another" in told_
    run("backup", str(tmp_path / "b.db"))


def test_a_damaged_record_is_not_exported(home: Path, tmp_path: Path) -> None:
    """And the message is about the record, not about the file that was begun."""
    settled()
    data = (home / "archive.db").read_bytes()
    (home / "archive.db").write_bytes(data.replace(b"patterns/timeouts", b"patterns/TIMEOUTS"))
    told_ = refused("export", "all.jsonl")
    assert told_.startswith("the record is damaged, and was not exported")
    assert "restore FILE --replace" in told_
    assert not (tmp_path / "all.jsonl").exists()


def test_damage_is_told(home: Path) -> None:
    """With exit code 1, in words and in JSON."""
    assert told("verify")["damages"] == []
    settled()
    data = (home / "archive.db").read_bytes()
    (home / "archive.db").write_bytes(data.replace(b"patterns/timeouts", b"patterns/TIMEOUTS"))
    done = practicum(home, "record", "verify")
    assert done.returncode == 1
    person = (home / "person").read_text().strip()
    assert f"{person}, entry 2: it is not what was recorded here" in done.stderr
    damages = json.loads(run("verify", "--json", code=1))["damages"]
    assert [each["number"] for each in damages] == [2]


@pytest.mark.parametrize("words", [("show",), ("export",), ("show", "--json")])
def test_a_full_disk_is_told_in_a_line(home: Path, words: tuple[str, ...]) -> None:
    """Where the answer goes to, not where the record lies."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "practicum.cli.main", "record", *words],
            env={**os.environ, "PRACTICUM_HOME": str(home)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_S,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("practicum: what was to be told cannot be written (No space left")
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_erasing_asks(home: Path) -> None:
    """A yes or --yes; then she is gone from the files, and the home is a new person's."""
    person = (home / "person").read_text().strip()
    assert f"Erase all 4 entries of {person} for good?" in run("erase", given="n\n", code=1)
    assert len(kinds()) == 4
    assert "4 entries of" in run("erase", given="y\n")
    files = b"".join(path.read_bytes() for path in home.iterdir())
    assert b"mymother" not in files
    assert person.encode() not in files
    desk = open_desk({"PRACTICUM_HOME": str(home)})
    desk.note(ModuleStarted(module="m"))
    assert desk.person != person
    assert kinds() == ["person.enrolled", "module.started"]
    assert told("erase", "--yes")["entries"] == 2


def test_erasing_names_what_stays(home: Path) -> None:
    """All that is beside the record and may tell of her; nobody is erased by a wrong id."""
    assert "show --people" in refused("erase", "--person", "nobody")
    for name in ("drafts", "credentials"):
        (home / name).mkdir()
    (home / "archive-damaged-1.db").touch()
    said = run("erase", "--yes").splitlines()[-1]
    assert "archive-damaged-*.db, credentials/, drafts/: remove those yourself" in said
    assert "workspaces" not in said


@pytest.mark.usefixtures("home")
def test_statements_are_lines() -> None:
    """With the same ids every time."""
    lines = run("xapi", "--home-page", "https://school.example").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["verb"]["display"]["en"] for each in found] == [
        "registered",
        "initialized",
        "passed",
        "commented",
    ]
    again = run("xapi", "--everybody").splitlines()
    assert [json.loads(line)["id"] for line in again] == [each["id"] for each in found]
    run("xapi", "--home-page", "school", code=2)


def test_views_are_thrown_away_and_come_again(home: Path) -> None:
    """Nothing is lost by it."""
    assert told("rebuild") == {"views": 0}
    desk = open_desk({"PRACTICUM_HOME": str(home)})
    desk.note(*[ModuleStarted(module="m")] * 60)
    passed = passes(read_catalogue())
    assert list(passed) == [LAB]
    assert told("rebuild") == {"views": 2}
    assert passes(read_catalogue()) == passed


def test_labs_of_before_there_was_a_record_count_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked first: `level`, `skills` and `next` take them from the workspaces."""
    lab = "microservices/observability/stuck-order"
    the_lab = choose_one(find_labs(course_folders(os.environ))[0], lab)
    for first in ("level", "skills", "next"):
        home = tmp_path / first
        monkeypatch.setenv("PRACTICUM_HOME", str(home))
        monkeypatch.delenv("PRACTICUM_PERSON", raising=False)
        mine, _ = Workspace.start(home, the_lab)
        mine.note_pass(mine.files())
        for words in ([first], ["level", "1"], ["skills", "microservices"]):
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 0, done.output
        assert "debugs issues across four and more services: by" in done.output
        assert list(standing(read_catalogue()).passed) == [lab]


def test_what_the_record_says_is_passed_is_passed(home: Path) -> None:
    """For `next`, `current` and `path`, though there is no workspace."""
    assert standing(read_catalogue()).passed == passes(read_catalogue())
    done = practicum(home, "current", "microservices/events")
    assert "lab idempotent-payment: passed on" in done.stdout


@pytest.mark.usefixtures("home")
def test_labs_tell_the_record() -> None:
    """What is begun, and each hint, once."""
    for words in (["start"], ["hint"], ["hint", "--again", "1"], ["start"], ["hint"]):
        done = CliRunner().invoke(app, ["lab", *words, "idempotent-payment"])
        assert done.exit_code == 0, done.output
    assert kinds()[4:] == ["lab.started", "hint.taken", "hint.taken"]


def test_a_record_may_lie_in_postgres(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command works on it; a backup is an export, which a home's own record takes as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRACTICUM_ARCHIVE_URL", postgres_server.dsn)
    open_desk(os.environ).note(ModuleStarted(module="m"))
    assert kinds() == ["person.enrolled", "module.started"]
    assert told("verify")["entries"] == 2
    run("backup", "backup.gz")
    assert told("restore", "backup.gz", "--replace")["entries"] == 2
    assert told("rebuild") == {"views": 0}
    assert told("erase", "--yes")["entries"] == 2
    assert told("show", "--people") == []
    monkeypatch.delenv("PRACTICUM_ARCHIVE_URL")
    assert not (tmp_path / "home" / "archive.db").exists()
    assert told("restore", "backup.gz")["entries"] == 2
    monkeypatch.setenv("PRACTICUM_ARCHIVE_URL", "postgresql://x:secret@127.0.0.1:1/x")
    assert "secret" not in refused("verify")


def test_a_record_that_cannot_be_written_fails_no_lab(home: Path) -> None:
    """It is told in one line."""
    (home / "archive.db").write_bytes(b"no database " * 1000)
    done = practicum(home, "lab", "start", "idempotent-payment")
    assert done.returncode == 0
    assert done.stderr.startswith("practicum: not recorded: ")
    assert done.stderr.count("\n") == 1
    done = practicum(home, "next")
    assert done.returncode == 0
    assert "the record cannot be read" in done.stderr
