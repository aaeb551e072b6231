"""GIFT questions as ours. What ours cannot hold is named with its line, and nothing is dropped
in silence; what ours need and GIFT has not gets a gap that the linter finds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from practicum.authoring.exchange.gift.marked_up import markdown_of
from practicum.authoring.exchange.gift.parsing import parse
from practicum.authoring.exchange.gift.question import GiftAnswer, GiftQuestion, Said
from practicum.curriculum.question import AnyQuestion
from practicum.labs.finding import Finding

GAP = "TODO"
"""What begins a text that somebody has yet to write: the linter's rule `todo` finds it."""

CLOSE = 0.05
"""Percent by which a weight may differ from the one that ours would give."""

_NUMBERS = {"tier": "tier", "minutes": "minutes", "points": "points"}
_WORDS = {"block": "block", "form": "form", "scenario": "scenario"}
_ID_MAX, _WHOLE_MAX = 60, 1e15
Data = dict[str, Any]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """Questions as ``questions.yaml`` holds them, and what of the file they do not hold:
    ``left_out`` are questions that could not be taken over, ``lost`` are parts of others."""

    questions: tuple[Data, ...]
    left_out: tuple[Finding, ...]
    lost: tuple[Finding, ...]


class _CannotBeHeld(Exception):
    """Ours have no such question."""

    def __init__(self, line: int, said: str, remedy: str) -> None:
        super().__init__(line, said, remedy)
        self.line, self.said, self.remedy = line, said, remedy


def import_gift(text: str, name: str, taken: Collection[str] = ()) -> Imported:
    """The questions of a GIFT file called so; their ids are none of those ``taken``."""
    parsed = parse(text, name)
    left_out = list(parsed.findings)
    reading = _Reading(name, set(taken))
    questions = []
    for each in parsed.questions:
        try:
            questions.append(reading.question(each))
        except _CannotBeHeld as error:
            left_out.append(
                Finding(file=name, line=error.line, message=error.said, remedy=error.remedy)
            )
    return Imported(
        questions=tuple(questions),
        left_out=tuple(sorted(left_out, key=lambda each: each.line or 0)),
        lost=tuple(reading.lost),
    )


