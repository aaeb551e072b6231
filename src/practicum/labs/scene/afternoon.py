"""The orders of a scene: sent, and watched until the damage that was drawn is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType

from practicum.labs.experiment.peers import addresses
from practicum.labs.facts import read_orders
from practicum.labs.scene.drawing import Drawn
from practicum.labs.scene.scene import PARKS, SceneError, SceneOrder
from practicum.servers.control import RangeStatus
from practicum.service.errors import OperationError
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.log import DeadLetter, LogUnavailable
from practicum.service.retry import RetryPolicy, retry
from practicum.shop.bank.rules import DECLINED_CARD
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import PLACE_ORDER, OrderSummary, PlaceOrder, WantedLine
from practicum.stress.caller import LeanCaller
from practicum.stress.open_loop import Shot, open_loop
from practicum.telemetry.reading import Archive, NothingKept

CARD = "tok-visa"
CALL_TIMEOUT_S = 10.0
POLL_S = 0.2
TRACES_WAIT_S = 6.0
FOLLOWS = "follows"
_COMMANDS = [spec.name for spec in MANIFEST.services if spec.name in MANIFEST.topics]


class Afternoon:
    """A drawn scene on a range that is up. An async context manager."""

    def __init__(self, status: RangeStatus, drawn: Drawn, *, settle_s: float) -> None:
        self._status, self._drawn, self._settle_s = status, drawn, settle_s
        self._world = LiveWorld()
        self._caller = LeanCaller(addresses(status), self._world)

    async def __aenter__(self) -> Afternoon:
        self._log = await JetStreamEventLog.connect(
            self._status.nats_url, self._status.prefix, self._world
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._caller.close()
        await self._log.close()

    async def order(self, *, rate: float) -> None:
        """Send all orders. `SceneError` when one is not accepted, or costs what it should not."""
        orders = self._drawn.orders
        shots: list[Shot] = []
        await open_loop(
            lambda number: self._place(orders[number]),
            rate=rate,
            duration_s=len(orders) / rate,
            on_shot=shots.append,
        )
        failed = [shot.error for shot in shots if shot.error]
        if failed or len(shots) != len(orders):
            raise SceneError(
                f"{len(failed)} of {len(orders)} orders were not accepted "
                f"({failed[0] if failed else 'they were not sent'}): try again"
            )

    async def _place(self, order: SceneOrder) -> None:
        request = PlaceOrder(
            tuple(WantedLine(sku, quantity) for sku, quantity in order.pieces.items()),
            DECLINED_CARD if order.buyer == "poor" else CARD,
        )
        placed = await retry(
            lambda: self._caller.call(
                PLACE_ORDER, request, timeout_s=CALL_TIMEOUT_S, idempotency_key=order.key
            ),
            policy=RetryPolicy(attempts_max=8, idempotent=True),
            world=self._world,
        )
        if (placed.order_id, placed.total_cents) != (order.order_id, order.total_cents):
            raise OperationError("internal", f"{placed.order_id} is not the order that was drawn")

    async def wait_for_damage(self) -> None:
        """Return when all is stuck that was drawn to be, and nothing else. `SceneError` when it
        does not come to that."""
        said = ""

        async def done() -> bool:
            nonlocal said
            said = await self._undone()
            return not said

        await _until(done, self._settle_s, lambda: f"the scene did not come about: {said}")

    async def _undone(self) -> str:
        """What the scene still lacks, in words; empty when it stands."""
        affected = self._drawn.affected
        try:
            orders = {order.order_id: order for order in await read_orders(self._caller)}
            letters = await self._letters()
            behind = sum([await self._log.lag([topic], topic) for topic in _COMMANDS])
        except (OperationError, LogUnavailable, TimeoutError) as error:
            return str(error) or type(error).__name__
        if len(orders) < len(self._drawn.orders):
            return f"only {len(orders)} of {len(self._drawn.orders)} orders are listed"
        still_open = {id for id, order in orders.items() if not _has_ended(order)}
        if still_open != affected:
            wrong = sorted(still_open ^ affected)
            return f"{len(wrong)} orders are not where they should be, {wrong[0]} among them"
        return _unlike(letters, self._drawn) or (
            f"{behind} messages wait on the log" if behind else ""
        )

    async def _letters(self) -> list[DeadLetter]:
        letters = [await self._log.dead_letters(spec.name) for spec in MANIFEST.services]
        return [letter for some in letters for letter in some if letter.reason != FOLLOWS]

    async def wait_for_traces(self, folder: Path) -> None:
        """Return when the way of every order can be read. Its absence spoils no scene, only
        makes it harder: this waits for a while, and no longer."""

        async def told() -> bool:
            try:
                with Archive(folder) as archive:
                    return all(archive.traces_of(order.order_id) for order in self._drawn.orders)
            except NothingKept:
                return False

        try:
            await _until(told, TRACES_WAIT_S, lambda: "")
        except SceneError:
            return


def _unlike(letters: Sequence[DeadLetter], drawn: Drawn) -> str:
    """How what is parked differs from what should be, in words; empty when it does not."""
    defect = drawn.defect
    wanted = drawn.affected if defect is not None and defect.what in PARKS else frozenset()
    parked = {letter.key for letter in letters}
    if parked != wanted:
        return f"the messages of {len(parked)} orders are parked, {len(wanted)} should be"
    for letter in letters:
        if defect is not None and defect.says not in letter.reason:
            return f"a message is parked for another reason: {letter.reason}"
    return ""


def _has_ended(order: OrderSummary) -> bool:
    return not order.step and (order.status == "cancelled" or bool(order.tracking))


async def _until(
    condition: Callable[[], Awaitable[bool]], timeout_s: float, said: Callable[[], str]
) -> None:
    """Wait for what other processes do. `SceneError` with the words when it takes too long."""
    try:
        async with asyncio.timeout(timeout_s):
            while not await condition():  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise SceneError(said()) from None
