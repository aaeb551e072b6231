"""Exams from a terminal and from a program: saved at once, resumed after anything."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from practicum.cli.exam_room import Alarm, TimeUp
from practicum.cli.main import app, run
from worlds.exam_desk import write_paper
from worlds.exam_paper import KINDS, PAPER, QUESTIONS, RIGHT

SEED = "7"
HIDDEN = ("explained-", "because-", "assert double", "x + x", "a-model-answer", '"right"')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a folder of courses with the small exam."""
    write_paper(tmp_path / "courses")
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRACTICUM_COURSES", str(tmp_path / "courses"))
    monkeypatch.delenv("PRACTICUM_PERSON", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path / "home"


def told(*words: str, code: int = 0, typed: str | None = None) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, ["exam", *words], input=typed)
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def answered(*words: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(told(*words, "--json"))


def refused(capsys: pytest.CaptureFixture[str], monkeypatch: Any, *words: str) -> str:
    """What a person is told when a command is refused: words, no traceback, exit code 1."""
    monkeypatch.setattr(sys, "argv", ["practicum", "exam", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1
    return capsys.readouterr().err


def begun() -> str:
    """A sitting, as a program begins it."""
    name: str = answered("start", "small", "--seed", SEED)["sitting"]
    return name


def test_a_program_sits_an_exam(tmp_path: Path) -> None:
    """Start, answer, hand in, result: each a command, each answer in JSON."""
    paper = answered("start", "small", "--seed", SEED)
    name = paper["sitting"]
    assert [each["id"] for each in paper["questions"]] == list(KINDS)
    assert not any(each in json.dumps(paper) for each in HIDDEN)
    letters = {each["id"]: each.get("offered", []) for each in paper["questions"]}
    request = next(x["label"] for x in letters["one"] if x["text"] == "a request")
    assert answered("answer", name, "one", request)["answer"] == request
    in_order = [
        next(x["label"] for x in letters["order"] if x["text"] == text)
        for text in QUESTIONS["order"].items  # type: ignore[union-attr]
    ]
    answered("answer", name, "order", ",".join(in_order))
    code = tmp_path / "answer.py"
    code.write_text(RIGHT["code"])
    saved = answered("answer", name, "code", "--file", str(code))
    assert (saved["revision"], saved["replaced"]) == (1, None)
    assert 0 < saved["seconds_left"] <= 3600
    again = answered("resume", name)
    assert again["saved"]["one"]["answer"] == request
    found = answered("submit", name)
    points = {each["question"]: each["points"] for each in found["questions"]}
    assert points == {**dict.fromkeys(KINDS, 0), "one": 2, "order": 4, "code": 5}
    assert answered("result", name) == found
    assert (found["passed"], found["provisional"]) == (False, False)
    (sitting,) = answered("list")["sittings"]
    assert (sitting["state"], sitting["answered"]) == ("42.31 %, not passed", 3)


def test_no_key_is_told_before_it_is_handed_in() -> None:
    """Neither by start, resume, list, preview nor a refused result."""
    name = begun()
    said = [
        told("resume", name, "--json"),
        told("resume", name, typed=":l\n:n\n:n\n:n\n:n\n:n\n:n\n:n\n:q\n"),
        told("list", "--json"),
        told("preview", "small"),
        told("preview", "small", "--json"),
        told("answer", name, "one", "A", "--json"),
    ]
    assert [each for each in HIDDEN for text in said if each in text] == []


def test_what_is_refused_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is named, with what to do."""
    name = begun()
    for words, why in [
        (["start", "small"], f"`practicum exam resume {name}` goes on with it"),
        (["start", "smal"], "did you mean small"),
        (["answer", name, "one", "Z"], "one: expected one letter, A to C"),
        (["answer", name, "many", "1,5"], "write a decimal point, not a comma"),
        (["answer", name, "gone", "A"], "does not ask gone: it asks one, some"),
        (["answer", name, "one", "A", "--revision", "3"], "you saw revision 3"),
        (["answer", name, "code", "--file", "/nowhere/x"], "/nowhere/x"),
        (["answer", "nobody", "one", "A"], "there is no sitting 'nobody'"),
        (["result", name], f"`practicum exam submit {name}` hands it in"),
        (["preview", "smal"], "did you mean small"),
    ]:
        assert why in refused(capsys, monkeypatch, *words)
    told("submit", name)
    assert "was submitted at" in refused(capsys, monkeypatch, "submit", name)


def test_wrong_usage_is_wrong_usage() -> None:
    """Exit code 2."""
    name = begun()
    told("answer", name, "one", code=2)
    told("answer", name, "one", "A", "--clear", code=2)
    told("grade", name, "--as", "king", code=2)
    told("grade", name, "--as", "mentor", code=2)
    told("grade", name, "--level", "bound=1", code=2)
    told("grade", name, "--question", "design", "--level", "bound", code=2)


def test_an_answer_is_replaced_knowingly() -> None:
    """What stood there is told, and a withdrawn answer is none."""
    name = begun()
    told("answer", name, "word", "first")
    assert "revision 2 instead of first" in told("answer", name, "word", "second")
    assert "that is what is saved, revision 2" in told("answer", name, "word", "second")
    told("answer", name, "word", "--flag")
    flagged = answered("resume", name)["saved"]["word"]
    assert (flagged["answer"], flagged["flagged"], flagged["revision"]) == ("second", True, 3)
    assert answered("answer", name, "word", "--clear")["answer"] is None
    assert told("answer", name, "word", "--no-flag").startswith("word: saved, revision 5;")


def test_an_exam_is_previewed_without_its_questions() -> None:
    """Form, minutes and how it is graded; of one that is not written, what the catalogue has."""
    said = told("preview", "exam:small")
    assert "8 questions in 60 minutes; 70 % pass it" in said
    assert "ordering (1 in the paper): the share of pairs in the right order" in said
    assert not any(question.text in said for question in QUESTIONS.values())
    pending = told("preview", "data-pipeline")
    assert "pending:" in pending
    assert "Topics:" in pending
    assert answered("preview", "data-pipeline")["form"] is None


def test_a_person_sits_an_exam_in_a_terminal() -> None:
    """Back and forth, flagged, withdrawn, handed in; a wrong shape is asked for again."""
    typed = [
        *("B", ":f", ":f", "", "A,C", "", "1,5", "30 ms", ":c", "", "x", ":b", ":1", ":99", ":l"),
        *(":?", ":s", "no", ":s", "yes"),
    ]
    said = told("start", "small", "--seed", SEED, typed="\n".join(typed) + "\n")
    for words in [
        "saved, revision 1",
        "saved, revision 2, flagged",
        "not saved. many: expected a number in s, or with its unit; write a decimal point",
        "there are questions 1 to 8",
        "  2  some: saved: A, C",
        "  3  many: not answered",
        "hand in? There is no way back",
        "70 % are needed",
    ]:
        assert words in said, words
    (sitting,) = answered("list")["sittings"]
    assert sitting["answered"] == 3


def test_leaving_loses_nothing_and_says_how_to_go_on() -> None:
    """At the end of input, and by :q."""
    for leave in ("", ":q\n"):
        said = told("start", "small", typed=f"A\n{leave}")
        (sitting, *_) = reversed(answered("list")["sittings"])
        name = sitting["sitting"]
        assert f"nothing is lost, and the clock runs on: `practicum exam resume {name}`" in said
        assert "saved: A" in told("resume", typed=":1\n")
        told("submit")


def test_a_rubric_is_walked_through_and_the_mentor_counts() -> None:
    """The model answer is shown; a level that there is not is asked for again."""
    name = begun()
    told("answer", name, "design", "my design")
    told("submit", name)
    said = told("grade", name, typed="2\n7\n1\n\n2\nI said why\n")
    assert "a-model-answer" in said
    assert "my design" in said
    assert "one of the numbers 0 to 1" in said
    assert "6 of 6  design" in said
    assert "The paper as a whole: 3 points" in said or "The paper as a whole: 2 points" in said
    by = ["--as", "mentor", "--by", "Grace", "--question", "design"]
    found = answered(
        "grade", name, *by, "--level", "bound=1", "--level", "cost=0", "--note", "no cost is named"
    )
    (design,) = (each for each in found["questions"] if each["question"] == "design")
    assert (design["points"], design["grader"]) == (2, "mentor")
    assert design["note"] == "no cost is named"
    assert found["provisional"] is False


def test_thinking_back_is_asked_for_and_kept() -> None:
    """Afterwards it is asked no more."""
    name = begun()
    assert "What did you guess?" not in told("reflect", name, typed="too early\n", code=1)
    said = told("submit", name)
    assert "What did you guess?" in said
    assert "nothing was written" in told("reflect", name, typed="")
    assert "kept" in told("reflect", name, typed="the number\n")
    assert "What did you guess?" not in told("result", name)
    told("reflect", name, "a", "b", code=2)


def editor(tmp_path: Path, lines: str) -> str:
    """An editor that does what a script says with the file it is given."""
    path = tmp_path / "editor"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_code_is_written_in_an_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens what is there, and what it leaves is the answer."""
    name = begun()
    before = tmp_path / "before"
    monkeypatch.setenv(
        "EDITOR",
        editor(tmp_path, f'cat "$1" >> {before}; echo "def double(x): return 2 * x" > "$1"'),
    )
    said = told("resume", name, typed=":7\n:e\n:q\n")
    assert "saved, revision 1" in said
    assert before.read_text() == "def double(x): ..."
    assert answered("resume", name)["saved"]["code"]["answer"] == "def double(x): return 2 * x\n"
    monkeypatch.setenv("EDITOR", editor(tmp_path, "true"))
    assert "revision 2" not in told("resume", name, typed=":7\n:e\n:q\n")
    monkeypatch.setenv("EDITOR", "/nowhere/vi")
    assert "cannot be run" in told("resume", name, typed=":7\n:e\n:q\n")


def start_in_a_terminal(*words: str) -> subprocess.Popen[str]:
    """The command in a process of its own, whose lines a test writes and reads."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "practicum.cli.main", "exam", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    )


def until(process: subprocess.Popen[str], seen: Callable[[str], bool]) -> str:
    """What it prints up to a line that is waited for."""
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if seen(line):
            break
    return "".join(said)


def test_kill_9_in_mid_exam_loses_no_answer_that_was_shown_as_saved() -> None:
    """Every answer that the terminal said was saved is there, the clock has run on, and the
    exam is finished by another process."""
    process = start_in_a_terminal("start", "small", "--seed", SEED)
    assert process.stdin is not None
    for number, line in enumerate(["A", "", "B", "", "5 s", "", "pressure"]):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        if line:
            assert "saved, revision 1" in until(process, lambda told: "saved, rev" in told), number
    process.send_signal(signal.SIGKILL)
    process.wait()
    paper = answered("resume", "small")
    saved = {each: there["answer"] for each, there in paper["saved"].items()}
    assert saved == {"one": "A", "some": "B", "many": "5 s", "word": "pressure"}
    assert paper["seconds_left"] <= 3600
    assert len(answered("submit", "small")["questions"]) == len(KINDS)


def test_ctrl_c_says_how_to_go_on() -> None:
    """Exit code 130."""
    process = start_in_a_terminal("start", "small", "--seed", SEED)
    assert process.stdin is not None
    process.stdin.write("A\n")
    process.stdin.flush()
    until(process, lambda told: "saved, rev" in told)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    assert "`practicum exam resume small-" in rest
    assert "Traceback" not in rest
    assert process.returncode == 130


ONE_SECOND_LEFT = """
import datetime as dt, sys, time
import msgspec
from practicum.study import opening

deadline = dt.datetime.fromisoformat(sys.argv.pop())
plain = opening.open_desk


def open_desk(environ):
    began = time.monotonic()
    ran = lambda: dt.timedelta(seconds=time.monotonic() - began - 1)
    return msgspec.structs.replace(plain(environ), now=lambda: deadline + ran())


opening.open_desk = open_desk
from practicum.cli.main import run
run()
"""


def test_the_deadline_hands_in_while_one_thinks(tmp_path: Path) -> None:
    """The process that waits for a line is told, and shows the result of what was saved."""
    script = tmp_path / "one_second_left.py"
    script.write_text(ONE_SECOND_LEFT)
    name = begun()
    told("answer", name, "word", "backpressure")
    deadline = answered("resume", name)["deadline"]
    process = subprocess.Popen(
        [sys.executable, "-u", str(script), "exam", "resume", name, deadline],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    )
    guard = threading.Timer(60, process.kill)
    guard.start()
    said = until(process, lambda line: "are needed" in line)
    process.communicate()
    guard.cancel()
    assert "the time is over: what was saved is handed in" in said
    assert "1 of 1  word" in said
    assert answered("result", name)["by_clock"] is True


def test_an_alarm_waits_until_nothing_is_being_recorded() -> None:
    """It is heard by who waits, at once or as soon as she does."""
    alarm = Alarm()
    with alarm.set(3600), pytest.raises(TimeUp), alarm.heard():
        signal.raise_signal(signal.SIGALRM)
    late = Alarm()
    with late.set(3600):
        with late.heard(), late.heard(False):
            signal.raise_signal(signal.SIGALRM)
        with pytest.raises(TimeUp), late.heard():
            raise AssertionError("it is not heard")
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_long_items_of_a_question_are_shown_whole(tmp_path: Path) -> None:
    """A list that is wider than the screen is wrapped, not cut."""
    words = [f"word{number}" for number in range(60)]
    first = msgspec.structs.replace(QUESTIONS["word"], id="long", text=f"- {' '.join(words)}")
    section = msgspec.structs.replace(PAPER.sections[0], questions=(first,))
    write_paper(tmp_path / "courses", msgspec.structs.replace(PAPER, sections=(section,)))
    said = told("start", "small", typed=":q\n")
    assert [each for each in words if each not in said.split()] == []


def test_another_window_is_heard_of_in_the_terminal() -> None:
    """What is there is shown beside what was typed; the person chooses."""
    process = start_in_a_terminal("start", "small", "--seed", SEED)
    assert process.stdin is not None
    until(process, lambda line: "not answered" in line)
    name = answered("list")["sittings"][0]["sitting"]
    told("answer", name, "one", "C")
    process.stdin.write("A\nyes\nB\n:q\n")
    process.stdin.flush()
    rest, _ = process.communicate()
    assert "one: another window saved revision 1" in rest
    assert "there: C" in rest
    assert "yours: A" in rest
    assert answered("resume", name)["saved"]["one"]["answer"] == "B"
    assert answered("resume", name)["saved"]["one"]["revision"] == 3


def test_a_paper_of_machine_questions_needs_nobody(tmp_path: Path) -> None:
    """Its result is final when it is handed in."""
    only = msgspec.structs.replace(PAPER, sections=PAPER.sections[:2], of="plain", rubric=())
    write_paper(tmp_path / "courses", only)
    answered("start", "plain", "--seed", SEED)
    found = answered("submit", "plain")
    assert (found["provisional"], found["percent"], found["whole"]) == (False, 0, None)
