"""The learner's answer: who was at fault, for what, and how we know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from practicum.labs.scene.scene import Trigger

_BYTES_MAX = 64_000


class AnswerError(Exception):
    """An answer cannot be read; the text names file, line or field, and what to do."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``answer.yaml``; what is not filled in is empty."""

    service: str = ""
    message: str = ""
    what: str = ""
    trigger: Trigger = Trigger()
    order: str = ""


def read_answer(path: Path) -> Answer:
    """The answer in a file. Raises `AnswerError`."""
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise AnswerError(f"{path.name} is too large for an answer: begin with a new copy")
        text = path.read_text()
    except FileNotFoundError:
        raise AnswerError(f"there is no {path.name}: copy it from the lab's start") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AnswerError(f"{path.name} cannot be read: {error}") from error
    return parse_answer(text, path.name)


def parse_answer(text: str, name: str) -> Answer:
    """The answer in a text. Raises `AnswerError`."""
    try:
        found = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise AnswerError(
            f"{name}{line}: {error.problem}: write each field as `name: value`"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AnswerError(f"{name}: {error}") from None
    try:
        return msgspec.convert(_without_blanks(found), Answer)
    except msgspec.ValidationError as error:
        raise AnswerError(f"{name}: {error}: the fields are those of the lab's start") from None


def _without_blanks(value: Any) -> Any:
    """Fields that are there but not filled in are as if they were not there."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        return value
    filled = {key: each for key, each in value.items() if each is not None}
    if isinstance(filled.get("trigger"), dict):
        filled["trigger"] = _without_blanks(filled["trigger"])
    return filled
