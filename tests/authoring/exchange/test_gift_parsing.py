"""GIFT taken apart: each kind, each mark and its escape, and what cannot be read with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.authoring.exchange.gift.escaping import escaped, hidden, shown
from practicum.authoring.exchange.gift.parsing import Parsed, parse
from practicum.authoring.exchange.gift.question import GiftQuestion


def one(text: str) -> GiftQuestion:
    """The only question of a text, of which all can be read."""
    found = parse(text, "f.gift")
    assert found.findings == ()
    (question,) = found.questions
    return question


def refused(text: str) -> tuple[int | None, str]:
    """The line and the message of the only thing that cannot be read."""
    (finding,) = parse(text, "f.gift").findings
    assert finding.remedy
    return finding.line, finding.message


# In the words of the fixture that Moodle tests its own importer with.
MOODLE = """\
// essay
::Q8:: How are you? {}

// question: 2  name: Activities
::Activities::[html]Match the <b>activity</b> to the description.{
    =[html]Discussions at any time. -> Forum
    =[plain]Entries which participants add to. -> Database
    = -> Chat
}

::Q2:: What's between orange and green in the spectrum?
{
    =yellow # right; good!
    ~red # [html]wrong, it's yellow
    ~[plain]blue # wrong, it's yellow
}

::colours:: What's between orange and green in the spectrum?
{
    ~%50%yellow # right; good!
    ~%-100%red # [html]wrong
    ~%50%off-beige # right; good!
    ~%-100%[plain]blue # wrong
}

