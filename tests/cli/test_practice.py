"""Checkpoints from a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from practicum.cli.main import app
from practicum.cli.skills import ask_all
from practicum.study.opening import open_desk
from practicum.study.practice import Practice

COURSE, CHECKPOINT = "microservices", "after each service"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    monkeypatch.delenv("PRACTICUM_PERSON", raising=False)
    return tmp_path


def answers() -> dict[str, str]:
    """What stands in the record."""
    done = CliRunner().invoke(app, ["checkpoint", COURSE, CHECKPOINT, "--json"])
    found: dict[str, str] = json.loads(done.output)
    return found


def test_ctrl_c_takes_back_no_answer_of_a_checkpoint(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is kept when it is given; what was kept is offered, and not recorded again."""
    typed = iter(["sagas", "none yet"])

    def prompt(text: str, default: str, **_: Any) -> str:
        said = next(typed, None)
        if said is None:
            raise typer.Abort
        return said

    monkeypatch.setattr(typer, "prompt", prompt)
    practice = Practice(open_desk({"PRACTICUM_HOME": str(home)}))
    with pytest.raises(typer.Abort):
        ask_all(practice, COURSE, CHECKPOINT)
    assert list(answers().values()) == ["sagas", "none yet", "", "", ""]
    monkeypatch.setattr(typer, "prompt", lambda text, default, **_: default)
    desk = open_desk({"PRACTICUM_HOME": str(home)})
    count = len(list(desk.record.read(desk.person)))
    ask_all(Practice(desk), COURSE, CHECKPOINT)
    assert len(list(desk.record.read(desk.person))) == count


def test_an_answer_without_its_question_is_wrong_usage() -> None:
    """It is not passed over in silence."""
    words = ["checkpoint", COURSE, CHECKPOINT, "--answer", "sagas"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "QUESTION=ANSWER" in done.output
    assert set(answers().values()) == {""}
