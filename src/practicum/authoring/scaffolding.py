"""Begin a course, a module, a lab, an exam or a question: files of which the linter says what is
still to be written.

Nothing is overwritten, and nothing is left half made: a folder is filled beside its place and
moved there, and a file that grows is replaced whole, once what it would hold was read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template

import yaml

from practicum.authoring.judging.remembering import Memory
from practicum.authoring.judging.surroundings import Library, Shared
from practicum.authoring.shelves import CARDS_FILE as CARDS
from practicum.authoring.shelves import (
    COURSE_FILE,
    EXAM_FILE,
    LABS,
    MODULE_FILE,
    PAPERS,
    QUESTIONS_FILE,
    Shelved,
    asked_for,
    courses_of,
)
from practicum.curriculum.course import Course
from practicum.curriculum.exam import Exam, Examination
from practicum.curriculum.term import EXAM
from practicum.labs.finding import LabError, did_you_mean
from practicum.labs.lint import findings_in_name
from practicum.labs.module_id import module_id
from practicum.labs.yaml_file import parse_yaml
from practicum.servers.home import telling

TEMPLATES = Path(__file__).parent / "templates"
KINDS = ("choice", "multiple", "number", "ordering", "matching", "short", "code", "design")
"""The kinds of questions."""

BLOCKS = 5
ELSEWHERE = "work in a folder of your own"
MISTAKES = ("first-mistake", "second-mistake")
CRITERION = '  - {name: "%s", points: 4, levels: ["TODO: nothing", "TODO: some", "TODO: all"]}'
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Files = Mapping[str, str]


def new_course(name: str, folder: Path, title: str = "", folders: Sequence[Path] = ()) -> Path:
    """A course in a folder of courses, which is made if it is not there; its course.yaml. No
    course in ``folders`` may have that name."""
    _check_name(name)
    for each in folders:
        if (each / name / COURSE_FILE).exists():
            raise LabError(f"there is a course {name} in {each}: choose another name")
    place = folder / name
    _place_folder(place, {COURSE_FILE: _filled("course.yaml", title=_quoted(_title(name, title)))})
    return place / COURSE_FILE


def new_module(words: str, folders: Sequence[Path], today: dt.date, title: str = "") -> list[Path]:
    """A module COURSE/NAME, declared in its course.yaml; the files that came to be or grew."""
    course, name = _in_course(words, folders)
    file = course / COURSE_FILE
    library = Library(folders, Memory(None, today.toordinal()), "")
    found = library.course(course)
    if found is None or library.shared is None:
        raise LabError(f"{file} cannot be used: `practicum author lint {course}` says why")
    declared = {each.id: index for index, each in enumerate(found.modules)}
    taken = {module_id(each): each for each in course.iterdir() if each.is_dir()}
    if name in taken and (taken[name] / MODULE_FILE).exists():
        raise LabError(f"{words} is there: {taken[name]}")
    number = declared.get(name, len(declared)) + 1
    heading = _title(name, title or _declared_title(found, name))
    place = taken.get(name, course / f"{number:02}-{name}")
    files = _module_files(name, heading, found, library.shared, today)
    made = place_files(place, files) if place.exists() else _place_folder(place, files)
    if name not in declared:
        _declare(file, _filled("entry.yaml", name=name, title=_quoted(heading)))
        made.append(file)
    return made


def _module_files(name: str, title: str, course: Course, shared: Shared, today: dt.date) -> Files:
    cases, resources = _filled("cases.md"), _filled("resources.md")
    said = {"name": name, "title": title, "today": str(today)}
    if course.parts:
        body = "".join(
            _filled(
                "part.md",
                id=part.id.replace("_", "-"),
                minutes=part.minutes,
                points="; ".join(part.points),
            )
            for part in course.parts
        )
        body += f"\n{cases}\n{resources}"
        asked = "".join(_question("short", f"{name}-1", "difficulty: easy"))
    else:
        laws = "".join(
            f"### {law.name.capitalize()}\nTODO: what does it mean for this subject?\n"
            for law in shared.laws
        )
        blocks = (
            _filled("block.md", id=f"block-{number}", file=f"block_{number}.py")
            for number in range(1, BLOCKS + 1)
        )
        body = _filled("before.md") + "".join(blocks)
        body += _filled("after.md", laws=laws, cases=cases, resources=resources)
        kinds = {"short": 1, "choice": 2, "number": 3, "design": 4}
        asked = "".join(_question(kind, f"{name}-{n}", f"tier: {n}") for kind, n in kinds.items())
    return {
        MODULE_FILE: _filled("front.md", **said) + body,
        QUESTIONS_FILE: _filled("questions.yaml") + _indented(asked, 2),
        CARDS: _filled("cards.yaml", name=name),
    }


def new_exam(words: str, folders: Sequence[Path], of: str, today: dt.date) -> Path:
    """The exam of a module: one that the catalogue lists as ``of``, or one of its own."""
    module = _module(words, folders)
    shared, listed = _listed_exams(folders, today)
    name = module_id(module.folder)
    modules = {x.of: x.id for x in listed.values() if isinstance(x, Examination)}
    of = of or modules.get(f"{module.course_id}/{name}", f"{name}-own")
    _check_name(of)
    (made,) = place_files(module.folder, {EXAM_FILE: _paper(of, listed.get(of), shared)})
    return made


def new_paper(words: str, folder: Path, folders: Sequence[Path], today: dt.date) -> Path:
    """The paper of an exam of the catalogue, in a folder of courses and with no module."""
    of = words.removeprefix(EXAM)
    shared, listed = _listed_exams(folders, today)
    if of not in listed:
        raise LabError(f"exams.yaml has no {of!r}: {did_you_mean(of, listed)}")
    text = _paper(of, listed[of], shared)
    (made,) = _place_folder(folder / PAPERS / of, {EXAM_FILE: text})
    return made


def _listed_exams(
    folders: Sequence[Path], today: dt.date
) -> tuple[Shared | None, dict[str, Exam | Examination]]:
    """What the catalogue demands, and the exams that it lists."""
    shared = Library(folders, Memory(None, today.toordinal()), "").shared
    every: list[Exam | Examination] = []
    if shared is not None:
        every = [*shared.exams, *shared.examinations]
    return shared, {each.id: each for each in every}


def _paper(of: str, found: Exam | Examination | None, shared: Shared | None) -> str:
    criteria = ["TODO: what is judged?"]
    if isinstance(found, Examination) and shared is not None:
        criteria = list(shared.rubric)
    least = found.minutes if found is not None else 60
    text = _filled(
        "exam.yaml",
        of=of,
        title=_quoted(found.title if found else _title(of, "")),
        minutes=least if isinstance(least, int) else least[0],
        pass_score=found.pass_score if isinstance(found, Exam) else 70,
        rubric="\n".join(CRITERION % each for each in criteria),
    )
    for section, questions in _asked_in(of, found):
        text += _filled("section.yaml", section=section) + _indented(questions, 6)
    return text


def _asked_in(of: str, found: Exam | Examination | None) -> Iterator[tuple[str, str]]:
    """The sections of a new paper, each with its questions."""
    if not isinstance(found, Examination):
        place = "difficulty: hard\n  minutes: 20"
        kinds = ("choice", "code", "design")
        yield "Questions", "".join(_question(kind, f"{of}-{kind}", place) for kind in kinds)
        return
    forms = (
        ("hard", found.hard, "code", found.hard_minutes),
        ("very hard", found.very_hard, "design", found.very_hard_minutes[0]),
    )
    for difficulty, terms, kind, minutes in forms:
        place = f"difficulty: {difficulty}\n  minutes: {minutes}"
        names = (re.sub(r"[^a-z0-9]+", "-", each.name.casefold()).strip("-") for each in terms)
        yield (
            difficulty.capitalize(),
            "".join(_question(kind, f"{of}-{name}", place) for name in names),
        )


def new_question(words: str, folders: Sequence[Path], kind: str) -> Path:
    """A question COURSE/MODULE/NAME at the end of the module's questions."""
    if kind not in KINDS:
        raise LabError(f"there is no kind {kind!r} of questions: {did_you_mean(kind, KINDS)}")
    module, name = _below_module(words, folders)
    library = Library(folders, Memory(None, 0), "")
    course = library.course(module.course) if module.course is not None else None
    # A course of timed parts has no gauntlet, and so no tiers.
    place = "difficulty: medium" if course is not None and course.parts else "tier: 2"
    entry = _indented(_question(kind, name, place), 2)
    path = module.folder / QUESTIONS_FILE
    if not path.exists():
        place_files(module.folder, {QUESTIONS_FILE: _filled("questions.yaml") + entry})
        return path
    text = path.read_text("utf-8")
    ids = [each.get("id") for each in listed_in(text, path, "questions")]
    if name in ids:
        raise LabError(f"{path} has a question {name}: choose another name")
    grow(path, text, text.rstrip() + "\n" + entry, "questions", len(ids) + 1)
    return path


