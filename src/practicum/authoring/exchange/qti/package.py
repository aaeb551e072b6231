"""A QTI package: an item for each question, a test that asks them, and the manifest, in a zip.

The same questions give the same bytes: files are dated to the beginning of the zip format's time.
"""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import msgspec

from practicum.authoring.exchange.qti.item import (
    ROOT,
    identifier,
    item_element,
    rubric_table,
)
from practicum.authoring.exchange.qti.manifest import MANIFEST, TEST, item_file, manifest
from practicum.authoring.exchange.qti.markup import Element, Lose, blocks, element
from practicum.authoring.exchange.qti.processing import SCORE, number
from practicum.authoring.exchange.source import Part, Source
from practicum.labs.finding import Finding
from practicum.learner.exam.grading import worth

_DATE = (1980, 1, 1, 0, 0, 0)
SECONDS_PER_MINUTE = 60


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of a zip, and what of the questions is not in it."""

    data: bytes
    lost: tuple[Finding, ...]


def qti_of(source: Source) -> Package:
    """All questions of a source, and the test that asks them."""
    lost: list[Finding] = []
    files: dict[str, Element] = {}
    for each in source.asked:

        def lose(said: str, path: tuple[str | int, ...] = each.path) -> None:
            lost.append(source.note(path, f"not in the package: {said}", "see docs/authors.md"))

        files[item_file(each.item.id)] = item_element(each.item, lose)

    def lose_of_test(said: str) -> None:
        lost.append(source.note((), f"not in the package: {said}", "see docs/authors.md"))

    files = {MANIFEST: manifest(source), TEST: _test(source, lose_of_test), **files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, root in files.items():
            package.writestr(_entry(name), _text(root), zipfile.ZIP_DEFLATED)
    return Package(data=buffer.getvalue(), lost=tuple(lost))


def _entry(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, _DATE)
    found.external_attr = 0o644 << 16
    return found


def _text(root: Element) -> bytes:
    text: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


# ── The test


def _test(source: Source, lose: Lose) -> Element:
    root = element(
        "qti-assessment-test",
        {
            **ROOT,
            "identifier": "test",
            "title": source.title,
            "xml:lang": "en",
            "tool-name": "practicum",
        },
    )
    root.append(_total(source))
    if source.minutes:
        seconds = str(source.minutes * SECONDS_PER_MINUTE)
        root.append(element("qti-time-limits", {"max-time": seconds}))
    if source.rubric:
        block = element("qti-rubric-block", {"view": "scorer", "use": "scoring"})
        content = element("qti-content-body")
        content.append(rubric_table(source.rubric))
        block.append(content)
        root.append(block)
    part = element(
        "qti-test-part",
        {
            "identifier": "part",
            "navigation-mode": "nonlinear",
            "submission-mode": "simultaneous",
        },
    )
    sections = [each for each in source.parts if each.asked]
    part.extend(_section(each, place, lose) for place, each in enumerate(sections, start=1))
    root.append(part)
    root.append(_summed())
    return root


def _total(source: Source) -> Element:
    points = sum(worth(each.item.question) for each in source.asked)
    said = {
        "identifier": SCORE,
        "cardinality": "single",
        "base-type": "float",
        "normal-maximum": number(points),
    }
    if source.pass_score:
        said["mastery-value"] = number(points * source.pass_score / 100)
    return element("qti-outcome-declaration", said)


def _section(part: Part, place: int, lose: Lose) -> Element:
    said = {"identifier": f"section-{place}", "title": part.title, "visible": "true"}
    found = element("qti-assessment-section", said)
    if part.means.strip():
        block = element("qti-rubric-block", {"view": "candidate", "use": "instructions"})
        block.append(blocks("qti-content-body", part.means, lose))
        found.append(block)
    for each in part.asked:
        name = identifier(each.item.id)
        reference = {"identifier": name, "href": item_file(each.item.id)}
        found.append(element("qti-assessment-item-ref", reference))
    return found


def _summed() -> Element:
    found = element("qti-outcome-processing")
    value = element("qti-set-outcome-value", {"identifier": SCORE})
    total = element("qti-sum")
    total.append(element("qti-test-variables", {"variable-identifier": SCORE}))
    value.append(total)
    found.append(value)
    return found
