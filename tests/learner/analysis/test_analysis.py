"""An exam's analysis: its figures against closed formulas, and what it calls attention to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from practicum.curriculum.question import Number, Short
from practicum.learner.analysis.analysis import Analysis, Item, analyse
from practicum.learner.analysis.sat import Analysed, Sat
from worlds.class_of import paper, sat_by

ORACLES: dict[str, Any] = json.loads(Path(__file__).with_name("oracles.json").read_text())


def kinds(item: Item) -> set[str]:
    """The flags of a question."""
    return {each.kind for each in item.flags}


def item(found: Analysis, name: str) -> Item:
    """A question's part of the analysis."""
    return next(each for each in found.items if each.figures.question == name)


def test_difficulty_and_item_rest_are_what_girth_said() -> None:
    """On the recorded answers of sixty."""
    questions = paper(12)
    sittings = [
        Sat(
            shares={each.id: float(x) for each, x in zip(questions, row, strict=True)},
            answers={each.id: 0 if x else 1 for each, x in zip(questions, row, strict=True)},
        )
        for row in ORACLES["rows"]
    ]
    found = analyse(questions, sittings)
    said = ORACLES["girth"]
    for each, share, r in zip(found.items, said["difficulty"], said["item_rest"], strict=True):
        assert each.figures.difficulty == pytest.approx(share)
        assert each.figures.item_rest is not None
        assert each.figures.item_rest.r == pytest.approx(r)
    assert found.test.reliability == pytest.approx(said["alpha"])
    assert found.test.measure == "KR-20"


def test_points_count_as_much_as_they_are_worth() -> None:
    """Mean, spread, alpha and error of unequal points with partial credit, by numpy."""
    questions = [
        msgspec.structs.replace(each, worth=1 + number % 3)
        for number, each in enumerate(paper(8, sections=2))
    ]
    dice = np.random.default_rng(5)
    shares = np.round(
        np.clip(dice.normal(0.6, 0.3, (40, 1)) + dice.normal(0, 0.2, (40, 8)), 0, 1), 1
    )
    sittings = [
        Sat(shares=dict(zip([x.id for x in questions], map(float, row), strict=True)), answers={})
        for row in shares
    ]
    found = analyse(questions, sittings, 70)
    worth = np.array([each.worth for each in questions])
    points = shares * worth
    percent = 100 * points.sum(axis=1) / worth.sum()
    assert found.test.mean == pytest.approx(percent.mean())
    assert found.test.spread == pytest.approx(percent.std(ddof=1))
    alpha = 8 / 7 * (1 - points.var(axis=0, ddof=1).sum() / points.sum(axis=1).var(ddof=1))
    assert found.test.measure == "Cronbach's alpha"
    assert found.test.reliability == pytest.approx(alpha)
    assert found.test.sem == pytest.approx(percent.std(ddof=1) * np.sqrt(1 - alpha))
    assert [each.name for each in found.sections] == ["part 0", "part 1"]
    assert sum(each.questions for each in found.sections) == 8
    odd = points[:, 1::2]
    assert found.sections[1].mean == pytest.approx(
        (100 * odd.sum(axis=1) / worth[1::2].sum()).mean()
    )
    assert any(each.kind == "border" for each in found.flags)


def test_a_wrong_key_is_found_and_its_distractor_named() -> None:
    """Of thirty questions one is keyed with a distractor: it alone is flagged for its key."""
    questions = paper(30, keyed={"q007": 2})
    found = analyse(questions, sat_by(questions, 200, seed=4))
    suspects = [each.figures.question for each in found.items if "key" in kinds(each)]
    assert suspects == ["q007"]
    flag = next(each for each in item(found, "q007").flags if each.kind == "key")
    assert "who does well answers A ('answer a')" in flag.says


def test_an_exam_without_a_fault_raises_few_flags() -> None:
    """Over twenty classes no key is doubted, though 600 keys could be by chance."""
    questions = paper(30)
    doubted = 0
    for seed in range(20):
        found = analyse(questions, sat_by(questions, 60, seed=seed))
        doubted += sum("key" in kinds(each) or "negative" in kinds(each) for each in found.items)
    assert doubted == 0


def test_a_distractor_that_nobody_takes_is_named() -> None:
    """Only where enough were wrong to tell."""
    questions = paper(5)
    sittings = [
        Sat(
            shares={each.id: float(n % 3 == 0) for each in questions},
            answers={each.id: (0, 1, 2)[n % 3] for each in questions},
        )
        for n in range(60)
    ]
    flags = item(analyse(questions, sittings), "q002").flags
    (unused,) = [each for each in flags if each.kind == "unused"]
    assert "nobody takes distractor D" in unused.says
    assert "40 wrong answers" in unused.says
    few = item(analyse(questions, sittings[:24]), "q002")
    assert "unused" not in kinds(few)


