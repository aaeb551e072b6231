"""How far a learner is from each level, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from practicum.authoring.loading import load_usable
from practicum.authoring.shelves import courses_of, modules_of
from practicum.authoring.written import load_written
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.level import Level
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.labs.module_id import module_id
from practicum.learner.credential.proved import (
    ModuleShape,
    Proved,
    ProvedView,
    completed,
    left_of,
)
from practicum.learner.credential.requirements import (
    LevelStanding,
    Rulebook,
    rulebook_of,
    standing_for,
)
from practicum.study.desk import Desk


class ModuleLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A module that counts for levels, was begun, and is not complete: what is left to do."""

    module: str
    left: tuple[str, ...]


class Levels:
    """A learner against all levels: read once, asked often."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.catalogue = load_usable(desk.folders).catalogue
        self.rules: Rulebook = rulebook_of(self.catalogue)
        self.proved: Proved = desk.record.folded(ProvedView(), desk.person).state
        self.shapes = shapes_of(self.catalogue, desk.folders, self.catalogue.mastery())
        self.completed = completed(self.shapes, self.proved)

    def level(self, number: int) -> Level:
        """The level of that number. CannotBeUsed if there is none."""
        found = self.catalogue.level(number)
        if found is None:
            known = [str(each.n) for each in self.catalogue.levels.levels]
            raise CannotBeUsed(f"there is no level {number}: {did_you_mean('', known)}")
        return found

    def standing(self, number: int) -> LevelStanding:
        """Every rule of a level: what is met, and what is missing."""
        return standing_for(
            self.level(number),
            self.proved,
            self.completed,
            self.rules,
            person=self._desk.person,
            now=self._desk.now(),
        )

    def all_standings(self) -> tuple[LevelStanding, ...]:
        """The levels, from the lowest."""
        return tuple(self.standing(each.n) for each in self.catalogue.levels.levels)

    def begun(self) -> tuple[ModuleLeft, ...]:
        """The modules that count, that were begun and are not complete."""
        touched = self.proved.blocks.keys() | self.proved.tiers.keys()
        return tuple(
            ModuleLeft(module=key, left=tuple(left_of(shape, key, self.proved)))
            for key, shape in self.shapes.items()
            if key not in self.completed
            and (key in touched or any(lab in self.proved.labs for lab in shape.labs))
        )


def shapes_of(
    catalogue: Catalogue, folders: Sequence[Path], wanted: Collection[str]
) -> dict[str, ModuleShape]:
    """What has to be done for each of the modules that are wanted."""
    shapes = {key: ModuleShape(labs=catalogue.labs.get(key, ())) for key in wanted}
    for key, folder in _folders_of(wanted, folders):
        written, _ = load_written(folder)
        if written.lesson is None:
            continue
        questions = written.questions.questions if written.questions else ()
        shapes[key] = ModuleShape(
            blocks=tuple(each.id for each in (*written.lesson.blocks, *written.lesson.timed)),
            labs=catalogue.labs.get(key, ()),
            tiers=tuple(sorted({each.tier for each in questions if each.tier})),
        )
    return shapes


def _folders_of(wanted: Iterable[str], folders: Sequence[Path]) -> Iterable[tuple[str, Path]]:
    keys = set(wanted)
    for folder in folders:
        for course in courses_of(folder):
            if not any(key.startswith(f"{course.name}/") for key in keys):
                continue
            for each in modules_of(course):
                key = f"{course.name}/{module_id(each.folder)}"
                if key in keys:
                    yield key, each.folder
