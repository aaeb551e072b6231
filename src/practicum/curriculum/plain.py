"""The catalogue as plain data, by the keys of the inventory.

Where the inventory has a name and we know more, the name stands under its key and what more we
know under the key with ``_in_full``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from practicum.curriculum.catalogue import Catalogue, Group
from practicum.curriculum.course import Course, FocusBlock, Law, Paradigms, Persona, SkillTarget
from practicum.curriculum.dependencies import GROUP
from practicum.curriculum.exam import Exam, named_form
from practicum.curriculum.level import AnyExam, Attested, Level, OfArea, TheModule, in_words
from practicum.curriculum.role import RolePath
from practicum.curriculum.stewardship import Upkeep
from practicum.curriculum.term import Term, exam_id, short_name

Plain = dict[str, Any]
IN_FULL = "_in_full"

_SHORT: dict[type, Callable[[Any], Any]] = {
    Term: lambda term: term.name,
    Law: lambda law: law.name,
    FocusBlock: lambda block: [block.title, block.minutes],
    SkillTarget: lambda target: [target.skill, target.current, target.target, target.gap],
    Persona: lambda persona: persona.cares,
    Upkeep: lambda upkeep: upkeep.every,
    OfArea: in_words,
    TheModule: in_words,
    AnyExam: in_words,
    Attested: in_words,
}
_SELF_EVIDENT = (SkillTarget,)


def plain(value: Any) -> Any:
    """A value of the catalogue, fields that were left out omitted."""
    if type(value) in _SHORT:
        return _SHORT[type(value)](value)
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def _fields(struct: msgspec.Struct) -> Plain:
    found: Plain = {}
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        if is_left_out(field, value):
            continue
        found[field.name] = plain(value)
        if field.name == "must":
            found[field.name + IN_FULL] = list(msgspec.to_builtins(value))
        elif _is_shortened(value):
            found[field.name + IN_FULL] = full(value)
    return found


def is_left_out(field: msgspec.structs.FieldInfo, value: Any) -> bool:
    """Whether nobody wrote the field, or wrote what it is anyway."""
    return not field.required and (value == field.default or value == {})


def _is_shortened(value: Any) -> bool:
    """Whether `plain` keeps less than there is."""
    if isinstance(value, Mapping):
        return any(map(_is_shortened, value.values()))
    if isinstance(value, tuple | list):
        return any(map(_is_shortened, value))
    if type(value) not in _SHORT or isinstance(value, _SELF_EVIDENT):
        return False
    return len(full(value)) > (2 if isinstance(value, FocusBlock) else 1)


def full(value: Any) -> Any:
    """A value with everything that was written."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(type(value))
        pairs = [(field, getattr(value, field.name)) for field in fields]
        return {field.name: full(each) for field, each in pairs if not is_left_out(field, each)}
    if isinstance(value, Mapping):
        return {key: full(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [full(each) for each in value]
    return value


def catalogue_as_data(catalogue: Catalogue) -> Plain:
    """Everything, by the inventory's keys."""
    library, exams = plain(catalogue.library), catalogue.exams
    dependencies, groups = library.pop("dependencies"), library.pop("groups")
    return {
        **library,  # its `courses` is only an order
        "courses": [_course(catalogue, key, each) for key, each in catalogue.courses.items()],
        "standards": plain(catalogue.standards),
        "exams": [_exam(catalogue, exam) for exam in exams.exams],
        "paths": [_path(path) for path in catalogue.paths.paths],
        "budgets": plain(catalogue.paths.budgets),
        "review_every_weeks": catalogue.paths.review_every_weeks,
        "dependencies_between_exams_and_modules": [
            [_ref(catalogue, each["before"]), _ref(catalogue, each["after"])]
            for each in dependencies
        ],
        "dependencies_in_full": dependencies,
        "groups": groups,
        "levels": [_level(level) for level in catalogue.levels.levels],
        "examination_questions": _questions(catalogue),
        "examinations": [_long(catalogue, each.id) for each in exams.examinations],
        **plain(catalogue.stewardship),
        "skills": plain(catalogue.skills),
    }


def _course(catalogue: Catalogue, course_id: str, course: Course) -> Plain:
    data = {"id": course_id, **plain(course)}
    for module, own in zip(data.get("modules", []), course.modules, strict=True):
        key = f"{course_id}/{own.id}"
        if course.personas:
            module.setdefault("personas", [])
        module |= _how_far(catalogue, key)
        module["labs"] = list(catalogue.labs.get(key, ()))
    for track, own_track in zip(data.get("tracks", []), course.tracks, strict=True):
        track["pending"] = catalogue.pending(f"{course_id}/{own_track.id}")
    if course.parts:
        data["parts"] = {part.id: part.minutes for part in course.parts}
        data["parts" + IN_FULL] = full(course.parts)
    if course.paradigms:
        data["paradigms"] = _paradigms(course.paradigms)
        data["paradigms" + IN_FULL] = full(course.paradigms)
    return data


def _paradigms(paradigms: Paradigms) -> Plain:
    return {
        "a": paradigms.a.says,
        "b": paradigms.b.says,
        "compare": plain(paradigms.compare),
    }


def _exam(catalogue: Catalogue, exam: Exam) -> Plain:
    data: Plain = plain(exam)
    data["pass"] = data.pop("pass_score")
    data |= _how_far(catalogue, exam_id(exam.id))
    named = {f"exam:{each.id}": each for each in catalogue.exams.examinations}
    if exam.also is not None:
        data["also"] = named_form(named[exam.also])
        data["also" + IN_FULL] = exam.also
    return data


def _long(catalogue: Catalogue, name: str) -> Plain:
    (found,) = (each for each in catalogue.exams.examinations if each.id == name)
    return {**plain(found), **_how_far(catalogue, exam_id(name))}


def _how_far(catalogue: Catalogue, step_id: str) -> Plain:
    """Whether a step is written, and if not, why."""
    return {"state": catalogue.state(step_id), "pending": catalogue.pending(step_id)}


def _questions(catalogue: Catalogue) -> Plain:
    exams = catalogue.exams
    named = {
        each.id: {"hard": plain(each.hard), "very_hard": plain(each.very_hard)}
        for each in exams.examinations
    }
    return {
        **named,
        "rubric": list(exams.rubric),
        "ethics_and_safety": exams.ethics_and_safety,
    }


def _path(path: RolePath) -> Plain:
    data = plain(path)
    data["tracks"] = {
        track.id: [short_name(step.id) for step in track.steps] for track in path.tracks
    }
    data["tracks" + IN_FULL] = full(path.tracks)
    return {**data}


def _level(level: Level) -> Plain:
    data: Plain = plain(level)
    if level.combinations:
        data["combinations"] = [list(each.steps) for each in level.combinations]
    return data


def _ref(catalogue: Catalogue, ref: str) -> str:
    if not ref.startswith(GROUP):
        return short_name(ref)
    return catalogue.library.groups.get(ref.removeprefix(GROUP), Group(name=ref)).name
