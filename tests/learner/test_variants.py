"""A question that comes back has other values, if it has others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.question import Number, Short
from practicum.learner.exam.variant import single
from practicum.learner.memory.variants import next_variant

NUMBER = Number(
    id="n",
    text="{n} members",
    explain="!",
    computed="n + 1",
    given={"n": [3, 5, 7, 9], "m": [1, 2]},
)
PLAIN = Short(id="s", text="?", explain="!", accept=("x",))


@given(st.integers(0, 10_000))
def test_the_values_are_others_than_the_last(seed: int) -> None:
    """Under a later seed."""
    item = next_variant(NUMBER, seed)
    assert item.seed > seed
    assert item.values != single(NUMBER, seed).values


def test_what_has_no_other_values_is_asked_again_as_it_is() -> None:
    """With the next seed, which shuffles what is offered."""
    assert next_variant(PLAIN, 6).seed == 7
    assert next_variant(PLAIN, None).seed == 1
