"""The window of a partition: order per key, the floor, parking and replay."""

from __future__ import annotations

import random

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from practicum.service.log import GroupSettings
from practicum.service.window import FOLLOWS, Window

SETTINGS = GroupSettings(attempts_max=3, in_flight_max=12, retry_base_s=1.0, retry_cap_s=4.0)


def window(*keys: str, parked: dict[str, int] | None = None) -> Window[str]:
    """A window that holds one message per key given, from sequence 1 on."""
    out: Window[str] = Window(0, SETTINGS, random.Random(1), parked=parked)
    for sequence, key in enumerate(keys, 1):
        out.add(sequence, key, f"{key}{sequence}")
    return out


def handed(of: Window[str], count: int = 10, now: float = 0.0) -> list[int]:
    """Sequences handed out."""
    return [entry.sequence for entry in of.ready(count, now)]


def test_a_key_in_hand_is_not_handed_out_again() -> None:
    """Not even its later messages, until all in hand are finished."""
    w = window("a", "a", "a", "b")
    assert handed(w, 2) == [1, 2]
    assert handed(w) == [4]
    w.acknowledge(1)
    assert handed(w) == []
    w.acknowledge(2)
    assert handed(w) == [3]


def test_the_floor_stops_at_the_first_unfinished_message() -> None:
    """Messages finished behind it do not count before it is finished too."""
    w = window("a", "b", "c")
    handed(w)
    w.acknowledge(2)
    w.acknowledge(3)
    assert w.floor == 0
    w.acknowledge(1)
    assert w.floor == 3


def test_a_retry_takes_back_what_was_handed_out_behind_it() -> None:
    """The later one keeps its attempt; both come after the wait, in order."""
    w = window("a", "a")
    handed(w)
    w.retry(1, 0.0, "no")
    assert w.handed == 0
    again = w.ready(10, 5.0)
    assert [(e.sequence, e.attempt) for e in again] == [(1, 2), (2, 1)]


def test_waits_are_drawn_below_a_ceiling_that_doubles() -> None:
    """Full jitter: between nothing and base times two to the power of the attempts."""
    w = window("a")
    for ceiling in (1.0, 2.0):
        handed(w, now=100.0)
        w.retry(1, 100.0, "no")
        at = w.ready_at()
        assert at is not None
        assert 100.0 <= at <= 100.0 + ceiling
        handed(w, now=100.0 + ceiling)
        w.defer(1, 0.0)


def test_parking_waits_for_the_earlier_messages_of_the_key() -> None:
    """A dead letter never passes one of its key that may still succeed."""
    w = window("a", "a", "a")
    handed(w)
    w.park(2, "bad")
    assert w.to_park(9) == []
    w.acknowledge(1)
    assert [(e.sequence, e.reason) for e in w.to_park(9)] == [(2, "bad"), (3, FOLLOWS)]
    assert w.floor == 1
    w.parked([2, 3])
    assert w.floor == 3


def test_what_a_former_owner_parked_is_not_parked_twice() -> None:
    """It died after it had written the letter and before it moved the floor."""
    w = window("a", "a", parked={"a": 1})
    assert [e.sequence for e in w.to_park(9)] == [2]


def test_a_replay_that_fails_leaves_the_key_parked() -> None:
    """And one that succeeds lets it flow, once nothing is on its way to the letters."""
    w = window("a", parked={"a": 1})
    w.replay("a", [(1, "a1")])
    assert handed(w) == [1]
    w.park(1, "again")
    assert [e.sequence for e in w.take_stopped()] == [1]
    assert w.parked_keys == {"a"}
    w.replay("a", [(1, "a1")])
    handed(w)
    w.add(2, "a", "a2")
    w.acknowledge(1)
    assert w.take_replayed() == [1]
    assert not w.unpark("a")
    w.parked([2])
    assert w.unpark("a")


