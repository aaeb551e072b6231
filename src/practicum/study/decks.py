"""What can be asked of a learner, gathered from the courses on this machine.

Only what she may be asked is read: modules that she started, the courses and exams of what she
has reviewed, and the labs that left something behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.papers import PaperError, find_paper
from practicum.authoring.shelves import (
    CARDS_FILE,
    QUESTIONS_FILE,
    courses_of,
    labs_of,
    modules_of,
)
from practicum.curriculum.question import Cards, Questions
from practicum.curriculum.term import EXAM
from practicum.labs.finding import Finding, LabError
from practicum.labs.lab import STORY, Lab, lab_id, load_lab
from practicum.labs.module_id import module_id
from practicum.labs.story import HINT_HEADINGS, sections
from practicum.labs.yaml_file import convert, read_yaml
from practicum.learner.memory.deck import Deck, Prompt, deck_of, prompts_of, prompts_of_paper
from practicum.learner.memory.memory import Memory
from practicum.learner.memory.names import lab_and_rest

StructT = TypeVar("StructT", bound=msgspec.Struct)


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The deck, and what is wrong with files that therefore give nothing to ask."""

    deck: Deck
    findings: tuple[Finding, ...] = ()


class ModuleFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a module (COURSE/MODULE) has to ask; None is what it has not, or what cannot be
    used."""

    module: str
    folder: Path
    questions: Questions | None = None
    cards: Cards | None = None


def gather(folders: Sequence[Path], memory: Memory) -> Gathered:
    """The deck of a learner."""
    findings: list[Finding] = []
    prompts: list[Prompt] = []
    modules = _by_id(folders)
    for module, folder in modules.items():
        if module in memory.started:
            prompts += _read(module, folder, findings)
    wanted = set(memory.recalls) | memory.suspended
    missing = wanted - {each.name for each in prompts}
    places = {name.partition(":")[2].rpartition("/")[0] for name in missing}
    for module, folder in modules.items():
        if module not in memory.started and module.partition("/")[0] in places:
            found = _read(module, folder, findings)
            prompts += [each for each in found if each.name in missing]
    for exam in sorted(each for each in places if each.startswith(EXAM)):
        prompts += _of_paper(folders, exam, findings)
    prompts += _of_labs(modules, missing, findings)
    return Gathered(deck=deck_of(prompts), findings=tuple(findings))


def deck_of_modules(folders: Sequence[Path], modules: Sequence[str]) -> Gathered:
    """What these modules have to ask, whoever began them."""
    findings: list[Finding] = []
    prompts: list[Prompt] = []
    for module, folder in _by_id(folders).items():
        if module in modules:
            prompts += _read(module, folder, findings)
    return Gathered(deck=deck_of(prompts), findings=tuple(findings))


def module_files(folders: Sequence[Path], module: str) -> tuple[ModuleFiles | None, list[Finding]]:
    """The files of one module; None if no course on this machine has it."""
    folder = _by_id(folders).get(module)
    if folder is None:
        return None, []
    findings: list[Finding] = []
    return _files(module, folder, findings), findings


def _by_id(folders: Sequence[Path]) -> dict[str, Path]:
    """The folder of each module; of two with the same id the first."""
    found: dict[str, Path] = {}
    for course in (each for folder in folders for each in courses_of(folder)):
        for module in modules_of(course):
            found.setdefault(f"{course.name}/{module_id(module.folder)}", module.folder)
    return found


def _read(module: str, folder: Path, findings: list[Finding]) -> list[Prompt]:
    files = _files(module, folder, findings)
    return list(prompts_of(module, questions=files.questions, cards=files.cards))


def _files(module: str, folder: Path, findings: list[Finding]) -> ModuleFiles:
    return ModuleFiles(
        module=module,
        folder=folder,
        questions=_yaml(folder / QUESTIONS_FILE, Questions, findings),
        cards=_yaml(folder / CARDS_FILE, Cards, findings),
    )


def _of_paper(folders: Sequence[Path], exam: str, findings: list[Finding]) -> Iterator[Prompt]:
    try:
        yield from prompts_of_paper(find_paper(folders, exam).paper)
    except PaperError as error:
        findings += error.findings


def _yaml(path: Path, struct: type[StructT], findings: list[Finding]) -> StructT | None:
    """What a file says; what is wrong with it is told, and nothing of it is asked."""
    if not path.exists():
        return None
    file, told = read_yaml(path, within=path.parent.parent)
    findings += told
    if file is None:
        return None
    found, told = convert(file, struct)
    findings += told
    return found


def _of_labs(
    modules: dict[str, Path], names: set[str], findings: list[Finding]
) -> Iterator[Prompt]:
    """What stands for checks that failed and hints that were taken."""
    wanted: dict[str, list[str]] = {}
    for name in sorted(names):
        if name.startswith(("check:", "hint:")):
            wanted.setdefault(lab_and_rest(name)[0], []).append(name)
    for module in modules.values() if wanted else ():
        for folder in labs_of(module):
            if lab_id(folder) not in wanted:
                continue
            try:
                lab = load_lab(folder)
            except LabError as error:
                findings += error.findings
                continue
            yield from (_of_lab(lab, name) for name in wanted[lab.id])


def _of_lab(lab: Lab, name: str) -> Prompt:
    rest = lab_and_rest(name)[1]
    again = f"Run it again with another crowd: `practicum lab check {lab.name} --seed N`."
    skills = "\n".join(f"- {each}" for each in lab.spec.skills)
    if name.startswith("hint:"):
        front = (
            f"Lab “{lab.spec.title}”: you took hint {rest}. What did it point at that you had "
            "not seen?"
        )
        back = f"{_hint(lab, rest)}\n\n{again}"
    else:
        words = rest.removeprefix("test_").replace("_", " ")
        front = (
            f"Lab “{lab.spec.title}”: the check “{words}” failed. What went wrong, and what "
            "makes it hold?"
        )
        back = f"The lab teaches to\n{skills}\n\n{again}"
    return Prompt(name=name, module=lab.module_id, front=front, back=back, block=lab.name)


def _hint(lab: Lab, number: str) -> str:
    told = sections((lab.folder / STORY).read_text())
    headings = {each.rpartition(" ")[2]: each for each in HINT_HEADINGS}
    return told.get(headings.get(number, ""), "The lab has no such hint any more.")
