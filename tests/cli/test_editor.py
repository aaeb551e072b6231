"""A person's own editor: what it saves is noticed while it is open, and nothing is overwritten."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path

import pytest

from practicum.cli import editor as room
from practicum.cli.editor import Editor, NoEditor
from practicum.labs.finding import CannotBeUsed

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks often."""
    monkeypatch.setattr(room, "LOOK_EVERY_S", 0.01)


def scripted(tmp_path: Path, lines: str) -> Editor:
    """An editor that does with its file what a script says."""
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\n{lines}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return Editor(tmp_path / "drafts" / "answer.md", {"EDITOR": f"'{script}' --wait"})


def test_each_save_is_told_while_it_is_open(tmp_path: Path) -> None:
    """The editor waits here until it has been: it would wait in vain if nobody looked."""
    fifo = tmp_path / "go-on"
    os.mkfifo(fifo)
    lines = f'echo first > "$2"; timeout 60 cat "{fifo}" > /dev/null; echo second > "$2"'
    opened = scripted(tmp_path, lines)
    opened.lay_out("before", None)
    told: list[str] = []

    def saved(text: str) -> None:
        if not told:
            fifo.write_text("go on")
        told.append(text)

    assert opened.edit(saved) == "second\n"
    assert told[0] == "first\n"


def test_what_cannot_be_read_does_not_close_the_editor(tmp_path: Path) -> None:
    """It is told at the end, and stays in its file."""
    fifo = tmp_path / "go-on"
    os.mkfifo(fifo)
    looked: list[Path] = []

    class Looked(Editor):
        def text(self) -> str:
            if not looked:
                looked.append(self.path)
                fifo.write_text("go on")
            return super().text()

    lines = f'printf "a\\0b" > "$2"; timeout 60 cat "{fifo}" > /dev/null; touch "$2.end"'
    plain = scripted(tmp_path, lines)
    opened = Looked(plain.path, {"EDITOR": f"'{tmp_path / 'editor'}' --wait"})
    opened.lay_out("before", None)
    told: list[str] = []
    with pytest.raises(CannotBeUsed, match=r"it is not saved, and stays where it is"):
        opened.edit(told.append)
    assert (told, looked) == ([], [opened.path])
    assert opened.path.read_bytes() == b"a\0b"
    assert opened.path.with_name("answer.md.end").exists()


def test_a_file_that_was_written_after_the_last_save_is_not_overwritten(tmp_path: Path) -> None:
    """What an editor left behind by a crash has saved is shown again."""
    opened = Editor(tmp_path / "answer.md", {})
    opened.lay_out("saved", None)
    assert opened.text() == "saved"
    opened.path.write_text("written later")
    opened.lay_out("saved", NOW - dt.timedelta(hours=1))
    assert opened.text() == "written later"
    opened.lay_out("saved elsewhere, later still", NOW + dt.timedelta(hours=1))
    assert opened.text() == "saved elsewhere, later still"


def test_without_an_editor_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the file's name."""
    monkeypatch.setenv("PATH", str(tmp_path))
    opened = Editor(tmp_path / "answer.md", {"EDITOR": " "})
    with pytest.raises(NoEditor, match=r"set EDITOR; or write .*answer.md"):
        opened.command()
