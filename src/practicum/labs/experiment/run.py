"""The experiment: orders, a storm of faults, recovery, and what was noted of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from practicum.faults.fault import Crash, Hesitate, describe
from practicum.faults.plan import Plan as Storm
from practicum.labs.experiment.ending import POLL_S, wait_until_ended
from practicum.labs.experiment.observations import FaultSeen, Observations, Saga
from practicum.labs.experiment.seconds import by_second
from practicum.labs.experiment.shopper import ALL_PRODUCTS, FICKLE_RATIO, Crowd, Taste
from practicum.labs.facts import read_orders
from practicum.service.errors import OperationError
from practicum.service.events import canonical_json
from practicum.service.live.clock import LiveWorld
from practicum.service.operations import Caller
from practicum.service.range_control import AppliedFault, RangeControl
from practicum.service.world import World, new_id, unix_seconds
from practicum.shop.catalog.rules import sku_of
from practicum.stress.caller import LeanCaller
from practicum.stress.open_loop import Shot, open_loop
from practicum.stress.storm import storm

PATIENCE_S_MIN = 5.0
"""The least that buyers wait for an answer after the last of them has come."""
SAGAS_TIMEOUT_S = 15.0
UNDER_WAY = 10
"""How many of the orders accepted just before a fault are watched to their end."""
STRUCK, CRASHED = frozenset({"over", "lifted"}), frozenset({"fired"})
"""Outcomes of a fault that was there; a crash point must have been reached."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``rate`` orders per second for ``duration_s`` under a storm of faults; what is not
    settled within ``settle_s`` after the load is stuck. ``fickle_ratio`` of the buyers change
    their mind; with a ``seed`` the same buyers come each time. ``calm`` says that it is meant
    to have no faults."""

    rate: float
    duration_s: float
    storm: Storm
    settle_s: float = 45.0
    fickle_ratio: float = FICKLE_RATIO
    seed: int | None = None
    calm: bool = False

    @property
    def digest(self) -> str:
        """Equal plans have equal digests."""
        return hashlib.sha256(canonical_json(self)).hexdigest()


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How the experiment goes, about ten times a second."""

    phase: str
    elapsed_s: float
    accepted: int
    refused: int


class Watcher(msgspec.Struct, kw_only=True):
    """A fault while it is watched."""

    began_s: float
    applied: AppliedFault
    ended_s: float | None = None
    recovery_s: float | None = None
    told: bool = False


