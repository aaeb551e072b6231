"""Group commit: fewer transactions, and nobody can tell."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.service.group_commit import GroupCommit
from practicum.service.store import (
    ANY_VERSION,
    Commit,
    Conflict,
    Handled,
    StoreError,
    StoreUnavailable,
)
from worlds.commits import appending, event, random_commits, state_of, timer
from worlds.fixed import FixedWorld
from worlds.memory_store import MemoryEventStore


class SlowStore(MemoryEventStore):
    """Takes some turns of the loop for each commit, counts them, and fails when told to."""

    def __init__(self) -> None:
        super().__init__(FixedWorld())
        self.turns = 1
        self.commits = 0
        self.failures: list[Exception] = []

    async def commit(self, commit: Commit) -> int:
        """Commit, some turns later."""
        self.commits += 1
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return await super().commit(commit)


async def outcome(store: GroupCommit | MemoryEventStore, commit: Commit) -> object:
    """What a caller hears: nothing but success, or the refusal."""
    try:
        await store.commit(commit)
    except (StoreError, ValueError) as error:
        return type(error), str(error)
    return "committed"


@settings(max_examples=300, deadline=None)
@given(
    plan=st.lists(st.tuples(random_commits(), st.integers(0, 4)), min_size=1, max_size=12),
    turns=st.integers(0, 3),
)
def test_grouped_commits_end_as_if_made_one_by_one(
    plan: list[tuple[Commit, int]], turns: int
) -> None:
    """Whenever callers come, answers and final state equal those of their calls in order."""

    async def both() -> None:
        slow = SlowStore()
        slow.turns = turns
        grouped = GroupCommit(slow)
        called: list[Commit] = []

        async def call(commit: Commit, wait_turns: int) -> tuple[Commit, object]:
            for _ in range(wait_turns):
                await asyncio.sleep(0)
            called.append(commit)
            return commit, await outcome(grouped, commit)

        answers = await asyncio.gather(*(call(commit, wait) for commit, wait in plan))
        heard = {id(commit): answer for commit, answer in answers}
        one_by_one = MemoryEventStore(FixedWorld())
        for commit in called:
            assert await outcome(one_by_one, commit) == heard[id(commit)]
        assert await state_of(slow) == await state_of(one_by_one)

    asyncio.run(both())


async def test_callers_of_one_turn_share_one_commit() -> None:
    """Sixteen requests cost one transaction; the next sixteen another."""
    slow = SlowStore()
    store = GroupCommit(slow)
    for round_ in range(2):
        commits = [appending(f"s{n}", round_, event("1")) for n in range(16)]
        positions = await asyncio.gather(*map(store.commit, commits))
        assert set(positions) == {16 * (round_ + 1)}
    assert slow.commits == 2


async def test_callers_gather_behind_a_commit_under_way() -> None:
    """While the disk is busy the next group forms."""
    slow = SlowStore()
    slow.turns = 50
    store = GroupCommit(slow)
    calls = []
    for n in range(10):
        calls.append(asyncio.create_task(store.commit(appending(f"s{n}", 0, event("1")))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*calls)
    assert slow.commits == 2


async def test_one_bad_commit_does_not_hurt_the_others() -> None:
    """The refused one hears why; everybody else is committed."""
    store = GroupCommit(MemoryEventStore(FixedWorld()))
    commits = [
        appending("a", 0, event("1")),
        appending("b", 7, event("2")),
        appending("nul\0", 0, event("3")),
        appending("c", 0, event("4")),
    ]
    answers = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, Conflict, ValueError, int]
    assert [e.stream for e in await store.read_all()] == ["a", "c"]


async def test_each_bad_commit_costs_one_transaction_more() -> None:
    """Those who come again after a crash, many at a time, must not hold up everybody else."""
    slow = SlowStore()
    for number in range(0, 60, 2):
        await slow.commit(appending(f"s-{number}", 0, event("before")))
    slow.commits = 0
    store = GroupCommit(slow)
    commits = [appending(f"s-{number}", 0, event("now")) for number in range(60)]
    answers = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)
    assert [isinstance(answer, Conflict) for answer in answers] == [True, False] * 30
    assert slow.commits == 30 + 1


async def test_commits_that_would_surely_collide_are_not_merged() -> None:
    """Two decisions on one version, or two copies of a message, wait for each other, so that
    no merged commit is refused because of them."""
    slow = SlowStore()
    store = GroupCommit(slow)
    commits = [
        appending("a", 0, event("1")),
        appending("a", 1, event("2")),
        appending("a", 1, event("3")),
        Commit(handled=(Handled("g", "m"),)),
        Commit(handled=(Handled("g", "m"),)),
    ]
    answers = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)
    assert [isinstance(answer, int) for answer in answers] == [True, True, False, True, False]
    # 1 and 2; 3 with the first copy; that copy without 3, which is refused; the second copy.
    assert slow.commits == 1 + 2 + 1


async def test_a_timer_set_and_then_cancelled_ends_cancelled() -> None:
    """The order of two callers is kept where a merged commit would turn it round."""
    store = GroupCommit(MemoryEventStore(FixedWorld()))
    await asyncio.gather(
        store.commit(Commit(timers=(timer("x", 1.0),))),
        store.commit(Commit(cancelled=("x",))),
    )
    assert await store.due_timers(9.0) == []


@pytest.mark.parametrize("definite", [True, False])
async def test_an_unavailable_store_is_asked_once_and_all_hear_it(definite: bool) -> None:
    """Nobody's commit is sent again, as it may have happened; the next call tries anew."""
    slow = SlowStore()
    slow.failures = [StoreUnavailable("down", definite=definite)]
    store = GroupCommit(slow)
    commits = [appending(f"s{n}", 0, event("1")) for n in range(5)]
    answers = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    assert {answer.definite for answer in answers} == {definite}  # type: ignore[union-attr]
    assert slow.commits == 1
    assert await store.commit(commits[0]) == 1