class _Reading:
    """Reads question by question, and keeps which ids are taken and what is lost."""

    def __init__(self, name: str, taken: set[str]) -> None:
        self.lost: list[Finding] = []
        self._name = name
        self._taken = taken
        self._category = ""
        self._unit = ""
        self._kinds: Mapping[str, Callable[[GiftQuestion, Data], None]] = {
            "essay": self._essay,
            "numerical": self._numerical,
            "choice": self._choice,
            "matching": self._matching,
            "truth": self._truth,
            "short": self._short,
        }

    def question(self, each: GiftQuestion) -> Data:
        """One question; _CannotBeHeld if ours have none of its kind."""
        if each.kind == "description":
            raise _CannotBeHeld(
                each.line,
                "this asks nothing (a text without braces), and our questions all do",
                "put it into the module's text",
            )
        data: Data = {"id": "", "kind": "", "text": self._markdown(each.text)}
        marked = len(self.lost)
        self._tagged(each, data)
        self._kinds[each.kind](each, data)
        if each.general is not None:
            self._also(data, each.general)
        data.setdefault("explain", f"{GAP}: say why the answer is right")
        data["id"] = self._id(each)
        try:
            msgspec.convert(data, AnyQuestion)
        except msgspec.ValidationError as error:
            del self.lost[marked:]
            self._taken.discard(data["id"])
            raise _CannotBeHeld(each.line, f"it does not fit: {error}", "change it") from error
        if each.category != self._category:
            self._category = each.category
            self._lose(
                each.line,
                f"the category {each.category!r} is not kept",
                "our questions belong to the file that they stand in",
            )
        return _in_order(data)

    # ── What all have

    def _tagged(self, each: GiftQuestion, data: Data) -> None:
        self._unit = ""
        for tag, line in each.tags:
            name, _, value = tag.partition("-")
            if name in _NUMBERS and value.isascii() and value.isdigit() and len(value) < 6:
                data[_NUMBERS[name]] = int(value)
            elif name in _WORDS and value:
                data[_WORDS[name]] = value
            elif name == "difficulty" and value in ("easy", "medium", "hard", "very hard"):
                data["difficulty"] = value
            elif name == "unit" and value:
                self._unit = value
            else:
                said = (
                    "tier-1, difficulty-easy, minutes-3, points-2, block-NAME, unit-NAME are known"
                )
                self._lose(line, f"the tag {tag!r} is not kept", said)

    def _id(self, each: GiftQuestion) -> str:
        wanted = each.name_in_file or each.title or each.text.text
        bare = re.sub(r"[^a-z0-9]+", "-", wanted.casefold()).strip("-")[:_ID_MAX].strip("-")
        bare = bare or "question"
        numbered = (f"{bare}-{number}" for number in itertools.count(2))
        found = next(x for x in itertools.chain([bare], numbered) if x not in self._taken)
        self._taken.add(found)
        if each.name_in_file and found != each.name_in_file:
            said = f"the id {each.name_in_file!r} became {found}"
            self._lose(
                each.line, said, "ids are lower-case words with hyphens, each once in a file"
            )
        if each.title and each.title not in (found, each.name_in_file):
            said = f"the title {each.title!r} is not kept, the id is {found}"
            self._lose(each.line, said, "our questions have no title")
        return found

    def _markdown(self, said: Said) -> str:
        text, lost = markdown_of(said)
        for each in lost:
            self._lose(said.line, f"{each} is not kept, its words are", "write it in Markdown")
        return text

    def _why(self, feedback: Said | None) -> str:
        return "" if feedback is None else self._markdown(feedback)

    def _also(self, data: Data, said: Said) -> None:
        """Told to everybody afterwards."""
        text = self._markdown(said)
        if text and data.get("explain") and data["explain"] != text:
            data["explain"] = f"{text}\n\n{data['explain']}"
        elif text:
            data["explain"] = text

    def _lose(self, line: int, said: str, remedy: str) -> None:
        self.lost.append(Finding(file=self._name, line=line, message=said, remedy=remedy))

    # ── By kind

    def _essay(self, each: GiftQuestion, data: Data) -> None:
        data["kind"] = "design"
        levels = [f"{GAP}: nothing", f"{GAP}: all"]
        name = f"{GAP}: what is judged"
        data["rubric"] = [{"name": name, "points": data.pop("points", 1), "levels": levels}]
        data["model"] = f"{GAP}: a good answer"

    def _truth(self, each: GiftQuestion, data: Data) -> None:
        data["kind"] = "choice"
        of_right, of_wrong = self._why(each.right), self._why(each.wrong)
        data["choices"] = [
            _choice(text, text == str(each.is_true), of_right if is_right else of_wrong)
            for text in ("True", "False")
            for is_right in [text == str(each.is_true)]
        ]

    def _choice(self, each: GiftQuestion, data: Data) -> None:
        keys = [answer for answer in each.answers if answer.is_key]
        good = [answer for answer in each.answers if answer.percent > 0]
        if not good:
            raise _CannotBeHeld(each.line, "no choice is right", "write = before the right one")
        single = len(keys) == 1 and len(good) == 1
        data["kind"] = "choice" if single else "multiple"
        if keys and not single:
            self._lose(
                each.line,
                f"of {len(good)} choices that give points one is enough there, here all are "
                "asked for",
                "decide what is meant: one right choice, or several",
            )
        self._weights(each, single=single)
        data["choices"] = [
            _choice(
                self._markdown(answer.said),
                answer.percent > 0,
                self._why(answer.feedback),
            )
            for answer in each.answers
        ]

    def _weights(self, each: GiftQuestion, *, single: bool) -> None:
        """Name the weights that become others here."""
        right = sum(answer.percent > 0 for answer in each.answers)
        wrong = len(each.answers) - right
        for answer in each.answers:
            if single:
                ours = 100.0 if answer.is_key else 0.0
            else:
                ours = 100 / right if answer.percent > 0 else -100 / wrong
            if abs(answer.percent - ours) > CLOSE:
                self._lose(
                    answer.said.line,
                    f"{answer.said.text[:40]!r} is worth {answer.percent:g} % there, and "
                    f"{ours:.4g} % here",
                    "our choices of a side are all worth the same",
                )

    def _matching(self, each: GiftQuestion, data: Data) -> None:
        data["kind"] = "matching"
        data["pairs"] = [
            {"left": self._markdown(pair.left), "right": pair.right.text}
            for pair in each.pairs
            if pair.left.text
        ]
        extra = [pair.right.text for pair in each.pairs if not pair.left.text]
        if extra:
            data["extra"] = extra

    def _short(self, each: GiftQuestion, data: Data) -> None:
        data["kind"] = "short"
        accepted = []
        for answer in each.answers:
            text = answer.said.text
            if text == "*" or re.search(r"(?<!\\)\*", text):
                self._not_taken(answer, "the star stands for any text")
            elif answer.percent < 100:
                self._not_taken(answer, f"it is worth {answer.percent:g} %")
            else:
                accepted.append((text.replace("\\*", "*"), answer))
        if not accepted:
            raise _CannotBeHeld(each.line, "no answer is right in full", "write =ANSWER")
        data["accept"] = [text for text, _ in accepted]
        self._explained(data, [answer.feedback for _, answer in accepted])

    def _not_taken(self, answer: GiftAnswer, why: str) -> None:
        told = f", nor is {answer.feedback.text[:60]!r}" if answer.feedback else ""
        said = f"{answer.said.text[:40]!r} is not taken over{told}: {why}"
        self._lose(answer.said.line, said, "a short answer is right or wrong here")

    def _explained(self, data: Data, told: Sequence[Said | None]) -> None:
        """One text after a right answer explains the question; further ones are lost."""
        texts = [each for each in told if each is not None]
        if texts:
            data["explain"] = self._markdown(texts[0])
        for each in texts[1:]:
            if each.text != texts[0].text:
                said = f"{each.text[:60]!r} is not kept: all right answers are told the same"
                self._lose(each.line, said, "put it into `explain`")

    def _numerical(self, each: GiftQuestion, data: Data) -> None:
        data["kind"] = "number"
        full = [number for number in each.numbers if number.value is not None]
        full = [number for number in full if number.percent >= 100]
        if not full:
            raise _CannotBeHeld(each.line, "no number is right in full", "write #NUMBER")
        key = full[0]
        data["answer"] = _whole(key.value or 0.0)
        if key.tolerance:
            data["tolerance"] = _whole(key.tolerance)
        if self._unit:
            data["unit"] = self._unit
            data["text"] = data["text"].removesuffix(asked_in(self._unit))
        for number in each.numbers:
            if number is not key:
                value = "*" if number.value is None else f"{number.value:g}"
                told = f" ({number.feedback.text[:60]!r})" if number.feedback else ""
                said = f"{value}, worth {number.percent:g} %, is not taken over{told}"
                self._lose(number.line, said, "one number is right here, within its tolerance")
        if each.wrong is not None:
            said = f"{each.wrong.text[:60]!r} is not kept: nothing is told to the wrong alone"
            self._lose(each.wrong.line, said, "put it into `explain`")
        self._explained(data, [key.feedback])


def _whole(value: float) -> int | float:
    """A whole number without decimals."""
    return int(value) if value.is_integer() and abs(value) < _WHOLE_MAX else value


def asked_in(unit: str) -> str:
    """What a question that asks for a number says of its unit, where the format has no place."""
    return f" (in {unit})"


def _choice(text: str, right: bool, why: str) -> Data:
    told = why or f"{GAP}: {'why it is right' if right else 'what one believes who takes it'}"
    return {"text": text, "right": True, "why": told} if right else {"text": text, "why": told}


_ORDER = ("id", "kind", "tier", "block", "difficulty", "minutes", "points", "form", "scenario")


def _in_order(data: Data) -> Data:
    """As our files are usually written."""
    first = {name: data[name] for name in (*_ORDER, "text") if name in data}
    explain = {"explain": data["explain"]}
    rest = {name: value for name, value in data.items() if name not in {*first, "explain"}}
    return {**first, **rest, **explain}
