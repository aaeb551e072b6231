"""A learner who knows everything: from a question as it is shown, and its key, to an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from practicum.curriculum.arithmetic import work_out
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Code,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.exam.variant import Item

Shown = dict[str, Any]


def _label(shown: Shown, text: str) -> str:
    return str(next(each["label"] for each in shown["offered"] if each["text"] == text))


def right_answer(shown: Shown, question: AnyQuestion, seed: int) -> str:
    """What she types; ``seed`` draws the numbers of a variant."""
    match question:
        case OneOf():
            return _label(shown, next(each.text for each in question.choices if each.right))
        case AnyOf():
            right = [_label(shown, each.text) for each in question.choices if each.right]
            return ", ".join(right) or "none"
        case Number():
            values = Item(question=question, section=0, seed=seed).values
            worth = work_out(question.computed, values) if question.computed else question.answer
            return f"{worth}"
        case Ordering():
            return ", ".join(_label(shown, each) for each in question.items)
        case Matching():
            lefts = {each["text"]: each["label"] for each in shown["lefts"]}
            return ", ".join(
                f"{lefts[each.left]}={_label(shown, each.right)}" for each in question.pairs
            )
        case Short():
            return question.accept[0]
        case Code():
            return question.solution
        case Design():
            return question.model


def levels(question: Design) -> list[str]:
    """The best level of each criterion, as the commands take them."""
    return [
        word
        for each in question.rubric
        for word in ("--level", f"{each.name}={len(each.levels) - 1}")
    ]


class Teller:
    """Answers on a command line: long ones through a file."""

    def __init__(self, folder: Path, run: Callable[..., str]) -> None:
        self._folder, self._run = folder, run

    def tell(self, before: list[str], answer: str, *more: str, flag: str = "--answer") -> str:
        """Run a command with an answer."""
        if "\n" in answer or len(answer) > 200:
            file = self._folder / "answer.txt"
            file.write_text(answer)
            return self._run(*before, "--file", str(file), *more)
        return self._run(*before, *([flag] if flag else []), answer, *more)
