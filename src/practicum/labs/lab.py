"""A lab is a folder: what ``lab.yaml`` says, and where the learner's files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from practicum.faults.fault import LiveFault
from practicum.labs import lint
from practicum.labs.finding import LabError
from practicum.labs.yaml_file import convert, read_yaml

SPEC, STORY, CHECKS, START = "lab.yaml", "lab.md", "checks.py", "start"
SOLUTION, WRONG, SOLVER = "solution", "wrong", "solve.py"

Words = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
ModuleName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]


class Wrong(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plausible mistake: the check (a test of ``checks.py``) that must catch it, and why it
    does."""

    caught_by: Words
    why: Words


class RangeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range that a lab needs: the shop, with ``settings`` of its services changed."""

    settings: dict[str, dict[str, Any]] = {}


class ExperimentSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rate`` orders per second for ``duration_s`` under ``faults``; what has not ended
    ``settle_s`` after the load is stuck. ``fickle_ratio`` of the buyers change their mind."""

    rate: Annotated[float, msgspec.Meta(gt=0, le=500)]
    duration_s: Annotated[float, msgspec.Meta(gt=0, le=300)]
    settle_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10.0
    seed: int = 1
    fickle_ratio: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.05
    faults: tuple[LiveFault, ...] = ()


class LabSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lab.yaml``. ``module`` is the one of the course that the lab belongs to. ``replaces``
    maps the learner's files to the modules that they stand for; an investigation has an
    ``answer`` file instead. ``version`` grows when learners should get the files anew."""

    title: Annotated[str, msgspec.Meta(min_length=1, description="One line, for people.")]
    kind: Annotated[
        Literal["repair", "investigate"],
        msgspec.Meta(description="Edit files that run in place of modules, or find a cause."),
    ]
    module: Annotated[
        Name, msgspec.Meta(description="The id of the module in whose folder the lab lies.")
    ]
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480, description="How long it takes.")]
    skills: Annotated[
        tuple[Words, ...],
        msgspec.Meta(min_length=1, description="What one can do afterwards."),
    ]
    version: Annotated[
        int, msgspec.Meta(ge=1, description="Raise it when learners should merge.")
    ] = 1
    replaces: Annotated[
        dict[FileName, ModuleName],
        msgspec.Meta(description="Of a repair: each file, and the module it stands for."),
    ] = {}
    answer: Annotated[
        FileName | Literal[""],
        msgspec.Meta(description="Of an investigation: the file to fill in."),
    ] = ""
    range: RangeSpec = RangeSpec()
    experiment: ExperimentSpec
    wrong: Annotated[
        dict[Name, Wrong],
        msgspec.Meta(description="The plausible mistakes, by their folders in `wrong/`."),
    ]


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that was found: ``id`` is course/module/name."""

    id: str
    folder: Path
    spec: LabSpec

    @property
    def name(self) -> str:
        """The last part of the id."""
        return self.id.rpartition("/")[2]

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that a learner edits."""
        return tuple(self.spec.replaces) or (self.spec.answer,)

    @property
    def module_id(self) -> str:
        """The module that the lab belongs to: course/module."""
        return self.id.rpartition("/")[0]

    def wrong(self, name: str) -> Path:
        """Where a plausible mistake lies."""
        return self.folder / WRONG / name


def load_lab(folder: Path) -> Lab:
    """The lab in ``folder``, which is ``COURSE/NN-MODULE/labs/LAB``; LabError with everything
    that is wrong with it."""
    file, findings = read_yaml(folder / SPEC)
    findings += lint.findings_in_name(folder)
    findings += lint.findings_in_links(folder)
    spec = None
    if file is not None:
        spec, misfits = convert(file, LabSpec)
        findings += misfits
    if file is not None and spec is not None:
        findings += lint.findings_in_spec(file, spec, lint.module_of(folder))
        findings += lint.findings_in_folders(file, spec, folder)
    findings += lint.findings_in_story(folder)
    findings += lint.findings_in_checks(folder, file, spec)
    if spec is None or findings:
        raise LabError(f"{folder.name} cannot be used:", folder=folder, findings=findings)
    return Lab(id=lab_id(folder), folder=folder, spec=spec)


def lab_id(folder: Path) -> str:
    """course/module/name of the lab in ``folder``; the module by its id."""
    return f"{folder.parents[2].name}/{lint.module_of(folder)}/{folder.name}"
