"""The tour's experiment: orders, a kill in mid-payment, recovery, and the facts afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from practicum.labs.experiment import CrashHit, Observations
from practicum.labs.tour.shopper import TIMEOUT_S, Crowd
from practicum.service.errors import OperationError
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.operations import Caller
from practicum.service.retry import RetryPolicy, retry
from practicum.service.tracing import QuietTracer
from practicum.service.world import World, new_id
from practicum.shop.bank.messages import SET_MOOD, Mood
from practicum.shop.order.messages import GET_ORDER, OrderId, OrderView
from practicum.stress.open_loop import Shot, open_loop

POLL_S = 0.1
UNDER_WAY = 10
"""How many of the orders accepted just before the kill are watched to their end."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``rate`` orders per second for ``duration_s``; at ``kill_at_s`` the crash point is
    armed; what is not settled within ``settle_s`` after the load is stuck. The bank takes
    ``bank_delay_ms`` for each answer, so that there is always somebody in mid-payment."""

    rate: float = 50.0
    duration_s: float = 20.0
    kill_at_s: float = 7.0
    service: str = "payment"
    point: str = "payment.charged"
    settle_s: float = 40.0
    bank_delay_ms: int = 40


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How the tour goes, about ten times a second."""

    phase: str
    elapsed_s: float
    sent: int
    accepted: int
    refused: int
    ended: int
    killed: bool
    recovered: bool


class Striker(Protocol):
    """The part of a range that the tour needs: to kill a service at a crash point."""

    async def strike(self, service: str, point: str) -> None:
        """Arm the point; return when the service has died there."""
        ...


class Tour:
    """One run of the plan against the services at ``peers``."""

    def __init__(
        self,
        plan: Plan,
        range_name: str,
        peers: Mapping[str, str],
        striker: Striker,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.shots: list[Shot] = []
        self._plan = plan
        self._range = range_name
        self._peers = dict(peers)
        self._striker = striker
        self._on_progress = on_progress
        self._world: World = LiveWorld()
        self._hits: list[CrashHit] = []
        self._recovery_s: float | None = None
        self._ended: set[str] = set()
        self._phase = "ordering"
        self._start = 0.0

    async def run(self) -> Observations:
        """Carry out the plan; what happened is in the observations, good or bad."""
        tracer = QuietTracer(self._world)
        async with HttpCaller(self._peers, world=self._world, tracer=tracer) as caller:
            crowd = Crowd(new_id(self._world)[-12:], caller, self._world)
            await self._set_mood(caller, Mood(delay_ms=self._plan.bank_delay_ms))
            self._start = asyncio.get_running_loop().time()
            telling = asyncio.create_task(self._tell(crowd))
            breaking = asyncio.create_task(self._break(crowd, caller))
            try:
                await open_loop(
                    crowd.buy,
                    rate=self._plan.rate,
                    duration_s=self._plan.duration_s,
                    on_shot=self.shots.append,
                )
                self._phase = "settling"
                await crowd.finish()
                await self._settle(crowd.accepted, caller, breaking)
            finally:
                breaking.cancel()
                telling.cancel()
                await asyncio.gather(breaking, telling, return_exceptions=True)
                await self._set_mood(caller, Mood())
        return Observations(
            range=self._range,
            peers=self._peers,
            accepted=tuple(crowd.accepted),
            planned=(self._plan.point,),
            hits=tuple(self._hits),
            recovery_s=self._recovery_s,
        )

    def _elapsed_s(self) -> float:
        return asyncio.get_running_loop().time() - self._start

    async def _set_mood(self, caller: Caller, mood: Mood) -> None:
        policy = RetryPolicy(attempts_max=5, idempotent=True)
        await retry(
            lambda: caller.call(SET_MOOD, mood, timeout_s=TIMEOUT_S),
            policy=policy,
            world=self._world,
        )

    async def _break(self, crowd: Crowd, caller: Caller) -> None:
        """Arm the crash point, wait for the kill, and watch the orders it caught."""
        await asyncio.sleep(self._plan.kill_at_s)
        await self._striker.strike(self._plan.service, self._plan.point)
        killed_s = self._elapsed_s()
        self._hits.append(
            CrashHit(service=self._plan.service, point=self._plan.point, at_s=killed_s)
        )
        caught = crowd.accepted[-UNDER_WAY:]
        await wait_until_ended(caught, caller, self._ended)
        self._recovery_s = self._elapsed_s() - killed_s

    async def _settle(
        self, accepted: list[str], caller: Caller, breaking: asyncio.Task[None]
    ) -> None:
        """Wait until every accepted order has ended, or the plan's patience has."""
        try:
            async with asyncio.timeout(self._plan.settle_s):
                await wait_until_ended(accepted, caller, self._ended)
                await breaking
        except TimeoutError:
            return  # the checks will name the orders that are stuck

    async def _tell(self, crowd: Crowd) -> None:
        while True:
            failed = sum(1 for shot in self.shots if shot.error)
            self._on_progress(
                Progress(
                    phase=self._phase,
                    elapsed_s=self._elapsed_s(),
                    sent=len(self.shots),
                    accepted=len(crowd.accepted),
                    refused=failed,
                    ended=len(self._ended),
                    killed=bool(self._hits),
                    recovered=self._recovery_s is not None,
                )
            )
            await asyncio.sleep(POLL_S)


async def wait_until_ended(ids: list[str], caller: Caller, ended: set[str]) -> None:
    """Return when all orders have a final state; adds each to ``ended`` as it is seen."""
    for order_id in ids:
        while order_id not in ended:
            view = await _look(order_id, caller)
            if view is not None and has_ended(view):
                ended.add(order_id)
            else:
                await asyncio.sleep(POLL_S)


def has_ended(view: OrderView) -> bool:
    """Whether the order is cancelled, or confirmed with its parcel on its way."""
    return not view.step and (view.status == "cancelled" or bool(view.tracking))


async def _look(order_id: str, caller: Caller) -> OrderView | None:
    """The order, None while the order service cannot tell."""
    try:
        return await caller.call(GET_ORDER, OrderId(order_id), timeout_s=TIMEOUT_S)
    except OperationError:
        return None
