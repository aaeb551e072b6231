"""The restart policy, replaying histories of what happened to a process."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.servers.process.restart import Record, RestartPolicy, Verdict, became_ready, died

POLICY = RestartPolicy(first_wait_s=0.1, wait_s_max=10.0, growth=2.0, steady_s=5.0, deaths_max=5)
Message = tuple[float, str]


def replay(*history: Message) -> list[Verdict]:
    """The verdicts that the deaths in a history of (time, what) get."""
    record, verdicts = Record(), []
    for now, what in history:
        if what == "ready":
            record = became_ready(record, now)
        else:
            record, verdict = died(POLICY, record, now, wanted=what == "killed")
            verdicts.append(verdict)
    return verdicts


def waits(*history: Message) -> list[float]:
    """Only how long each restart waits."""
    return [verdict.wait_s for verdict in replay(*history)]


def test_the_first_restart_is_quick() -> None:
    """Recovery time is measured, so nothing is added to it."""
    assert waits((0, "ready"), (1, "died")) == [0.1]


def test_a_process_that_keeps_dying_waits_twice_as_long_each_time() -> None:
    """Being ready for a moment is not enough to start counting anew."""
    history = [(t, what) for t in range(4) for what in ("ready", "died")]
    assert waits(*history) == [0.1, 0.2, 0.4, 0.8]


def test_a_steady_time_wipes_the_slate_clean() -> None:
    """After the steady time the next death is a first one again."""
    assert waits((0, "died"), (1, "died"), (2, "ready"), (7, "died")) == [0.1, 0.2, 0.1]


def test_wanted_deaths_never_slow_a_restart_down() -> None:
    """A lab that kills a service every second measures the service, not the policy."""
    history = [(t, what) for t in range(20) for what in ("ready", "killed")]
    assert waits(*history) == [0.1] * 20


def test_five_deaths_before_it_was_ready_are_a_crash_loop() -> None:
    """The crash loop is told, and tried on at the longest interval."""
    verdicts = replay(*[(float(t), "died") for t in range(6)])
    assert [verdict.crash_loop for verdict in verdicts] == [False] * 4 + [True] * 2
    assert verdicts[-1].wait_s == POLICY.wait_s_max


def test_becoming_ready_ends_a_crash_loop() -> None:
    """What it lacked came back."""
    deaths = [(float(t), "died") for t in range(5)]
    assert not replay(*deaths, (6, "ready"), (7, "died"))[-1].crash_loop


def test_a_probe_that_succeeds_again_does_not_restart_the_steady_time() -> None:
    """Only the first success of a life counts."""
    history = [(0, "died"), (1, "ready"), (5, "ready"), (6.5, "died")]
    assert waits(*history)[-1] == 0.1


@given(st.lists(st.tuples(st.floats(0, 10), st.sampled_from(["ready", "died", "killed"]))))
def test_every_wait_is_within_its_bounds(steps: list[Message]) -> None:
    """Whatever happens, a wait is neither negative nor longer than the limit."""
    now, history = 0.0, []
    for step, what in steps:
        now += step
        history.append((now, what))
    assert all(0.1 <= wait <= 10.0 for wait in waits(*history))
