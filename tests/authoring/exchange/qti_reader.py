"""A reader of QTI items that knows only what the specification says: which elements stand where,
in which order and with which attributes, and how a response becomes a score.

It was written by the information model and the examples that 1EdTech publishes, because their
XML schema cannot be had offline; it knows nothing of how we write items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

QTI = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCK = {"p", "div", "pre", "ul", "ol", "table", "blockquote", "hr"} | HEADINGS
INLINE = {"em", "strong", "code", "a", "br", "span", "sub", "sup", "kbd", "qti-feedback-inline"}
INLINE |= {"qti-text-entry-interaction"}
INTERACTIONS = {"qti-choice-interaction", "qti-order-interaction", "qti-match-interaction"}
INTERACTIONS |= {"qti-extended-text-interaction"}
FLOW = BLOCK | INLINE
CHILDREN: Mapping[str, Sequence[set[str]] | set[str]] = {
    # A list is an order: each set stands behind the one before it.
    "qti-assessment-item": [
        {"qti-response-declaration"},
        {"qti-outcome-declaration"},
        {"qti-item-body"},
        {"qti-response-processing"},
        {"qti-modal-feedback"},
    ],
    "qti-assessment-test": [
        {"qti-outcome-declaration"},
        {"qti-time-limits"},
        {"qti-rubric-block"},
        {"qti-test-part"},
        {"qti-outcome-processing"},
    ],
    "qti-test-part": {"qti-assessment-section"},
    "qti-assessment-section": [{"qti-rubric-block"}, {"qti-assessment-item-ref"}],
    "qti-response-declaration": [{"qti-correct-response"}, {"qti-mapping"}],
    "qti-outcome-declaration": {"qti-default-value"},
    "qti-correct-response": {"qti-value"},
    "qti-default-value": {"qti-value"},
    "qti-mapping": {"qti-map-entry"},
    "qti-item-body": BLOCK | INTERACTIONS | {"qti-rubric-block"},
    "qti-rubric-block": {"qti-content-body"},
    "qti-modal-feedback": {"qti-content-body"},
    "qti-content-body": FLOW,
    "qti-choice-interaction": {"qti-simple-choice"},
    "qti-order-interaction": {"qti-simple-choice"},
    "qti-match-interaction": {"qti-simple-match-set"},
    "qti-simple-match-set": {"qti-simple-associable-choice"},
    "qti-simple-choice": FLOW,
    "qti-simple-associable-choice": FLOW,
    "qti-feedback-inline": INLINE,
    "qti-outcome-processing": {"qti-set-outcome-value"},
    "qti-response-processing": {"qti-set-outcome-value", "qti-response-condition"},
    "qti-response-condition": {"qti-response-if"},
    "div": FLOW,
    "blockquote": BLOCK,
    "ul": {"li"},
    "ol": {"li"},
    "li": FLOW,
    "table": {"thead", "tbody"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"td", "th"},
    "td": FLOW,
    "th": FLOW,
    "pre": INLINE,
    **dict.fromkeys(("p", "em", "strong", "code", "a", "span", "sub", "sup", "kbd"), INLINE),
    **dict.fromkeys(HEADINGS, INLINE),
}
ATTRIBUTES: Mapping[str, set[str]] = {
    "qti-assessment-item": {"identifier", "title", "adaptive", "time-dependent", "tool-name"},
    "qti-assessment-test": {"identifier", "title", "tool-name"},
    "qti-test-part": {"identifier", "navigation-mode", "submission-mode"},
    "qti-assessment-section": {"identifier", "title", "visible"},
    "qti-assessment-item-ref": {"identifier", "href"},
    "qti-time-limits": {"max-time"},
    "qti-rubric-block": {"view", "use"},
    "qti-response-declaration": {"identifier", "cardinality", "base-type"},
    "qti-outcome-declaration": {
        "identifier",
        "cardinality",
        "base-type",
        "normal-maximum",
        "normal-minimum",
        "mastery-value",
        "external-scored",
    },
    "qti-mapping": {"default-value", "lower-bound", "upper-bound"},
    "qti-map-entry": {"map-key", "mapped-value", "case-sensitive"},
    "qti-choice-interaction": {"response-identifier", "shuffle", "max-choices"},
    "qti-order-interaction": {"response-identifier", "shuffle"},
    "qti-match-interaction": {"response-identifier", "shuffle", "max-associations"},
    "qti-extended-text-interaction": {"response-identifier", "expected-lines", "format"},
    "qti-text-entry-interaction": {"response-identifier", "expected-length"},
    "qti-simple-choice": {"identifier"},
    "qti-simple-associable-choice": {"identifier", "match-max"},
    "qti-feedback-inline": {"outcome-identifier", "identifier", "show-hide"},
    "qti-modal-feedback": {"outcome-identifier", "identifier", "show-hide"},
    "qti-set-outcome-value": {"identifier"},
    "qti-map-response": {"identifier"},
    "qti-variable": {"identifier"},
    "qti-correct": {"identifier"},
    "qti-equal": {"tolerance-mode", "tolerance"},
    "qti-base-value": {"base-type"},
    "qti-test-variables": {"variable-identifier"},
    "a": {"href"},
    "code": {"class"},
}
NEEDED: Mapping[str, set[str]] = {
    "qti-assessment-item": {"identifier", "title", "time-dependent"},
    "qti-simple-associable-choice": {"identifier", "match-max"},
    "qti-test-part": {"identifier", "navigation-mode", "submission-mode"},
    "qti-feedback-inline": {"outcome-identifier", "identifier", "show-hide"},
    "qti-outcome-declaration": {"identifier", "cardinality"},
    "qti-assessment-item-ref": {"identifier", "href"},
}
EXPRESSIONS = {
    "qti-map-response",
    "qti-match",
    "qti-equal",
    "qti-variable",
    "qti-correct",
    "qti-base-value",
    "qti-multiple",
    "qti-sum",
    "qti-test-variables",
}


def faults(root: ElementTree.Element) -> list[str]:
    """What the specification does not allow, or wants and does not find."""
    found: list[str] = []
    seen: list[str] = []
    for each in root.iter():
        name = each.tag.removeprefix(QTI)
        if each.tag == name:
            found.append(f"{name} is of no namespace")
        kept = {key for key in each.attrib if not key.startswith("{")}
        found += [f"{name} has {key}" for key in kept - ATTRIBUTES.get(name, set())]
        found += [f"{name} lacks {key}" for key in NEEDED.get(name, set()) - kept]
        for key in ("identifier", "response-identifier", "outcome-identifier"):
            if key in each.attrib and not IDENTIFIER.fullmatch(each.attrib[key]):
                found.append(f"{each.attrib[key]!r} is no identifier")
        if name in ("qti-simple-choice", "qti-simple-associable-choice"):
            seen.append(each.attrib["identifier"])
        found += _misplaced(name, each)
    if len(set(seen)) < len(seen):
        found.append("two choices have one identifier")
    return found


def _misplaced(name: str, element: ElementTree.Element) -> list[str]:
    names = [each.tag.removeprefix(QTI) for each in element]
    if name in EXPRESSIONS or name in ("qti-set-outcome-value", "qti-response-if"):
        return []
    allowed = CHILDREN.get(name, set())
    if isinstance(allowed, set):
        return [f"{each} stands in {name}" for each in names if each not in allowed]
    places = [next((n for n, some in enumerate(allowed) if each in some), -1) for each in names]
    if -1 in places or places != sorted(places):
        return [f"{name} holds {names}"]
    return []


# ── A score


class Scorer:
    """Runs an item's response processing."""

    def __init__(self, root: ElementTree.Element) -> None:
        self._root = root
        declared = root.find(f"{QTI}qti-response-declaration")
        assert declared is not None
        self.cardinality, self.base = declared.attrib["cardinality"], declared.attrib["base-type"]
        self.correct = [x.text or "" for x in declared.iter(f"{QTI}qti-value")]
        self._mapping = declared.find(f"{QTI}qti-mapping")

    def score(self, response: list[str]) -> float:
        """The score of a response: its values, as texts."""
        outcomes: dict[str, Any] = {"SCORE": 0.0}
        processing = self._root.find(f"{QTI}qti-response-processing")
        assert processing is not None
        for rule in processing:
            name = rule.tag.removeprefix(QTI)
            if name == "qti-set-outcome-value":
                outcomes[rule.attrib["identifier"]] = self._value(rule[0], response)
            else:
                condition, *then = rule[0]
                if self._value(condition, response):
                    for each in then:
                        outcomes[each.attrib["identifier"]] = self._value(each[0], response)
        return float(outcomes["SCORE"])

    def _value(self, expression: ElementTree.Element, response: list[str]) -> Any:
        name = expression.tag.removeprefix(QTI)
        known: dict[str, Callable[[], Any]] = {
            "qti-map-response": lambda: self._mapped(response),
            "qti-match": lambda: bool(response) and self._same(response),
            "qti-equal": lambda: bool(response) and self._near(expression, float(response[0])),
            "qti-base-value": lambda: self._literal(expression),
            "qti-multiple": lambda: [self._value(each, response) for each in expression],
            "qti-variable": lambda: response,
        }
        return known[name]()

    def _literal(self, expression: ElementTree.Element) -> Any:
        text = expression.text or ""
        return float(text) if expression.attrib["base-type"] == "float" else text

    def _same(self, response: list[str]) -> bool:
        if self.cardinality == "multiple":
            return sorted(response) == sorted(self.correct)
        return response == self.correct

    def _near(self, expression: ElementTree.Element, value: float) -> bool:
        right = float(self.correct[0])
        if expression.attrib["tolerance-mode"] == "exact":
            return value == right
        below, above = map(float, expression.attrib["tolerance"].split())
        return right - below <= value <= right + above

    def _mapped(self, response: list[str]) -> float:
        assert self._mapping is not None
        total = 0.0
        for value in dict.fromkeys(response):
            total += next(
                (
                    float(entry.attrib["mapped-value"])
                    for entry in self._mapping
                    if self._is_key(entry, value)
                ),
                float(self._mapping.attrib["default-value"]),
            )
        low = float(self._mapping.get("lower-bound", "-inf"))
        return min(max(total, low), float(self._mapping.get("upper-bound", "inf")))

    def _is_key(self, entry: ElementTree.Element, value: str) -> bool:
        wanted = entry.attrib["map-key"]
        if entry.get("case-sensitive") == "false":
            return wanted.casefold() == value.casefold()
        return wanted == value
