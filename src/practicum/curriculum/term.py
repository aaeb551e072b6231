"""The vocabulary of all files of the catalogue: names, ids, spans, and terms that explain
themselves."""

from __future__ import annotations

from typing import Annotated

import msgspec

Words = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Key = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
ModuleRef = Annotated[str, msgspec.Meta(pattern="^([a-z0-9-]+/)?[a-z0-9]+(-[a-z0-9]+)*$")]
ModuleId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+/[a-z0-9]+(-[a-z0-9]+)*$")]
ExamId = Annotated[str, msgspec.Meta(pattern="^exam:[a-z0-9]+(-[a-z0-9]+)*$")]
StepId = Annotated[str, msgspec.Meta(pattern="^(exam:|[a-z0-9-]+/)[a-z0-9]+(-[a-z0-9]+)*$")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Span = Annotated[
    tuple[Count, ...], msgspec.Meta(min_length=2, max_length=2, description="From, to.")
]


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person wrote in a file of the catalogue; no field but those that are declared."""


class Term(Written, frozen=True, kw_only=True):
    """A short name, what it means, and the points it consists of."""

    name: Words
    means: str = ""
    points: tuple[Words, ...] = ()


class Origin(Written, frozen=True, kw_only=True):
    """The material that a module or exam goes back to: its file, when that was completed, and
    its length. It says nothing of what is written here."""

    file: Words
    completed: str = ""
    words: Count = 0


EXAM = "exam:"
"""How the id of an exam begins; modules and exams share names."""


def exam_id(name: str) -> str:
    """The id of an exam of that name."""
    return f"{EXAM}{name}"


def short_name(step: str) -> str:
    """How a person says an id where its course is clear."""
    if step.startswith(EXAM):
        return f"{step.removeprefix(EXAM)} exam"
    return step.rpartition("/")[2]
