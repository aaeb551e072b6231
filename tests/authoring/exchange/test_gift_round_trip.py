"""Ours to GIFT and back: what GIFT can hold comes back the same, the rest is named."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.authoring.exchange.gift.reading import import_gift
from practicum.authoring.exchange.gift.writing import gift_of
from practicum.authoring.exchange.source import Asked, Part, Source
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
from practicum.labs.yaml_file import YamlFile
from practicum.learner.exam.variant import single

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n")
TEXTS = (
    st.one_of(
        st.text(LETTERS, min_size=1, max_size=40),
        st.text(st.sampled_from("ab~=#{}:\\%50->[]html*/$ \n.T"), min_size=1, max_size=30),
        st.sampled_from(
            [
                "[html]x",
                "[plain] y",
                "%50%z",
                "-> a",
                "T",
                "// no",
                "::a::",
                "*",
                "\\*",
                "####",
                "#",
                "<A>",
                "a &amp; <b>b</b>",
            ]
        ),
    )
    .map(str.strip)
    .filter(bool)
)
NAMES = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
COMMON = {
    "id": NAMES,
    "text": TEXTS,
    "explain": TEXTS,
    "tier": st.one_of(st.none(), st.integers(1, 4)),
    "block": st.one_of(st.none(), NAMES),
    "difficulty": st.sampled_from(["easy", "medium", "hard", "very hard"]),
    "minutes": st.integers(1, 90),
}
CHOICES = st.lists(st.builds(Choice, text=TEXTS, why=TEXTS), min_size=1, max_size=5)
RIGHT = st.builds(Choice, text=TEXTS, right=st.just(True), why=TEXTS)
POINTS = st.integers(1, 9)
HELD = st.one_of(
    st.builds(
        OneOf,
        choices=st.tuples(RIGHT, CHOICES).map(lambda x: (x[0], *x[1])),
        points=POINTS,
        **COMMON,
    ),
    st.builds(
        AnyOf,
        choices=st.tuples(st.lists(RIGHT, min_size=1, max_size=7), CHOICES).map(
            lambda x: (*x[0], *x[1])
        ),
        points=POINTS,
        **COMMON,
    ),
    st.builds(
        Number,
        answer=st.floats(-1e12, 1e12),
        tolerance=st.floats(0, 1e6),
        unit=st.sampled_from(["", "ms", "requests/s", "%"]),
        points=POINTS,
        **COMMON,
    ),
    st.builds(
        Matching,
        pairs=st.lists(
            st.builds(Pair, left=TEXTS.filter(lambda x: "->" not in x), right=TEXTS),
            min_size=2,
            max_size=4,
        ).map(tuple),
        extra=st.lists(TEXTS, max_size=2).map(tuple),
        points=POINTS,
        **COMMON,
    ),
    st.builds(
        Short,
        accept=st.lists(TEXTS.filter(lambda x: "->" not in x), min_size=1, max_size=3).map(tuple),
        points=POINTS,
        **COMMON,
    ),
)


def source(questions: Sequence[AnyQuestion], *, seed: int = 1) -> Source:
    """Questions as a module has them."""
    asked = tuple(
        Asked(item=single(each, seed), path=("questions", place))
        for place, each in enumerate(questions)
    )
    part = Part(title="All", means="", asked=asked)
    yaml = YamlFile("q.yaml", {}, {("questions", n): 10 + n for n in range(len(questions))})
    return Source(id="c/m", title="All", seed=seed, parts=(part,), yaml=yaml)


@settings(max_examples=400)
@given(HELD)
def test_what_gift_can_hold_comes_back_the_same(question: AnyQuestion) -> None:
    """Texts to the letter, and every field but the objectives."""
    written = gift_of(source([question]))
    assert (written.left_out, written.lost) == ((), ())
    again = import_gift(written.text, "f.gift")
    assert again.left_out == ()
    assert [each.message for each in again.lost] == ["the category 'c/m' is not kept"]
    assert msgspec.convert(again.questions[0], AnyQuestion) == question


@pytest.mark.parametrize(
    "text", ["%50%z", "%-100%", "[html]x", "=a", "#", "T", "-> a", "//", "<A>", "&lt;"]
)
@pytest.mark.parametrize("right", [True, False])
def test_a_choice_that_looks_like_a_mark_stays_a_choice(text: str, right: bool) -> None:
    """As the right one, and as a wrong one."""
    other = Choice(text="other", right=not right, why="w")
    choices = (Choice(text=text, right=right, why=text), other)
    question = OneOf(id="q", text=text, explain=text, choices=choices)
    again = import_gift(gift_of(source([question])).text, "f.gift")
    assert msgspec.convert(again.questions[0], AnyQuestion) == question


@given(st.lists(HELD, min_size=1, max_size=6))
def test_many_come_back_in_order(questions: list[AnyQuestion]) -> None:
    """One after the other, with ids of their own where two are called the same."""
    again = import_gift(gift_of(source(questions)).text, "f.gift")
    assert [each["text"] for each in again.questions] == [each.text for each in questions]
    assert len({each["id"] for each in again.questions}) == len(questions)


def test_what_gift_cannot_hold_is_named_by_line() -> None:
    """Orders and code are left out; objectives, rubrics and variants are lost."""
    common = {"text": "T?", "explain": "E."}
    criterion = Criterion(name="n", points=2, levels=("a", "b"))
    questions: list[AnyQuestion] = [
        Ordering(id="order", items=("a", "b"), **common),
        Code(id="code", start="", solution="x", check="y", **common),
        Design(id="design", rubric=(criterion,), model="m", **common),
        Short(id="tested", accept=("x",), tests=("an objective",), **common),
        Number(id="drawn", computed="2 * n", given={"n": [1, 2]}, text="{n}?", explain="E."),
        Matching(
            id="arrow",
            pairs=(Pair(left="a -> b", right="c"), Pair(left="d", right="e")),
            **common,
        ),
        Short(id="pair", accept=("a -> b",), **common),
        Number(id="percent", answer=50, tolerance_percent=10, **common),
    ]
    written = gift_of(source(questions))
    assert [each.line for each in written.left_out] == [10, 11, 15, 16]
    assert [each.line for each in written.lost] == [12, 13, 14, 17]
    assert "rubric" in written.lost[0].message
    assert "objectives" in written.lost[1].message
    assert "variants" in written.lost[2].message
    again = {each["id"]: each for each in import_gift(written.text, "f.gift").questions}
    assert set(again) == {"design", "tested", "drawn", "percent"}
    assert again["percent"]["tolerance"] == 5
    assert again["drawn"]["text"] in ("1?", "2?")
    assert again["drawn"]["answer"] == 2 * int(again["drawn"]["text"][0])


def test_weights_that_are_not_ours_are_named() -> None:
    """Each with its line, and what it is worth here."""
    text = "Which?{\n~%60%a#x\n~%40%b#y\n~%-100%c#z\n####e}"
    found = import_gift(text, "f.gift")
    assert found.questions[0]["kind"] == "multiple"
    assert [(x.line, x.message) for x in found.lost] == [
        (2, "'a' is worth 60 % there, and 50 % here"),
        (3, "'b' is worth 40 % there, and 50 % here"),
    ]
    free = import_gift("Which?{\n~%50%a\n~%50%b\n~c}", "f.gift")
    assert [each.line for each in free.lost] == [4]
    partly = import_gift("Which?{\n=a\n~%50%b\n~c}", "f.gift")
    assert partly.questions[0]["kind"] == "multiple"
    assert "one is enough there" in partly.lost[0].message


def test_what_is_missing_is_marked_for_the_linter() -> None:
    """Why each choice is wrong, and why the answer is right."""
    found = import_gift("::Sky:: Is it blue?{=yes ~no}", "f.gift").questions[0]
    assert found["id"] == "sky"
    assert found["explain"].startswith("TODO")
    assert all(each["why"].startswith("TODO") for each in found["choices"])
    essay = import_gift("Write{}", "f.gift").questions[0]
    assert essay["kind"] == "design"
    assert essay["model"].startswith("TODO")
    true = import_gift("Is it?{TRUE#no, it is#yes####because}", "f.gift").questions[0]
    assert [(x["text"], x.get("right", False), x["why"]) for x in true["choices"]] == [
        ("True", True, "yes"),
        ("False", False, "no, it is"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Only a text", "asks nothing"),
        ("?{=%50%a}", "no answer is right in full"),
        ("?{~a ~b}", "no choice is right"),
        ("?{#*}", "no number is right in full"),
        ("?{=a -> b = -> c}", "it does not fit"),
    ],
)
def test_what_ours_cannot_be_is_left_out_by_line(text: str, words: str) -> None:
    """Named, with the others kept."""
    found = import_gift(f"Fine{{T}}\n\n{text}", "f.gift")
    assert len(found.questions) == 1
    (finding,) = found.left_out
    assert finding.line == 3
    assert words in finding.message


def test_partly_right_answers_and_stars_are_named() -> None:
    """A short answer is right or wrong, a number has one key; nothing of it goes in silence."""
    found = import_gift("?{\n=Frog#Good!\n=Toad#Too.\n=%50%Cat#Hm\n=%0%*#No}", "f.gift")
    assert found.questions[0]["accept"] == ["Frog", "Toad"]
    assert found.questions[0]["explain"] == "Good!"
    assert [each.line for each in found.lost] == [4, 5, 3]
    number = import_gift("?{#\n=5:1#yes\n=%50%5:2#near\n~#far}", "f.gift")
    assert [each.line for each in number.lost] == [3, 4]
    assert "'near'" in number.lost[0].message
    assert "'far'" in number.lost[1].message


def test_html_becomes_markdown_and_what_cannot_is_named() -> None:
    """Tags that Markdown knows are said in it; pictures and tables are told by line."""
    text = (
        "[html]<p>Say <b>why</b> <code>a_b</code> is 1 &lt; 2:</p>"
        "<ul><li>one</li><li>two_x</li></ul>"
        '<img src\\="p.png" alt\\="a plot"><table><tr><td>x</td></tr></table>{=a ~b}'
    )
    found = import_gift(f"\n{text}", "f.gift")
    assert found.questions[0]["text"].startswith(
        "Say **why** `a_b` is 1 \\< 2:\n\n- one\n- two\\_x"
    )
    told = [each.message for each in found.lost]
    assert any("the picture 'p.png'" in each for each in told)
    assert any("<table>" in each for each in told)
    assert all(each.line == 2 for each in found.lost)
    plain = import_gift("[plain]2 * 3 * 4 and <b>{=a ~b}", "f.gift").questions[0]
    assert plain["text"] == r"2 \* 3 \* 4 and \<b\>"
    assert import_gift("2 * 3{=a ~b}", "f.gift").questions[0]["text"] == "2 * 3"


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(st.sampled_from("ab1 .\n~=#{}:\\%->$[]/*TF<>&;html"), max_size=80),
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    "Q",
                    "{",
                    "}",
                    "=a",
                    "~b",
                    "#",
                    "####x",
                    "->",
                    "%50%",
                    "T",
                    "1..2",
                    ":",
                    "\n",
                    "\n\n",
                    "[html]",
                    "<b>",
                    "</b>",
                    "<ul><li>",
                    "<script>",
                    "// [tag:tier-9]\n",
                    "$CATEGORY: x\n",
                ]
            ),
            max_size=14,
        ).map("".join),
    )
)
def test_no_text_ends_the_import(text: str) -> None:
    """Every question that comes out is one of ours."""
    found = import_gift(text, "f.gift")
    for each in found.questions:
        msgspec.convert(each, AnyQuestion)
    assert len({each["id"] for each in found.questions}) == len(found.questions)
