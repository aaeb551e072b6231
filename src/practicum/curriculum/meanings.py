"""What each field of a module's files means, in a line, for the editors that check them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from practicum.curriculum import lesson, question

FIELDS: Mapping[type[msgspec.Struct], Mapping[str, str]] = {
    lesson.Front: {
        "id": "The module's id in its course; it stays when title and folder change.",
        "title": "As in the `# TITLE` of the text.",
        "version": "Raise it when a learner should look at the module again.",
        "updated": "The day on which somebody last went through all of it.",
        "review_months": "For how many months that holds.",
        "authors": "Who wrote it.",
        "stage": "How far its contribution is: one of the stages of stewardship.yaml.",
        "moves": "The steps that led to the stage, the oldest first.",
        "spacing_days": "After how many days it is recalled; each distance longer than the last.",
        "sources": "What the text cites as [^id].",
    },
    lesson.Move: {
        "stage": "The stage that was entered.",
        "day": "The day.",
        "by": "Who vouches for it.",
        "says": "What they say of it.",
    },
    lesson.Source: {
        "id": "What the text cites: [^id].",
        "company": "Of whom it tells.",
        "claim": "What it is cited for.",
        "url": "Where it can be read.",
        "opened": "The day on which somebody opened it and saw the passage.",
        "passage": "The sentence or two that support the claim, as they stand there.",
    },
    question.Asked: {
        "id": "It stays when the words change: answers that were recorded refer to it.",
        "text": "What is asked, in Markdown; {names} stand for values of `given`.",
        "explain": "What is shown after the answer: why it is so.",
        "tier": "Its tier of the gauntlet: 1 recall, 2 understanding, 3 application, 4 design.",
        "block": "The block that teaches it.",
        "tests": "The objectives of the module that an answer is evidence for.",
        "difficulty": "How hard it is for who has worked through the module.",
        "minutes": "How long it takes.",
        "points": "What it is worth.",
        "form": "In an exam: one of the forms that exams.yaml lists for it.",
        "scenario": "In an exam: one of the scenarios that exams.yaml lists for it.",
        "given": "The values of the text's {names}; one is drawn from a list, by seed.",
    },
    question.OneOf: {"choices": "The answers offered, of which exactly one is right."},
    question.AnyOf: {"choices": "The answers offered; each is right or wrong by itself."},
    question.Choice: {
        "text": "The answer.",
        "right": "Whether it is right.",
        "why": "Why it is right, or what one believes who takes it.",
    },
    question.Number: {
        "answer": "The number; left out where it is computed from lists in `given`.",
        "computed": "Arithmetic over the names in `given`, which must come to the answer.",
        "tolerance": "How far off an answer may be, in the unit.",
        "tolerance_percent": "How far off it may be in percent of the right one.",
        "unit": "The unit that is asked for.",
    },
    question.Ordering: {"items": "What is to be put in order, written in the right one."},
    question.Matching: {
        "pairs": "What belongs together.",
        "extra": "Right sides that belong to nothing.",
    },
    question.Pair: {"left": "One side.", "right": "What belongs to it."},
    question.Short: {"accept": "Answers that are right, case and spaces aside."},
    question.Code: {
        "start": "What the learner begins with; it must not pass the check.",
        "solution": "What passes the check.",
        "check": "Python that runs after the answer, and raises an error if it is wrong.",
        "wrong": "Attempts that must not pass the check.",
    },
    question.Design: {
        "rubric": "By what an answer is judged.",
        "model": "A good answer.",
    },
    question.Criterion: {
        "name": "What is judged.",
        "points": "The points for the highest level.",
        "levels": "What must be seen for each level, from nothing to all.",
    },
    question.Questions: {"questions": "The questions of the module."},
    question.Card: {
        "id": "It stays when the words change: reviews that were recorded refer to it.",
        "front": "What is asked.",
        "back": "The answer: one fact.",
        "block": "The block that teaches it.",
    },
    question.Cards: {"cards": "The cards of the module."},
    question.Section: {
        "title": "What the section is called.",
        "means": "What is said before its questions.",
        "questions": "In the order in which they are asked.",
        "draw": "How many of them are asked, by seed; 0 asks all.",
    },
    question.ExamPaper: {
        "of": "The exam of exams.yaml, or the module, that it is of.",
        "title": "What it is called.",
        "minutes": "How long it takes.",
        "pass_score": "The percentage of the points that passes.",
        "sections": "Its parts, in order.",
        "rubric": "By what the paper is judged as a whole.",
        "time_guide": "How to spend the minutes.",
        "reflection": "What is asked afterwards.",
        "ethics": "What the automation that it examines could do to people.",
        "resources": "What helps to prepare.",
    },
}


def meaning(struct: type[msgspec.Struct], field: str) -> str:
    """What a field means, as its struct or one that it extends says; KeyError if none does."""
    for each in struct.__mro__:
        if field in FIELDS.get(each, {}):
            return FIELDS[each][field]
    raise KeyError(f"{struct.__name__}.{field}")
