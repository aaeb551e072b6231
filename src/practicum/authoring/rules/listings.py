"""Code and diagrams: what can be seen of them without running anything."""

from __future__ import annotations

import json
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import PurePath

from practicum.authoring.rules.rule import Rule, declare, rule
from practicum.authoring.rules.subject import Subject
from practicum.curriculum.lesson import Passage
from practicum.curriculum.question import Code
from practicum.labs.finding import Finding, did_you_mean
from practicum.labs.yaml_file import Path_, parse_yaml

PYTHON = ("python", "py", "python3")


def python_error(text: str) -> tuple[int, str] | None:
    """The line, from 1, and what is wrong with a text as Python; None if it is."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "listing", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or "it is nested too deeply"
    return None


def _json_error(text: str) -> tuple[int, str] | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except RecursionError:
        return 1, "it is nested too deeply"
    return None


def _toml_error(text: str) -> tuple[int, str] | None:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return 1, str(error)
    return None


def _yaml_error(text: str) -> tuple[int, str] | None:
    _, findings = parse_yaml(text, "listing")
    return (findings[0].line or 1, findings[0].message) if findings else None


_READERS: dict[str, Callable[[str], tuple[int, str] | None]] = {
    ".py": python_error,
    ".json": _json_error,
    ".toml": _toml_error,
    ".yaml": _yaml_error,
    ".yml": _yaml_error,
}


@rule(
    "listing-compiles",
    why="A reader types what stands there, and it does not even compile.",
    remedy="put that right; run it before you paste it",
)
def listing_compiles(subject: Subject) -> Iterator[Finding]:
    """Each listing with a file name is what its name says: Python, JSON, TOML or YAML."""
    for passage in subject.text.passages:
        for listing in passage.listings:
            reader = _READERS.get(PurePath(listing.file).suffix)
            if listing.file and reader and (wrong := reader(listing.text)):
                line, said = wrong
                yield subject.at(listing.line + line, f"{listing.file}: {said}")


@rule(
    "listing-unchecked",
    why="Code that nothing runs is wrong sooner or later, and nobody hears of it.",
    remedy="name its file: ```python file=NAME.py, with check=compile if it cannot run",
    severity="advice",
)
def listing_unchecked(subject: Subject) -> Iterator[Finding]:
    """Python in a fence has a file name, so that it is run or compiled."""
    for passage in subject.text.passages:
        for listing in passage.listings:
            if listing.language in PYTHON and not listing.file:
                yield subject.at(listing.line, "nothing runs or compiles this code")


@rule(
    "code-compiles",
    why="A key that is no Python fails every learner.",
    remedy="put that right; `practicum author verify` runs it",
    needs=(),
)
def code_compiles(subject: Subject) -> Iterator[Finding]:
    """The solution, the check and the wrong attempts of a code question are Python."""
    for file, path, each in subject.every_question():
        if not isinstance(each, Code):
            continue
        texts: list[tuple[Path_, str]]
        texts = [(("solution",), each.solution), (("check",), each.check)]
        texts += [(("wrong", index), text) for index, text in enumerate(each.wrong)]
        for below, text in texts:
            if wrong := python_error(text):
                line, said = wrong
                yield subject.within(file, (*path, *below), f"line {line} of it: {said}")


DIAGRAM = declare(
    Rule(
        id="diagram",
        demands="Each Mermaid diagram can be drawn.",
        why="A diagram that cannot be drawn leaves a hole where the mechanism should be.",
        remedy="put the diagram's text right: its first line names the kind, such as "
        "`sequenceDiagram`",
    )
)


@rule(
    "lab-named",
    why="The text sends the reader into a lab that is not there.",
    remedy="name a folder in labs/, or write the lab: `practicum author new lab`",
)
def lab_named(subject: Subject) -> Iterator[Finding]:
    """Each lab that the text names is one of the module."""
    for passage in subject.text.passages:
        for name in passage.labs:
            if name not in subject.lab_minutes:
                said = f"there is no lab {name} in labs/"
                near = did_you_mean(name, subject.lab_minutes)
                remedy = near if near.startswith("did you mean") else ""
                yield subject.at(_line_of_lab(passage, name), said, remedy)


def _line_of_lab(passage: Passage, name: str) -> int:
    pattern = re.compile(rf"\s*:{{3,}}\s*lab\s+{re.escape(name)}\s*$")
    for number, line in enumerate(passage.text.splitlines(), start=1):
        if pattern.match(line):
            return passage.line + number
    return passage.line


@rule(
    "lab-used",
    why="A lab that the text does not lead to is found by nobody.",
    remedy="write `::: lab NAME` where the reader is ready for it",
    severity="advice",
)
def lab_used(subject: Subject) -> Iterator[Finding]:
    """The text leads to each lab of the module."""
    named = {name for passage in subject.text.passages for name in passage.labs}
    for name in subject.lab_minutes:
        if name not in named:
            yield subject.at(1, f"nothing leads to the lab {name}")
