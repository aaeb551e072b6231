"""Numbers with units: what is the same, what is refused, and in which words."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.exam.units import NotAQuantity, parse_unit, quantity

SAME = [
    ("30 ms", "s", 0.03),
    ("0.03 s", "ms", 30),
    ("30ms", "milliseconds", 30),
    ("1.5 min", "s", 90),
    ("90", "s", 90),
    ("2 h", "minutes", 120),
    ("1 day", "hours", 24),
    ("250 µs", "ms", 0.25),
    ("1 KiB", "bytes", 1024),
    ("1 kB", "B", 1000),
    ("2 GB", "MB", 2000),
    ("1 MB", "Mbit", 8),
    ("100 Mbit/s", "MB/s", 12.5),
    ("600/min", "requests/s", 10),
    ("10 rps", "requests/s", 10),
    ("10 req/s", "requests per second", 10),
    ("10 per second", "/s", 10),
    ("50 %", "percent", 50),
    ("50%", "", 0.5),
    ("5 members", "members", 5),
    ("1 order", "orders", 1),
    ("-3", "", -3),
    ("\u22123", "", -3),
    ("1e3", "ms", 1000),
    (".5", "", 0.5),
    (7, "s", 7),
]


@pytest.mark.parametrize(("said", "unit", "value"), SAME)
def test_units_of_one_kind_say_the_same(said: str, unit: str, value: float) -> None:
    """In the unit that the question asks for."""
    assert quantity(said, unit) == pytest.approx(value, rel=1e-12)


REFUSED = [
    ("1,5", "s", "decimal point, not a comma"),
    ("1,500", "s", "decimal point, not a comma"),
    ("1 000", "s", "without anything between"),
    ("1,000,000", "s", "without anything between"),
    ("thirty", "s", "in digits"),
    ("", "s", "in digits"),
    ("30 m", "s", "'m' is not a unit that 's' can be told in"),
    ("30 MB", "s", "'MB' is not a unit"),
    ("30 s", "requests/s", "is not a unit"),
    ("30 orders", "members", "is not a unit"),
    ("30 orders/s", "orders", "is not a unit"),
    ("30 orders/min/s", "orders/s", "is not a unit"),
    ("30 orders", "", "the number alone"),
    ("1 Mb", "MB", "bits or bytes: write Mbit or MB"),
    ("1e999", "s", "too large"),
    ("1e308 days", "ms", "too large"),
    (10**400, "s", "too large"),
    (float("nan"), "s", "none at all"),
    ("nan", "s", "in digits"),
    ("1/", "s", "is not a unit|per what"),
]


@pytest.mark.parametrize(("said", "unit", "why"), REFUSED)
def test_what_is_no_number_of_the_unit_is_refused_in_words(said: str, unit: str, why: str) -> None:
    """Never taken for something else."""
    with pytest.raises(NotAQuantity, match=why):
        quantity(said, unit)


@given(
    st.floats(1e-3, 1e6),
    st.sampled_from(["ns", "us", "ms", "s", "min", "h", "d"]),
    st.sampled_from(["ns", "us", "ms", "s", "min", "h", "d"]),
)
def test_there_and_back_is_the_same(value: float, one: str, other: str) -> None:
    """Whatever the two units of time."""
    there = quantity(f"{value!r} {one}", other)
    assert quantity(f"{there!r} {other}", one) == pytest.approx(value, rel=1e-9)


@given(st.text(max_size=20), st.text(max_size=10))
def test_no_text_upsets_it(said: str, unit: str) -> None:
    """It is a finite number, or it is refused."""
    with contextlib.suppress(NotAQuantity):
        assert abs(quantity(said, unit)) < float("inf")


@given(st.text(max_size=12))
def test_any_word_is_a_unit_or_refused(word: str) -> None:
    """What is counted is a dimension of its own."""
    with contextlib.suppress(NotAQuantity):
        assert parse_unit(word).factor > 0
