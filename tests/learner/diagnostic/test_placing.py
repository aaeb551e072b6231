"""From answers to a place: levels on the low side, modules by their own answers, all in words."""

from __future__ import annotations

from practicum.learner.diagnostic.choosing import Given
from practicum.learner.diagnostic.model import Parameters
from practicum.learner.diagnostic.placing import in_words, place
from practicum.learner.diagnostic.state import Diagnostics, DiagnosticsView
from practicum.learner.events import DiagnosticAnswered, DiagnosticStarted, Placed
from practicum.learner.record import Entry, fold
from worlds.learners import answered_by, bank
from worlds.records import NOON


def answers(module: str, rights: str, location: float = 0.0) -> list[Given]:
    """Answers to a module's questions: + is right."""
    return [
        Given(
            module=module,
            question=f"{module}-{n}",
            right=mark == "+",
            points=float(mark == "+"),
            of=1,
            parameters=Parameters(1.2, location),
        )
        for n, mark in enumerate(rights)
    ]


def test_levels_go_with_ability_and_err_on_the_low_side() -> None:
    """Weak learners begin at 1, strong ones at 3, and most never above what they are."""
    candidates = bank(8, 15)
    levels = {
        ability: [place(answered_by(ability, candidates, seed=s)).level for s in range(24)]
        for ability in (-1.5, 0.0, 1.3, 3.0)
    }
    assert set(levels[-1.5]) == {1}
    assert levels[0.0].count(1) >= 21
    assert levels[1.3].count(3) <= 3
    assert levels[3.0].count(3) >= 18


def test_a_module_is_known_by_its_own_answers() -> None:
    """One all right, one all wrong, at the same ability over all."""
    found = place([*answers("a/good", "++++++", 0.6), *answers("a/bad", "------", 0.6)])
    good, bad = found.areas
    assert good.known
    assert not bad.known
    assert found.known == {"a/good"}
    assert good.likely > 0.6 > bad.likely


def test_two_answers_are_too_few_to_leave_a_module_out() -> None:
    """However right they are."""
    found = place([*answers("a/much", "++++++", 1.5), *answers("a/little", "++", 1.5)])
    assert found.known == {"a/much"}
    words = in_words(found, {1: "Practitioner", 2: "Engineer", 3: "Architect"})
    assert any("a/little: 2 of 2 right" in each and "too few" in each for each in words)


def test_the_words_name_level_ability_and_reason() -> None:
    """So that somebody can disagree."""
    words = in_words(place(answers("a/m", "+-+-+-+-")), {1: "Practitioner"})
    assert words[0].startswith("begin on the way to level 1 (Practitioner)")
    assert "in 95 of 100 cases from" in words[1]
    assert "4 of 8 right" in words[3]


def answered(question: str, points: float) -> DiagnosticAnswered:
    """An answer that got so many points of one."""
    return DiagnosticAnswered(
        diagnostic="d",
        module="a/m",
        question=question,
        answer=None,
        points=points,
        of=1,
        discrimination=1.0,
        location=0.5,
    )


def test_the_fold_keeps_the_first_answer_and_nothing_after_the_end() -> None:
    """Two windows that answer the same question count once."""
    placed = Placed(ability=0, error=1, questions=1, diagnostic="d")
    events = [
        DiagnosticStarted(diagnostic="d", seed=1, most=9),
        answered("q", 1),
        answered("q", 0),
        placed,
        answered("late", 1),
    ]
    entries = [
        Entry(id=f"e{n}", person="ada", at=NOON, by="ada", event=event, seq=n, number=n)
        for n, event in enumerate(events, start=1)
    ]
    state: Diagnostics = fold(DiagnosticsView(), entries).state
    found = state.last()
    assert found is not None
    assert [(each.question, each.right) for each in found.given] == [("q", True)]
    assert found.placed == placed
