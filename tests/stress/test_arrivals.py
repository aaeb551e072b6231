"""Requests are due as often as the profile says, wherever in it one looks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.stress.arrivals import (
    Piece,
    Profile,
    black_friday,
    due_times,
    ramp,
    steady,
    total_s,
)

rates = st.floats(0, 50)
pieces = st.builds(Piece, st.floats(0.1, 10), rates, rates)
profiles = st.lists(pieces, min_size=1, max_size=4).map(tuple)


def expected_by(profile: Profile, moment_s: float) -> float:
    """The area under the rate until then."""
    area = 0.0
    for piece in profile:
        inside_s = min(moment_s, piece.duration_s)
        slope = (piece.to_rate - piece.from_rate) / piece.duration_s
        area += inside_s * (piece.from_rate + slope * inside_s / 2)
        moment_s -= inside_s
    return area


@given(profiles)
def test_the_nth_request_is_due_when_n_are_expected(profile: Profile) -> None:
    """The closed form agrees with the area under the curve."""
    for number, due_s in enumerate(due_times(profile)):
        assert expected_by(profile, due_s) == pytest.approx(number, abs=1e-6, rel=1e-6)


@given(profiles, st.integers(), st.sampled_from(["constant", "poisson"]))
def test_due_times_ascend_within_the_profile(profile: Profile, seed: int, spacing: str) -> None:
    """And are the same for the same seed."""
    times = list(due_times(profile, spacing, seed))  # type: ignore[arg-type]
    assert times == list(due_times(profile, spacing, seed))  # type: ignore[arg-type]
    assert all(a <= b for a, b in itertools.pairwise(times))
    assert all(0 <= t <= total_s(profile) + 1e-9 for t in times)


def test_known_profiles() -> None:
    """Evenly, from nothing up, and ten times as many in a fifth of the time."""
    assert list(due_times(steady(10, 1))) == [pytest.approx(n / 10) for n in range(10)]
    climbing = list(due_times(ramp(100, 10)))
    assert len([t for t in climbing if t < 5]) < len(climbing) * 0.3
    rush = [t for t in due_times(black_friday(10, 100)) if 40 <= t < 60]
    assert len(rush) == pytest.approx(2000, abs=2)
    assert total_s(black_friday(10, 100)) == pytest.approx(100)


def test_people_come_independently() -> None:
    """As many as expected, give or take; gaps vary as much as they last on average."""
    times = list(due_times(steady(100, 100), "poisson", 1))
    gaps = [b - a for a, b in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert len(times) == pytest.approx(10_000, rel=0.05)
    assert spread == pytest.approx(mean, rel=0.05)


@pytest.mark.parametrize("piece", [Piece(0, 1, 1), Piece(1, -1, 1)])
def test_a_piece_that_cannot_be_is_refused(piece: Piece) -> None:
    """It names the rule."""
    with pytest.raises(ValueError, match="more than 0 s"):
        list(due_times((piece,)))
