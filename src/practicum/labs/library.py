"""Where labs are found, and how a person names one."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
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
    """The folders that hold courses: our own, those of installed packages (an entry point
    names a package whose folder holds courses), and those that ``PRACTICUM_COURSES`` names."""
    package = Path(practicum.__file__).parent
    own = package / _IN_WHEEL
    if not own.is_dir():
        own = package.parents[1] / "courses"
    told = [Path(each) for each in environ.get(COURSES_VARIABLE, "").split(os.pathsep) if each]
    found = [own, *map(_of_entry_point, _entry_points()), *told]
    return list(dict.fromkeys(folder.absolute() for folder in found))


def _entry_points() -> Sequence[importlib.metadata.EntryPoint]:
    return tuple(importlib.metadata.entry_points(group=ENTRY_POINTS))


def _of_entry_point(point: importlib.metadata.EntryPoint) -> Path:
    try:
        return Path(str(importlib.resources.files(point.value)))
    except (ImportError, TypeError) as error:
        raise LabError(
            f"the courses of the package {point.name} cannot be found ({error}): install it "
            "again, or remove it"
        ) from error


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


def _parts(words: str) -> list[str]:
    return words.strip("/").split("/")


def _is_module(lab: Lab, parts: list[str]) -> bool:
    """Whether the words name the lab's module without its course."""
    return _parts(lab.id)[1:-1] == parts


def _listed(labs: Sequence[Lab]) -> str:
    return ", ".join(lab.id for lab in labs)
