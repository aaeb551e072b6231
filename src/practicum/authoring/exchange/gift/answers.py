"""What stands between the braces of a GIFT question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import msgspec

from practicum.authoring.exchange.gift.escaping import shown
from practicum.authoring.exchange.gift.question import (
    FORMATS,
    Format,
    GiftAnswer,
    GiftNumber,
    GiftPair,
    GiftQuestion,
    Said,
)

GENERAL, ARROW = "####", "->"
WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]*)?)%")
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")


class BadGift(Exception):
    """A question that cannot be read: where, what is wrong, and what to do."""

    def __init__(self, line: int, said: str, remedy: str) -> None:
        super().__init__(line, said, remedy)
        self.line, self.said, self.remedy = line, said, remedy


class Piece(msgspec.Struct, frozen=True):
    """A part of a file with its escaped characters hidden, and the line in which it begins."""

    text: str
    line: int

    def line_at(self, place: int) -> int:
        """The line of a character."""
        return self.line + self.text.count("\n", 0, place)

    def part(self, start: int, end: int | None = None) -> Piece:
        """What stands from one place to another."""
        return Piece(self.text[start:end], self.line_at(start))

    def stripped(self) -> Piece:
        """The same without space around it."""
        bare = self.text.lstrip()
        return Piece(bare.rstrip(), self.line_at(len(self.text) - len(bare)))

    def said(self, formats: Sequence[Format] = FORMATS) -> Said:
        """The text that is meant, and its format if it names one."""
        bare = self.stripped()
        for each in formats:
            if bare.text.startswith(f"[{each}]"):
                rest = bare.part(len(each) + 2).stripped()
                return Said(text=shown(rest.text).strip(), line=rest.line, format=each)
        return Said(text=shown(bare.text).strip(), line=bare.line)


def answered(piece: Piece, text: Said, line: int) -> GiftQuestion:
    """The question with what its answers are. Raises BadGift."""
    at = piece.text.rfind(GENERAL)
    general = piece.part(at + len(GENERAL)).said() if at >= 0 else None
    body = (piece.part(0, at) if at >= 0 else piece).stripped()
    general = general if general is not None and general.text else None
    found = _by_kind(body, GiftQuestion(line=line, kind="essay", text=text))
    return msgspec.structs.replace(found, general=general)


def _by_kind(body: Piece, begun: GiftQuestion) -> GiftQuestion:
    if not body.text:
        return begun
    if body.text.startswith("#"):
        return _numerical(body.part(1), begun)
    if "~" in body.text:
        answers = tuple(_answers(body, "=~", weigh_keys=False))
        if len(answers) < 2:
            raise BadGift(body.line, "there is one answer to choose", "write another one")
        return msgspec.structs.replace(begun, kind="choice", answers=answers)
    if "=" in body.text and ARROW in body.text:
        return msgspec.structs.replace(begun, kind="matching", pairs=tuple(_pairs(body)))
    truth, wrong, right = _feedbacks(body)
    if truth in (*TRUE, *FALSE):
        return msgspec.structs.replace(
            begun, kind="truth", is_true=truth in TRUE, wrong=wrong, right=right
        )
    answers = tuple(_answers(body, "=", weigh_keys=True))
    return msgspec.structs.replace(begun, kind="short", answers=answers)


def _feedbacks(body: Piece) -> tuple[str, Said | None, Said | None]:
    """What stands before the first number sign, and the two texts after it."""
    parts = list(_split(body, "#"))
    told = [part.said() for _, part in parts[1:3]]
    told += [Said(text="", line=body.line)] * (2 - len(told))
    wrong, right = (each if each.text else None for each in told)
    return parts[0][1].stripped().text, wrong, right


def _split(piece: Piece, marks: str) -> Iterator[tuple[str, Piece]]:
    """The pieces between marks, each with the mark before it; the first has none."""
    start, mark = 0, ""
    for place, character in enumerate(piece.text):
        if character in marks:
            yield mark, piece.part(start, place)
            start, mark = place + 1, character
    yield mark, piece.part(start)


def _answers(body: Piece, marks: str, *, weigh_keys: bool) -> Iterator[GiftAnswer]:
    """The answers, each after its mark; a short answer may do without one."""
    for mark, part in _split(body, marks):
        bare = part.stripped()
        if not mark:
            if bare.text and weigh_keys:
                yield _answer(bare, is_key=True, weighed=True)
            elif bare.text:
                said = f"{shown(bare.text)[:40]!r} stands before the first answer"
                raise BadGift(bare.line, said, "write = or ~ before it")
            continue
        yield _answer(bare, is_key=mark == "=", weighed=weigh_keys or mark == "~")


def _answer(bare: Piece, *, is_key: bool, weighed: bool) -> GiftAnswer:
    weight, bare = _weight(bare) if weighed else (None, bare)
    said, feedback = _with_feedback(bare)
    if not said.text:
        raise BadGift(bare.line, "here is an answer without a text", "write it, or take it out")
    return GiftAnswer(said=said, is_key=is_key, weight=weight, feedback=feedback)


def _weight(bare: Piece) -> tuple[float | None, Piece]:
    found = WEIGHT.match(bare.text)
    if found is None:
        return None, bare
    weight = float(found[1])
    if not -100 <= weight <= 100:
        raise BadGift(bare.line, f"a weight of {found[1]} %", "write one from -100 to 100")
    return weight, bare.part(found.end()).stripped()


def _with_feedback(bare: Piece) -> tuple[Said, Said | None]:
    at = bare.text.find("#")
    if at < 0:
        return bare.said(), None
    feedback = bare.part(at + 1).said()
    return bare.part(0, at).said(), feedback if feedback.text else None


def _pairs(body: Piece) -> Iterator[GiftPair]:
    for mark, part in _split(body, "="):
        bare = part.stripped()
        if not mark:
            if bare.text:
                raise BadGift(bare.line, "a pair has no = before it", "write =left -> right")
            continue
        at = bare.text.find(ARROW)
        if at < 0:
            raise BadGift(bare.line, f"this pair has no {ARROW}", "write =left -> right")
        left, right = bare.part(0, at).said(), bare.part(at + len(ARROW)).said(())
        if not right.text:
            raise BadGift(bare.line, "this pair has no right side", "write =left -> right")
        yield GiftPair(left=left, right=right)


# ── Numbers


def _numerical(body: Piece, begun: GiftQuestion) -> GiftQuestion:
    at = body.text.find("~")
    wrong = None
    if at >= 0:
        _, wrong = _with_feedback(body.part(at + 1).stripped())
        body = body.part(0, at)
    numbers = []
    for mark, part in _split(body, "="):
        bare = part.stripped()
        if bare.text or mark:
            numbers.append(_number(bare))
    if not numbers:
        raise BadGift(body.line, "there is no number", "write it after the #")
    return msgspec.structs.replace(begun, kind="numerical", numbers=tuple(numbers), wrong=wrong)


def _number(bare: Piece) -> GiftNumber:
    weight, bare = _weight(bare)
    at = bare.text.find("#")
    feedback = bare.part(at + 1).said() if at >= 0 else None
    text = (bare.text[:at] if at >= 0 else bare.text).strip()
    value, tolerance = _value(shown(text), bare.line)
    return GiftNumber(
        value=value,
        tolerance=tolerance,
        line=bare.line,
        weight=weight,
        feedback=feedback if feedback is not None and feedback.text else None,
    )


def _value(text: str, line: int) -> tuple[float | None, float]:
    """A number and how far off it may be: ``5``, ``5:0.1``, ``4.9..5.1`` or ``*``."""
    if text == "*":
        return None, 0.0
    low, dots, high = text.partition("..")
    if dots and low.strip():
        first, last = _float(low, line), _float(high, line)
        if last < first:
            raise BadGift(line, f"{text[:40]!r} ends before it begins", "write the lower one first")
        return first / 2 + last / 2, last / 2 - first / 2
    value, colon, off = text.partition(":")
    tolerance = _float(off, line) if colon else 0.0
    if tolerance < 0:
        raise BadGift(line, f"it may be off by {off.strip()[:20]}", "write a number from 0 on")
    return _float(value, line), tolerance


def _float(text: str, line: int) -> float:
    bare = text.strip()
    try:
        if not bare.isascii() or "_" in bare:
            raise ValueError
        found = float(bare)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadGift(
            line, f"{bare[:40]!r} is no number", "write digits, and a point before decimals"
        )
    return found
