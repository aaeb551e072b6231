"""Exam papers, wherever they lie: in the folder of a module, or in ``exams/<exam>/`` among the
courses. Who needs one asks for it by the exam's id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from practicum.authoring.shelves import COURSE_FILE, EXAM_FILE, PAPERS, papers_of
from practicum.curriculum.question import ExamPaper
from practicum.curriculum.term import EXAM
from practicum.labs.finding import CannotBeUsed, Finding, did_you_mean
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import BYTES_MAX, YamlFile, convert, parse_yaml

_HEAD_BYTES = 64_000
_OF = re.compile(r"^of:[ \t]*[\"']?([a-z0-9]+(?:-[a-z0-9]+)*)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)


class PaperError(CannotBeUsed):
    """There is no such paper, or it cannot be used."""


class PaperAt(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that can be used: ``sha256`` is over the text of its file as UTF-8, with lines
    ended by ``\\n``; ``yaml`` knows the line of each field."""

    paper: ExamPaper
    file: Path
    sha256: str
    yaml: YamlFile


def find_paper(folders: Sequence[Path], exam: str) -> PaperAt:
    """The paper of an exam, by its id with or without ``exam:``, in folders of courses; the
    first of several, in the order of the folders.

    Raises PaperError with everything that is wrong, by file, line and field.
    """
    name = exam.removeprefix(EXAM)
    files = list(paper_files(folders))
    found = next((path for of, path in files if of == name), None)
    if found is None:
        near = did_you_mean(name, [of for of, _ in files])
        remedy = f"write {PAPERS}/{name}/{EXAM_FILE}"
        remedy = near if near.startswith("did you mean") else remedy
        raise PaperError(f"the exam {name!r} has no paper: {remedy}")
    paper, findings = _read(found, name)
    if paper is None:
        raise PaperError(f"the paper of the exam {name} cannot be used:", findings=findings)
    return paper


def all_papers(folders: Sequence[Path]) -> tuple[list[PaperAt], list[Finding]]:
    """Every paper in folders of courses that can be used, the first of each exam, and what is
    wrong with the others."""
    papers: dict[str, PaperAt] = {}
    told: list[Finding] = []
    for of, path in paper_files(folders):
        if of not in papers:
            paper, findings = _read(path, of)
            told += findings
            if paper is not None:
                papers[of] = paper
    return list(papers.values()), told


def exams_written(folders: Sequence[Path]) -> frozenset[str]:
    """The names of all exams of which there is a paper, whether it can be used or not."""
    return frozenset(of for of, _ in paper_files(folders))


def paper_files(folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each paper's file with the exam that it is of: the folder's name where it lies by itself,
    what it says where it lies with a module; those by themselves first in each folder. A file
    that does not say it is left out."""
    for folder in folders:
        for each in papers_of(folder):
            yield each.folder.name, each.folder / EXAM_FILE
        for path in sorted(folder.glob(f"*/[0-9]*-*/{EXAM_FILE}")):
            if (path.parents[1] / COURSE_FILE).is_file() and (of := _of(path)):
                yield of, path


def _of(path: Path) -> str:
    """The exam that a paper says it is of; empty if it says none."""
    try:
        with path.open("rb") as file:
            text = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
    found = _OF.search(text.replace("\r\n", "\n"))
    return found[1] if found else ""


def _read(path: Path, of: str) -> tuple[PaperAt | None, list[Finding]]:
    """A paper that is of that exam; None with what is wrong."""
    text, findings = read_text(path, bytes_max=BYTES_MAX, within=path.parents[1])
    if text is None:
        return None, findings
    yaml, findings = parse_yaml(text, str(path))
    if yaml is None:
        return None, findings
    paper, findings = convert(yaml, ExamPaper)
    if paper is not None and paper.of != of:
        said = f"it is of {paper.of}, and lies in the folder of {of}"
        findings.append(yaml.finding(("of",), said, "call the folder as the exam is called"))
    if paper is None or findings:
        return None, findings
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return PaperAt(paper=paper, file=path, sha256=sha256, yaml=yaml), []
