"""A learner's life from the terminal: from the first question to a badge that a stranger checks."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from life.knowing import Teller, levels, right_answer
from practicum.authoring.papers import find_paper
from practicum.authoring.written import load_written
from practicum.cli import recording
from practicum.cli.main import app
from practicum.curriculum.question import AnyQuestion, Design
from practicum.learner.events import LabChecked
from practicum.study import opening
from practicum.study.opening import open_desk
from study.desks import OURS, Clock
from study.reaching import MODULES, small_courses

DAYS = 60
EXAMS = ("data-consistency", "flow-control-180")
LABS = (
    "microservices/transactions/kill-in-mid-payment",
    "microservices/events/idempotent-payment",
    "microservices/events/relay-killed",
    "microservices/observability/stuck-order",
    "small/waiting/relay-again",
)
SOLVER, LAB_S = "solve.py", 900


def run(*words: str, code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def answer(*words: str, code: int = 0) -> Any:
    """The JSON that a command prints."""
    return json.loads(run(*words, "--json", code=code))


class Life:
    """One learner with her home, her courses, and a clock that is moved by hand."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock(dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC))
        self.courses = small_courses(folder / "courses")
        relay = next(OURS.glob("*/*/labs/relay-killed"))
        again = self.courses / "small" / "01-waiting" / "labs" / "relay-again"
        shutil.copytree(relay, again)
        told = (again / "lab.yaml").read_text()
        (again / "lab.yaml").write_text(told.replace("module: events", "module: waiting"))
        self.teller = Teller(folder, run)
        self.folder = folder
        monkeypatch.setenv("PRACTICUM_HOME", str(folder / "home"))
        monkeypatch.setenv("PRACTICUM_COURSES", str(self.courses))
        monkeypatch.setenv("TZ", "UTC")
        monkeypatch.setenv("LOGNAME", "Ada Lovelace")
        monkeypatch.delenv("PRACTICUM_PERSON", raising=False)
        monkeypatch.setattr(opening, "utc_now", self.clock)

    def read(self) -> None:
        """Every block of every module; and she begins one whose cards she wants to keep."""
        run("read", "pillars/truth-distribution")
        for module in MODULES:
            written, _ = load_written(next((self.courses / "small").glob(f"*-{module}")))
            assert written.lesson is not None
            for block in (*written.lesson.blocks, *written.lesson.timed):
                run("read", f"small/{module}", block.id)
                self.clock.advance(minutes=block.minutes)

    def run_gauntlets(self) -> None:
        """Each tier of each module, as it opens."""
        for module in MODULES:
            written, _ = load_written(next((self.courses / "small").glob(f"*-{module}")))
            assert written.questions is not None
            known = {each.id: each for each in written.questions.questions}
            while not (seen := answer("gauntlet", f"small/{module}"))["passed"]:
                (shown, *_) = seen["questions"]
                question = known[shown["id"]]
                words = ["gauntlet", f"small/{module}", "--question", question.id]
                self._tell(words, shown, question, seen.get("seed", 0))
                self.clock.advance(minutes=2)

    def review(self, days: int) -> int:
        """Every day what is due, mostly remembered; how many reviews that were."""
        reviews = 0
        for _ in range(days):
            self.clock.advance(days=1)
            for name in answer("review", "queue")["now"]:
                if name.startswith("card:"):
                    rating = 1 if reviews % 9 == 8 else 3
                    run("review", "answer", name, "--rating", str(rating))
                    reviews += 1
        return reviews

    def sit(self, exam: str) -> dict[str, Any]:
        """An exam, from its start to its result."""
        paper = find_paper([OURS], exam).paper
        known = {each.id: each for section in paper.sections for each in section.questions}
        sheet = answer("exam", "start", exam, "--seed", "5")
        sitting = sheet["sitting"]
        for shown in sheet["questions"]:
            question = known[shown["id"]]
            said = right_answer(shown, question, 5)
            self.teller.tell(["exam", "answer", sitting, question.id], said, flag="")
            self.clock.advance(minutes=question.minutes / 2)
        run("exam", "submit", sitting)
        for question in known.values():
            if isinstance(question, Design):
                words = ["exam", "grade", sitting, "--question", question.id]
                run(*words, *levels(question), "--note", "beside the model answer")
        first: dict[str, Any] = answer("exam", "result", sitting)
        self.clock.advance(days=15)
        found: dict[str, Any] = answer("exam", "result", sitting)
        assert (first["provisional"], found["provisional"]) == (True, False)
        return found

    def _tell(self, words: list[str], shown: Any, question: AnyQuestion, seed: int) -> None:
        graded = levels(question) if isinstance(question, Design) else []
        self.teller.tell(words, right_answer(shown, question, shown.get("seed", seed)), *graded)


