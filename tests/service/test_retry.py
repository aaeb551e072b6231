"""Retries: what is worth one, how long to wait, and when to stop."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.errors import ERRORS, OperationError
from practicum.service.retry import Backoff, RetryBudget, RetryPolicy, retry
from practicum.service.tracing import Context, Trace, use_context
from worlds.fixed import FixedWorld

AT_ONCE = Backoff.constant(0.0)


class Script:
    """A call that fails with these codes, one after the other, and then succeeds."""

    def __init__(self, *codes: str) -> None:
        self.codes = codes
        self.tries = 0

    async def __call__(self) -> str:
        """One try."""
        self.tries += 1
        if self.tries <= len(self.codes):
            raise OperationError(self.codes[self.tries - 1], f"try {self.tries}")
        return "done"


async def outcome(script: Script, policy: RetryPolicy, budget: RetryBudget | None = None) -> str:
    """The result, or the code of the error."""
    try:
        return await retry(script, policy=policy, world=FixedWorld(), budget=budget)
    except OperationError as error:
        return error.code


async def test_a_definite_transient_error_is_tried_again() -> None:
    """Nothing was begun, and it may work later."""
    script = Script("refused", "overloaded")
    assert await outcome(script, RetryPolicy(backoff=AT_ONCE)) == "done"
    assert script.tries == 3


@pytest.mark.parametrize("code", [kind.code for kind in ERRORS.values() if not kind.transient])
async def test_an_error_that_will_not_pass_is_raised_at_once(code: str) -> None:
    """Asking again would get the same answer."""
    script = Script(code)
    assert await outcome(script, RetryPolicy(backoff=AT_ONCE, idempotent=True)) == code
    assert script.tries == 1


@pytest.mark.parametrize("code", ["unavailable", "deadline_exceeded"])
async def test_an_indefinite_error_is_tried_again_only_when_that_is_safe(code: str) -> None:
    """Otherwise the effect might happen twice."""
    unsafe = Script(code)
    assert await outcome(unsafe, RetryPolicy(backoff=AT_ONCE)) == code
    assert unsafe.tries == 1
    assert await outcome(Script(code), RetryPolicy(backoff=AT_ONCE, idempotent=True)) == "done"


async def test_nothing_begun_does_not_hide_that_an_earlier_try_may_have_been() -> None:
    """The last try was refused, but the first may have had its effect: not definite."""
    policy = RetryPolicy(backoff=AT_ONCE, idempotent=True)
    assert await outcome(Script("unavailable", "refused", "refused"), policy) == "unavailable"


async def test_the_verdict_of_a_server_that_knows_the_key_settles_earlier_tries() -> None:
    """A refusal that is not transient is the answer to the key."""
    policy = RetryPolicy(backoff=AT_ONCE, idempotent=True)
    assert await outcome(Script("unavailable", "declined"), policy) == "declined"


async def test_the_last_error_is_raised() -> None:
    """With its own words."""
    with pytest.raises(OperationError, match="try 3"):
        await retry(
            Script(*["refused"] * 9), policy=RetryPolicy(backoff=AT_ONCE), world=FixedWorld()
        )


async def test_other_exceptions_pass() -> None:
    """A bug is not retried."""

    async def bug() -> None:
        raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        await retry(bug, policy=RetryPolicy(), world=FixedWorld())


async def test_no_retry_begins_after_the_deadline_of_the_context() -> None:
    """A wait that would outlast it is not begun."""
    now = asyncio.get_running_loop().time()
    trace = Trace("1" * 32, "1" * 16)
    script = Script(*["refused"] * 9)
    policy = RetryPolicy(backoff=Backoff.constant(3600.0), attempts_max=9)
    with use_context(Context(correlation_id="c", trace=trace, deadline=now + 60.0)):
        assert await outcome(script, policy) == "refused"
    assert script.tries == 1


async def test_without_tokens_there_is_no_retry() -> None:
    """However many tries the policy would allow."""
    script = Script(*["refused"] * 9)
    policy = RetryPolicy(backoff=AT_ONCE, attempts_max=9)
    assert await outcome(script, policy, RetryBudget(ratio=0.0, reserve=2.0)) == "refused"
    assert script.tries == 3


async def test_an_error_that_is_not_retried_costs_no_token() -> None:
    """Neither does the last try allowed."""
    budget = RetryBudget(ratio=0.0, reserve=5.0)
    await outcome(Script("conflict"), RetryPolicy(backoff=AT_ONCE), budget)
    assert budget.tokens == 5.0
    await outcome(Script("refused"), RetryPolicy(backoff=AT_ONCE, attempts_max=1), budget)
    assert budget.tokens == 5.0


@given(
    base_s=st.floats(0, 10),
    factor=st.floats(1, 1e6),
    cap_s=st.floats(0, 100),
    number=st.integers(1, 10_000),
    seed=st.integers(0, 99),
)
def test_a_wait_with_jitter_lies_between_zero_and_the_ceiling(
    base_s: float, factor: float, cap_s: float, number: int, seed: int
) -> None:
    """And the ceiling never shrinks, nor passes the cap."""
    world = FixedWorld(seed)
    jittered = Backoff(base_s=base_s, factor=factor, cap_s=cap_s)
    ceiling = Backoff(base_s=base_s, factor=factor, cap_s=cap_s, jitter=False)
    assert 0 <= jittered.wait_s(number, world) <= ceiling.wait_s(number, world) <= cap_s
    assert ceiling.wait_s(number, world) <= ceiling.wait_s(number + 1, world)


def test_full_jitter_uses_the_whole_range() -> None:
    """Callers that failed together come back spread out."""
    world = FixedWorld()
    waits = [Backoff(base_s=1.0, cap_s=1.0).wait_s(1, world) for _ in range(1000)]
    assert min(waits) < 0.05
    assert max(waits) > 0.95


@given(
    st.lists(st.lists(st.sampled_from(["refused", "unavailable", "conflict"]), max_size=6)),
    st.floats(0, 1),
    st.floats(0, 5),
    st.integers(1, 5),
)
def test_retries_never_exceed_the_budget(
    scripts: list[list[str]], ratio: float, reserve: float, attempts_max: int
) -> None:
    """The reserve and a share of the first tries bound them; the policy bounds each call."""
    budget = RetryBudget(ratio=ratio, reserve=reserve)
    policy = RetryPolicy(backoff=AT_ONCE, attempts_max=attempts_max, idempotent=True)

    async def run() -> None:
        retries = 0
        for number, codes in enumerate(scripts, start=1):
            script = Script(*codes)
            await outcome(script, policy, budget)
            assert 1 <= script.tries <= attempts_max
            retries += script.tries - 1
            assert retries <= reserve + ratio * number + 1e-9
            assert 0 <= budget.tokens <= reserve

    asyncio.run(run())


def test_settings_that_make_no_sense_are_refused() -> None:
    """At once, not at the first failure."""
    with pytest.raises(ValueError, match="backoff needs"):
        Backoff(base_s=-1.0)
    with pytest.raises(ValueError, match="backoff needs"):
        Backoff(factor=0.5)
    with pytest.raises(ValueError, match="budget needs"):
        RetryBudget(ratio=2.0)