class WindowMachine(RuleBasedStateMachine):
    """Anything may happen to the messages in any order; a model keeps account."""

    def __init__(self) -> None:
        super().__init__()
        self.window: Window[int] = Window(0, SETTINGS, random.Random(7))
        self.now = 0.0
        self.added: dict[int, str] = {}
        self.in_hand: list[int] = []
        self.done: set[int] = set()
        self.letters: list[tuple[str, int]] = []

    @rule(key=st.sampled_from("abc"))
    def add(self, key: str) -> None:
        """The next message arrives, if there is room."""
        if self.window.room:
            sequence = len(self.added) + 1
            self.added[sequence] = key
            assert self.window.add(sequence, key, sequence)
            assert not self.window.add(sequence, key, sequence)

    @rule(count=st.integers(1, 5))
    def hand_out(self, count: int) -> None:
        """A batch: nothing of a key may be in hand, and nothing unfinished before it."""
        busy = {self.added[s] for s in self.in_hand}
        batch = [entry.sequence for entry in self.window.ready(count, self.now)]
        assert not busy & {self.added[s] for s in batch}
        for sequence in batch:
            earlier = [
                s
                for s, key in self.added.items()
                if key == self.added[sequence] and s < sequence and s not in self.done
            ]
            assert set(earlier) <= set(batch[: batch.index(sequence)])
        self.in_hand += batch

    def settle(self, pick: int, *, finished: bool) -> int:
        """Choose one in hand, and note what the call does to the others of its key."""
        sequence = self.in_hand[pick % len(self.in_hand)]
        key = self.added[sequence]
        if finished:
            self.in_hand.remove(sequence)
            self.done.add(sequence)
        else:
            self.in_hand = [s for s in self.in_hand if self.added[s] != key or s < sequence]
        return sequence

    @precondition(lambda self: self.in_hand)
    @rule(pick=st.integers(0, 20))
    def acknowledge(self, pick: int) -> None:
        """One is handled."""
        self.window.acknowledge(self.settle(pick, finished=True))

    @precondition(lambda self: self.in_hand)
    @rule(pick=st.integers(0, 20), wait=st.floats(0, 3))
    def defer(self, pick: int, wait: float) -> None:
        """One is put off."""
        self.window.defer(self.settle(pick, finished=False), self.now + wait)

    @precondition(lambda self: self.in_hand)
    @rule(pick=st.integers(0, 20))
    def retry(self, pick: int) -> None:
        """One fails."""
        self.window.retry(self.settle(pick, finished=False), self.now, "failed")

    @precondition(lambda self: self.in_hand)
    @rule(pick=st.integers(0, 20))
    def park(self, pick: int) -> None:
        """One is hopeless."""
        self.window.park(self.settle(pick, finished=False), "hopeless")

    @rule(count=st.integers(1, 5))
    def write_letters(self, count: int) -> None:
        """Parked messages are written down, in the order of their keys."""
        letters = self.window.to_park(count)
        for entry in letters:
            self.letters.append((entry.key, entry.sequence))
            self.done.add(entry.sequence)
        self.window.parked([entry.sequence for entry in letters])

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds

    @invariant()
    def floor_is_below_everything_unfinished(self) -> None:
        """Neither behind an unfinished message nor short of the finished ones before it."""
        unfinished = [s for s in self.added if s not in self.done]
        assert self.window.floor == (min(unfinished) - 1 if unfinished else len(self.added))

    @invariant()
    def memory_is_bounded(self) -> None:
        """No more is held than the group allows."""
        assert len(self.added) - len(self.done) + self.window.room == SETTINGS.in_flight_max
        assert self.window.handed == len(self.in_hand)

    @invariant()
    def letters_keep_their_order(self) -> None:
        """The letters of a key are in the order of the partition."""
        for key in "abc":
            numbers = [sequence for k, sequence in self.letters if k == key]
            assert numbers == sorted(numbers)

    def teardown(self) -> None:
        """Nothing is lost: in the end everything is handled or a letter."""
        self.now = float("inf")
        for _ in range(100):
            for sequence in self.in_hand:
                self.window.acknowledge(sequence)
            self.done |= set(self.in_hand)
            self.in_hand = [entry.sequence for entry in self.window.ready(99, self.now)]
            self.write_letters(99)
        assert self.done == set(self.added)
        assert self.window.floor == len(self.added)


TestWindow = WindowMachine.TestCase
TestWindow.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)
