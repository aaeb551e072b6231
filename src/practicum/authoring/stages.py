"""How far each contribution is, from proposal to maintenance: who moved it, when, and what the
next stage still asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from practicum.authoring.linting import ModuleReport, lint
from practicum.authoring.loading import load_usable
from practicum.authoring.rules.stages import lacks_people
from practicum.authoring.tracker.proved import Proved, proved
from practicum.authoring.tracker.records import Records, read_records
from practicum.authoring.tracker.upkeep import AGES
from practicum.authoring.written import load_written
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.course import Module
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.lesson import Front, Move
from practicum.curriculum.stewardship import Need


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a stage asks for, whether it holds, and what to do if it does not."""

    stage: str
    check: str
    means: str
    met: bool
    do: str = ""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A module's stage. ``since`` and ``by`` are of the move into it, empty without one;
    ``asked`` is what the next stage (``then``, empty after the last) asks for, ``broken`` what
    its own and those before it asked for and does not hold."""

    id: str
    title: str
    stage: str
    since: str = ""
    by: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    then: str = ""
    asked: tuple[Judged, ...] = ()
    broken: tuple[Judged, ...] = ()

    @property
    def missing(self) -> tuple[Judged, ...]:
        """What the next stage asks for and is not there."""
        return tuple(each for each in self.asked if not each.met)


def read_stages(*, folders: Sequence[Path], home: Path, today: dt.date) -> tuple[Stage, ...]:
    """The stage of every module. One that is not written is a proposal: the catalogue holds its
    objectives and outline. Raises CannotBeUsed when our own catalogue cannot be used."""
    catalogue = load_usable(folders).catalogue
    report = lint(folders=folders, today=today, home=home)
    reports = {each.id: each for each in report.modules}
    reading = _Reading(catalogue, read_records(home))
    return tuple(
        reading.stage(key, module, reports.get(key)) for key, module in catalogue.modules()
    )


class _Reading:
    """Judges modules by what the stages ask for."""

    def __init__(self, catalogue: Catalogue, records: Records) -> None:
        self._records = records
        contribution = catalogue.stewardship.contribution
        self._stages = [each.name for each in contribution.stages]
        self._needs = contribution.needs
        edges = graph_of(catalogue).edges
        self._placed = {name for edge in edges for name in (edge.before, edge.after)}
        self._placed |= {step.id for path in catalogue.paths.paths for step in path.steps}

    def stage(self, key: str, module: Module, report: ModuleReport | None) -> Stage:
        front = None
        if report is not None and report.is_written:
            lesson = load_written(report.folder)[0].lesson
            front = lesson.front if lesson else None
        name = front.stage if front and front.stage in self._stages else self._stages[0]
        rank = self._stages.index(name)
        then = self._stages[rank + 1] if rank + 1 < len(self._stages) else ""
        found = proved(key, report, self._records) if report is not None else None
        context = _Context(key, module, front, report, found, key in self._placed)
        moves = front.moves if front else ()
        move = next((each for each in reversed(moves) if each.stage == name), None)
        passed = [context.judge(x, n) for x in self._stages[: rank + 1] for n in self._of(x)]
        return Stage(
            id=key,
            title=module.title,
            stage=name,
            since=move.day if move else "",
            by=move.by if move else (),
            authors=front.authors if front else (),
            moves=moves,
            then=then,
            asked=tuple(context.judge(then, need) for need in self._of(then)),
            broken=tuple(each for each in passed if not each.met),
        )

    def _of(self, stage: str) -> tuple[Need, ...]:
        return self._needs.get(stage, ())


class _Context(msgspec.Struct, frozen=True):
    """All that is known of one module."""

    id: str
    module: Module
    front: Front | None
    report: ModuleReport | None
    proved: Proved | None
    is_placed: bool

    def judge(self, stage: str, need: Need) -> Judged:
        """Whether what a stage asks for holds."""
        met, do = self._judge(stage, need)
        return Judged(
            stage=stage, check=need.check, means=need.means, met=met, do="" if met else do
        )

    def _judge(self, stage: str, need: Need) -> tuple[bool, str]:
        module, report = self.module, self.report
        errors = report.errors if report else ()
        match need.check:
            case "objectives":
                has = bool(module.objectives or module.outcomes)
                return has, f"write `objectives:` of {module.id} into course.yaml"
            case "outline":
                has = bool(module.topics or module.focus_blocks or self.front)
                return has, f"write `topics:` or `focus_blocks:` of {module.id} into course.yaml"
            case "people":
                return self._people(stage, need)
            case "written":
                written = report is not None and report.is_written
                return written, f"write module.md (`practicum author new module {self.id}`)"
            case "lint":
                is_clean = report is not None and report.is_written and not errors
                return is_clean, f"`practicum author lint {self.id}` tells what is wrong"
            case "verified":
                missing = self.proved.missing if self.proved else ("it is not written",)
                return not missing, "; ".join(missing)
            case "placed":
                return self.is_placed, "add it to a path, or to what builds on what"
            case "fresh":
                old = [each for each in report.remarks if each.rule in AGES] if report else []
                return not old, "; ".join(each.message for each in old)

    def _people(self, stage: str, need: Need) -> tuple[bool, str]:
        moves = self.front.moves if self.front else ()
        move = next((each for each in moves if each.stage == stage), None)
        if move is None or self.front is None:
            people = "person" if need.count == 1 else "people"
            said = f"{need.count} {people} who did not write it: `moves: [{{stage: {stage}, "
            return False, f"{said}day: DAY, by: [NAMES]}}]` in the front matter names them"
        lacks = lacks_people(move, self.front, (need,))
        return not lacks, lacks
