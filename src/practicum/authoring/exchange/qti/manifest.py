"""The manifest of a QTI package: its files, which needs which, and what is told of each question.

What an item has no place for (how hard it is, how long it takes, what it is evidence for) stands
here as learning object metadata (IEEE 1484.12.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from practicum.authoring.exchange.qti.item import ROOT, identifier
from practicum.authoring.exchange.qti.markup import Element, element
from practicum.authoring.exchange.source import Source
from practicum.curriculum.question import AnyQuestion, Difficulty

MANIFEST, TEST = "imsmanifest.xml", "test.xml"
PACKAGING = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
METADATA = "http://ltsc.ieee.org/xsd/LOM"
_SCHEMAS = "https://purl.imsglobal.org/spec"
_BINDINGS = (
    f"{PACKAGING} {_SCHEMAS}/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd "
    f"{METADATA} {_SCHEMAS}/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd"
)
ITEM_TYPE, TEST_TYPE = "imsqti_item_xmlv3p0", "imsqti_test_xmlv3p0"
VOCABULARY = "LOMv1.0"
DIFFICULTY: Mapping[Difficulty, str] = {
    "easy": "easy",
    "medium": "medium",
    "hard": "difficult",
    "very hard": "very difficult",
}


def item_file(question: str) -> str:
    """Where the item of a question lies in the package."""
    return f"items/{question}.xml"


def manifest(source: Source) -> Element:
    """The manifest of a package with the items of a source and the test that asks them."""
    root = element(
        "manifest",
        {
            "xmlns": PACKAGING,
            "xmlns:lom": METADATA,
            "xmlns:xsi": ROOT["xmlns:xsi"],
            "xsi:schemaLocation": _BINDINGS,
            "identifier": "practicum-package",
        },
    )
    metadata = element("metadata")
    metadata.append(element("schema", text="QTI Package"))
    metadata.append(element("schemaversion", text="3.0.0"))
    resources = element("resources")
    test = _resource("test", TEST, TEST_TYPE)
    resources.append(test)
    for each in source.asked:
        name = identifier(each.item.id)
        test.append(element("dependency", {"identifierref": name}))
        resource = _resource(name, item_file(each.item.id), ITEM_TYPE)
        resource.insert(0, _metadata(each.item.question))
        resources.append(resource)
    root.extend([metadata, element("organizations"), resources])
    return root


def _resource(name: str, href: str, kind: str) -> Element:
    found = element("resource", {"identifier": name, "type": kind, "href": href})
    found.append(element("file", {"href": href}))
    return found


def _metadata(question: AnyQuestion) -> Element:
    lom, general, educational = _lom("lom"), _lom("general"), _lom("educational")
    general.append(_around("title", _string(question.id)))
    general.extend(_around("keyword", _string(each)) for each in _keywords(question))
    educational.append(_chosen("difficulty", DIFFICULTY[question.difficulty]))
    learning = _lom("duration", f"PT{question.minutes}M")
    educational.append(_around("typicalLearningTime", learning))
    lom.extend([general, educational])
    for objective in question.tests:
        classification = _around("classification", _chosen("purpose", "educational objective"))
        classification.append(_around("description", _string(objective)))
        lom.append(classification)
    return _wrapped("metadata", lom)


def _keywords(question: AnyQuestion) -> Iterator[str]:
    if question.tier is not None:
        yield f"tier {question.tier}"
    for name in ("block", "form", "scenario"):
        if value := getattr(question, name):
            yield f"{name} {value}"


def _lom(tag: str, text: str = "") -> Element:
    return element(f"lom:{tag}", text=text)


def _around(tag: str, child: Element) -> Element:
    return _wrapped(f"lom:{tag}", child)


def _wrapped(tag: str, child: Element) -> Element:
    found = element(tag)
    found.append(child)
    return found


def _string(text: str) -> Element:
    return element("lom:string", {"xml:lang": "en"}, text)


def _chosen(tag: str, value: str) -> Element:
    found = _around(tag, _lom("source", VOCABULARY))
    found.append(_lom("value", value))
    return found
