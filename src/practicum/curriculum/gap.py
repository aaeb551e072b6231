"""What a set of steps lacks for a level, and electives that would fill it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue, minutes_of
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.graph import Graph
from practicum.curriculum.level import AnyExam, Attested, Level, OfArea, Rule, TheModule, in_words


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A count of the level that the path does not reach."""

    what: str
    needed: int
    has: int


class Elective(msgspec.Struct, frozen=True, kw_only=True):
    """A step that fills a gap, what it fills, and the prerequisites that it brings along."""

    id: str
    fills: str
    minutes: tuple[int, int]
    brings: tuple[str, ...] = ()


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What is short of a level, and what would fill it. ``beside`` is what no step of a path
    gives: labs, reports, and what a mentor attests."""

    shortfalls: tuple[Shortfall, ...] = ()
    electives: tuple[Elective, ...] = ()
    beside: tuple[str, ...] = ()


class _Filling:
    """Steps that grow by electives until a level's rules are met."""

    def __init__(self, catalogue: Catalogue, steps: Iterable[str]) -> None:
        self._catalogue = catalogue
        self._graph: Graph = graph_of(catalogue)
        self.mastery = catalogue.mastery()
        self.exams = [f"exam:{exam.id}" for exam in catalogue.exams.exams]
        self.steps = dict.fromkeys(steps)
        self.electives: list[Elective] = []

    def modules(self) -> list[str]:
        """The steps that count as modules."""
        return [step for step in self.steps if step in self.mastery]

    def sat(self) -> list[str]:
        """The steps that count as exams."""
        return [step for step in self.steps if step in set(self.exams)]

    def fill(self, among: Sequence[str], count: int, why: str) -> None:
        """Take electives until ``count`` of ``among`` are there: whatever costs least, with
        what it brings along."""
        while sum(step in self.steps for step in among) < count:
            left = [step for step in among if step not in self.steps]
            if not left:
                return
            self._take(min(left, key=self._cost), why)

    def _cost(self, step: str) -> tuple[int, int]:
        """What nobody knows the length of may be long: it comes last."""
        known = self._catalogue.steps()
        minutes = [minutes_of(known[each])[1] for each in (step, *self._brings(step))]
        return minutes.count(0), sum(minutes)

    def _brings(self, step: str) -> tuple[str, ...]:
        return tuple(self._graph.missing([*self.steps, step]))

    def _take(self, step: str, why: str) -> None:
        brings = self._brings(step)
        minutes = minutes_of(self._catalogue.steps()[step])
        self.electives.append(Elective(id=step, fills=why, minutes=minutes, brings=brings))
        self.steps |= dict.fromkeys((*brings, step))


def gap_to(catalogue: Catalogue, steps: Iterable[str], level: Level) -> Gap:
    """What ``steps`` lack for the level; rules are filled before counts, so that an elective
    that a rule asks for counts, too."""
    filling = _Filling(catalogue, steps)
    exams = level.exams.count if level.exams else 0
    shortfalls = [_unmet(filling, rule) for rule in level.must]
    shortfalls.append(_short("mastery modules", level.modules, len(filling.modules())))
    shortfalls.append(_short("exams", exams, len(filling.sat())))
    for rule in level.must:
        among, count = _candidates(filling, rule)
        filling.fill(among, count, in_words(rule))
    filling.fill(list(filling.mastery), level.modules, f"{level.modules} mastery modules")
    filling.fill(filling.exams, exams, f"{exams} exams")
    return Gap(
        shortfalls=tuple(each for each in shortfalls if each is not None),
        electives=tuple(filling.electives),
        beside=tuple(beside(level)),
    )


def _candidates(filling: _Filling, rule: Rule) -> tuple[list[str], int]:
    match rule:
        case OfArea():
            of_area = [key for key, each in filling.mastery.items() if each.area == rule.area]
            return of_area, rule.count
        case TheModule():
            return [rule.module], 1
        case AnyExam():
            return list(rule.any_of), 1
        case Attested():
            return [], 0


def _unmet(filling: _Filling, rule: Rule) -> Shortfall | None:
    among, count = _candidates(filling, rule)
    return _short(in_words(rule), count, sum(step in filling.steps for step in among))


def _short(what: str, needed: int, has: int) -> Shortfall | None:
    return Shortfall(what=what, needed=needed, has=has) if has < needed else None


def beside(level: Level) -> Iterable[str]:
    """What a level asks for besides modules and exams, in words."""
    if level.exams:
        yield f"a score of at least {level.exams.score} % in each exam"
    if level.labs:
        yield "all labs of the mastery modules" if level.labs == "all" else f"{level.labs} labs"
    counted = (
        (level.reports, "production report"),
        (level.case_studies, "case study of production"),
        (level.designs, "design of a new pattern or anti-pattern"),
        (level.contributed_patterns, "contributed pattern"),
        (level.mentored_to_level_2, "engineer mentored to level 2"),
        (level.holds_level_4_months, "month at level 4"),
    )
    yield from (f"{name}: {count}" for count, name in counted if count)
    yield from (rule.what for rule in level.must if isinstance(rule, Attested))
    yield from level.demonstrate