::Q5:: What is a number from 1 to 5? {#3:2~#Completely wrong}

::Shortanswer::Which is the best animal?{
    =Frog#Good!
    =%50%Cat#What is it with cats?
    =%0%*#Completely wrong
}

::Q1:: 42 is the answer to everything.{
FALSE#42 is the ultimate answer.#You gave the right answer.
####This is a reference.}

::2-08 TSL::TSL is blablabla.{T}
"""


def test_what_moodle_tests_itself_with_is_read() -> None:
    """Kinds, weights, formats, feedback and lines."""
    found = parse(MOODLE, "f.gift")
    assert found.findings == ()
    assert [each.kind for each in found.questions] == [
        "essay",
        "matching",
        "choice",
        "choice",
        "numerical",
        "short",
        "truth",
        "truth",
    ]
    essay, match, single, multiple, number, short, untrue, true = found.questions
    assert (essay.title, essay.text.text, essay.line) == ("Q8", "How are you?", 2)
    assert (match.text.format, match.text.line) == ("html", 5)
    assert [(x.left.text, x.left.format, x.right.text) for x in match.pairs] == [
        ("Discussions at any time.", "html", "Forum"),
        ("Entries which participants add to.", "plain", "Database"),
        ("", "", "Chat"),
    ]
    assert [x.is_key for x in single.answers] == [True, False, False]
    feedback = single.answers[1].feedback
    assert feedback is not None
    assert (feedback.text, feedback.format, feedback.line) == ("wrong, it's yellow", "html", 14)
    assert [x.percent for x in multiple.answers] == [50, -100, 50, -100]
    assert (number.numbers[0].value, number.numbers[0].tolerance) == (3, 2)
    assert number.wrong is not None
    assert number.wrong.text == "Completely wrong"
    assert [(x.said.text, x.percent) for x in short.answers] == [
        ("Frog", 100),
        ("Cat", 50),
        ("*", 0),
    ]
    assert untrue.is_true is False
    assert untrue.wrong is not None
    assert untrue.right is not None
    assert untrue.general is not None
    assert untrue.wrong.text == "42 is the ultimate answer."
    assert untrue.right.text == "You gave the right answer."
    assert untrue.general.text == "This is a reference."
    assert true.is_true


def test_marks_that_are_escaped_are_letters() -> None:
    """In titles, texts, answers and feedback alike; another backslash is one."""
    found = one(r"::a\:\:b\=::Is \{x\} \~ \# \\n or C:\temp?{=\{x\=1\}#so\nit is ~\~no\#}")
    assert found.title == "a::b="
    assert found.text.text == r"Is {x} ~ # \n or C:\temp?"
    assert [each.said.text for each in found.answers] == ["{x=1}", "~no#"]
    assert found.answers[0].feedback is not None
    assert found.answers[0].feedback.text == "so\nit is"


def test_a_word_that_is_missing_leaves_a_blank() -> None:
    """Where the text goes on after the answers."""
    assert one("Grant is {~buried =entombed} here.").text.text == "Grant is _____ here."
    assert one("Grant is buried. {T}").text.text == "Grant is buried."


def test_numbers_are_read_in_each_way_of_writing_them() -> None:
    """Alone, with a tolerance, as a range, with weights, and as any number."""
    assert (n := one("?{#5}").numbers[0]).value == 5
    assert n.tolerance == 0
    assert one("?{#-1.5e3:0.25}").numbers[0].tolerance == 0.25
    half = one("?{#1..4}").numbers[0]
    assert (half.value, half.tolerance) == (2.5, 1.5)
    several = one("?{#=1822:0#yes =%50%1822:2 =*}").numbers
    assert [(x.value, x.percent) for x in several] == [(1822, 100), (1822, 50), (None, 100)]


def test_categories_ids_and_tags_are_kept() -> None:
    """A category holds until the next one, with or without a blank line after it."""
    text = "$CATEGORY: a/b\n\nQ1{T}\n\n// [id:x-1] [tag:tier-2] [tag:hard]\n$CATEGORY: c\nQ2{F}\n"
    found = parse(text, "f.gift").questions
    assert [(each.category, each.line) for each in found] == [("a/b", 3), ("c", 7)]
    assert found[1].name_in_file == "x-1"
    assert found[1].tags == (("tier-2", 5), ("hard", 5))


def test_comments_within_a_question_are_passed_over() -> None:
    """And do not move the lines of what comes after them."""
    found = one("Q?{\n// {=}~\n=a\n~b#no\n}")
    assert [(each.said.text, each.said.line) for each in found.answers] == [("a", 3), ("b", 4)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Fine{T}\n\nOpen {=a ~b\n", 3, "{ has no }"),
        ("a } b", 1, "} has no {"),
        ("a } b {", 1, "} has no {"),
        ("One{T}\nTwo{F}", 2, "a second { stands here"),
        ("?{=a\n~{b}}", 2, "a second { stands here"),
        ("{=a ~b}", 1, "it asks nothing"),
        ("?{a ~b =c}", 1, "'a' stands before the first answer"),
        ("?{~a}", 1, "one answer to choose"),
        ("?{=a\n~}", 2, "an answer without a text"),
        ("?{=%200%a =b}", 1, "a weight of 200 %"),
        ("?{=a -> b\n=c}", 2, "has no ->"),
        ("?{=a ->\n=c -> d}", 1, "no right side"),
        ("?{a =b -> c}", 1, "a pair has no ="),
        ("?{#\n=two}", 2, "'two' is no number"),
        ("?{#1_000}", 1, "'1_000' is no number"),
        ("?{#1e999}", 1, "is no number"),
        ("?{#nan}", 1, "'nan' is no number"),
        ("?{#5:-1}", 1, "off by -1"),
        ("?{#9..3}", 1, "ends before it begins"),
        ("?{#}", 1, "there is no number"),
        ("// [tag:lonely]\n\nQ{T}", 1, "belongs to no question"),
    ],
)
def test_what_cannot_be_read_is_named_by_line(text: str, line: int, words: str) -> None:
    """And what to do stands beside it."""
    found = refused(text)
    assert found[0] == line
    assert words in found[1]


def test_a_fault_does_not_hide_the_questions_around_it() -> None:
    """All are read that can be, and all faults are told."""
    found = parse("A{T}\n\nB{\n\nC{F}\n\nD}\n\nE{T}", "f.gift")
    assert [each.text.text for each in found.questions] == ["A", "C", "E"]
    assert [each.line for each in found.findings] == [3, 7]


def test_too_many_questions_are_not_read() -> None:
    """The rest is named by where it begins."""
    found = parse("Q{T}\n\n" * 5_001, "f.gift")
    assert len(found.questions) == 5_000
    assert found.findings[0].line == 10_001


@given(st.text())
def test_whatever_is_escaped_is_shown_again(text: str) -> None:
    """On one line, and without a mark on the way."""
    written = escaped(text)
    assert "\n" not in written
    assert not set(hidden(written)) & set("~=#{}:")
    assert shown(hidden(written)) == text


MARKS = st.text(st.sampled_from("ab1 .\n~=#{}:\\%->$[]/*TF"), max_size=60)


@settings(max_examples=400)
@given(st.one_of(MARKS, st.text(max_size=80)))
def test_no_text_ends_the_parser(text: str) -> None:
    """Whatever stands there is a question, a finding or nothing; lines are those of the text."""
    found: Parsed = parse(text, "f.gift")
    last = text.count("\n") + 1
    for each in found.findings:
        assert each.line is not None
        assert 1 <= each.line <= last
    for question in found.questions:
        assert 1 <= question.line <= last
