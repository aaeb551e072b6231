"""What a QTI item declares and how it turns a response into a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from practicum.authoring.exchange.qti.markup import Element, element

RESPONSE, SCORE, FEEDBACK = "RESPONSE", "SCORE", "FEEDBACK"
EXPLAIN = "explain"
"""The feedback that is shown whatever was answered."""


def response(
    cardinality: str,
    base: str,
    correct: Sequence[str] = (),
    mapping: Mapping[str, float] | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    any_case: bool = False,
) -> Element:
    """The declaration of a response. ``mapping`` gives points for values, ``bounds`` keep their
    sum between two."""
    said = {"identifier": RESPONSE, "cardinality": cardinality, "base-type": base}
    found = element("qti-response-declaration", said)
    if correct:
        right = element("qti-correct-response")
        right.extend(element("qti-value", text=each) for each in correct)
        found.append(right)
    if mapping is not None:
        within = {"default-value": "0"}
        if bounds is not None:
            within |= {"lower-bound": number(bounds[0]), "upper-bound": number(bounds[1])}
        table = element("qti-mapping", within)
        for each, points in mapping.items():
            entry = {"map-key": each, "mapped-value": number(points)}
            if any_case:
                entry["case-sensitive"] = "false"
            table.append(element("qti-map-entry", entry))
        found.append(table)
    return found


def outcomes(points: int, *, by_person: bool = False) -> list[Element]:
    """The declarations of score and feedback; ``by_person`` if no machine gives the score."""
    said = {
        "identifier": SCORE,
        "cardinality": "single",
        "base-type": "float",
        "normal-maximum": number(points),
        "normal-minimum": "0",
    }
    if by_person:
        said["external-scored"] = "human"
    score = element("qti-outcome-declaration", said)
    if not by_person:
        default = element("qti-default-value")
        default.append(element("qti-value", text="0"))
        score.append(default)
    feedback = {"identifier": FEEDBACK, "cardinality": "multiple", "base-type": "identifier"}
    return [score, element("qti-outcome-declaration", feedback)]


def by_mapping() -> Element:
    """The score is the sum of what the values are mapped to."""
    return element("qti-map-response", {"identifier": RESPONSE})


def is_correct() -> Element:
    """Whether the response is the correct one."""
    found = element("qti-match")
    found.append(element("qti-variable", {"identifier": RESPONSE}))
    found.append(element("qti-correct", {"identifier": RESPONSE}))
    return found


def is_near(tolerance: float) -> Element:
    """Whether the response is so near to the correct one."""
    said = {"tolerance-mode": "exact"}
    if tolerance:
        said = {"tolerance-mode": "absolute", "tolerance": f"{tolerance!r} {tolerance!r}"}
    found = element("qti-equal", said)
    found.append(element("qti-variable", {"identifier": RESPONSE}))
    found.append(element("qti-correct", {"identifier": RESPONSE}))
    return found


def processing(score: Element | None, points: int, *, tells_choice: bool = False) -> Element:
    """How a response is processed. ``score`` is an expression: a number, or a condition for
    all points; None if a person gives them. ``tells_choice``: feedback of what was taken."""
    found = element("qti-response-processing")
    if score is not None and score.tag == "qti-map-response":
        found.append(_set(SCORE, score))
    elif score is not None:
        condition, then = element("qti-response-condition"), element("qti-response-if")
        value = element("qti-base-value", {"base-type": "float"}, number(points))
        then.extend([score, _set(SCORE, value)])
        condition.append(then)
        found.append(condition)
    told = element("qti-multiple")
    if tells_choice:
        told.append(element("qti-variable", {"identifier": RESPONSE}))
    told.append(element("qti-base-value", {"base-type": "identifier"}, EXPLAIN))
    found.append(_set(FEEDBACK, told))
    return found


def _set(name: str, value: Element) -> Element:
    found = element("qti-set-outcome-value", {"identifier": name})
    found.append(value)
    return found


def number(value: float) -> str:
    """A number as XML Schema writes it."""
    return str(int(value)) if value == int(value) else repr(float(value))
