"""One planted violation for each rule: what is done to a copy of the fixture's courses, and in
which line the finding must stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

WAITING, COUNTER = "queues/01-waiting", "counter/01-first-counter"
TEXT, QUESTIONS = f"{WAITING}/module.md", f"{WAITING}/questions.yaml"
CARDS, EXAM = f"{WAITING}/cards.yaml", f"{WAITING}/exam.yaml"
COURSE, LAB = "queues/course.yaml", f"{WAITING}/labs/short-line"
COUNTER_TEXT, COUNTER_COURSE = f"{COUNTER}/module.md", "counter/course.yaml"

BOUND = "compute how long a line becomes"
PARAGRAPH = """
A bounded queue turns the newcomer away when it is full. The sender learns of it at once and slows
down: that is backpressure. Without a bound the failure only moves to a place where nobody looks.
"""
SAME_QUESTION = """
  - id: order-again
    kind: ordering
    text: Put in order what a server does with a request that it takes from its line.
    explain: Work for nobody is waste, so the deadline comes first.
    items: [look at its deadline, do the work, answer]
"""
SOURCE = """  - id: alpha-2022
    company: Alpha
    claim: They bounded it.
    url: https://alpha.example/bounded
    opened: 2026-11-01
    passage: Since then each of our queues has had a bound that somebody chose.
