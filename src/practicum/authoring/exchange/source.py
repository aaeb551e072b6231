"""What is exported: the questions of a module or an exam, as one variant asks them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from practicum.authoring.papers import exams_written, find_paper
from practicum.authoring.shelves import QUESTIONS_FILE, asked_for
from practicum.curriculum.question import Criterion, Questions
from practicum.curriculum.term import EXAM, exam_id
from practicum.labs.finding import CannotBeUsed, Finding, LabError
from practicum.labs.module_id import module_id
from practicum.labs.yaml_file import YamlFile, convert, read_yaml
from practicum.learner.exam.refusal import BadPaper
from practicum.learner.exam.variant import Item, draw, key, single

Path_ = tuple[str | int, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a variant, and its place in the file."""

    item: Item
    path: Path_


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that stand together."""

    title: str
    means: str
    asked: tuple[Asked, ...]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a module or (with ``minutes`` and a ``pass_score``) of an exam. ``id`` is
    COURSE/MODULE or exam:EXAM; ``yaml`` knows the lines of ``file``."""

    id: str
    title: str
    seed: int
    parts: tuple[Part, ...]
    yaml: YamlFile
    minutes: int = 0
    pass_score: int = 0
    rubric: tuple[Criterion, ...] = ()

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All of its questions."""
        return tuple(each for part in self.parts for each in part.asked)

    def note(self, path: Path_, said: str, remedy: str) -> Finding:
        """What an export cannot say of the question at ``path``."""
        return self.yaml.finding(path, said, remedy)


def source_of(words: str, folders: Sequence[Path], seed: int) -> Source:
    """What somebody means: a module by its id or path, an exam by its id; where both are called
    so, the module, and the exam with ``exam:`` before it. ``seed`` draws the variant.

    Raises CannotBeUsed for what is not there or cannot be used.
    """
    name = words.removeprefix(EXAM)
    if words.startswith(EXAM):
        return _of_exam(folders, name, seed)
    try:
        asked = asked_for(words, folders)
    except LabError:
        if name not in exams_written(folders):
            raise
        return _of_exam(folders, name, seed)
    if len(asked.modules) == 1 and asked.modules[0].is_paper:
        return _of_exam(folders, asked.modules[0].folder.name, seed)
    module = asked.modules[0] if len(asked.modules) == 1 else None
    if module is None or module.course is None or asked.place != module.folder:
        raise CannotBeUsed(f"{words!r} is no module and no exam: write COURSE/MODULE or exam:EXAM")
    file = module.folder / QUESTIONS_FILE
    return _of_module(f"{module.course_id}/{module_id(module.folder)}", file, seed)


def _of_module(name: str, file: Path, seed: int) -> Source:
    yaml, findings = read_yaml(file, within=file.parents[2])
    found = None
    if yaml is not None:
        found, findings = convert(yaml, Questions)
    if found is None or yaml is None:
        raise CannotBeUsed(f"the questions of {name} cannot be used:", findings=findings)
    asked = []
    for place, question in enumerate(found.questions):
        item = single(question, seed)
        try:
            key(item)
        except BadPaper as error:
            raise CannotBeUsed(str(error)) from error
        asked.append(Asked(item=item, path=("questions", place)))
    title = f"Questions of {name}"
    part = Part(title=title, means="", asked=tuple(asked))
    return Source(id=name, title=title, seed=seed, parts=(part,), yaml=yaml)


def _of_exam(folders: Sequence[Path], name: str, seed: int) -> Source:
    found = find_paper(folders, name)
    paper = found.paper
    try:
        items = draw(paper, seed)
    except BadPaper as error:
        raise CannotBeUsed(str(error)) from error
    paths: dict[str, Path_] = {
        question.id: ("sections", place, "questions", index)
        for place, section in enumerate(paper.sections)
        for index, question in enumerate(section.questions)
    }
    parts = []
    for place, section in enumerate(paper.sections):
        asked = [Asked(item=x, path=paths[x.id]) for x in items if x.section == place]
        parts.append(Part(title=section.title, means=section.means, asked=tuple(asked)))
    return Source(
        id=exam_id(paper.of),
        title=paper.title,
        seed=seed,
        parts=tuple(parts),
        yaml=found.yaml,
        minutes=paper.minutes,
        pass_score=paper.pass_score,
        rubric=paper.rubric,
    )
