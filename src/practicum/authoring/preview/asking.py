"""Questions and cards as their author wants to see them: with what is right folded away."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from html import escape

from practicum.authoring.markdown.html.marking import Marking
from practicum.authoring.written import WrittenModule
from practicum.curriculum.lesson import Passage
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Code,
    Criterion,
    Design,
    ExamPaper,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)


def asked_html(written: WrittenModule) -> str:
    """The module's questions by tier, its cards, and its exam; empty if none could be read."""
    pieces: list[str] = []
    if written.questions is not None:
        pieces.append('<section class="section" id="preview-questions"><h2>Questions</h2>')
        asked = sorted(written.questions.questions, key=lambda each: each.tier or 9)
        pieces += [_question(each) for each in asked]
        pieces.append("</section>")
    if written.cards is not None:
        pieces.append(
            '<section class="section" id="preview-cards"><h2>Cards</h2><dl class="cards">'
        )
        for card in written.cards.cards:
            pieces.append(f"<dt>{_html(card.front)}</dt><dd>{_html(card.back)}</dd>")
        pieces.append("</dl></section>")
    if written.exam is not None:
        pieces += _paper(written.exam)
    return "\n".join(pieces)


def _paper(paper: ExamPaper) -> Iterator[str]:
    """An exam, section by section, and what is said around its questions."""
    yield f'<section class="section" id="preview-exam"><h2>{escape(paper.title)}</h2>'
    told = f"{paper.minutes} minutes; {paper.pass_score} % of the points pass"
    yield f'<p class="label">{told}</p>{_html(paper.time_guide)}'
    for section in paper.sections:
        drawn = f" ({section.draw} of {len(section.questions)} drawn)" if section.draw else ""
        yield f"<h3>{escape(section.title)}{drawn}</h3>{_html(section.means)}"
        yield from map(_question, section.questions)
    yield f"<h3>Rubric</h3>{''.join(map(_criterion, paper.rubric))}"
    for title, texts in (("Reflection", paper.reflection), ("Resources", paper.resources)):
        listed = "".join(f"<li>{_html(each)}</li>" for each in texts)
        yield f"<h3>{title}</h3><ul>{listed}</ul>"
    yield f"<h3>Ethics and safety</h3>{_html(paper.ethics)}</section>"


def _html(text: str) -> str:
    """A text of the YAML files, which is Markdown too."""
    return Marking(lines=False).html(Passage(kind="", line=0, text=text))


def _question(question: AnyQuestion) -> str:
    kind = str(question.__struct_config__.tag)
    tier = f"tier {question.tier}, " if question.tier else ""
    told = [x for x in (question.form, question.scenario) if x]
    said = f"{tier}{', '.join([kind, *told])}, {question.minutes} min"
    head = f'<p class="label">{escape(question.id)} ({escape(said)})</p>'
    answer = "".join(_answer(question)) + _html(question.explain)
    folded = f"<details><summary>Answer</summary>{answer}</details>"
    return f'<div class="question">{head}{_html(question.text)}{folded}</div>'


@functools.singledispatch
def _answer(question: AnyQuestion) -> Iterator[str]:
    """What is right, and what is not."""
    yield ""


@_answer.register(OneOf)
@_answer.register(AnyOf)
def _of_choices(question: OneOf | AnyOf) -> Iterator[str]:
    yield "<ul>"
    for each in question.choices:
        mark = "right" if each.right else "wrong"
        yield f'<li class="{mark}">{_html(each.text)}<p class="why">{escape(each.why)}</p></li>'
    yield "</ul>"


@_answer.register
def _of_number(question: Number) -> Iterator[str]:
    said = question.computed if question.answer is None else f"{question.answer:g}"
    yield f"<p><strong>{escape(said)} {escape(question.unit)}</strong></p>"


@_answer.register
def _of_ordering(question: Ordering) -> Iterator[str]:
    yield f"<ol>{''.join(f'<li>{escape(each)}</li>' for each in question.items)}</ol>"


@_answer.register
def _of_matching(question: Matching) -> Iterator[str]:
    pairs = [f"<li>{escape(each.left)} – {escape(each.right)}</li>" for each in question.pairs]
    yield f"<ul>{''.join(pairs)}</ul>"


@_answer.register
def _of_short(question: Short) -> Iterator[str]:
    yield f"<p><strong>{escape(', '.join(question.accept))}</strong></p>"


@_answer.register
def _of_code(question: Code) -> Iterator[str]:
    for name, code in (("start", question.start), ("solution", question.solution)):
        yield f'<figure class="listing"><figcaption>{name}</figcaption>'
        yield f"<pre><code>{escape(code)}</code></pre></figure>"


@_answer.register
def _of_design(question: Design) -> Iterator[str]:
    yield _html(question.model)
    yield from map(_criterion, question.rubric)


def _criterion(criterion: Criterion) -> str:
    levels = "".join(f"<li>{escape(level)}</li>" for level in criterion.levels)
    return f'<p>{escape(criterion.name)}, {criterion.points} points</p><ol start="0">{levels}</ol>'
