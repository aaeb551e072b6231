"""What a lab's folder must keep to. Every rule yields all it finds; none stops at the first."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from practicum.faults.plan import Plan, check
from practicum.labs.finding import Finding, did_you_mean
from practicum.labs.hazards import targets_at_home
from practicum.labs.module_id import module_id
from practicum.labs.story import HEADINGS, sections
from practicum.labs.yaml_file import YamlFile
from practicum.shop.manifest import MANIFEST

if TYPE_CHECKING:
    from practicum.labs.lab import LabSpec

WRONG_MIN = 2
SOLVER = "solve.py"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")


def module_of(folder: Path) -> str:
    """The id, within its course, of the module that a lab's folder lies in."""
    return module_id(folder.parents[1])


def findings_in_name(folder: Path) -> Iterator[Finding]:
    """A lab's name becomes that of its ranges."""
    if not _NAME.fullmatch(folder.name):
        yield Finding(
            file=str(folder),
            message=f"{folder.name!r} cannot be a lab's name",
            remedy="use up to 24 lower-case letters, digits and hyphens, the first a letter",
        )


def findings_in_links(folder: Path) -> Iterator[Finding]:
    """What lies in the lab's folder by a symbolic link, and elsewhere in truth."""
    course = folder.parents[2]
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            there = Path(os.path.realpath(path))
            if not there.is_relative_to(os.path.realpath(course)):
                said = f"it is a symbolic link that leaves {course.name}"
                yield Finding(file=str(path), message=said, remedy="put the file itself there")


def findings_in_spec(file: YamlFile, spec: LabSpec, module: str) -> Iterator[Finding]:
    """What ``lab.yaml`` says that cannot be."""
    if spec.module != module:
        said = f"the lab lies in the folder of module {module}"
        yield file.finding(("module",), said, f"write `module: {module}`, or move the folder")
    if len(spec.wrong) < WRONG_MIN:
        yield file.finding(
            ("wrong",),
            f"there are {len(spec.wrong)} wrong solutions, {WRONG_MIN} are the least",
            "add plausible mistakes that the checks must catch",
        )
    if spec.kind == "repair" and not spec.replaces:
        yield file.finding(
            ("replaces",), "a repair replaces a module", "add `FILE.py: practicum.some.module`"
        )
    if spec.kind == "investigate" and not spec.answer:
        yield file.finding(
            ("answer",), "an investigation has an answer", "add `answer: answer.yaml`"
        )
    odd = {"repair": "answer", "investigate": "replaces"}[spec.kind]
    if getattr(spec, odd):
        yield file.finding((odd,), f"this is not for kind {spec.kind}", "take it out")
    yield from _modules(file, spec)
    services = [each.name for each in MANIFEST.services]
    for service in spec.range.settings:
        if service not in services:
            said = f"the shop has no service {service}"
            yield file.finding(
                ("range", "settings", service), said, did_you_mean(service, services)
            )
    yield from _faults(file, spec)


def _modules(file: YamlFile, spec: LabSpec) -> Iterator[Finding]:
    for name, module in spec.replaces.items():
        path = ("replaces", name)
        if not name.endswith(".py"):
            yield file.finding(path, f"{name} is not a Python file", "call it NAME.py")
        if not _exists(module):
            yield file.finding(
                path, f"there is no module {module}", "name the module that the file stands for"
            )


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def _faults(file: YamlFile, spec: LabSpec) -> Iterator[Finding]:
    """Faults that nobody can suffer, that end after the experiment, or that clash."""
    faults, targets = spec.experiment.faults, targets_at_home()
    whole_s = spec.experiment.duration_s + spec.experiment.settle_s
    remedy = "see `practicum storm list`"
    alone = []
    for index, fault in enumerate(faults):
        for said in check(Plan(duration_s=whole_s, faults=(fault,)), targets):
            alone.append(said)
            yield file.finding(("experiment", "faults", index), said, remedy)
    together = Plan(duration_s=whole_s, faults=faults, budget=max(1, len(faults)))
    for said in check(together, targets):
        if said not in alone:
            yield file.finding(("experiment", "faults"), said, remedy)


