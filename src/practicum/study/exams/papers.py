"""The papers that sittings are of: a copy is kept at the start, so that an edit of the course
changes nothing for who sits an exam already, nor how it is graded later."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from practicum.curriculum.question import ExamPaper
from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import BYTES_MAX, convert, parse_yaml
from practicum.learner.exam.sitting import Sitting
from practicum.learner.exam.variant import Item, asked
from practicum.servers.home import telling, write_atomically
from practicum.study.desk import Desk

FOLDER = "papers"
_SHA256 = re.compile("[0-9a-f]{64}")


def keep_paper(desk: Desk, file: Path, sha256: str) -> None:
    """Keep a copy of a paper's file under its hash; CannotBeUsed if it was edited just now."""
    text = _text(file, file.parents[1])
    if _hash(text) != sha256:
        raise CannotBeUsed(f"{file} was edited just now: start again")
    folder = desk.home / FOLDER
    path = folder / f"{sha256}.yaml"
    if not path.exists():
        with telling(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())


def paper_of(desk: Desk, sitting: Sitting) -> ExamPaper:
    """The paper of a sitting, as it was at its start.

    Raises CannotBeUsed if the copy is gone, or is another one.
    """
    path = desk.home / FOLDER / f"{sitting.paper_sha256}.yaml"
    is_there = _SHA256.fullmatch(sitting.paper_sha256) and path.exists()
    text = _text(path, path.parent) if is_there else None
    if text is None or _hash(text) != sitting.paper_sha256:
        said = "is not there" if text is None else "was edited"
        raise CannotBeUsed(
            f"the paper that {sitting.id} is of {said}: put {path} back from a backup. Nothing "
            "that you answered is lost"
        )
    yaml, findings = parse_yaml(text, str(path))
    paper = None
    if yaml is not None:
        paper, findings = convert(yaml, ExamPaper)
    if paper is None:
        raise CannotBeUsed(f"the paper of {sitting.id} cannot be used:", findings=findings)
    return paper


def items_of(desk: Desk, sitting: Sitting) -> tuple[ExamPaper, tuple[Item, ...]]:
    """The paper of a sitting, and its questions in the order in which they are asked."""
    paper = paper_of(desk, sitting)
    return paper, asked(paper, sitting.seed, sitting.questions)


def _text(path: Path, within: Path) -> str:
    text, findings = read_text(path, bytes_max=BYTES_MAX, within=within)
    if text is None:
        raise CannotBeUsed(f"{path} cannot be used:", findings=findings)
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