def new_lab(words: str, folders: Sequence[Path], replaces: str) -> list[Path]:
    """A lab COURSE/MODULE/NAME, in which learners repair ``replaces``; its files."""
    module, name = _below_module(words, folders)
    for finding in findings_in_name(Path(name)):
        raise LabError(f"{finding.message}: {finding.remedy}")
    source = _source(replaces)
    file, place = source.name, module.folder / LABS / name
    services = [x for x in replaces.split(".")[2:3] if replaces.startswith("practicum.shop.")]
    files = {
        "lab.yaml": _filled(
            "lab.yaml",
            title=_quoted(_title(name, "")),
            kind="repair",
            module=module_id(module.folder),
            subject=f"replaces:\n  {file}: {replaces}",
            service=services[0] if services else "order",
        ),
        "lab.md": _filled("lab.md", title=_title(name, "")),
        "checks.py": _filled("checks.py.txt", name=name),
    }
    text = source.read_text("utf-8")
    for part in ("start", "solution", *(f"wrong/{each}" for each in MISTAKES)):
        files[f"{part}/{file}"] = text
    return _place_folder(place, files)


def _source(module: str) -> Path:
    with contextlib.suppress(ImportError, ValueError, AttributeError):
        found = importlib.util.find_spec(module)
        if module.startswith("practicum.") and found is not None and found.origin:
            path = Path(found.origin)
            if path.name != "__init__.py":
                return path
    raise LabError(
        f"there is no module {module!r} to repair: name one of Practicum's, such as "
        "practicum.shop.payment.charging"
    )


