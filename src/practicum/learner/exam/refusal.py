"""What is refused around an exam, each by a name of its own; the message says what to do."""

from __future__ import annotations

import datetime as dt


class ExamRefused(Exception):
    """Something about an exam that a person can put right; nothing was recorded."""


class BadPaper(ExamRefused):
    """A question of a paper cannot be asked as it is written."""

    def __init__(self, question: str, said: str) -> None:
        self.question = question
        super().__init__(f"{question} cannot be asked: {said}; tell the author")


class BadAnswer(ExamRefused):
    """An answer has another shape than its question asks for; it was neither graded nor kept."""

    def __init__(self, question: str, expected: str, said: object) -> None:
        self.question, self.expected = question, expected
        shown = said if isinstance(said, Words) else _shown(said)
        super().__init__(f"{question}: expected {expected}; {shown}")


class Words(str):
    """What is wrong with an answer, in words that follow those of what was expected."""


class BadGrade(ExamRefused):
    """A grade does not fit the rubric, or comes from somebody who may not give it."""


class NoSuchSitting(ExamRefused):
    """The person has no sitting of that name."""


class NotAsked(ExamRefused):
    """A sitting does not ask that question."""


class OpenAlready(ExamRefused):
    """The person sits this exam already."""

    def __init__(self, sitting: str) -> None:
        self.sitting = sitting
        super().__init__(
            f"you are sitting this exam: `practicum exam resume {sitting}` goes on with it"
        )


class StaleDraft(ExamRefused):
    """An answer was saved elsewhere since the writer looked; hers is kept out."""

    def __init__(self, question: str, seen: int, there: int, at: dt.datetime | None) -> None:
        self.question, self.seen, self.there = question, seen, there
        when = f" at {at:%H:%M:%S} UTC" if at else ""
        super().__init__(
            f"{question}: another window saved revision {there}{when}, you saw revision {seen}. "
            "Yours is kept out: look at the one that is there, then save again"
        )


class TimeIsOver(ExamRefused):
    """The deadline has passed: what was drafted by then counts."""

    def __init__(self, sitting: str, deadline: dt.datetime) -> None:
        self.sitting, self.deadline = sitting, deadline
        super().__init__(
            f"the time of {sitting} was over at {deadline:%Y-%m-%d %H:%M:%S} UTC: what was "
            f"saved by then counts; `practicum exam result {sitting}` tells what came of it"
        )


class AlreadySubmitted(ExamRefused):
    """The sitting was submitted before, and that counts."""

    def __init__(self, sitting: str, at: dt.datetime) -> None:
        self.sitting, self.at = sitting, at
        super().__init__(
            f"{sitting} was submitted at {at:%Y-%m-%d %H:%M:%S} UTC, and that counts: "
            f"`practicum exam result {sitting}` tells what came of it"
        )


class NotSubmitted(ExamRefused):
    """The sitting is still open."""

    def __init__(self, sitting: str) -> None:
        self.sitting = sitting
        super().__init__(
            f"{sitting} is not submitted yet: `practicum exam submit {sitting}` hands it in"
        )


def _shown(said: object) -> str:
    text = ascii(said)
    return f"this is {text[:80]}{'...' if len(text) > 80 else ''}"
