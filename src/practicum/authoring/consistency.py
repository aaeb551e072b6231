"""What must hold between the files of the catalogue: no cycle, no target that is missing,
nothing pending without a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from practicum.authoring.places import LIBRARY, Path_, Places
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.dependencies import GROUP, graph_of, members
from practicum.curriculum.graph import Edge
from practicum.curriculum.level import AnyExam, OfArea, TheModule
from practicum.curriculum.skill import metrics_of
from practicum.labs.finding import Finding, did_you_mean


def findings_in(catalogue: Catalogue, places: Places) -> list[Finding]:
    """All that does not hold; each points at the line that says so."""
    checks = (
        _in_courses,
        _in_exams,
        _in_paths,
        _in_levels,
        _in_groups,
        _in_stewardship,
        _in_skills,
        _in_graph,
    )
    return [finding for check in checks for finding in check(catalogue, places)]


def _unknown(
    places: Places, key: str, path: Path_, name: str, known: Collection[str]
) -> Iterator[Finding]:
    if name not in known:
        remedy = did_you_mean(name, known)
        if len(remedy) > 200:
            remedy = "`practicum catalogue` lists what there is"
        yield places.finding(key, path, f"there is no {name}", remedy)


def _in_courses(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    for course_id, course in catalogue.courses.items():
        names = [module.id for module in course.modules]
        for index, phase in enumerate(course.phases):
            for place, name in enumerate(phase.modules):
                path = ("phases", index, "modules", place)
                yield from _unknown(places, course_id, path, name, names)
        for module in course.modules:
            key = f"{course_id}/{module.id}"
            for place, name in enumerate(module.personas):
                at: Path_ = ("personas", place)
                yield from _unknown(places, key, at, name, course.personas)
            if key in catalogue.written and module.pending:
                yield places.finding(key, ("pending",), "it is written", "remove `pending:`")
        for part in course.parts_to_write:
            key = f"{course_id}/{part.id}"
            if key not in catalogue.written and not (part.pending or course.pending):
                said = f"{part.id} is not written, and nothing says why"
                remedy = "write `module.md` in its folder, or add `pending:` with the reason"
                yield places.finding(key, (), said, remedy)


def _in_exams(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    exams = catalogue.exams
    long = [f"exam:{each.id}" for each in exams.examinations]
    modules = dict(catalogue.modules())
    for exam in exams.exams:
        if exam.also is not None:
            yield from _unknown(places, f"exam:{exam.id}", ("also",), exam.also, long)
    for each in exams.examinations:
        yield from _unknown(places, f"exam:{each.id}", ("of",), each.of, modules)
    for key, _ in catalogue.all_exams():
        if key not in catalogue.written and not catalogue.pending(key):
            said = "it is not written, and nothing says why"
            yield places.finding(key, (), said, "add `pending:` with the reason")


def _in_paths(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    known = catalogue.steps()
    for path in catalogue.paths.paths:
        key, seen = f"path:{path.role}", set()
        if catalogue.level(path.level) is None:
            numbers = ", ".join(str(level.n) for level in catalogue.levels.levels)
            yield places.finding(
                key, ("level",), f"there is no level {path.level}", f"there are {numbers}"
            )
        for index, track in enumerate(path.tracks):
            for place, step in enumerate(track.steps):
                where = ("tracks", index, "steps", place, "id")
                yield from _unknown(places, key, where, step.id, known)
                if step.id in seen:
                    said = f"{step.id} is a step already"
                    yield places.finding(key, where, said, "keep one of the two")
                seen.add(step.id)


def _in_levels(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    mastery, exams = catalogue.mastery(), dict(catalogue.all_exams())
    areas = [module.area for module in mastery.values()]
    steps = catalogue.steps()
    for level in catalogue.levels.levels:
        key = f"level:{level.n}"
        for index, rule in enumerate(level.must):
            at: Path_ = ("must", index)
            match rule:
                case OfArea():
                    yield from _unknown(places, key, (*at, "area"), rule.area, areas)
                case TheModule():
                    yield from _unknown(places, key, (*at, "module"), rule.module, mastery)
                case AnyExam():
                    for place, exam in enumerate(rule.any_of):
                        yield from _unknown(places, key, (*at, "any_of", place), exam, exams)
        for index, combination in enumerate(level.combinations):
            for place, step in enumerate(combination.steps):
                at = ("combinations", index, "steps", place)
                yield from _unknown(places, key, at, step, steps)


def _in_groups(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    library = catalogue.library
    for index, name in enumerate(library.courses):
        yield from _unknown(places, LIBRARY, ("courses", index), name, catalogue.courses)
    known, groups = catalogue.steps(), [f"{GROUP}{name}" for name in library.groups]
    for name, group in library.groups.items():
        at: Path_ = ("groups", name)
        for place, step in enumerate(group.steps):
            yield from _unknown(places, LIBRARY, (*at, "steps", place), step, known)
        if not members(catalogue, f"{GROUP}{name}"):
            said = "nothing belongs to it"
            yield places.finding(LIBRARY, at, said, "name areas that exist, or steps")
    for index, each in enumerate(library.dependencies):
        for side, ref in (("before", each.before), ("after", each.after)):
            if ref.startswith(GROUP):
                yield from _unknown(places, LIBRARY, ("dependencies", index, side), ref, groups)


def _in_skills(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    known = {key for course in catalogue.courses.items() for key in metrics_of(*course)}
    labs = {lab for of_module in catalogue.labs.values() for lab in of_module}
    checkpoints = {x.name for course in catalogue.courses.values() for x in course.checkpoints}
    steps = catalogue.steps()
    shown = {each.metric for each in catalogue.skills.metrics}
    for index, metric in enumerate(catalogue.skills.metrics):
        at: Path_ = ("metrics", index)
        yield from _unknown(places, "skills", (*at, "metric"), metric.metric, known)
        for number, evidence in enumerate(metric.shown_by):
            here = (*at, "shown_by", number)
            for names, among in (
                (evidence.labs, labs),
                ((*evidence.modules, *evidence.exams), steps),
                (evidence.checkpoints, checkpoints),
            ):
                for name in names:
                    yield from _unknown(places, "skills", here, name, among)
    ours = {each for each in known if each.partition("/")[0] in catalogue.library.courses}
    for name in sorted(ours - shown):
        said = f"nothing says what shows {name!r}"
        yield places.finding("skills", ("metrics",), said, "add it, with `shown_by:`")
    skills = {
        f"{course_id}/{each.skill}"
        for course_id, course in catalogue.courses.items()
        for each in course.skill_targets
    }
    for index, target in enumerate(catalogue.skills.targets):
        yield from _unknown(places, "skills", ("targets", index, "skill"), target.skill, skills)
        for name in target.metrics:
            yield from _unknown(places, "skills", ("targets", index, "metrics"), name, known)


def _in_stewardship(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    contribution = catalogue.stewardship.contribution
    stages = [each.name for each in contribution.stages]
    for name in contribution.needs:
        at: Path_ = ("contribution", "needs", name)
        yield from _unknown(places, "stewardship", at, name, stages)


def _in_graph(catalogue: Catalogue, places: Places) -> Iterator[Finding]:
    graph = graph_of(catalogue)
    for edge, name in graph.dangling():
        key, path = _source(edge)
        yield from _unknown(places, key, path, name, graph.nodes)
    for cycle in graph.cycles():
        key, path = _source(cycle.edges[0])
        said = f"this closes a cycle: {' -> '.join(cycle.path)}"
        yield places.finding(key, path, said, "remove one of these dependencies")


def _source(edge: Edge) -> tuple[str, Path_]:
    course_id, *path = edge.source
    return str(course_id) or LIBRARY, tuple(path)
