"""A module's folder, read: its text, questions, cards and exam, and the places of all that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.markdown.module_file import BYTES_MAX as TEXT_BYTES_MAX
from practicum.authoring.markdown.module_file import parse_document
from practicum.curriculum.lesson import Lesson
from practicum.curriculum.question import Cards, ExamPaper, Questions
from practicum.labs.finding import Finding
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import BYTES_MAX, YamlFile, convert, parse_yaml

MODULE_FILE, QUESTIONS_FILE = "module.md", "questions.yaml"
CARDS_FILE, EXAM_FILE = "cards.yaml", "exam.yaml"
MODULE_FILES: Mapping[str, type[msgspec.Struct]] = {
    QUESTIONS_FILE: Questions,
    CARDS_FILE: Cards,
    EXAM_FILE: ExamPaper,
}
"""The YAML files of a module, and what they hold."""

StructT = TypeVar("StructT", bound=msgspec.Struct)


class WrittenModule(msgspec.Struct, kw_only=True):
    """What could be read of a module; None is what is not there, or cannot be used. ``texts``
    has each file as it was read, ``files`` the places in each YAML file, and in the front
    matter, by the files' names."""

    folder: Path
    lesson: Lesson | None = None
    questions: Questions | None = None
    cards: Cards | None = None
    exam: ExamPaper | None = None
    texts: dict[str, str] = msgspec.field(default_factory=dict)
    files: dict[str, YamlFile] = msgspec.field(default_factory=dict)

    @property
    def id(self) -> str:
        """course/module: as the front matter says, or else the folder's name."""
        name = self.lesson.front.id if self.lesson else self.folder.name.lstrip("0123456789-")
        return f"{self.folder.parent.name}/{name}"


def load_written(folder: Path) -> tuple[WrittenModule, list[Finding]]:
    """The module of a folder, which lies in its course's; with everything that could not be
    read. Only ``exam.yaml`` may be missing. Never an exception for what a file holds."""
    written = WrittenModule(folder=folder)
    findings = _read_text(written)
    written.questions = _read_yaml(written, QUESTIONS_FILE, Questions, findings)
    written.cards = _read_yaml(written, CARDS_FILE, Cards, findings)
    if (folder / EXAM_FILE).exists() or (folder / EXAM_FILE).is_symlink():
        written.exam = _read_yaml(written, EXAM_FILE, ExamPaper, findings)
    return written, findings


def load_paper(folder: Path) -> tuple[WrittenModule, list[Finding]]:
    """An exam paper that lies in a folder of its own, as a module that has nothing else; with
    everything that could not be read. Never an exception for what the file holds."""
    written, findings = WrittenModule(folder=folder), list[Finding]()
    written.exam = _read_yaml(written, EXAM_FILE, ExamPaper, findings)
    return written, findings


def _read_text(written: WrittenModule) -> list[Finding]:
    path = written.folder / MODULE_FILE
    text, findings = read_text(path, bytes_max=TEXT_BYTES_MAX, within=written.folder.parent)
    if text is None:
        return findings
    document = parse_document(text, str(path))
    written.texts[MODULE_FILE] = text
    written.lesson = document.lesson
    if document.front_file is not None:
        written.files[MODULE_FILE] = document.front_file
    return list(document.findings)


def _read_yaml(
    written: WrittenModule, name: str, struct: type[StructT], findings: list[Finding]
) -> StructT | None:
    path = written.folder / name
    text, told = read_text(path, bytes_max=BYTES_MAX, within=written.folder.parent)
    findings += told
    if text is None:
        return None
    written.texts[name] = text
    file, told = parse_yaml(text, str(path))
    findings += told
    if file is None:
        return None
    written.files[name] = file
    found, told = convert(file, struct)
    findings += told
    return found
