"""The arithmetic of a question's key is worked out, and nothing else is."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.arithmetic import NotArithmetic, names_in, work_out

NUMBERS = st.integers(-1000, 1000) | st.floats(-1000, 1000, allow_nan=False).map(
    lambda x: round(x, 3)
)
EXPRESSIONS = st.recursive(
    NUMBERS.map(repr) | st.sampled_from(["a", "b"]),
    lambda x: st.tuples(x, st.sampled_from(["+", "-", "*", "/", "//", "%"]), x).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=12,
)


@given(EXPRESSIONS, NUMBERS, NUMBERS)
def test_it_comes_to_what_python_comes_to(text: str, a: float, b: float) -> None:
    """Or is refused, where Python has no number for it either."""
    try:
        wanted = eval(text, {"__builtins__": {}}, {"a": a, "b": b})
    except ZeroDivisionError:
        with pytest.raises(NotArithmetic, match="divides by nothing"):
            work_out(text, {"a": a, "b": b})
        return
    assert work_out(text, {"a": a, "b": b}) == pytest.approx(wanted, nan_ok=True)


@given(st.text(max_size=60))
def test_no_text_upsets_it(text: str) -> None:
    """It is a number, or it is refused."""
    with contextlib.suppress(NotArithmetic):
        assert math.isfinite(work_out(text, {"x": 3}))


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "x.real",
        "[x][0]",
        "lambda: 1",
        "x if x else 1",
        "True",
        "'a' * 9",
        "(-8) ** 0.5",
        "9 ** 9 ** 9",
        "factorial(1000)",
        "comb(10 ** 6, 5)",
        "2 ** 100000",
        "10 ** 300 * 10 ** 300",
        "1 << 9999",
        "log(0)",
        "sqrt(-1)",
        "max()",
        "min(x, key=abs)",
        "y",
        "",
        "1 +",
        "(" * 400,
        "1" * 501,
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    """Quickly, and with words."""
    with pytest.raises(NotArithmetic) as caught:
        work_out(text, {"x": 3})
    assert str(caught.value)


def test_what_questions_need_is_there() -> None:
    """Majorities, availability, waiting."""
    assert work_out("nodes // 2 + 1", {"nodes": 5}) == 3
    assert work_out("round(1 - (1 - a) ** n, 4)", {"a": 0.9, "n": 3}) == 0.999
    assert work_out("ceil(log2(n)) + comb(5, 2)", {"n": 9}) == 14
    assert names_in("ceil(log2(n)) + m") == {"n", "m"}