class Run:
    """One run of the plan against the services at ``peers``; with a ``shelf`` the crowd buys
    those products alone, by number, so that its books can be told from others'."""

    def __init__(
        self,
        plan: Plan,
        range_name: str,
        peers: Mapping[str, str],
        control: RangeControl,
        *,
        on_progress: Callable[[Progress], None],
        on_news: Callable[[str], None],
        shelf: range | None = None,
    ) -> None:
        self.shots: list[Shot] = []
        self._plan = plan
        self._range = range_name
        self._peers = dict(peers)
        self._control = control
        self._on_progress = on_progress
        self._on_news = on_news
        self._shelf = shelf
        self._world: World = LiveWorld()
        self._faults: dict[str, Watcher] = {}
        self._recoveries: set[asyncio.Task[None]] = set()
        self._ended: set[str] = set()
        self.sagas: dict[str, Saga] = {}
        self._phase = "ordering"
        self._start = self._started_at = 0.0

    async def run(self) -> Observations:
        """Carry out the plan; what happened is in the observations, good or bad.

        Raises `NotRunning` and the like when the range goes away. Cancelled, it leaves no
        fault behind.
        """
        async with LeanCaller(self._peers, self._world) as caller:
            crowd = self._crowd(caller)
            self._start = asyncio.get_running_loop().time()
            self._started_at = self._world.now()
            telling = asyncio.create_task(self._tell(crowd))
            watch = self._watch(crowd, caller)
            breaking = asyncio.create_task(storm(self._plan.storm, self._control, watch))
            try:
                await self._order(crowd)
                self._phase = "settling"
                await self._settle(crowd, caller, breaking)
                await self._read_sagas(crowd.accepted, caller)
            finally:
                crowd.leave()
                for task in (breaking, telling, *self._recoveries):
                    task.cancel()
                await asyncio.gather(breaking, telling, *self._recoveries, return_exceptions=True)
        return self._observed(crowd)

    def _crowd(self, caller: Caller) -> Crowd:
        plan = self._plan
        taste = Taste(
            fickle_ratio=plan.fickle_ratio,
            shelf=self._shelf or ALL_PRODUCTS,
            seed="" if plan.seed is None else f"seed {plan.seed}",
        )
        return Crowd(new_id(self._world)[-12:], caller, self._world, taste=taste)

    async def _order(self, crowd: Crowd) -> None:
        """Let the crowd come; who has no answer when patience ends goes without."""
        plan = self._plan
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(plan.duration_s + max(plan.settle_s, PATIENCE_S_MIN)):
                await open_loop(
                    crowd.buy,
                    rate=plan.rate,
                    duration_s=plan.duration_s,
                    on_shot=self.shots.append,
                )

    def _observed(self, crowd: Crowd) -> Observations:
        answered = [shot for shot in self.shots if shot.error is None]
        refused = Counter(shot.code or "error" for shot in self.shots if shot.error is not None)
        refused["no answer"] += len(crowd.asked) - len(self.shots)
        return Observations(
            range=self._range,
            peers=self._peers,
            accepted=tuple(crowd.accepted),
            planned=tuple(describe(each) for each in self._plan.storm.faults),
            faults=tuple(map(_seen, self._faults.values())),
            seconds=by_second(
                self.shots, [saga.ended_s for saga in self.sagas.values()], self._elapsed_s()
            ),
            asked=tuple(crowd.asked),
            refused={reason: count for reason, count in sorted(refused.items()) if count},
            latencies_ms=tuple(round(shot.latency_s * 1000, 1) for shot in answered),
            shelf=tuple(sku_of(number) for number in self._shelf or ()),
            began_at=round(self._started_at, 3),
            calm=self._plan.calm,
            settled=len(self._ended.intersection(crowd.accepted)) == len(crowd.accepted),
        )

    def _elapsed_s(self) -> float:
        return asyncio.get_running_loop().time() - self._start

    def _watch(self, crowd: Crowd, caller: Caller) -> Callable[[tuple[AppliedFault, ...]], None]:
        """Notes when faults begin and end, and has the orders that each caught watched."""

        def watch(applied: tuple[AppliedFault, ...]) -> None:
            now_s = self._elapsed_s()
            for each in applied:
                known = self._faults.get(each.key)
                if known is None:
                    known = self._faults[each.key] = Watcher(began_s=now_s, applied=each)
                    if not isinstance(each.fault, Crash):
                        self._caught(known, crowd, caller)
                known.applied = each
                if each.ended_at is not None and known.ended_s is None:
                    known.ended_s = now_s
                    if isinstance(each.fault, Crash):
                        known.began_s = now_s  # armed before, but it struck only now
                        self._caught(known, crowd, caller)

        return watch

    def _caught(self, fault: Watcher, crowd: Crowd, caller: Caller) -> None:
        what = describe(fault.applied.fault)
        self._on_news(f"[red]{what}[/]")

        async def recover() -> None:
            await wait_until_ended(crowd.accepted[-UNDER_WAY:], caller, self._ended.add)
            fault.recovery_s = self._elapsed_s() - fault.began_s
            self._on_news(f"[green]recovered[/] {fault.recovery_s:.1f} s after {what}")

        if not isinstance(fault.applied.fault, Hesitate):
            self._recoveries.add(asyncio.create_task(recover()))

    async def _read_sagas(self, accepted: list[str], caller: Caller) -> None:
        """When each order began and ended, by the order service's own clock."""
        mine = set(accepted)
        try:
            async with asyncio.timeout(SAGAS_TIMEOUT_S):
                orders = await read_orders(caller)
        except (OperationError, TimeoutError):
            return
        for order in orders:
            if order.order_id in mine:
                began_s, ended_s = (
                    unix_seconds(at) - self._started_at
                    for at in (order.created_at, order.changed_at)
                )
                self.sagas[order.order_id] = Saga(order.status, began_s, ended_s)

    async def _settle(self, crowd: Crowd, caller: Caller, breaking: asyncio.Task[object]) -> None:
        """Wait until every accepted order has ended, or the plan's patience has."""
        try:
            async with asyncio.timeout(self._plan.settle_s):
                await crowd.finish()
                await breaking
                left = [order_id for order_id in crowd.accepted if order_id not in self._ended]
                await wait_until_ended(left, caller, self._ended.add)
                await asyncio.gather(*self._recoveries)
        except TimeoutError:
            return  # the checks will name the orders that are stuck

    async def _tell(self, crowd: Crowd) -> None:
        while True:
            self._on_progress(
                Progress(
                    phase=self._phase,
                    elapsed_s=self._elapsed_s(),
                    accepted=len(crowd.accepted),
                    refused=sum(1 for shot in self.shots if shot.error),
                )
            )
            await asyncio.sleep(POLL_S)


def _seen(watched: Watcher) -> FaultSeen:
    fault = watched.applied.fault
    ended_s = watched.ended_s if watched.ended_s is not None else watched.began_s
    strikes = CRASHED if isinstance(fault, Crash) else STRUCK
    return FaultSeen(
        what=describe(fault),
        kind=fault.kind,
        target=fault.target,
        began_s=watched.began_s,
        ended_s=ended_s,
        struck=watched.applied.outcome in strikes,
        outcome=watched.applied.outcome,
        recovery_s=watched.recovery_s,
    )
