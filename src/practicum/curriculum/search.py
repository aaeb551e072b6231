"""Find words anywhere in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.plain import full

SHOWN_MAX = 160


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be found: its texts, by the fields they stand in."""

    id: str
    kind: str
    title: str
    texts: tuple[tuple[str, str], ...]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Where words were found; ``found_in`` names fields with their texts."""

    id: str
    kind: str
    title: str
    found_in: tuple[tuple[str, str], ...]
    score: int


def entries(catalogue: Catalogue) -> Iterator[Entry]:
    """Everything that can be found, in the order of the catalogue."""
    for course_id, course in catalogue.courses.items():
        about = full(course)
        modules, tracks = about.pop("modules", []), about.pop("tracks", [])
        yield _entry(course_id, "course", course.title, about)
        for each in modules:
            yield _entry(f"{course_id}/{each['id']}", "module", each["title"], each)
        for each in tracks:
            yield _entry(f"{course_id}/{each['id']}", "track", each["title"], each)
    for exam_id, exam in catalogue.all_exams():
        yield _entry(exam_id, "exam", exam.title, full(exam))
    for path in catalogue.paths.paths:
        yield _entry(f"path:{path.role.replace(' ', '-')}", "path", path.role, full(path))
    for level in catalogue.levels.levels:
        yield _entry(f"level:{level.n}", "level", level.title, full(level))
    yield _entry("library", "library", "The library", full(catalogue.library))
    yield _entry("standards", "standards", "Standards", full(catalogue.standards))
    yield _entry("stewardship", "stewardship", "Stewardship", full(catalogue.stewardship))


def _entry(key: str, kind: str, title: str, data: Mapping[str, Any]) -> Entry:
    return Entry(id=key, kind=kind, title=title, texts=tuple(_texts(data, "")))


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            below = f"{where}.{key}" if where else str(key)
            yield from _texts(each, below)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _texts(each, where)
    elif value is not None and not isinstance(value, bool):
        yield where, str(value)


def search(catalogue: Catalogue, words: Sequence[str]) -> list[Hit]:
    """What holds all the words, in any case and order: ids and titles first, then whatever
    holds them most often."""
    wanted = [word for each in words for word in each.casefold().split()]
    if not wanted:
        return []
    hits = [hit for entry in entries(catalogue) if (hit := _hit(entry, wanted)) is not None]
    return sorted(hits, key=lambda hit: -hit.score)


def _hit(entry: Entry, wanted: Sequence[str]) -> Hit | None:
    name = f"{entry.id} {entry.title}".casefold()
    everything = [name, *(text.casefold() for _, text in entry.texts)]
    if not all(any(word in text for text in everything) for word in wanted):
        return None
    found = [
        (where, text[:SHOWN_MAX])
        for where, text in entry.texts
        if any(word in text.casefold() for word in wanted)
    ]
    in_name = sum(word in name for word in wanted)
    return Hit(
        id=entry.id,
        kind=entry.kind,
        title=entry.title,
        found_in=tuple(found),
        score=1000 * in_name + len(found),
    )