def _question(kind: str, name: str, place: str) -> str:
    return _filled(f"{kind}.yaml", name=name, place=place)


def _filled(template: str, **values: object) -> str:
    return Template((TEMPLATES / template).read_text("utf-8")).substitute(values)


def _indented(text: str, columns: int) -> str:
    return "".join(
        f"{' ' * columns}{line}" if line.strip() else line for line in text.splitlines(True)
    )


def _title(name: str, title: str) -> str:
    return title or name.replace("-", " ").capitalize()


def _declared_title(course: Course, name: str) -> str:
    return next((each.title for each in course.modules if each.id == name), "")


def _quoted(text: str) -> str:
    """A text as a plain word of YAML, quoted where it must be."""
    return str(yaml.safe_dump(text, allow_unicode=True, width=1000)).partition("\n")[0]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise LabError(f"{name!r} cannot be a name: use lower-case letters, digits and hyphens")


def _in_course(words: str, folders: Sequence[Path]) -> tuple[Path, str]:
    """The folder of the course, and the name, of COURSE/NAME."""
    course_id, _, name = words.strip("/").rpartition("/")
    known = {course.name: course for folder in folders for course in courses_of(folder)}
    _check_name(name)
    if course_id in known:
        return known[course_id], name
    if not course_id:
        raise LabError(f"{words!r} does not say in which course: write COURSE/{name}")
    near = did_you_mean(course_id, known)
    near = near if near.startswith("did") else f"`practicum author new course {course_id}`"
    raise LabError(f"there is no course {course_id!r}: {near}")


def _below_module(words: str, folders: Sequence[Path]) -> tuple[Shelved, str]:
    """The module, and the name, of COURSE/MODULE/NAME."""
    module, _, name = words.strip("/").rpartition("/")
    if not module:
        raise LabError(f"{words!r} does not say in which module: write COURSE/MODULE/{words}")
    _check_name(name)
    return _module(module, folders), name


def _module(words: str, folders: Sequence[Path]) -> Shelved:
    asked = asked_for(words, folders)
    if len(asked.modules) != 1 or asked.modules[0].course is None:
        raise LabError(f"{words!r} is no module of a course: write COURSE/MODULE")
    return asked.modules[0]


def _declare(path: Path, entry: str) -> None:
    """Add a module to the list in course.yaml."""
    text = path.read_text("utf-8")
    count = len(listed_in(text, path, "modules"))
    lines = text.rstrip().splitlines()
    start = next((n for n, line in enumerate(lines) if re.match(r"modules:", line)), None)
    if start is None:
        grown = [*lines, "modules:", entry.rstrip()]
    else:
        end = start + 1
        while end < len(lines) and (not lines[end].strip() or lines[end][0] in " -#"):
            end += 1
        lines[start] = re.sub(r"^modules:\s*\[\s*\]", "modules:", lines[start])
        grown = [*lines[:end], entry.rstrip(), *lines[end:]]
    grow(path, text, "\n".join(grown) + "\n", "modules", count + 1)


def listed_in(text: str, path: Path, name: str) -> list[dict[str, object]]:
    """What stands in a list of a YAML file."""
    file, findings = parse_yaml(text, str(path))
    if file is None or not isinstance(file.document, dict):
        said = findings[0] if findings else f"{path} is no mapping"
        raise LabError(f"it cannot be added to: {said}")
    return [each for each in file.document.get(name) or [] if isinstance(each, dict)]


def grow(path: Path, before: str, after: str, name: str, count: int) -> None:
    """Replace a file, if what it holds then is what was meant."""
    try:
        fits = len(listed_in(after, path, name)) == count
    except LabError:
        fits = False
    if not fits:
        added = "\n".join(line for line in after.splitlines() if line not in before.splitlines())
        raise LabError(
            f"{path} is written in a way that nothing can be added to it here; add under "
            f"`{name}:` yourself:\n{added}"
        )
    _replace(path, after)


def _replace(path: Path, text: str) -> None:
    with telling(path.parent, ELSEWHERE):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, name)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _place_folder(place: Path, files: Files) -> list[Path]:
    """A new folder with files; LabError if there is something in its place."""
    if place.exists():
        raise LabError(f"{place} is there: nothing is overwritten; choose another name")
    with telling(place.parent, ELSEWHERE):
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            for name, text in files.items():
                path = beside / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            beside.chmod(0o777 & ~_umask())
            beside.rename(place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    return [place / name for name in files]


def place_files(folder: Path, files: Files) -> list[Path]:
    """New files in a folder that is there; LabError before the first if one of them exists."""
    for name in files:
        if (folder / name).exists():
            raise LabError(f"{folder / name} is there: nothing is overwritten")
    made = []
    with telling(folder, ELSEWHERE):
        for name, text in files.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
            made.append(folder / name)
    return made


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
