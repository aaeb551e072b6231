"""Where a learner stands, and what to do next: the first step that she can do and has not done.

An exam counts as done when it is passed, a module when all its labs have passed, or when it is
complete: its blocks are read and its gauntlet is passed, too. Who needs neither points at the
next one herself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.term import EXAM


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a learner has passed (labs, exams, and modules that are complete, by their ids, with
    the time where it is known), and the module she points at."""

    passed: Mapping[str, str] = {}
    current: str = ""


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A step before the next one: ``why`` it is not the next."""

    id: str
    why: str


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` is empty when nothing is left that can be done. ``labs_left`` are those of the
    step that have not passed; ``why`` it is this one; ``before`` the steps that were passed
    over; ``then`` is the one after it. ``is_on_path`` is false where the path itself holds
    nothing that can be done today."""

    id: str = ""
    title: str = ""
    can_be_read: bool = False
    labs_left: tuple[str, ...] = ()
    labs_passed: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    before: tuple[Passed, ...] = ()
    then: str = ""
    is_on_path: bool = True


def labs_of(catalogue: Catalogue, step: str, standing: Standing) -> tuple[list[str], list[str]]:
    """The labs of a step that have passed, and those that have not."""
    labs = catalogue.labs.get(step, ())
    done = [lab for lab in labs if lab in standing.passed]
    return done, [lab for lab in labs if lab not in standing.passed]


def is_done(catalogue: Catalogue, step: str, standing: Standing) -> bool:
    """Whether the step was passed: an exam or a complete module, or all that is run for it."""
    done, left = labs_of(catalogue, step, standing)
    return step in standing.passed or (bool(done) and not left)


def can_be_done(catalogue: Catalogue, step: str) -> bool:
    """Whether there is anything to read or to run."""
    return step in catalogue.written or bool(catalogue.labs.get(step))


def next_step(
    catalogue: Catalogue,
    standing: Standing,
    steps: Sequence[str] = (),
    purposes: Mapping[str, str] | None = None,
) -> NextStep:
    """What to do next on the way of ``steps``, in their order; of everything, without any.

    ``purposes`` say what a step is for on this way.
    """
    everything = graph_of(catalogue).order(key for key, _ in catalogue.modules())
    way = list(steps) or _from_current(everything, standing)
    found = _on(catalogue, standing, way)
    if steps and not found.id:
        beside = _on(catalogue, standing, _from_current(everything, standing))
        found = msgspec.structs.replace(beside, before=found.before, is_on_path=False)
    if not found.id:
        return found
    why = [*found.why, *_reasons(catalogue, found.id, way)]
    if purposes and purposes.get(found.id):
        why.insert(0, f"on this path it is for {purposes[found.id]}")
    return msgspec.structs.replace(found, why=tuple(why))


def _from_current(everything: Sequence[str], standing: Standing) -> list[str]:
    """All modules; those of the current one's course first."""
    course = standing.current.partition("/")[0]
    own = [step for step in everything if course and step.startswith(f"{course}/")]
    return list(dict.fromkeys([*own, *everything]))


def _on(catalogue: Catalogue, standing: Standing, way: Sequence[str]) -> NextStep:
    begins = way.index(standing.current) if standing.current in way else 0
    before: list[Passed] = []
    for index, step in enumerate(way):
        why_not = _why_not(catalogue, standing, step, index < begins)
        if why_not:
            before.append(Passed(id=step, why=why_not))
            continue
        done, left = labs_of(catalogue, step, standing)
        rest = (x for x in way[index + 1 :] if not _why_not(catalogue, standing, x, False))
        return NextStep(
            id=step,
            title=catalogue.steps()[step].title,
            can_be_read=step in catalogue.written,
            labs_left=tuple(left),
            labs_passed=tuple(done),
            why=(_first_reason(standing, step, done, left, before),),
            before=tuple(before),
            then=next(rest, ""),
        )
    return NextStep(before=tuple(before))


def _why_not(catalogue: Catalogue, standing: Standing, step: str, is_behind: bool) -> str:
    """Why a step is not the next one; empty if it can be."""
    if is_done(catalogue, step, standing):
        if step.startswith(EXAM):
            return f"passed on {standing.passed[step][:10]}"
        if step in standing.passed:
            return "passed: its blocks are read, its gauntlet is passed, no lab is left"
        last = max(standing.passed[lab] for lab in catalogue.labs[step])
        return f"passed: all its labs, the last on {last[:10]}"
    if not can_be_done(catalogue, step):
        return f"pending: {catalogue.pending(step)}"
    if is_behind:
        return "left behind: it stands before the module that you point at"
    return ""


def _first_reason(
    standing: Standing, step: str, done: list[str], left: list[str], before: list[Passed]
) -> str:
    labs = f"labs passed: {len(done)} of {len(done) + len(left)}"
    if step == standing.current:
        return f"you point at it; {labs if left else 'it has no labs'}"
    if done:
        return f"you have begun it: {labs}"
    passed_over = sum(each.why.startswith("pending") for each in before)
    if passed_over:
        return f"it is the first that can be done: {passed_over} before it are pending"
    return "it is the first that you have not passed"


def _reasons(catalogue: Catalogue, step: str, way: Sequence[str]) -> list[str]:
    graph = graph_of(catalogue)
    on_way = frozenset(way)
    after = [edge.after for edge in graph.edges if edge.before == step and edge.after in on_way]
    needs = [edge.before for edge in graph.needed_by(step) if not edge.order_only]
    said = []
    if after:
        names = list(dict.fromkeys(after))
        said.append(f"{', '.join(names)} {'build' if len(names) > 1 else 'builds'} on it")
    if needs:
        unwritten = [each for each in needs if not can_be_done(catalogue, each)]
        told = f"it builds on {', '.join(dict.fromkeys(needs))}"
        said.append(told + (f" ({', '.join(unwritten)} pending)" if unwritten else ""))
    return said