def test_what_is_too_easy_and_too_hard_is_said() -> None:
    """By the share of the points that are given."""
    questions = paper(3)
    sittings = [
        Sat(
            shares={"q000": 1.0, "q001": float(n % 10 == 0), "q002": float(n % 2)},
            answers={"q000": 0, "q001": 1, "q002": 0},
        )
        for n in range(40)
    ]
    found = analyse(questions, sittings)
    assert "too-easy" in kinds(item(found, "q000"))
    assert "too-hard" in kinds(item(found, "q001"))
    assert not kinds(item(found, "q002")) & {"too-easy", "too-hard"}


def test_omitted_and_not_reached_are_told_apart_by_the_clock() -> None:
    """What comes after the last answer was not reached if the time was over, else omitted."""
    questions = paper(4)
    shares = dict.fromkeys(("q000", "q001", "q002", "q003"), 0.0)
    answers = {"q000": 1, "q002": 1}
    late = [Sat(shares=shares, answers=answers, by_clock=True)] * 10
    done = [Sat(shares=shares, answers=answers)] * 15
    figures = {x.figures.question: x.figures for x in analyse(questions, [*late, *done]).items}
    assert (figures["q001"].omitted, figures["q001"].not_reached) == (25, 0)
    assert (figures["q003"].omitted, figures["q003"].not_reached) == (15, 10)
    assert figures["q003"].difficulty == 0
    flags = kinds(item(analyse(questions, [*late, *done]), "q003"))
    assert {"omitted", "not-reached"} <= flags


def test_who_was_not_asked_is_missing_and_what_waits_is_left_out() -> None:
    """Neither counts as wrong, and the reliability says what it stands on."""
    questions = paper(6)
    sittings = sat_by(questions, 40, seed=1)
    without = [
        msgspec.structs.replace(each, shares={k: v for k, v in each.shares.items() if k != "q005"})
        for each in sittings[:10]
    ]
    waiting = [
        msgspec.structs.replace(each, shares={**each.shares, "q000": None})
        for each in sittings[10:15]
    ]
    found = analyse(questions, [*without, *waiting, *sittings[15:]])
    assert item(found, "q005").figures.asked == 30
    assert item(found, "q000").figures.waiting == 5
    graded = [each.shares["q000"] for each in [*sittings[:10], *sittings[15:]]]
    assert item(found, "q000").figures.difficulty == pytest.approx(np.mean(graded))
    assert (found.test.common, found.test.complete) == (5, 35)


@pytest.mark.parametrize("count", [0, 1, 4, 19, 36])
def test_too_few_sittings_are_said_instead_of_a_figure(count: int) -> None:
    """Each figure has its own least number, and what is missing is named."""
    questions = paper(5)
    found = analyse(questions, sat_by(questions, count, seed=2), 70)
    figures = found.items[0].figures
    assert (figures.difficulty is None) == (count < 5)
    assert (figures.d27 is None) == (count < 37)
    assert "D27 (37)" in figures.too_few
    assert str(count) in figures.too_few
    if count < 20:
        assert figures.item_rest is None
        assert found.test.reliability is None
        assert "too few for a reliability (20)" in found.test.too_few
        assert not found.items[0].flags
    assert found.percents == tuple(sorted(found.percents))


def test_a_wrong_answer_that_the_best_give_is_perhaps_right() -> None:
    """Of a short answer and of a number, the commonest wrong ones are told."""
    short = Short(id="word", text="?", explain=".", accept=("lease",))
    number = Number(id="size", text="?", explain=".", answer=3, unit="s")
    questions = [
        *paper(6),
        *(Analysed(question=each, worth=1, section="part 0") for each in (short, number)),
    ]
    sittings = []
    for n in range(60):
        good = n % 2 == 0
        shares = {f"q{k:03}": float(good or (n + k) % 3 == 0) for k in range(6)}
        answers: dict[str, Any] = dict.fromkeys(shares, 0)
        answers |= {"word": " Fencing  Token" if good else "lock", "size": "4000 ms" if good else 1}
        sittings.append(Sat(shares={**shares, "word": 0.0, "size": 0.0}, answers=answers))
    found = analyse(questions, sittings)
    (flag,) = [each for each in item(found, "word").flags if each.kind == "perhaps-right"]
    assert "'fencing token'" in flag.says
    assert [each.text for each in item(found, "size").figures.options] == ["1 s", "4 s"]


def test_the_order_of_sittings_changes_nothing() -> None:
    """Sums are exact, so the same class gives the same figures to the last bit."""
    questions = paper(20)
    sittings = sat_by(questions, 90, seed=9)
    assert analyse(questions, sittings) == analyse(questions, sittings[::-1])
