"""QTI packages: allowed by the specification, whole, the same each time, and scored as we score."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.exchange.qti_reader import QTI, Scorer, faults
from authoring.exchange.test_gift_round_trip import HELD, source
from practicum.authoring.exchange.qti.item import item_element
from practicum.authoring.exchange.qti.package import qti_of
from practicum.authoring.exchange.source import Source, source_of
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
    Pair,
    Short,
)
from practicum.labs.finding import CannotBeUsed
from practicum.labs.library import course_folders
from practicum.learner.exam.grading import grade
from practicum.learner.exam.variant import Item, key, single

PACKAGING = "{http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1}"
COMMON: dict[str, Any] = {"id": "1-q", "text": "What *is* it?", "explain": "So."}
CHOICES = (
    Choice(text="a", right=True, why="yes"),
    Choice(text="b `code`", why="no"),
    Choice(text="c", right=True, why="too"),
    Choice(text="d\n\n- one\n- two", why="never"),
    Choice(text="e", why="no"),
)
MULTIPLE = AnyOf(choices=CHOICES, points=3, **COMMON)
MATCHING = Matching(
    pairs=tuple(Pair(left=f"l{n}", right=f"r{n}") for n in range(4)),
    extra=("r9",),
    points=2,
    **COMMON,
)
ORDERING = Ordering(items=("one", "two", "three"), points=4, **COMMON)
DESIGN = Design(rubric=(Criterion(name="n", points=3, levels=("a", "b")),), model="m", **COMMON)
CODE = Code(start="x = {n}\n", solution="x = 1", check="assert x", given={"n": 2}, **COMMON)


def item_of(item: Item, lost: list[str] | None = None) -> ElementTree.Element:
    """An item as another program reads it."""
    root = item_element(item, (lost if lost is not None else []).append)
    return ElementTree.fromstring(ElementTree.tostring(root))


def opened(what: Source) -> dict[str, bytes]:
    """The files of a package."""
    with zipfile.ZipFile(io.BytesIO(qti_of(what).data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def ours(what: str, seed: int = 1) -> Source:
    """What our own courses hold."""
    return source_of(what, course_folders({}), seed)


@pytest.mark.parametrize(
    "what", ["microservices/transactions", "pillars/truth-distribution", "flow-control-180"]
)
def test_our_own_questions_are_a_package_that_the_specification_allows(what: str) -> None:
    """Every item and the test by the grammar; the manifest names each file, and each is there."""
    files = opened(ours(what))
    assert next(iter(files)) == "imsmanifest.xml"
    for name, text in files.items():
        if name != "imsmanifest.xml":
            assert faults(ElementTree.fromstring(text)) == [], name
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    resources = {each.attrib["identifier"]: each for each in manifest.iter(f"{PACKAGING}resource")}
    assert {each.attrib["href"] for each in resources.values()} == set(files) - {"imsmanifest.xml"}
    needed = [each.attrib["identifierref"] for each in manifest.iter(f"{PACKAGING}dependency")]
    assert set(needed) == set(resources) - {"test"}
    test = ElementTree.fromstring(files["test.xml"])
    asked = {
        x.attrib["identifier"]: x.attrib["href"] for x in test.iter(f"{QTI}qti-assessment-item-ref")
    }
    assert list(asked) == needed
    for identifier, href in asked.items():
        assert ElementTree.fromstring(files[href]).attrib["identifier"] == identifier


def test_an_exam_keeps_its_sections_minutes_and_pass_score() -> None:
    """As time limits and a mastery value."""
    paper = ours("exam:flow-control-180")
    test = ElementTree.fromstring(opened(paper)["test.xml"])
    limits = test.find(f"{QTI}qti-time-limits")
    assert limits is not None
    assert limits.attrib["max-time"] == str(paper.minutes * 60)
    total = test.find(f"{QTI}qti-outcome-declaration")
    assert total is not None
    share = float(total.attrib["mastery-value"]) / float(total.attrib["normal-maximum"])
    assert share == pytest.approx(paper.pass_score / 100)
    titles = [x.attrib["title"] for x in test.iter(f"{QTI}qti-assessment-section")]
    assert titles == [part.title for part in paper.parts]


def test_the_same_questions_give_the_same_bytes_and_another_seed_others() -> None:
    """So that a package can be compared with the last one."""
    first = qti_of(ours("pillars/truth-distribution")).data
    assert qti_of(ours("pillars/truth-distribution")).data == first
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {each.date_time for each in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert qti_of(ours("pillars/truth-distribution", 2)).data != first


@settings(max_examples=150)
@given(HELD)
def test_every_question_is_an_item_that_the_specification_allows(question: AnyQuestion) -> None:
    """Whatever its texts hold."""
    assert faults(item_of(single(question, 3))) == []


@pytest.mark.parametrize("question", [MULTIPLE, MATCHING, ORDERING, DESIGN, CODE])
def test_every_kind_is_an_item_that_the_specification_allows(question: AnyQuestion) -> None:
    """With lists, code and tables in their texts, and an id that begins with a digit."""
    assert faults(item_of(single(question, 3))) == []


@given(st.sets(st.integers(0, 4)), st.integers(0, 99))
def test_choices_are_scored_as_we_score_them(taken: set[int], seed: int) -> None:
    """Wrong ones cost what they cost here, and nothing falls below 0."""
    item = single(MULTIPLE, seed)
    mark = grade(item, sorted(taken))
    assert mark is not None
    found = Scorer(item_of(item)).score([f"choice-{place + 1}" for place in taken])
    assert found == pytest.approx(mark.points)


@given(st.permutations(range(5)), st.integers(0, 4))
def test_pairs_are_scored_as_we_score_them(rights: list[int], count: int) -> None:
    """An equal part for each."""
    item = single(MATCHING, 1)
    pairs = [[left, rights[left]] for left in range(count)]
    mark = grade(item, pairs)
    assert mark is not None
    said = [f"left-{left + 1} right-{right + 1}" for left, right in pairs]
    assert Scorer(item_of(item)).score(said) == pytest.approx(mark.points)


@given(st.floats(-100, 100), st.floats(0, 5), st.floats(-8, 8), st.integers(0, 50))
def test_numbers_are_scored_as_we_score_them(
    answer: float, tolerance: float, off: float, percent: int
) -> None:
    """Within the tolerance that is the larger of the two, all points, else nothing."""
    question = Number(
        answer=answer, tolerance=tolerance, tolerance_percent=percent, unit="ms", **COMMON
    )
    item = single(question, 1)
    allowed = max(tolerance, abs(answer) * percent / 100)
    if abs(abs(off) - allowed) < 1e-6:
        return  # At the very border the two round differently.
    mark = grade(item, answer + off)
    assert mark is not None
    assert Scorer(item_of(item)).score([repr(answer + off)]) == mark.points


@pytest.mark.parametrize("said", ["fencing token", "Fencing TOKEN", "lease", ""])
def test_short_answers_are_scored_without_regard_to_case(said: str) -> None:
    """Any that is accepted is right."""
    question = Short(
        accept=("a fencing token", "fencing token", "Fencing Token"), points=2, **COMMON
    )
    item = single(question, 1)
    points = 2.0 if said.lower() == "fencing token" else 0.0
    assert Scorer(item_of(item)).score([said] if said else []) == points


def test_one_choice_and_an_order_are_all_or_nothing() -> None:
    """The key by its place in the file, whatever the order in which it is shown."""
    one = OneOf(choices=CHOICES[:2], points=2, **COMMON)
    for seed in range(5):
        scorer = Scorer(item_of(single(one, seed)))
        assert [scorer.score([x]) for x in ("choice-1", "choice-2")] == [2, 0]
    lost: list[str] = []
    order = Scorer(item_of(single(ORDERING, 2), lost))
    assert order.score(["choice-1", "choice-2", "choice-3"]) == 4
    assert order.score(["choice-2", "choice-1", "choice-3"]) == 0
    assert "credit for a part of the order" in lost[0]


def test_the_variant_is_resolved_by_the_seed() -> None:
    """Text and key agree, and the other variants are named as lost."""
    question = Number(
        id="q", text="Twice {n}?", explain="{n}!", computed="2 * n", given={"n": [3, 5, 8]}
    )
    seen = set()
    for seed in range(12):
        lost: list[str] = []
        item = single(question, seed)
        root = item_of(item, lost)
        text = "".join(root.itertext())
        right = key(item)
        assert right is not None
        assert f"Twice {int(right / 2)}?" in text
        assert Scorer(root).score([str(right)]) == 1
        assert "other variants" in lost[0]
        seen.add(right)
    assert len(seen) > 1


def test_what_people_grade_says_so_and_gives_scorers_the_rubric() -> None:
    """No machine gives points; model, solution and check are for scorers alone."""
    for question, words in ((DESIGN, "A good answer"), (CODE, "It is checked by")):
        root = item_of(single(question, 1))
        score = root.find(f"{QTI}qti-outcome-declaration")
        assert score is not None
        assert score.attrib["external-scored"] == "human"
        block = next(root.iter(f"{QTI}qti-rubric-block"))
        assert block.attrib["view"] == "scorer"
        assert words in "".join(block.itertext())
        assert Scorer(root).score(["whatever"]) == 0
    assert "x = 2" in "".join(item_of(single(CODE, 1)).itertext())


def test_pictures_links_and_marks_are_safe() -> None:
    """A picture leaves its words, a link beside the text its own, and a mark stays a mark."""
    lost: list[str] = []
    text = (
        "![a plot](p.png) and [there](other.md), [here](https://example.org), H<sub>2</sub>O, "
        "<sub>open, "
        "<script>x</script>\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n```mermaid\ngraph TD\n```"
    )
    root = item_of(single(Short(id="q", text=text, explain="E", accept=("x",)), 1), lost)
    assert faults(root) == []
    said = "".join(root.itertext())
    assert "a plot" in said
    assert "<script>x</script>" in said
    assert [each.attrib["href"] for each in root.iter(f"{QTI}a")] == ["https://example.org"]
    assert any("p.png" in each for each in lost)
    assert any("other.md" in each for each in lost)
    assert any("drawing" in each for each in lost)
    closed = item_of(single(Short(id="q", text="H<sub>2</sub>O", explain="E", accept=("x",)), 1))
    assert next(closed.iter(f"{QTI}sub")).text == "2"


def test_what_is_lost_is_named_by_line() -> None:
    """Of the file that the question stands in."""
    found = qti_of(source([MULTIPLE, ORDERING])).lost
    assert [(each.file, each.line) for each in found] == [("q.yaml", 11)]


def test_what_is_no_module_and_no_exam_is_named(tmp_path: Path) -> None:
    """With what there is."""
    with pytest.raises(CannotBeUsed, match="truth-distribution"):
        ours("truth-distributio")
    with pytest.raises(CannotBeUsed, match="no paper"):
        ours("exam:nothing-of-the-sort")
    with pytest.raises(CannotBeUsed, match="COURSE/MODULE"):
        ours("pillars")
