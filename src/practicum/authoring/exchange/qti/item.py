"""One question as a QTI item: declarations, body, processing, feedback.

The variant is resolved: texts have their values, choices stand in the order of the seed, and the
receiving program shuffles nothing. Points are those of our own grading, wrong choices included.
"""

from __future__ import annotations

import functools

import msgspec

from practicum.authoring.exchange.qti import processing as rules
from practicum.authoring.exchange.qti.markup import Element, Lose, blocks, element, inline
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Choice,
    Code,
    Criterion,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.exam.grading import tolerance_of, worth
from practicum.learner.exam.variant import Item, filled, key, order

NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
SCHEMA = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd"
ROOT = {
    "xmlns": NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
}
TO_RESPONSE = {"response-identifier": rules.RESPONSE}
LINES_OF_CODE, LINES_OF_PROSE = "15", "20"


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of question contributes: the response's declaration, what stands in the body
    after the text, and the expression for the score."""

    response: Element
    body: tuple[Element, ...]
    score: Element | None
    tells_choice: bool = False


def identifier(name: str) -> str:
    """An id of ours as QTI's, which may not begin with a digit."""
    return f"q-{name}"


def item_element(item: Item, lose: Lose) -> Element:
    """The item. What QTI, or our way of writing it, cannot say is told to ``lose``."""
    question = item.question
    if any(isinstance(value, list) for value in question.given.values()):
        lose("its other variants; it stands as one seed draws it")
    built = _built(question, item, lose)
    root = element(
        "qti-assessment-item",
        {
            **ROOT,
            "identifier": identifier(item.id),
            "title": item.id,
            "adaptive": "false",
            "time-dependent": "false",
            "xml:lang": "en",
            "tool-name": "practicum",
        },
    )
    root.append(built.response)
    root.extend(rules.outcomes(worth(question), by_person=built.score is None))
    body = element("qti-item-body")
    body.append(blocks("div", item.text, lose))
    body.extend(built.body)
    root.append(body)
    root.append(rules.processing(built.score, worth(question), tells_choice=built.tells_choice))
    root.append(_explained(item, lose))
    return root


def _explained(item: Item, lose: Lose) -> Element:
    said = {
        "outcome-identifier": rules.FEEDBACK,
        "identifier": rules.EXPLAIN,
        "show-hide": "show",
    }
    found = element("qti-modal-feedback", said)
    found.append(blocks("qti-content-body", item.explain, lose))
    return found


# ── By kind


@functools.singledispatch
def _built(question: AnyQuestion, item: Item, lose: Lose) -> Built:
    raise TypeError(f"nothing writes {question!r:.80}")


@_built.register
def _of_one(question: OneOf, item: Item, lose: Lose) -> Built:
    right = [_choice_id(n) for n, each in enumerate(question.choices) if each.right]
    mapping = dict.fromkeys(right, float(question.points))
    return Built(
        response=rules.response("single", "identifier", right, mapping),
        body=(_choices(question.choices, item, lose, most=1),),
        score=rules.by_mapping(),
        tells_choice=True,
    )


@_built.register
def _of_any(question: AnyOf, item: Item, lose: Lose) -> Built:
    right = [n for n, each in enumerate(question.choices) if each.right]
    wrong = len(question.choices) - len(right)
    points = question.points
    mapping = {
        _choice_id(n): points / len(right) if n in right else -points / wrong
        for n in range(len(question.choices))
    }
    return Built(
        response=rules.response(
            "multiple",
            "identifier",
            [_choice_id(n) for n in right],
            mapping,
            bounds=(0, points),
        ),
        body=(_choices(question.choices, item, lose, most=0),),
        score=rules.by_mapping(),
        tells_choice=True,
    )


def _choices(choices: tuple[Choice, ...], item: Item, lose: Lose, *, most: int) -> Element:
    said = {**TO_RESPONSE, "shuffle": "false", "max-choices": str(most)}
    found = element("qti-choice-interaction", said)
    for place in order(item):
        name = _choice_id(place)
        choice = blocks("qti-simple-choice", choices[place].text, lose, {"identifier": name})
        why = {"outcome-identifier": rules.FEEDBACK, "identifier": name, "show-hide": "show"}
        choice.append(inline("qti-feedback-inline", choices[place].why, lose, why))
        found.append(choice)
    return found


def _choice_id(place: int) -> str:
    """By the order in which choices are written, so that it means the same in each variant."""
    return f"choice-{place + 1}"


