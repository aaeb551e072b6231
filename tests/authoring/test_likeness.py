"""Texts that say nearly the same are found, however many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.authoring.rules.likeness import KEYS, Sketch, alike, pairs, sketch

WORDS = (
    st.lists(st.sampled_from("abcdefgh"), min_size=8, max_size=60)
    .map(" ".join)
    .filter(lambda text: sketch(text) is not None)
)


def alike_of(sketches: list[Sketch]) -> list[tuple[int, int, float]]:
    """The pairs that are alike by 0.6."""
    keys = [each.smallest(KEYS) for each in sketches]
    return list(pairs(keys, sketches.__getitem__, 0.6))


def overlap(one: str, other: str) -> float:
    """Jaccard over runs of three words, without any sketch."""
    sets = []
    for text in (one, other):
        words = text.split()
        sets.append({tuple(words[at : at + 3]) for at in range(len(words) - 2)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@given(WORDS, WORDS)
def test_a_sketch_of_a_short_text_is_exact(one: str, other: str) -> None:
    """And it does not matter which comes first."""
    mine, theirs = sketch(one), sketch(other)
    assert mine is not None
    assert theirs is not None
    assert alike(mine, theirs) == alike(theirs, mine)
    if mine.size + theirs.size <= 48:
        assert alike(mine, theirs) == overlap(one, other)


@given(st.lists(WORDS, min_size=2, max_size=12))
def test_what_is_found_is_alike_and_copies_are_found(texts: list[str]) -> None:
    """Nothing is found twice."""
    sketches = [each for text in texts if (each := sketch(text)) is not None]
    found = alike_of(sketches)
    assert len({(a, b) for a, b, _ in found}) == len(found)
    for earlier, later, value in found:
        assert earlier < later
        assert value == alike(sketches[earlier], sketches[later]) >= 0.6
    there = {(a, b) for a, b, _ in found}
    for later in range(len(sketches)):
        for earlier in range(later):
            if sketches[earlier] == sketches[later]:
                assert (earlier, later) in there


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=12))
def test_those_of_concern_are_compared_with_all(texts: list[tuple[str, bool]]) -> None:
    """As if all were of concern."""
    sketches = [each for text, _ in texts if (each := sketch(text)) is not None]
    concern = [each for _, each in texts]
    keys = [each.smallest(KEYS) for each in sketches]
    some = list(pairs(keys, sketches.__getitem__, 0.6, concern))
    assert some == [x for x in alike_of(sketches) if concern[x[0]] or concern[x[1]]]


def test_long_texts_are_told_from_their_neighbours() -> None:
    """A text with a tenth of its words changed is found, another one is not."""
    words = [f"word{number * number % 997}" for number in range(400)]
    changed = [f"other{at}" if at % 40 == 0 else word for at, word in enumerate(words)]
    strange = [f"thing{number * 7 % 991}" for number in range(400)]
    sketches = [sketch(" ".join(each)) for each in (words, changed, strange)]
    assert [pair[:2] for pair in alike_of([x for x in sketches if x])] == [(0, 1)]


def test_a_few_words_are_like_nothing() -> None:
    """By chance many short questions are alike; and of one word there is nothing to tell."""
    assert sketch("What is a quorum?") is None
    assert sketch("no " * 20) is None