def findings_in_folders(file: YamlFile, spec: LabSpec, folder: Path) -> Iterator[Finding]:
    """Folders that are missing or not declared, and files that should be in them or not."""
    there = {path.name for path in folder.glob("wrong/*") if path.is_dir()}
    for name in sorted(there - set(spec.wrong)):
        yield Finding(
            file=str(folder / "wrong" / name),
            message="lab.yaml does not say which check must catch it",
            remedy=f"add `{name}:` with `caught_by:` and `why:` under `wrong:`, or remove it",
        )
    for name in spec.wrong:
        if name not in there:
            said = f"there is no folder wrong/{name}"
            yield file.finding(("wrong", name), said, did_you_mean(name, there - set(spec.wrong)))
    for part in ("start", "solution", *(f"wrong/{name}" for name in spec.wrong if name in there)):
        yield from _files(folder / part, spec, part)


def _files(folder: Path, spec: LabSpec, part: str) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(file=str(folder), message="the folder is missing", remedy="make it")
        return
    there = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    wanted = set(spec.replaces) if spec.kind == "repair" else {spec.answer}
    solved = spec.kind == "investigate" and part != "start"
    if solved and SOLVER in there:
        wanted = {SOLVER}
    for name in sorted(wanted - there):
        or_solver = f", or {SOLVER}, which finds the answer" if solved else ""
        said = f"{name} is not in {part}/"
        yield Finding(file=str(folder), message=said, remedy=f"add it{or_solver}")
    allowed = wanted | ({SOLVER, spec.answer} if solved else set())
    for name in sorted(there - allowed):
        yield Finding(
            file=str(folder / name),
            message="no such file is edited in this lab",
            remedy="remove it, or add it to `replaces:`",
        )


def findings_in_story(folder: Path) -> Iterator[Finding]:
    """``lab.md`` has a title, three hints, and ends by asking to predict and to vary."""
    path = folder / "lab.md"
    text, findings = _text(path, "write the story, the task and three hints")
    if text is None:
        yield from findings
        return
    if not text.startswith("# "):
        yield Finding(
            file=str(path), line=1, message="the title is missing", remedy="begin with `# TITLE`"
        )
    found = sections(text)
    for heading in HEADINGS:
        if heading not in found:
            yield Finding(
                file=str(path),
                message=f"## {heading} is missing",
                remedy="write it, after the task",
            )
        elif not found[heading]:
            yield Finding(
                file=str(path), message=f"## {heading} is empty", remedy="write what stands there"
            )
    ordered = [heading for heading in found if heading in HEADINGS]
    if ordered != [heading for heading in HEADINGS if heading in found]:
        yield Finding(
            file=str(path),
            message=f"the last headings stand as {', '.join(ordered)}",
            remedy=f"put them in the order {', '.join(HEADINGS)}",
        )


def findings_in_checks(
    folder: Path, file: YamlFile | None, spec: LabSpec | None
) -> Iterator[Finding]:
    """``checks.py`` is Python, has tests, and those that ``caught_by`` names."""
    path = folder / "checks.py"
    text, findings = _text(path, "write the checks, as plain pytest")
    if text is None:
        yield from findings
        return
    try:
        tests = test_names(text)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        said = f"this is not Python: {error}"
        yield Finding(file=str(path), line=line, message=said, remedy="put that right")
        return
    if not tests:
        yield Finding(file=str(path), message="there is no test", remedy="write `def test_...`")
    if file is None or spec is None:
        return
    for name, wrong in spec.wrong.items():
        if wrong.caught_by not in tests:
            said = f"checks.py has no test {wrong.caught_by}"
            yield file.finding(
                ("wrong", name, "caught_by"), said, did_you_mean(wrong.caught_by, tests)
            )


def test_names(text: str) -> list[str]:
    """The tests of a file of checks; SyntaxError or ValueError if it is not Python."""
    return [
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def _text(path: Path, remedy: str) -> tuple[str | None, list[Finding]]:
    try:
        return path.read_text(encoding="utf-8"), []
    except FileNotFoundError:
        said = "the file is missing"
    except UnicodeDecodeError as error:
        said, remedy = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    except OSError as error:
        said, remedy = f"it cannot be read ({error.strerror})", "make it a readable file"
    return None, [Finding(file=str(path), message=said, remedy=remedy)]
