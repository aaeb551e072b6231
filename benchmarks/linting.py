"""How long the linter takes: a catalogue of 60 full modules when nothing has changed, and when
one module was edited; and how that grows from 6 over 60 to 600 modules.

A full module is the fixture's, filled up to the size of the largest that is written: some 13,000
words, two dozen questions and as many cards. Time is taken inside the process; how long the
whole command takes is shown beside it.
"""

from __future__ import annotations

import copy
import datetime as dt
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks.measuring import Figure, calibrate
from practicum.authoring.linting import lint

ROOT = Path(__file__).parents[1]
FIXTURE = ROOT / "tests" / "authoring" / "fixture" / "queues"
SIZES = (6, 60, 600)
PROMISED = 60
WARM_S, EDITED_MS = 2.0, 200.0
TODAY = dt.date(2026, 11, 21)
PARAGRAPHS, PARAGRAPH_WORDS = 28, 90
QUESTIONS, CARDS = 24, 30
ACROSS = 10
"""Modules in a course."""


def measure(rounds: int) -> list[Figure]:
    """Cold, warm and after an edit, at each size."""
    loops, found = [], {}
    with tempfile.TemporaryDirectory(prefix="linting-") as place:
        for size in SIZES:
            linted = Linted(Path(place) / str(size), size)
            found[f"{size} modules, cold"] = ("s", None, [linted.seconds()])
            linted.seconds()
            warm, edited, commands = [], [], []
            for number in range(rounds):
                loops.append(calibrate())
                warm.append(linted.seconds())
                linted.edit(number)
                edited.append(1000 * linted.seconds(linted.edited))
                commands.append(linted.command_s())
            promised = size == PROMISED
            found[f"{size} modules, warm"] = ("s", WARM_S if promised else None, warm)
            name = f"{size} modules, one of them edited and asked for"
            found[name] = ("ms", EDITED_MS if promised else None, edited)
            found[f"{size} modules, the whole command, warm"] = ("s", None, commands)
            print(f"  {size} modules: warm {sorted(warm)[rounds // 2]:.3f} s", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit=unit, rounds=tuple(values), promise=promise)
            for name, (unit, promise, values) in found.items()
        ),
    ]


class Linted:
    """A folder of synthetic courses, and a home that remembers them."""

    def __init__(self, place: Path, size: int) -> None:
        self.home, self.courses = place / "home", place / "courses"
        words = sorted(
            set(
                re.findall(
                    r"\b(?!post|mortem)[a-z]{3,}", (FIXTURE / "01-waiting/module.md").read_text()
                )
            )
        )
        for first in range(0, size, ACROSS):
            numbers = range(first, min(size, first + ACROSS))
            write_course(self.courses / f"course-{first // ACROSS}", numbers, words)
        self.edited = str(self.courses / "course-0" / "01-waiting-0")

    def seconds(self, *places: str) -> float:
        """How long one run takes."""
        asked = places or (str(self.courses),)
        folders = [ROOT / "courses", self.courses]
        began = time.perf_counter()
        report = lint(asked, folders=folders, today=TODAY, home=self.home, here=ROOT)
        took = time.perf_counter() - began
        assert not report.errors, [str(x) for x in report.remarks if x.severity == "error"][:5]
        return took

    def edit(self, number: int) -> None:
        """A sentence more in one module."""
        path = Path(self.edited) / "module.md"
        text = path.read_text()
        mark = ":::: mathematics\n"
        path.write_text(text.replace(mark, f"{mark}This was edit {number}.\n"))

    def command_s(self) -> float:
        """How long a person waits for the same."""
        command = [sys.executable, "-m", "practicum.cli.main", "author", "lint", str(self.courses)]
        environment = {**os.environ, "PRACTICUM_HOME": str(self.home)}
        environment["PRACTICUM_COURSES"] = str(self.courses)
        began = time.perf_counter()
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def write_course(folder: Path, numbers: range, words: list[str]) -> None:
    """A course of full modules."""
    entry = yaml.safe_load((FIXTURE / "course.yaml").read_text())
    (module,) = entry["modules"]
    modules = []
    for place, number in enumerate(numbers, start=1):
        modules.append({**copy.deepcopy(module), "id": f"waiting-{number}", "minutes": 150})
        modules[-1].pop("focus_blocks")
        write_module(folder / f"{place:02}-waiting-{number}", number, words)
    (folder / "course.yaml").write_text(yaml.safe_dump({**entry, "modules": modules}))


def write_module(folder: Path, number: int, words: list[str]) -> None:
    """The fixture's module in full size, with words, ids and questions of its own."""
    chance = random.Random(number)
    shutil.copytree(FIXTURE / "01-waiting/labs", folder / "labs")
    text = (FIXTURE / "01-waiting/module.md").read_text()
    text = text.replace("id: waiting\n", f"id: waiting-{number}\n").replace(
        "minutes=20", "minutes=30"
    )
    text = text.replace("gauntlet minutes=10", "gauntlet minutes=60").replace("post-mortem", "x")
    text = re.sub(r"\n:::: core-concept\n", lambda found: found[0] + prose(words, chance), text)
    text = "".join(shuffled(line, chance) for line in text.splitlines(keepends=True))
    (folder / "module.md").write_text(text)
    lab = folder / "labs/short-line/lab.yaml"
    lab.write_text(lab.read_text().replace("module: waiting", f"module: waiting-{number}"))
    write_questions(folder, number, words, chance)


def shuffled(line: str, chance: random.Random) -> str:
    """A long line of prose in an order of its own, so that modules are no copies."""
    if len(line) < 60 or "[" in line or not line[0].isalpha() or line.startswith("Mitigation"):
        return line
    words = line.split()
    chance.shuffle(words)
    return " ".join(words) + "\n"


def prose(words: list[str], chance: random.Random) -> str:
    """What a block explains, in so many paragraphs of words that mean nothing."""
    return "".join(spoken(words, chance, PARAGRAPH_WORDS) + "\n\n" for _ in range(PARAGRAPHS))


def spoken(words: list[str], chance: random.Random, count: int) -> str:
    """So many words."""
    return " ".join(chance.choices(words, k=count)).capitalize() + "."


def write_questions(folder: Path, number: int, words: list[str], chance: random.Random) -> None:
    """Questions of all kinds and cards, until there are enough."""
    say: Callable[[int], str] = lambda count: spoken(words, chance, count)  # noqa: E731
    given = yaml.safe_load((FIXTURE / "01-waiting/questions.yaml").read_text())["questions"]
    asked = []
    for place in range(QUESTIONS):
        like = copy.deepcopy(given[place % len(given)])
        text = f"{say(30)} {like['text']}" if like["kind"] == "number" else say(30)
        asked.append({**like, "id": f"q-{number}-{place}", "text": text, "explain": say(25)})
    dump = {"sort_keys": False, "width": 100}
    (folder / "questions.yaml").write_text(yaml.safe_dump({"questions": asked}, **dump))
    blocks = ["rates", "length", "bounds", "deadlines", "shedding"]
    cards = [
        {"id": f"c-{number}-{place}", "block": blocks[place % 5], "front": say(12), "back": say(12)}
        for place in range(CARDS)
    ]
    (folder / "cards.yaml").write_text(yaml.safe_dump({"cards": cards}, **dump))
