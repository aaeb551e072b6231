"""One question in the terminal: by a line, by an editor, and by her own judgement."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from practicum.cli.asking import Left, ask
from practicum.learner.exam.variant import Item, single
from practicum.study.decks import module_files
from practicum.study.desk import Desk
from practicum.study.marking import Given, Marked, mark
from study.desks import Clock
from worlds.study_course import MODULE, cannot_run, desk_at

WRITES = """sh -c 'printf "%s" "f = 1" > "$0"'"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """With an editor that writes a solution and is closed at once."""
    return msgspec.structs.replace(desk_at(tmp_path, Clock()), environ={"EDITOR": WRITES})


def answered(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, question: str, said: str
) -> tuple[Marked, list[Given]]:
    """What came of it, and everything that was given until then."""
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    given: list[Given] = []

    def take(each: Given) -> Marked:
        given.append(each)
        return mark(item(desk, question), each, cannot_run)

    return ask(desk, item(desk, question), take, leave=":q stops"), given


def item(desk: Desk, question: str) -> Item:
    """A question of the course."""
    files, _ = module_files(desk.folders, MODULE)
    assert files is not None
    assert files.questions is not None
    return single(next(each for each in files.questions.questions if each.id == question), 1)


def test_a_line_is_asked_until_it_fits(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    """Empty lines are passed over, and what has another shape is told and asked again."""
    marked, given = answered(monkeypatch, desk, "pick", "\n\nmaybe\nA\n")
    assert [each.said for each in given] == ["maybe", "A"]
    assert marked.of == 1


def test_code_is_written_in_her_editor_and_judged_by_her(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the solution and its check, where nothing can run it; the draft is gone then, or
    the next time would begin with the answer."""
    marked, given = answered(monkeypatch, desk, "code", "\nperhaps\ny\n")
    assert [(each.said, each.passed) for each in given] == [("f = 1", None), ("f = 1", True)]
    assert (marked.points, marked.grader) == (1, "self")
    assert "assert f == 1" in capsys.readouterr().out
    assert list((desk.home / "drafts").rglob("*.py")) == []


def test_a_design_is_graded_level_by_level(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    """A level that there is not is asked again."""
    marked, given = answered(monkeypatch, desk, "plan", "\n1\n7\n1\n")
    assert given[-1].levels == {"limits": 1, "words": 1}
    assert marked.points == 8


def test_who_leaves_keeps_her_draft(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    """Nothing that was written is lost when nobody judges it."""
    with pytest.raises(EOFError):
        answered(monkeypatch, desk, "code", "\n")
    (draft,) = (desk.home / "drafts").rglob("*.py")
    assert draft.read_text() == "f = 1"
    with pytest.raises(Left, match="s"):
        answered(monkeypatch, desk, "word", ":s\n")


def test_without_an_editor_it_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    bare = msgspec.structs.replace(desk, environ={"EDITOR": "no-such-editor"})
    with pytest.raises(Left):
        answered(monkeypatch, bare, "code", "\n:q\n")
    assert "set EDITOR" in capsys.readouterr().out