def live(life: Life, pass_labs: Callable[[], None]) -> None:
    """All of it, in the order in which a learner goes."""
    placed = diagnose(life)
    assert placed["outcome"]["place"]["questions"] >= 8
    assert "small" in run("catalogue")
    assert "platform engineer" in run("path", "platform").lower()
    assert run("next")
    life.read()
    life.run_gauntlets()
    pass_labs()
    assert life.review(DAYS) > 200
    refused = run_refused("credential", "issue", "1")
    assert "2 exams with at least 70 %: pass" in refused
    for exam in EXAMS:
        result = life.sit(exam)
        assert result["passed"], result
    standing = answer("level", "1")[0]
    assert standing["reached"], standing
    issued = answer("credential", "issue", "1", "--name", "Ada Lovelace")
    badge = next(each for each in issued["files"] if each.endswith(".svg"))
    assert "holds" in run("credential", "verify", badge)
    shutil.rmtree(life.folder / "home" / "credentials")
    run("credential", "export", issued["credential"], str(life.folder))
    run("credential", "status-list")
    assert "holds" in run("credential", "verify", str(life.folder / Path(badge).name))
    assert "all are as they were recorded" in run("record", "verify")


def run_refused(*words: str) -> str:
    """What a command says that cannot be done."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 1
    return str(result.exception)


def diagnose(life: Life) -> dict[str, Any]:
    """The questions that place her; of every other one she does not know the answer."""
    known = {
        f"{folder.parent.name}/{folder.name[3:]}/{each.id}": each
        for courses in (OURS, life.courses)
        for folder in courses.glob("*/[0-9]*-*/")
        if (written := load_written(folder)[0]).questions is not None
        for each in written.questions.questions
    }
    file = life.folder / "answers.json"
    seen: dict[str, Any] = answer("diagnose")
    for number in range(seen["most"]):
        if "next" not in seen:
            return seen
        shown = seen["next"]
        question = known[f"{seen['module']}/{shown['id']}"]
        said = right_answer(shown, question, seen.get("seed", 0)) if number % 2 else None
        file.write_text(json.dumps({shown["id"]: said}))
        seen = answer("diagnose", "--answers", str(file))
        life.clock.advance(minutes=2)
    return seen


def test_a_life_that_ends_with_a_badge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Diagnosed, read, examined and reviewed over sixty days; what her labs came to is recorded
    as their command records it."""
    life = Life(tmp_path, monkeypatch)

    def pass_labs() -> None:
        for lab in LABS:
            recording.note(LabChecked(lab=lab, verdict="pass", evidence="0f" * 32))

    live(life, pass_labs)


@pytest.mark.prove
@pytest.mark.alone
def test_a_life_with_real_labs_ends_with_a_badge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, with each lab run on real servers by its solution."""
    life = Life(tmp_path, monkeypatch)
    live(life, lambda: [do_lab(life, each) for each in LABS] and None)
    assert {each["verdict"] for each in checked_labs()} == {"pass"}


def do_lab(life: Life, lab: str) -> None:
    """Start a lab, put its solution into the workspace, and have it checked."""
    name = lab.rpartition("/")[2]
    practicum("lab", "start", name)
    workspace = life.folder / "home" / "workspaces" / lab
    (folder,) = [*OURS.glob(f"*/*/labs/{name}"), *life.courses.glob(f"*/*/labs/{name}")]
    for file in (folder / "solution").iterdir():
        if file.name == SOLVER:
            command = [sys.executable, str(file)]
            subprocess.run(command, cwd=workspace, check=True, timeout=LAB_S, env={**os.environ})
        else:
            shutil.copy(file, workspace / file.name)
    practicum("lab", "check", name)
    practicum("lab", "stop", name)


def practicum(*words: str) -> None:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "practicum.cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LAB_S)
    assert done.returncode == 0, done.stdout + done.stderr


def checked_labs() -> list[Any]:
    """The checks in the record."""
    desk = open_desk(os.environ)
    return [
        {"lab": entry.event.lab, "verdict": entry.event.verdict}
        for entry in desk.record.read(desk.person)
        if isinstance(entry.event, LabChecked)
    ]
