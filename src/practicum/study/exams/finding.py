"""Where papers lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from practicum.curriculum.question import ExamPaper
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import BYTES_MAX, convert, parse_yaml


class PaperAt(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that can be used."""

    paper: ExamPaper
    file: Path
    sha256: str


def all_papers(folders: Sequence[Path]) -> Iterator[PaperAt]:
    """Every paper."""
    for folder in folders:
        for path in sorted(folder.glob("*/[0-9]*-*/exam.yaml")):
            text, _ = read_text(path, bytes_max=BYTES_MAX, within=path.parents[1])
            if text is None:
                continue
            yaml, _ = parse_yaml(text, str(path))
            paper = convert(yaml, ExamPaper)[0] if yaml is not None else None
            if paper is not None:
                sha256 = hashlib.sha256(text.encode()).hexdigest()
                yield PaperAt(paper=paper, file=path, sha256=sha256)


def find_paper(folders: Sequence[Path], exam: str) -> PaperAt:
    """The paper of an exam."""
    name = exam.removeprefix("exam:")
    papers = {each.paper.of: each for each in all_papers(folders)}
    if name not in papers:
        raise CannotBeUsed(f"the exam {name!r} has no paper: {did_you_mean(name, papers)}")
    return papers[name]
