"""Try again, but only what is worth it, and only as much as the other side can bear.

A retry is worth it when the error is transient. After an error that leaves the effect unknown
it is allowed only when the request may be repeated, which the caller must say. A budget keeps
retries a small share of the first tries: when everything fails, a service without one
multiplies its load by the number of tries exactly when the other side is weakest. (The token
bucket is that of gRPC's retry throttling and Finagle's retry budgets.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from practicum.service.errors import OperationError
from practicum.service.tracing import current_context
from practicum.service.world import World

ResultT = TypeVar("ResultT")


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait before each retry.

    The ceiling grows from ``base_s`` by ``factor`` each time, up to ``cap_s``; a factor of 1
    makes it constant. With ``jitter`` the wait is drawn evenly between zero and the ceiling
    ("full jitter"), so that callers that failed together do not come back together.
    """

    base_s: float = 0.05
    factor: float = 2.0
    cap_s: float = 2.0
    jitter: bool = True

    def __post_init__(self) -> None:
        if self.base_s < 0 or self.cap_s < 0 or self.factor < 1:
            raise ValueError("a backoff needs base_s >= 0, cap_s >= 0 and factor >= 1")

    @classmethod
    def constant(cls, wait_s: float) -> Backoff:
        """The same wait before each retry, without jitter."""
        return cls(base_s=wait_s, factor=1.0, cap_s=wait_s, jitter=False)

    def wait_s(self, retry_number: int, world: World) -> float:
        """Seconds to wait before retry ``retry_number``, which counts from 1."""
        try:
            ceiling = min(self.cap_s, self.base_s * self.factor ** (retry_number - 1))
        except OverflowError:
            ceiling = self.cap_s if self.base_s else 0.0
        return world.random.uniform(0.0, ceiling) if self.jitter else ceiling


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """``attempts_max`` counts the first try too. ``idempotent`` says that the request may be
    repeated although an earlier try may have had its effect: it only reads, or it carries an
    idempotency key."""

    attempts_max: int = 3
    backoff: Backoff = Backoff()
    idempotent: bool = False


class RetryBudget:
    """Tokens for retries, shared by all calls to one peer.

    A retry costs one token; a first try earns ``ratio`` of one. ``reserve`` is where the
    bucket starts and how much it holds, so that a quiet service may retry too.
    """

    def __init__(self, *, ratio: float = 0.1, reserve: float = 10.0) -> None:
        if not 0 <= ratio <= 1 or reserve < 0:
            raise ValueError("a retry budget needs 0 <= ratio <= 1 and reserve >= 0")
        self._ratio = ratio
        self._reserve = reserve
        self._tokens = reserve

    @property
    def tokens(self) -> float:
        """Retries that would be allowed now, in fractions."""
        return self._tokens

    def earn(self) -> None:
        """A first try is made."""
        self._tokens = min(self._reserve, self._tokens + self._ratio)

    def spend(self) -> bool:
        """Take a token for a retry; False when there is none."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


async def retry(
    call: Callable[[], Awaitable[ResultT]],
    *,
    policy: RetryPolicy,
    world: World,
    budget: RetryBudget | None = None,
) -> ResultT:
    """Await ``call()``, again after errors that are worth it; returns the first result.

    Gives up after ``policy.attempts_max`` tries, without a token in the budget, or when the
    deadline of the current context would pass during the wait. Raises the last
    `OperationError`; but where an earlier try may have had its effect, a later "nothing was
    begun" does not say that nothing was done, and the earlier, indefinite error is raised.
    """
    if budget is not None:
        budget.earn()
    indefinite: OperationError | None = None
    attempt = 1
    while True:
        try:
            return await call()
        except OperationError as error:
            if not error.definite:
                indefinite = error
            wait_s = policy.backoff.wait_s(attempt, world)
            if not _worth_it(error, policy) or attempt >= policy.attempts_max:
                raise _verdict(error, indefinite) from error.__cause__
            if _too_late(wait_s) or (budget is not None and not budget.spend()):
                raise _verdict(error, indefinite) from error.__cause__
        await asyncio.sleep(wait_s)
        attempt += 1


def _worth_it(error: OperationError, policy: RetryPolicy) -> bool:
    return error.transient and (error.definite or policy.idempotent)


def _verdict(last: OperationError, indefinite: OperationError | None) -> OperationError:
    # A definite error that is not transient (declined, conflict) is the answer of a server
    # that knows the key: it settles what the earlier tries did.
    return indefinite if indefinite is not None and last.transient else last


def _too_late(wait_s: float) -> bool:
    context = current_context()
    if context is None or context.deadline is None:
        return False
    return asyncio.get_running_loop().time() + wait_s >= context.deadline