async def test_when_the_store_goes_down_between_members_the_rest_is_definite() -> None:
    """Those not yet sent one by one surely did not happen."""
    slow = SlowStore()
    slow.failures = [Conflict("x", 0, 1), StoreUnavailable("down", definite=False)]
    store = GroupCommit(slow)
    commits = [appending(f"s{n}", 0, event("1")) for n in range(3)]
    answers = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)
    assert [answer.definite for answer in answers] == [False, True, True]  # type: ignore[union-attr]
    assert slow.commits == 2


async def test_a_caller_that_gives_up_while_waiting_is_not_committed() -> None:
    """Cancelled before its group began, a commit is dropped, and the others go on."""
    slow = SlowStore()
    slow.turns = 10
    store = GroupCommit(slow)
    first = asyncio.create_task(store.commit(appending("a", 0, event("1"))))
    for _ in range(3):
        await asyncio.sleep(0)
    second = asyncio.create_task(store.commit(appending("b", 0, event("2"))))
    third = asyncio.create_task(store.commit(appending("c", 0, event("3"))))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert [e.stream for e in await store.read_all()] == ["a", "c"]


async def test_a_caller_that_gives_up_during_its_commit_does_not_disturb_the_group() -> None:
    """The group's commit goes on for the others."""
    slow = SlowStore()
    slow.turns = 10
    store = GroupCommit(slow)
    calls = [asyncio.create_task(store.commit(appending(s, 0, event("1")))) for s in "ab"]
    for _ in range(5):
        await asyncio.sleep(0)
    calls[0].cancel()
    assert await calls[1] == 2


async def test_a_great_group_is_cut() -> None:
    """A merged commit stays bounded, in members and in events."""
    slow = SlowStore()
    store = GroupCommit(slow)
    few = [appending(f"s{n}", ANY_VERSION, event("1")) for n in range(300)]
    await asyncio.gather(*map(store.commit, few))
    assert slow.commits == 2
    many = [appending(f"s{n}", ANY_VERSION, *([event("1")] * 1500)) for n in range(4)]
    await asyncio.gather(*map(store.commit, many))
    assert slow.commits == 4
