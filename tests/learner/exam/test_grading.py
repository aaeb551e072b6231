"""Points: full for the key, never below 0 nor above what a question is worth, always the same."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.question import AnyOf, Number, Ordering
from practicum.learner.exam.grading import Outcome, folded, grade, how, points_of, worth
from practicum.learner.exam.refusal import BadGrade
from practicum.learner.exam.variant import key, single
from worlds.exam_paper import JSON, KINDS, QUESTIONS, RIGHT, answers_to, item

SEEDS = st.integers(0, 2**32)
GRADED = tuple(name for name in KINDS if name not in ("code", "design"))
PASSED, FAILED = Outcome(passed=True), Outcome(passed=False, said="line 1: wrong")
UNSURE = Outcome(passed=None, said="no room")


def points(name: str, answer: Any, seed: int = 7) -> float:
    """What an answer gets."""
    mark = grade(item(name, seed), answer)
    assert mark is not None
    return mark.points


@given(SEEDS, st.sampled_from(GRADED))
def test_the_key_gets_all_the_points(seed: int, name: str) -> None:
    """In every variant."""
    asked = item(name, seed)
    assert points(name, RIGHT.get(name, key(asked)), seed) == worth(asked.question)


@given(st.data(), SEEDS, st.sampled_from(KINDS))
def test_points_stay_within_bounds_and_do_not_change(
    data: st.DataObject, seed: int, name: str
) -> None:
    """Graded twice, the same; and only the key gets all of them where it is one answer."""
    asked = item(name, seed)
    answer = data.draw(answers_to(asked.question))
    outcome = data.draw(st.sampled_from([PASSED, FAILED]))
    mark = grade(asked, answer, outcome)
    assert mark == grade(asked, answer, outcome)
    if name == "design":
        assert mark is None
        return
    assert mark is not None
    assert 0 <= mark.points <= mark.of == worth(asked.question)
    if name in ("one", "order", "some"):
        told = sorted(answer) if name == "some" else answer
        assert (mark.points == mark.of) == (told == RIGHT[name])


@given(st.permutations(range(5)), st.integers(0, 5))
def test_the_order_of_ticks_does_not_matter(places: list[int], count: int) -> None:
    """Neither for choices nor for pairs."""
    assert points("some", places[:count]) == points("some", sorted(places[:count]))
    pairs = [[place, place] for place in places if place < 3]
    assert points("pairs", pairs) == 3


def test_ticking_gains_nothing_on_average() -> None:
    """Before it is kept above 0: over all ways to tick, right and wrong ticks cancel out."""
    question = QUESTIONS["some"]
    assert isinstance(question, AnyOf)
    right = {place for place, each in enumerate(question.choices) if each.right}
    wrong = set(range(5)) - right
    ways = itertools.chain(*(itertools.combinations(range(5), n) for n in range(6)))
    shares = []
    for way in ways:
        share = Fraction(len(right & {*way}), 3) - Fraction(len(wrong & {*way}), 2)
        assert points("some", list(way)) == pytest.approx(float(max(0, 3 * share)))
        shares.append(share)
    assert sum(shares) == 0
    assert points("some", [0, 1, 2, 3, 4]) == points("some", []) == 0


@given(st.permutations(range(4)))
def test_an_order_is_judged_by_its_pairs(order: list[int]) -> None:
    """Two neighbours exchanged cost two of the six pairs; the reverse gets nothing."""
    good = sum(a < b for a, b in itertools.combinations(order, 2))
    assert points("order", order) == pytest.approx(max(0, 4 * (2 * good - 6) / 6))
    assert points("order", [1, 0, 2, 3]) == pytest.approx(4 * 4 / 6)
    assert points("order", [3, 2, 1, 0]) == 0


def test_each_pair_counts_for_itself() -> None:
    """A wrong pair and a missing one are worth the same."""
    assert points("pairs", [[0, 0]]) == 1
    assert points("pairs", [[0, 0], [1, 2], [2, 1]]) == 1
    assert points("pairs", [[0, 0], [1, 3]]) == 1
    assert points("pairs", []) == 0


def number(**fields: Any) -> Number:
    """A question for a number."""
    base = QUESTIONS["many"]
    assert isinstance(base, Number)
    plain: dict[str, Any] = {"given": {}, "computed": "", "tolerance_percent": 0.0, "unit": ""}
    return msgspec.structs.replace(base, **{**plain, **fields})


NUMBERS = [
    ({"answer": 20.0}, 20, True),
    ({"answer": 20.0}, "20.0000000001", True),
    ({"answer": 20.0}, 20.001, False),
    ({"answer": 20.0, "tolerance": 0.5}, 20.5, True),
    ({"answer": 20.0, "tolerance": 0.5}, 20.51, False),
    ({"answer": 0.3, "tolerance": 0.1}, 0.4, True),
    ({"answer": 200.0, "tolerance_percent": 5.0}, 210, True),
    ({"answer": 200.0, "tolerance_percent": 5.0}, 189.9, False),
    ({"answer": -200.0, "tolerance_percent": 5.0}, -190, True),
    ({"answer": 200.0, "tolerance": 20.0, "tolerance_percent": 1.0}, 220, True),
    ({"answer": 0.0, "tolerance_percent": 5.0}, 0, True),
    ({"answer": 0.03, "unit": "s"}, "30 ms", True),
    ({"answer": 0.03, "unit": "s"}, "30 s", False),
    ({"answer": 0.03, "unit": "s", "tolerance": 0.001}, "31 ms", True),
    ({"answer": 50.0, "unit": "%"}, "50", True),
    ({"answer": 1e300}, 1e300, True),
]


@pytest.mark.parametrize(("fields", "answer", "is_right"), NUMBERS)
def test_a_number_is_right_within_its_tolerance(
    fields: dict[str, Any], answer: Any, is_right: bool
) -> None:
    """In the unit, or in percent of the key, whichever is more; both ends belong to it."""
    question = number(**fields)
    mark = grade(single(question, 1), answer)
    assert mark is not None
    assert (mark.points == worth(question)) == is_right


@pytest.mark.parametrize(
    "said",
    [
        "back-pressure",
        " BACK‑PRESSURE ",
        "Backpressure.",
        "ＢＡＣＫＰＲＥＳＳＵＲＥ",
        "báckpressure",
    ],
)
def test_a_word_is_right_however_it_is_typed(said: str) -> None:
    """Capitals, spaces, accents, kinds of hyphens and a full stop aside."""
    assert points("word", said) == 1


@pytest.mark.parametrize("said", ["back", "backpressures", "pressure back", "back pressure x"])
def test_another_word_is_not(said: str) -> None:
    """However near."""
    assert points("word", said) == 0


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """So that a key and an answer meet in the same place."""
    assert folded(folded(text)) == folded(text)


def test_code_is_judged_by_its_run_and_never_by_doubt() -> None:
    """What the machine could not tell is not graded yet; no answer needs no run."""
    code = item("code")
    assert grade(code, "x", PASSED).points == 5  # type: ignore[union-attr]
    failed = grade(code, "x", FAILED)
    assert failed is not None
    assert (failed.points, failed.note) == (0, "line 1: wrong")
    assert grade(code, "x", UNSURE) is None
    assert grade(code, "x") is None
    assert grade(code, None).points == 0  # type: ignore[union-attr]


def test_a_rubric_gives_points_by_levels() -> None:
    """Evenly, from nothing to all."""
    rubric = QUESTIONS["design"].rubric  # type: ignore[union-attr]
    assert points_of(rubric, {"bound": 0, "cost": 0}) == 0
    assert points_of(rubric, {"bound": 1, "cost": 1}) == 4
    assert points_of(rubric, {"bound": 2, "cost": 1}) == 6 == worth(QUESTIONS["design"])


@given(st.dictionaries(st.sampled_from(["bound", "cost", "else"]) | st.text(max_size=3), JSON))
def test_levels_that_there_are_not_are_refused(levels: dict[str, Any]) -> None:
    """By the criterion, with what is expected."""
    rubric = QUESTIONS["design"].rubric  # type: ignore[union-attr]
    bound, cost = levels.get("bound"), levels.get("cost")
    if len(levels) == 2 and _is_level(bound, 2) and _is_level(cost, 1):
        assert 0 <= points_of(rubric, levels) <= 6
        return
    with pytest.raises(BadGrade, match=r"criterion|a level from 0 to"):
        points_of(rubric, levels)


def _is_level(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


@pytest.mark.parametrize("name", KINDS)
def test_how_points_are_given_is_told_and_gives_nothing_away(name: str) -> None:
    """Two questions that differ in their keys alone are told alike."""
    question = QUESTIONS[name]
    told = how(question)
    assert told.startswith(f"{worth(question)} point")
    if isinstance(question, AnyOf):
        flipped = tuple(
            msgspec.structs.replace(each, right=not each.right) for each in question.choices
        )
        assert how(msgspec.structs.replace(question, choices=flipped)) == told
    if isinstance(question, Ordering):
        turned = tuple(reversed(question.items))
        assert how(msgspec.structs.replace(question, items=turned)) == told


@pytest.mark.prove
def test_a_thousand_times_the_same() -> None:
    """200 answers to each question, right and wrong, graded a thousand times in other orders."""
    chance = random.Random(6)
    asked = [item(name, seed) for name in KINDS for seed in range(200)]
    answers = [_some_answer(each.id, chance) for each in asked]
    first = [grade(x, y, PASSED) for x, y in zip(asked, answers, strict=True)]
    for _ in range(1000):
        order = list(range(len(asked)))
        chance.shuffle(order)
        assert all(grade(asked[n], answers[n], PASSED) == first[n] for n in order)


def _some_answer(name: str, chance: random.Random) -> Any:
    match name:
        case "one":
            return chance.randrange(3)
        case "some":
            return chance.sample(range(5), chance.randrange(6))
        case "many":
            return f"{chance.choice([0.5, 1.25, 2, 2.5, 5, 10, 20])} {chance.choice(['s', 'min'])}"
        case "order":
            return chance.sample(range(4), 4)
        case "pairs":
            return [[n, x] for n, x in enumerate(chance.sample(range(4), chance.randrange(4)))]
    return chance.choice(["backpressure", "Back-Pressure", "something", "x"])
