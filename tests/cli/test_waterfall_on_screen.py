"""A waterfall is drawn so that it can be read on a narrow terminal, however deep it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.cli import telemetry
from practicum.cli.screen import out
from practicum.telemetry.waterfall import Row, Waterfall

ERROR = "the bank refuses: " + "no such charge " * 20


def drawn(rows: list[Row], width: int) -> list[str]:
    """The lines on a terminal of that width."""
    before = out._width  # None: the width is the terminal's
    try:
        out.width = width
        with out.capture() as captured:
            telemetry._draw(Waterfall("t" * 32, 0, 100.0, tuple(rows)))
        return captured.get().splitlines()
    finally:
        out._width = before


def row(depth: int, label: str, service: str, *, error: str = "") -> Row:
    """A span that lasts."""
    return Row(
        depth=depth, label=label, service=service, offset_ms=10.0, duration_ms=12.3, error=error
    )


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["commit", "x" * 50])), min_size=1),
    st.integers(60, 200),
)
def test_service_and_time_are_never_pushed_off(rows: list[tuple[int, str]], width: int) -> None:
    """The label gives way."""
    lines = drawn([row(depth, label, "notification") for depth, label in rows], width)
    assert len(lines) == 2 + len(rows)
    places = {line.index("notification") for line in lines[2:]}
    assert len(places) == 1
    for line in lines[2:]:
        assert "12.3" in line
        assert len(line) <= width


def test_an_error_is_told_in_full() -> None:
    """It is what one looks for."""
    lines = drawn([row(30, "handle shop.payment.refund.v1", "payment", error=ERROR)], 80)
    assert ERROR.strip() in " ".join(lines)


def test_a_deep_label_keeps_its_words() -> None:
    """Of the indent and the label, the indent goes first."""
    (line,) = drawn([row(40, "handle shop.payment.refund.v1", "payment")], 80)[2:]
    assert "handle shop.payment.refund.v1" in line
