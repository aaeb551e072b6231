"""Where labs are found, and how a person names one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import practicum
from practicum.labs.finding import Finding, LabError, did_you_mean
from practicum.labs.lab import SPEC, Lab, load_lab

COURSES_VARIABLE = "PRACTICUM_COURSES"
ENTRY_POINTS = "practicum.courses"
_IN_WHEEL = "_courses"


def course_folders(environ: Mapping[str, str]) -> list[Path]:
    """The folders that hold courses, our own first: see `courses_around`, whose errors do not
    matter to who only wants to go on."""
    return courses_around(environ)[0]


def courses_around(environ: Mapping[str, str]) -> tuple[list[Path], list[Finding]]:
    """The folders that hold courses: our own, those of installed packages (an entry point names
    a package, or a module in the folder, that holds courses), and those that
    ``PRACTICUM_COURSES`` names. A package whose courses cannot be found is told and left out."""
    package = Path(practicum.__file__).parent
    own = package / _IN_WHEEL
    if not own.is_dir():
        own = package.parents[1] / "courses"
    found, findings = [own], []
    for point in _entry_points():
        try:
            found.append(_of_entry_point(point))
        except (Exception, SystemExit) as error:  # its parents are run, and may raise anything
            said = f"its courses cannot be found ({type(error).__name__}: {error})"
            remedy = f"install {point.name} again, or remove it"
            findings.append(Finding(file=f"package {point.name}", message=said, remedy=remedy))
    found += [Path(each) for each in environ.get(COURSES_VARIABLE, "").split(os.pathsep) if each]
    return list(dict.fromkeys(folder.absolute() for folder in found)), findings


def _entry_points() -> Sequence[importlib.metadata.EntryPoint]:
    return tuple(importlib.metadata.entry_points(group=ENTRY_POINTS))


def _of_entry_point(point: importlib.metadata.EntryPoint) -> Path:
    """The folder of the package, or around the module, that is named. It is not run."""
    spec = importlib.util.find_spec(point.module)
    if spec is None:
        raise ImportError(f"there is no module {point.module}")
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    if spec.origin is None or not spec.has_location:
        raise ImportError(f"{point.module} lies in no folder")
    return Path(spec.origin).parent


def find_labs(folders: Sequence[Path]) -> tuple[list[Lab], list[LabError]]:
    """All labs, by their ids, and what is wrong with those that cannot be used.

    A lab is any folder ``COURSE/NN-MODULE/labs/LAB``, whatever it holds.
    """
    labs: dict[str, Lab] = {}
    errors: list[LabError] = []
    for courses in folders:
        if not courses.is_dir():
            errors.append(_no_courses(courses))
            continue
        for folder in sorted(courses.glob("*/*/labs/*/")):
            if folder.name.startswith((".", "_")):
                continue
            try:
                lab = load_lab(folder)
            except LabError as error:
                errors.append(error)
                continue
            if lab.id in labs:
                errors.append(_twice(lab, labs[lab.id]))
            else:
                labs[lab.id] = lab
    return list(labs.values()), errors


def _no_courses(folder: Path) -> LabError:
    remedy = f"look at {COURSES_VARIABLE}, or install practicum again"
    finding = Finding(file=str(folder), message="there is no such folder", remedy=remedy)
    return LabError("courses are missing:", folder=folder, findings=[finding])


def _twice(lab: Lab, first: Lab) -> LabError:
    said = f"{lab.id} was already found in {first.folder}"
    finding = Finding(file=str(lab.folder / SPEC), message=said, remedy="rename one of the two")
    return LabError(f"{lab.name} cannot be used:", folder=lab.folder, findings=[finding])


def choose(labs: Sequence[Lab], words: str) -> list[Lab]:
    """The labs that somebody means: by id, by its end (``events/idempotent-payment``), or all
    below its beginning (``microservices``). LabError if there is none, or several by an end."""
    parts = _parts(words)
    exact = [lab for lab in labs if _parts(lab.id) == parts]
    ends = [lab for lab in labs if _parts(lab.id)[-len(parts) :] == parts]
    if exact or len(ends) == 1:
        return exact or ends
    below = [lab for lab in labs if _parts(lab.id)[: len(parts)] == parts]
    below = below or [lab for lab in labs if _is_module(lab, parts)]
    if below:
        return below
    if ends:
        raise LabError(f"{words!r} is the name of {_listed(ends)}: say which, with its module")
    known = [lab.id for lab in labs]
    names = [lab.name for lab in labs]
    near = did_you_mean(words, [*names, *known]) if labs else "no lab was found"
    raise LabError(f"there is no lab {words!r}: {near}")


def choose_one(labs: Sequence[Lab], words: str) -> Lab:
    """The one lab that somebody means; LabError if the words fit several."""
    found = choose(labs, words)
    if len(found) > 1:
        raise LabError(f"{words!r} stands for {_listed(found)}: name one of them")
    return found[0]


def lab_range(lab: Lab) -> str:
    """The name of the range in which a learner's files are checked."""
    return f"lab-{lab.name}"


def verify_range(lab: Lab) -> str:
    """The range that a lab is proved in: not the one that its learner uses."""
    return f"verify-{lab.name}"


def _parts(words: str) -> list[str]:
    return words.strip("/").split("/")


def _is_module(lab: Lab, parts: list[str]) -> bool:
    """Whether the words name the lab's module without its course."""
    return _parts(lab.id)[1:-1] == parts


def _listed(labs: Sequence[Lab]) -> str:
    return ", ".join(lab.id for lab in labs)
