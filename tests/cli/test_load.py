"""``practicum load`` as a person runs it, and what its kinds ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.terminal import practicum
from practicum.cli.load import LoadScreen, profile_of
from practicum.cli.screen import out
from practicum.labs.load import visitors
from practicum.stress.arrivals import total_s
from practicum.stress.load import Progress


def test_without_a_range_it_says_how_to_start_one(tmp_path: Path) -> None:
    """Exit code 1, and the command to type."""
    done = practicum(tmp_path, "load", "browse", "--duration", "1")
    assert done.returncode == 1
    assert "practicum range up" in done.stderr


@pytest.mark.parametrize(
    "words", [("dance",), ("browse", "--rate", "0"), ("order", "--drivers", "0")]
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    """As everywhere."""
    assert practicum(tmp_path, "load", *words).returncode == 2


@pytest.mark.parametrize("shape", ["steady", "ramp", "black-friday"])
def test_every_shape_lasts_as_long_as_asked(shape: str) -> None:
    """The duration is the user's."""
    profile = profile_of(shape, 10, 20)  # type: ignore[arg-type]
    assert total_s(profile) == pytest.approx(20)


@pytest.mark.parametrize("kind", ["browse", "order", "mixed"])
def test_the_nth_visitor_wants_the_same_in_the_same_run(kind: str) -> None:
    """Drivers share a load by numbers, so a number must mean one request."""
    one, other = (visitors({"kind": kind, "run": "r"}) for _ in range(2))
    assert [one(n) for n in range(200)] == [other(n) for n in range(200)]
    services = {one(n).operation.service for n in range(200)}
    assert services == {"browse": {"catalog"}, "order": {"order"}}.get(kind, {"catalog", "order"})


def test_orders_have_keys_of_their_own() -> None:
    """Two buyers are never taken for one."""
    source = visitors({"kind": "order", "run": "r"})
    assert len({source(n).idempotency_key for n in range(500)}) == 500


def test_the_picture_shows_the_rate_as_it_goes() -> None:
    """A bar for every half second, and what is under way."""
    screen = LoadScreen("browse", 10, None)
    for step in range(1, 9):
        screen(Progress(elapsed_s=step * 0.5, due=step * 30, done=step * 25, failed=step))
    with out.capture() as captured:
        out.print(screen.draw(Progress(elapsed_s=4, due=240, done=200, failed=8)))
    assert "4 of 10 s  200 answered  8 failed  40 under way" in captured.get()
    assert "████████  50/s" in captured.get()