@_built.register
def _of_number(question: Number, item: Item, lose: Lose) -> Built:
    right = key(item)
    assert right is not None
    return Built(
        response=rules.response("single", "float", [repr(float(right))]),
        body=(_entry(12, question.unit),),
        score=rules.is_near(tolerance_of(question, right)),
    )


def _entry(length: int, unit: str = "") -> Element:
    found = element("p")
    entry = element("qti-text-entry-interaction", {**TO_RESPONSE, "expected-length": str(length)})
    entry.tail = f" {unit}" if unit else None
    found.append(entry)
    return found


@_built.register
def _of_short(question: Short, item: Item, lose: Lose) -> Built:
    accepted = {each.casefold(): each for each in reversed(question.accept)}
    words = list(reversed(accepted.values()))
    mapping = dict.fromkeys(words, float(question.points))
    return Built(
        response=rules.response("single", "string", words[:1], mapping, any_case=True),
        body=(_entry(max(map(len, words)) + 10),),
        score=rules.by_mapping(),
    )


@_built.register
def _of_ordering(question: Ordering, item: Item, lose: Lose) -> Built:
    lose("credit for a part of the order: all is right, or nothing")
    names = [_choice_id(place) for place in range(len(question.items))]
    found = element("qti-order-interaction", {**TO_RESPONSE, "shuffle": "false"})
    for place in order(item):
        said = {"identifier": names[place]}
        found.append(blocks("qti-simple-choice", question.items[place], lose, said))
    return Built(
        response=rules.response("ordered", "identifier", names),
        body=(found,),
        score=rules.is_correct(),
    )


@_built.register
def _of_matching(question: Matching, item: Item, lose: Lose) -> Built:
    count = len(question.pairs)
    rights = [*(each.right for each in question.pairs), *question.extra]
    pairs = [f"left-{n} right-{n}" for n in range(1, count + 1)]
    said = {**TO_RESPONSE, "shuffle": "false", "max-associations": str(count)}
    found = element("qti-match-interaction", said)
    lefts, others = element("qti-simple-match-set"), element("qti-simple-match-set")
    for number, pair in enumerate(question.pairs, start=1):
        lefts.append(_side(f"left-{number}", pair.left, lose))
    for place in order(item):
        others.append(_side(f"right-{place + 1}", rights[place], lose))
    found.extend([lefts, others])
    mapping = dict.fromkeys(pairs, question.points / count)
    return Built(
        response=rules.response(
            "multiple", "directedPair", pairs, mapping, bounds=(0, question.points)
        ),
        body=(found,),
        score=rules.by_mapping(),
    )


def _side(name: str, text: str, lose: Lose) -> Element:
    said = {"identifier": name, "match-max": "1"}
    return blocks("qti-simple-associable-choice", text, lose, said)


# ── What people grade


@_built.register
def _of_code(question: Code, item: Item, lose: Lose) -> Built:
    lose("that a machine runs the code: a person grades it by the solution and the check")
    body = []
    if question.start:
        body.append(_listing(filled(question.start, item.values)))
    body.append(_prose(LINES_OF_CODE, "plain"))
    scorer = element("qti-content-body")
    for title, code in (("A solution", question.solution), ("It is checked by", question.check)):
        scorer.append(element("p", text=title))
        scorer.append(_listing(code))
    body.append(_for_scorers(scorer))
    return Built(response=rules.response("single", "string"), body=tuple(body), score=None)


def _listing(code: str) -> Element:
    found = element("pre")
    found.append(element("code", {"class": "language-python"}, code))
    return found


def _prose(lines: str, format: str) -> Element:
    said = {**TO_RESPONSE, "expected-lines": lines, "format": format}
    return element("qti-extended-text-interaction", said)


@_built.register
def _of_design(question: Design, item: Item, lose: Lose) -> Built:
    scorer = element("qti-content-body")
    scorer.append(rubric_table(question.rubric))
    scorer.append(element("p", text="A good answer"))
    scorer.append(blocks("div", question.model, lose))
    return Built(
        response=rules.response("single", "string"),
        body=(_prose(LINES_OF_PROSE, "plain"), _for_scorers(scorer)),
        score=None,
    )


def _for_scorers(content: Element) -> Element:
    found = element("qti-rubric-block", {"view": "scorer", "use": "scoring"})
    found.append(content)
    return found


def rubric_table(rubric: tuple[Criterion, ...]) -> Element:
    """Criteria with their points, and what must be seen for each level."""
    table, body = element("table"), element("tbody")
    for each in rubric:
        row = element("tr")
        row.append(element("th", text=f"{each.name} ({each.points})"))
        row.extend(element("td", text=level) for level in each.levels)
        body.append(row)
    table.append(body)
    return table
