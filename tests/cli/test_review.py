"""Reviews, gauntlets and reading from a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from practicum.cli.main import app
from practicum.labs.finding import CannotBeUsed

MODULE = "pillars/truth-distribution"
CARD = "card:pillars/truth-card-concurrent"
TIMEOUT_S = 30


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, in a zone of its own."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    return tmp_path


def run(*words: str, said: str = "", code: int = 0) -> str:
    """What a command prints, to whom says this."""
    result = CliRunner().invoke(app, list(words), input=said)
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def answer(*words: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(run(*words, "--json"))


def test_reading_a_block_brings_its_cards_up() -> None:
    """Nothing is asked before; those of the block come first."""
    for words in (["review"], ["review", "queue"]):
        assert run(*words).startswith("there is nothing to remember yet: `practicum read MODULE`")
    told = run("read", "truth-distribution", "quorums")
    assert "read  quorums" in told
    assert "`practicum read truth-distribution no-now` notes the next" in told
    found = answer("review", "queue")
    assert (len(found["now"]), found["new"]) == (10, 10)
    blocks = [each["block"] for each in found["items"]]
    assert blocks.count("quorums") == 7
    assert answer("read", "truth-distribution", "quorums")["noted"] == []
    with pytest.raises(CannotBeUsed, match="has no block 'qorums': did you mean quorums"):
        CliRunner().invoke(app, ["read", "truth-distribution", "qorums"], catch_exceptions=False)


def test_a_round_of_reviews_ends_with_what_is_left() -> None:
    """Keys from a pipe: shown, rated, skipped, suspended, stopped; each answer is there."""
    run("read", "truth-distribution")
    run("review", "cap", "4", "--new", "4")
    told = run("review", said="\n4\n\n1\ns\nx\nq\n")
    assert "4 to review now, 4 of them new" in told
    assert "easy; due again in 8 days" in told
    assert "again; due again in 1 minute" in told
    assert "suspended; `practicum review suspend" in told
    assert "stopped; every answer is saved" in told
    assert "2 reviewed: 1 again, 0 hard, 0 good, 1 easy" in told
    found = answer("review", "queue")
    assert (found["reviewed"], len(found["later"]), len(found["suspended"])) == (2, 1, 1)
    assert "1 again later today" in told
    assert "█" in told


def test_answers_from_a_script_are_saved_once() -> None:
    """What is not due is refused, and a slip of the pen told."""
    run("read", "truth-distribution")
    assert answer("review", "answer", CARD, "--rating", "4")["rating"] == 4
    for words, said in (
        ((CARD, "--rating", "4"), "is not due before"),
        ((f"{CARD}x", "--rating", "4"), f"did you mean {CARD}"),
        ((CARD, "--answer", "x"), "is no question"),
    ):
        with pytest.raises(CannotBeUsed, match=said):
            CliRunner().invoke(app, ["review", "answer", *words], catch_exceptions=False)
    run("review", "answer", CARD, code=2)
    run("review", "answer", CARD, "--rating", "5", code=2)
    assert "due again" in run("review", "answer", CARD, "--rating", "3", "--early")
    assert "reviewed 2 times, forgotten 0 times" in run("review", "show", CARD)


def test_what_the_gauntlet_found_wrong_is_asked_in_the_reviews() -> None:
    """From the terminal: a wrong answer, with why; then the question again, first of all."""
    told = run("gauntlet", "truth-distribution", said="5\nZ\n:q\n")
    assert "1  quick recall, 8 questions: open" in told
    assert "2  understanding, 10 questions: closed" in told
    assert "not counted. truth-concurrent: expected one letter, A to D" in told
    assert "8 left, every answer is saved" in told
    shown = answer("gauntlet", "truth-distribution")["questions"][0]
    wrong = next(e["label"] for e in shown["offered"] if e["text"].startswith("They carry"))
    told = run("gauntlet", "truth-distribution", said=f"{wrong}\n")
    assert "0 of 1 points" in told
    assert "They carry the same wall-clock time.: Equal readings of two clocks" in told
    assert "7 left, every answer is saved" in told
    found = answer("review", "queue")["items"][0]
    assert found["card"] == "question:pillars/truth-concurrent"
    right = next(
        e["label"] for e in found["question"]["offered"] if e["text"].startswith("Neither can")
    )
    told = run("review", said=f"{right}\nq\n")
    assert "1 of 1 points" in told
    assert "good; due again" in told


def test_what_an_exam_found_missing_is_listed_as_it_will_be_asked() -> None:
    """Every question of it, the numbers of the variant drawn."""
    run("exam", "start", "data-consistency", "--json")
    run("exam", "submit")
    run("review", "cap", "60", "--new", "60")
    lines = run("review", "queue").splitlines()
    assert sum("question:exam:data-consistency/" in line for line in lines) == 26
    (line,) = (each for each in lines if "/dc-certificate " in each)
    assert "{" not in line
    assert "{" not in run("review", "show", "question:exam:data-consistency/dc-certificate")


def test_a_tier_is_run_from_a_script() -> None:
    """Question by question; the last ends it, and a closed one is refused."""
    with pytest.raises(CannotBeUsed, match="tier 2 opens when tier 1 is passed, with 70%"):
        CliRunner().invoke(
            app, ["gauntlet", "truth-distribution", "--tier", "2"], catch_exceptions=False
        )
    for question in answer("gauntlet", "truth-distribution")["questions"]:
        said = {"choice": "A", "multiple": "A", "number": "4", "short": "x"}[question["kind"]]
        words = ["--tier", "1", "--question", question["id"], "--answer", said]
        told = run("gauntlet", "truth-distribution", *words)
    assert "tier 1 ended" in told
    run("gauntlet", "truth-distribution", "--question", "truth-concurrent", code=2)
    standing = answer("gauntlet", "truth-distribution", "--tier", "1")
    assert standing["tiers"][0]["attempt"] == 2
    assert standing["tiers"][0]["best"] == standing["mastery"] * 4


def test_a_cap_shows_the_load_and_tuning_says_what_is_missing() -> None:
    """A dry run changes nothing."""
    run("read", "truth-distribution")
    assert "--rating, from 1 to 4" in run("review", "answer", CARD, code=2)
    run("review", "answer", CARD, "--rating", "4")
    told = answer("review", "cap", "2", "--dry-run")
    assert told["cap"] == {"before": [60, 10], "after": [2, 2], "saved": False}
    assert answer("review", "cap", "2")["cap"]["saved"]
    run("review", "cap", "2", "--new", "3", code=2)
    assert "without new ones" in run("review", "forecast")
    assert sum(each["due"] for each in answer("review", "forecast", "--days", "20")) == 1
    told = run("review", "tune", code=1)
    assert told == "not fitted: there are 1 reviews; below 2,000 one would fit chance\n"


def test_cards_go_to_anki(tmp_path: Path) -> None:
    """Of what was started, or of a module by name."""
    deck = tmp_path / "deck.apkg"
    with pytest.raises(CannotBeUsed, match="`practicum read MODULE` begins a module"):
        CliRunner().invoke(app, ["review", "export", "--anki", str(deck)], catch_exceptions=False)
    run("review", "export", "--anki", str(tmp_path / "deck.zip"), code=2)
    words = ("review", "export", "--anki", str(deck))
    assert answer(*words, "--module", "truth-distribution")["cards"] == 41
    assert zipfile.ZipFile(deck).testzip() is None
    run("read", "truth-distribution")
    assert run(*words).startswith("41 cards in ")


def until(terminal: int, words: str) -> str:
    """What a terminal shows up to these words."""
    shown = ""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], TIMEOUT_S)
        assert ready, shown
        shown += os.read(terminal, 65536).decode()
    return shown


def test_ctrl_c_loses_nothing(home: Path) -> None:
    """In a real terminal: one key each, an answer, then Ctrl-C in the middle of the next."""
    run("read", "truth-distribution")
    # A terminal that is the session's own, so that Ctrl-C is a signal between two keys; who
    # started the tests in the background had it ignored.
    pid, mine = pty.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        words = [sys.executable, "-m", "practicum.cli.main", "review"]
        os.execve(words[0], words, {**os.environ, "PRACTICUM_HOME": str(home), "TERM": "xterm"})
    try:
        until(mine, "q stop")
        os.write(mine, b" ")
        until(mine, "4 easy")
        os.write(mine, b"3")
        until(mine, "q stop")
        os.write(mine, b"\x03")
        told = until(mine, "1 reviewed")
        assert "every answer is saved" in told
        assert select.select([os.pidfd_open(pid)], [], [], TIMEOUT_S)[0], "it did not end"
    finally:
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(mine)
    assert code == 0
    assert answer("review", "queue")["reviewed"] == 1
