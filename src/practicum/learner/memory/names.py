"""The ids of what is reviewed: they stay as long as what they stand for, and say where it comes
from.

    card:COURSE/ID       a card of a module's cards.yaml
    question:COURSE/ID   a question of a module that was answered wrongly
    question:exam:NAME/ID   the same of an exam
    check:LAB/NAME       a check of a lab that failed
    hint:LAB/NUMBER      a hint of a lab that was needed

Questions and cards have ids that are unique in their course, so that one may move to another
module and keeps its history. A lab's id is COURSE/MODULE/NAME.
"""

from __future__ import annotations

from typing import Literal, get_args

Origin = Literal["card", "question", "check", "hint"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)


def card_name(module: str, card: str) -> str:
    """Of a card in a module (COURSE/MODULE)."""
    return f"card:{_course(module)}/{card}"


def question_name(module: str, question: str) -> str:
    """Of a question in a module (COURSE/MODULE) or an exam (exam:NAME)."""
    return f"question:{_course(module)}/{question}"


def check_name(lab: str, check: str) -> str:
    """Of a check of a lab."""
    return f"check:{lab}/{check}"


def hint_name(lab: str, number: int) -> str:
    """Of a hint of a lab."""
    return f"hint:{lab}/{number}"


def origin_of(name: str) -> Origin:
    """Where it comes from; ValueError for what is no such id."""
    kind, colon, rest = name.partition(":")
    for origin in ORIGINS:
        if kind == origin and colon and "/" in rest:
            return origin
    raise ValueError(
        f"{name!r} is no card: one begins with {', '.join(f'{each}:' for each in ORIGINS)}"
    )


def lab_and_rest(name: str) -> tuple[str, str]:
    """The lab of a check's or a hint's id, and the check's name or the hint's number."""
    lab, _, rest = name.partition(":")[2].rpartition("/")
    return lab, rest


def _course(module: str) -> str:
    return module.partition("/")[0]
