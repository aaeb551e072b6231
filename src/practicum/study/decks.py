"""What can be asked of a learner, gathered from the courses on this machine.

Only what she may be asked is read: modules that she started, the courses of what she has
reviewed, and the labs that left something behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.shelves import Shelved, all_modules, labs_of
from practicum.authoring.written import CARDS_FILE, EXAM_FILE, QUESTIONS_FILE
from practicum.curriculum.question import Cards, ExamPaper, Questions
from practicum.labs.finding import Finding, LabError
from practicum.labs.lab import STORY, Lab, lab_id, load_lab
from practicum.labs.module_id import module_id
from practicum.labs.story import HINT_HEADINGS, sections
from practicum.labs.yaml_file import convert, read_yaml
from practicum.learner.memory.deck import Deck, Prompt, deck_of, prompts_of
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
    exam: ExamPaper | None = None


def gather(folders: Sequence[Path], memory: Memory) -> Gathered:
    """The deck of a learner."""
    findings: list[Finding] = []
    prompts: list[Prompt] = []
    modules = _by_id(folders)
    for module, shelved in modules.items():
        if module in memory.started:
            prompts += _read(module, shelved, findings)
    wanted = set(memory.recalls) | memory.suspended
    missing = wanted - {each.name for each in prompts}
    courses = {name.partition(":")[2].partition("/")[0] for name in missing}
    for module, shelved in modules.items():
        may_have = module.partition("/")[0] in courses or _has_exam_of(shelved, courses)
        if module not in memory.started and may_have:
            found = _read(module, shelved, findings)
            prompts += [each for each in found if each.name in missing]
    prompts += _of_labs(modules, missing, findings)
    return Gathered(deck=deck_of(prompts), findings=tuple(findings))


def everything(folders: Sequence[Path], modules: Sequence[str] = ()) -> Gathered:
    """What all modules have to ask, or those named."""
    findings: list[Finding] = []
    prompts: list[Prompt] = []
    for module, shelved in _by_id(folders).items():
        if not modules or module in modules:
            prompts += _read(module, shelved, findings)
    return Gathered(deck=deck_of(prompts), findings=tuple(findings))


def module_files(folders: Sequence[Path], module: str) -> tuple[ModuleFiles | None, list[Finding]]:
    """The files of one module; None if no course on this machine has it."""
    shelved = _by_id(folders).get(module)
    if shelved is None:
        return None, []
    findings: list[Finding] = []
    return _files(module, shelved, findings), findings


def _by_id(folders: Sequence[Path]) -> dict[str, Shelved]:
    found: dict[str, Shelved] = {}
    for each in all_modules(folders):
        found.setdefault(f"{each.course_id}/{module_id(each.folder)}", each)
    return found


def _has_exam_of(shelved: Shelved, names: set[str]) -> bool:
    """Whether the module has an exam, by whose name its questions may be asked for."""
    return bool(names) and (shelved.folder / EXAM_FILE).is_file()


def _read(module: str, shelved: Shelved, findings: list[Finding]) -> list[Prompt]:
    files = _files(module, shelved, findings)
    return list(prompts_of(module, questions=files.questions, cards=files.cards, exam=files.exam))


def _files(module: str, shelved: Shelved, findings: list[Finding]) -> ModuleFiles:
    folder = shelved.folder
    return ModuleFiles(
        module=module,
        folder=folder,
        questions=_yaml(folder / QUESTIONS_FILE, Questions, findings),
        cards=_yaml(folder / CARDS_FILE, Cards, findings),
        exam=_yaml(folder / EXAM_FILE, ExamPaper, findings),
    )


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
    modules: dict[str, Shelved], names: set[str], findings: list[Finding]
) -> Iterator[Prompt]:
    """What stands for checks that failed and hints that were taken."""
    wanted: dict[str, list[str]] = {}
    for name in sorted(names):
        if name.startswith(("check:", "hint:")):
            wanted.setdefault(lab_and_rest(name)[0], []).append(name)
    for shelved in modules.values() if wanted else ():
        for folder in labs_of(shelved.folder):
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