"""
EXAMINATION = """
of: waiting-long
title: Waiting, the long examination
minutes: 38
pass_score: 70
time_guide: Fifteen minutes for the first, the rest for the second.
reflection: [Which number did you guess?]
ethics: A line that serves the rich first turns the poor away; say who may object.
resources: [the module's own resources]
rubric:
  - {name: technical excellence, points: 1, levels: [none, some]}
  - {name: system design, points: 1, levels: [none, some]}
  - {name: operational excellence, points: 1, levels: [none, some]}
  - {name: innovation, points: 1, levels: [none, some]}
sections:
  - title: A bound
    questions:
      - id: long-code
        kind: code
        difficulty: hard
        minutes: 15
        tests: [compute how long a line becomes]
        text: >-
          A shop loses a tenth of its orders on the busiest evening of the year. Utilisation is near
          one, and its buffer grows until the process dies. Write `room(line)`, so that backpressure
          can begin at ten.
        explain: Compare its length with ten.
        start: "def room(line): return True"
        solution: "def room(line): return len(line) < 10"
        check: "assert not room([0] * 10)"
      - id: long-design
        kind: design
        difficulty: very hard
        minutes: 20
        tests: [choose a bound for a queue]
        text: >-
          A bank moves its payments to a new region while customers go on paying, and the regulator
          fines each payment that is lost or made twice. Design both sides, their limits, and what
          the people on call see of them.
        explain: Count what can be under way at once.
        rubric: [{name: limits, points: 4, levels: [none, both sides with reasons]}]
        model: Each side holds what it can finish before the deadline.
"""


class Planted(NamedTuple):
    """What is done; then the file of the finding, and a text in its line ("" for no line)."""

    plant: Callable[[Path], object]
    file: str
    line: str


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace a text that stands there exactly once."""

    def do(root: Path) -> None:
        text = (root / file).read_text()
        assert text.count(old) == 1, (file, old, text.count(old))
        (root / file).write_text(text.replace(old, new))

    return do


def cut(file: str, first: str, last: str, new: str = "") -> Callable[[Path], None]:
    """Replace everything from the first text to the next occurrence of the last one."""

    def do(root: Path) -> None:
        text = (root / file).read_text()
        assert text.count(first) == 1, (file, first, text.count(first))
        start = text.index(first)
        end = text.index(last, start + len(first)) + len(last)
        (root / file).write_text(text[:start] + new + text[end:])

    return do


def add(file: str, text: str) -> Callable[[Path], None]:
    """Append a text."""

    def do(root: Path) -> None:
        (root / file).write_text((root / file).read_text() + text)

    return do


def write(file: str, text: str) -> Callable[[Path], None]:
    """Replace a whole file."""

    def do(root: Path) -> None:
        (root / file).write_text(text)

    return do


def every(*steps: Callable[[Path], object]) -> Callable[[Path], None]:
    """One after the other."""

    def do(root: Path) -> None:
        for step in steps:
            step(root)

    return do


def section(kind: str) -> Callable[[Path], None]:
    """Take a section of the text out."""
    return cut(TEXT, f":::: {kind}", "\n::::\n")


PLANTED: dict[str, Planted] = {
    "analogy": Planted(
        cut(TEXT, "A motorway carries", "never do.", "It is like a motorway."),
        TEXT,
        ":::: neural-bridge",
    ),
    "answer-key": Planted(
        edit(QUESTIONS, "in its line, why", "in its line, right: true, why"), QUESTIONS, "choices:"
    ),
    "authors": Planted(edit(TEXT, "authors: [Ada Example]\n", ""), TEXT, "id: waiting"),
    "block-count": Planted(
        every(
            cut(TEXT, "::::: block id=shedding", "\n:::::\n"),
            edit(CARDS, "block: shedding, ", ""),
            edit(QUESTIONS, "    block: shedding\n", ""),
            edit(COURSE, "minutes: 150", "minutes: 140"),
        ),
        TEXT,
        "block id=deadlines",
    ),
    "block-minutes": Planted(
        edit(TEXT, "id=length minutes=20", "id=length minutes=19"), TEXT, "block id=length"
    ),
    "block-parts": Planted(
        every(
            edit(TEXT, "priming\nA server answers", "core-concept\nA server answers"),
            edit(TEXT, "core-concept\nWork for", "priming\nWork for"),
        ),
        TEXT,
        "block id=deadlines",
    ),
    "block-twice": Planted(
        every(
            edit(TEXT, "block id=deadlines", "block id=bounds"),
            edit(CARDS, "block: deadlines", "block: bounds"),
        ),
        TEXT,
        'title="A deadline',
    ),
    "blocks-promised": Planted(
        edit(COURSE, "title: Arrivals and service", "title: Arrivals"), TEXT, "---"
    ),
    "blueprint": Planted(section("blueprint"), TEXT, "---"),
    "card-block": Planted(
        add(CARDS, "  - {id: card-new, block: nowhere, front: Where?, back: Here.}\n"),
        CARDS,
        "nowhere",
    ),
    "card-one-fact": Planted(
        edit(CARDS, "back: What is lost first.", f"back: {'What is lost first. ' * 15}"),
        CARDS,
        "card-shed",
    ),
    "cards": Planted(edit(CARDS, "block: deadlines, ", ""), TEXT, "block id=deadlines"),
    "case-source": Planted(
        every(
            edit(TEXT, "tripled the load.[^gamma-2021]", "tripled the load."),
            edit(TEXT, "then shed load.", "then shed load.[^gamma-2021]"),
        ),
        TEXT,
        "### Gamma",
    ),
    "cases": Planted(
        every(
            edit(TEXT, "### Gamma: retries", "### Beta: retries"),
            edit(TEXT, "load.[^gamma-2021]", "load.[^gamma-2021][^beta-2020]"),
        ),
        TEXT,
        ":::: cases",
    ),
    "catalogue": Planted(
        edit(COUNTER_COURSE, "    personas:", "    requires: [nowhere]\n    personas:"),
        COUNTER_COURSE,
        "nowhere",
    ),
    "citation": Planted(
        edit(TEXT, "then shed load.", "then shed load.[^nobody-1999]"), TEXT, "nobody-1999"
    ),
    "code-compiles": Planted(
        edit(QUESTIONS, "put(line, 3) is True", "put(line, 3 is True"), QUESTIONS, "check:"
    ),
    "computed": Planted(edit(QUESTIONS, "answer: 20", "answer: 21"), QUESTIONS, "answer: 21"),
    "cross-law": Planted(edit(TEXT, "### Economic reality", "### Money"), TEXT, ":::: cross-law"),
    "diagram": Planted(
        edit(TEXT, "rates --> length --> bounds", "rates --> length[ --> bounds"), TEXT, "length["
    ),
    "duplicate-card": Planted(
        add(
            CARDS,
            "  - {id: card-again, front: What does a full queue that is bounded do now?, "
            "back: It turns the newcomer away.}\n",
        ),
        CARDS,
        "card-again",
    ),
    "duplicate-choices": Planted(
        edit(
            QUESTIONS,
            "the time from arrival until the answer",
            "The share of time in which  a server is busy.",
        ),
        QUESTIONS,
        "which  a server",
    ),
    "duplicate-paragraph": Planted(
        edit(TEXT, "Watch the length", f"{PARAGRAPH}\nWatch the length"), TEXT, "A bounded queue"
    ),
    "duplicate-question": Planted(add(QUESTIONS, SAME_QUESTION), QUESTIONS, "order-again"),
    "empty-heading": Planted(
        edit(TEXT, "# Waiting in line\n", "# Waiting in line\n\n### Later\n\n### Now\n"),
        TEXT,
        "### Later",
    ),
    "exam-code": Planted(
        every(
            edit(EXAM, "kind: code", "kind: short"),
            cut(EXAM, "        start: |", "[0] * 10)\n", "        accept: [ten]\n"),
        ),
        EXAM,
        "sections:",
    ),
    "exam-context": Planted(
        cut(EXAM, "On the evening of a sale", "on call for it.", "Put in order what you do."),
        EXAM,
        "text:",
    ),
    "exam-design": Planted(
        every(
            edit(EXAM, "kind: design", "kind: short"),
            cut(EXAM, "        rubric:", "the deadline.\n", "        accept: [ten]\n"),
        ),
        EXAM,
        "sections:",
    ),
    "exam-ethics": Planted(cut(EXAM, "ethics:", "\n"), EXAM, "of:"),
    "exam-form": Planted(edit(EXAM, "pass_score: 70", "pass_score: 60"), EXAM, "pass_score: 60"),
    "exam-forms": Planted(
        edit(EXAM, "        scenario: shop\n", ""),
        EXAM,
        "sections:",
    ),
    "exam-growth": Planted(
        every(
            edit(
                EXAM,
                "difficulty: very hard\n        minutes: 20",
                "difficulty: easy\n        minutes: 20",
            ),
            edit(
                EXAM,
                "difficulty: very hard\n        minutes: 10",
                "difficulty: easy\n        minutes: 10",
            ),
        ),
        EXAM,
        "title: Design",
    ),
    "exam-minutes": Planted(
        edit(EXAM, "minutes: 15\n        tests", "minutes: 40\n        tests"), EXAM, "minutes: 60"
    ),
    "exam-objectives": Planted(
        edit(EXAM, "        tests: [choose a bound for a queue]\n", ""), EXAM, "sections:"
    ),
    "exam-reflection": Planted(cut(EXAM, "reflection:", "\n"), EXAM, "of:"),
    "exam-resources": Planted(cut(EXAM, "resources:", "\n"), EXAM, "of:"),
    "exam-rubric": Planted(cut(EXAM, "rubric:\n  -", "has its reason]}\n"), EXAM, "of:"),
    "exam-time-guide": Planted(cut(EXAM, "time_guide:", "\n"), EXAM, "of:"),
    "exam-topics": Planted(
        edit(EXAM, "so that backpressure can begin", "so that we can begin"), EXAM, "sections:"
    ),
    "examination-form": Planted(
        write(EXAM, EXAMINATION.replace("minutes: 20", "minutes: 26")), EXAM, "minutes: 26"
    ),
    "exercise-code": Planted(
        cut(TEXT, "```python file=deadline.py", "b serve\n```\n"), TEXT, ":::: active-practice"
    ),
    "form": Planted(edit(TEXT, "::: solution", "::: solutions"), TEXT, "::: solutions"),
    "gauntlet": Planted(edit(QUESTIONS, "tier: 4", "tier: 3"), QUESTIONS, "questions:"),
    "gauntlet-minutes": Planted(
        edit(TEXT, "gauntlet minutes=10", "gauntlet minutes=60"), TEXT, ":::: gauntlet"
    ),
    "given": Planted(edit(QUESTIONS, "rate: 2}", "rate: 2, spare: 1}"), QUESTIONS, "spare"),
    "id-twice": Planted(edit(EXAM, "id: exam-order", "id: busy-share"), EXAM, "busy-share"),
    "integration-challenge": Planted(
        every(
            edit(TEXT, "integration-challenge minutes=30", "integration-challenge"),
            edit(COURSE, "minutes: 150", "minutes: 130"),
        ),
        TEXT,
        ":::: integration-challenge",
    ),
    "introduction": Planted(cut(TEXT, "Every system that shares", "do about it.\n"), TEXT, "---"),
    "lab": Planted(cut(f"{LAB}/lab.md", "## Vary", "rate.\n"), f"{LAB}/lab.md", ""),
    "lab-named": Planted(
        edit(TEXT, "::: lab short-line\n:::", "::: lab short-line\n:::\n\n::: lab long-line\n:::"),
        TEXT,
        "::: lab long-line",
    ),
    "lab-used": Planted(edit(TEXT, "::: lab short-line\n:::\n", ""), TEXT, "---"),
    "link": Planted(edit(TEXT, "](#bounds)", "](#bound)"), TEXT, "](#bound)"),
    "listing-compiles": Planted(
        edit(TEXT, 'rate, "minutes")', 'rate, "minutes"'), TEXT, 'rate, "minutes"'
    ),
    "listing-unchecked": Planted(
        edit(TEXT, "```python file=deadline.py", "```python"), TEXT, "```python"
    ),
    "longest-answer": Planted(
        edit(
            QUESTIONS,
            "{text: the share of time in which a server is busy,",
            "{text: the share of time in which a server is busy and does work that counts for it,",
        ),
        QUESTIONS,
        "choices:",
    ),
    "mathematics": Planted(section("mathematics"), TEXT, "---"),
    "module-minutes": Planted(edit(COURSE, "minutes: 150", "minutes: 200"), TEXT, "---"),
    "number-tolerance": Planted(
        every(
            edit(QUESTIONS, "rate: 2}", "rate: 3}"),
            edit(QUESTIONS, "    answer: 20\n", ""),
        ),
        QUESTIONS,
        "computed: inside / rate",
    ),
    "objective-measurable": Planted(
        every(
            edit(COURSE, BOUND, "understand a line"),
            edit(QUESTIONS, BOUND, "understand a line"),
            edit(EXAM, BOUND, "understand a line"),
        ),
        COURSE,
        "id: waiting",
    ),
    "objective-tested": Planted(edit(QUESTIONS, f"[{BOUND}]", f"[{BOUND}, fly]"), QUESTIONS, "fly"),
    "objectives": Planted(
        cut(COUNTER_COURSE, "    objectives:", "\n"), COUNTER_COURSE, "id: first-counter"
    ),
    "operations": Planted(section("operations"), TEXT, "---"),
    "part-time": Planted(
        edit(COUNTER_TEXT, "Which till stands idle?", "Which till stands idle? " * 700),
        COUNTER_TEXT,
        "id=mastery-check",
    ),
    "persona": Planted(
        edit(COUNTER_TEXT, "Nora has three", "She has three"), COUNTER_TEXT, "id=customer-scenario"
    ),
    "pitfalls": Planted(
        edit(TEXT, "Mitigation: allow one", "Allow one"), TEXT, "### Retries without"
    ),
    "protocol": Planted(edit(TEXT, "Space your", "Spread your"), TEXT, ":::: protocol"),
    "question-block": Planted(
        edit(QUESTIONS, "block: shedding", "block: shed"), QUESTIONS, "block: shed"
    ),
    "reading-time": Planted(
        edit(TEXT, "id=length minutes=20", "id=length minutes=30"), TEXT, "block id=length"
    ),
    "resources": Planted(section("resources"), TEXT, "---"),
    "review": Planted(edit(TEXT, "review minutes=10", "review"), TEXT, ":::: review"),
    "rubric-points": Planted(
        edit(QUESTIONS, "    kind: design\n", "    kind: design\n    points: 5\n"),
        QUESTIONS,
        "points: 5",
    ),
    "source-age": Planted(
        edit(
            TEXT,
            "post-mortem\n    opened: 2026-11-01",
            "post-mortem\n    opened: 2020-01-01",
        ),
        TEXT,
        "opened: 2020-01-01",
    ),
    "source-cited": Planted(
        edit(TEXT, "  - id: beta-2020", f"{SOURCE}  - id: beta-2020"), TEXT, "alpha-2022"
    ),
    "spacing": Planted(edit(TEXT, "[1, 3, 7, 21]", "[1, 3, 4, 21]"), TEXT, "[1, 3, 4, 21]"),
    "stage": Planted(edit(TEXT, "authors:", "stage: publishing\nauthors:"), TEXT, "publishing"),
    "stage-moves": Planted(
        edit(TEXT, "authors:", "stage: integration\nauthors:"), TEXT, "integration"
    ),
    "terms": Planted(edit(TEXT, "then shed load", "the data base, too"), TEXT, "data base"),
    "timed-parts": Planted(
        edit(COUNTER_TEXT, "hands-on-lab minutes=45", "hands-on-lab minutes=50"),
        COUNTER_TEXT,
        "minutes=50",
    ),
    "todo": Planted(edit(TEXT, "then shed load.", "then TODO: say what."), TEXT, "TODO"),
    "topics": Planted(edit(COURSE, "backpressure]", "dragons]"), TEXT, "---"),
    "updated": Planted(edit(TEXT, "updated: 2026-11-01", "updated: 2024-01-01"), TEXT, "2024-01"),
    "visual-model": Planted(
        cut(TEXT, "```mermaid\nflowchart LR\n    request", "```", "A picture is to come."),
        TEXT,
        ":::: visual-model",
    ),
}
