"""Each release of stuck-order does what scenes.yaml says of it, to whom it was drawn for, and what
it leaves can be put right by an operator. In virtual time, with the shop's own code."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from practicum.checking.conservation import (
    money_conserved,
    no_effect_twice,
    one_final_state,
    shipped_or_refunded,
)
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.ending import has_ended
from practicum.labs.facts import read_books
from practicum.labs.scene import judging
from practicum.labs.scene.drawing import Drawn, draw
from practicum.labs.scene.scene import NOBODY, PARKS, Scene, load_scenes, module_of
from practicum.labs.scene.staging import write_releases
from practicum.service.log import DeadLetter
from practicum.service.service import Ports, Service
from practicum.shop.bank.rules import DECLINED_CARD
from practicum.shop.order.messages import COMPENSATE_ORDER, RESUME_ORDER, OrderId
from worlds.shop_in_memory import BUILDS, MemoryShop
from worlds.virtual_time import in_virtual_time

LAB = Path(__file__).parents[2] / "courses/microservices/05-observability/labs/stuck-order"
SCENES = load_scenes(LAB)
COUNT = 60
SETTINGS = {
    "catalog": {"products": 1000},
    "inventory": {"products": 1000, "pieces": 100_000},
    "order": {"step_timeout_s": 7200.0},
}
AFTERNOON_S = 30.0


def _first_seeds() -> dict[str, int]:
    """A seed for each defect and kind of trigger."""
    found: dict[str, int] = {}
    for seed in range(200):
        drawn = draw(SCENES, seed, COUNT)
        found.setdefault(f"{drawn.name}, {drawn.trigger.kind}", seed)
        if len(found) == sum(len(x.triggers) for x in SCENES.defects.values()):
            break
    return found


SEEDS = _first_seeds()
each_defect = pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS.keys())


def build_of(service: str, path: Path) -> Callable[[Ports], Service]:
    """A release, loaded as the host would: under the name of the module it stands for."""
    spec = importlib.util.spec_from_file_location(module_of(service), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    build: Callable[[Ports], Service] = module.build
    return build


class Afternoon:
    """The scene of a seed, played in memory and left as the learner finds it."""

    def __init__(self, shop: MemoryShop, drawn: Drawn) -> None:
        self.shop, self.drawn = shop, drawn

    @classmethod
    @asynccontextmanager
    async def of(cls, drawn: Drawn, folder: Path) -> AsyncIterator[Afternoon]:
        """Releases out, orders in, releases back."""
        shop = MemoryShop(SETTINGS)
        releases = write_releases(LAB / "scenes", folder / "scene", drawn)
        for service, path in releases.items():
            shop[service]._build = build_of(service, path)
        await shop.open()
        try:
            for order in drawn.orders:
                card = DECLINED_CARD if order.buyer == "poor" else "tok-visa"
                placed = await shop.place(*order.pieces.items(), card=card, key=order.key)
                assert (placed.order_id, placed.total_cents) == (order.order_id, order.total_cents)
            await asyncio.sleep(AFTERNOON_S)
            for service in releases:
                await shop[service].stop()
                shop[service]._build = BUILDS[service]
                shop[service].start()
            await asyncio.sleep(AFTERNOON_S)
            yield cls(shop, drawn)
        finally:
            await shop.close()

    async def stuck(self) -> set[str]:
        """The orders that have not ended."""
        ids = [order.order_id for order in self.drawn.orders]
        return {id for id in ids if not has_ended(await self.shop.look(id))}

    async def letters(self) -> list[DeadLetter]:
        """The parked messages that others are parked behind."""
        found = [await self.shop.log.dead_letters(name) for name in self.shop.processes]
        return [letter for some in found for letter in some if letter.reason != "follows"]

    async def replay(self) -> None:
        """What ``practicum shop replay --all`` does."""
        for letter in await self.letters():
            await self.shop.log.replay(letter.group, letter.topic, letter.key)
        await asyncio.sleep(AFTERNOON_S)

    async def resume(self) -> None:
        """What ``practicum shop resume`` does, for all that wait."""
        for order_id in await self.stuck():
            if (await self.shop.look(order_id)).step:
                await self.shop.caller.call(RESUME_ORDER, OrderId(order_id), timeout_s=10)
        await asyncio.sleep(AFTERNOON_S)

    async def compensate(self) -> None:
        """What ``practicum shop compensate`` does, for all that have not turned yet."""
        for order_id in await self.stuck():
            if not (await self.shop.look(order_id)).reason:
                await self.shop.caller.call(COMPENSATE_ORDER, OrderId(order_id), timeout_s=10)
        await asyncio.sleep(AFTERNOON_S)

    async def wrongs(self) -> set[str]:
        """The checks that the state of the shop would not pass."""
        facts = await read_books(self.shop.caller)
        scene = scene_of(self.drawn)
        judgements: list[Judgement] = [
            one_final_state([x.order_id for x in self.drawn.orders], facts.orders),
            judging.ended_as_they_should(scene, facts.orders, facts.shipments),
            money_conserved(facts.orders, facts.ledger),
            shipped_or_refunded(facts.ledger, facts.shipments),
            no_effect_twice(facts.ledger),
        ]
        return {each.check for each in judgements if each.verdict is not Verdict.PASS}


def scene_of(drawn: Drawn) -> Scene:
    """What is noted of it."""
    return Scene(
        lab="lab",
        version=1,
        seed=1,
        calm=drawn.defect is None,
        range="lab",
        defect=drawn.name,
        service=drawn.defect.service if drawn.defect else NOBODY,
        message=drawn.defect.message if drawn.defect else "",
        what=drawn.defect.what if drawn.defect else "raises",
        trigger=drawn.trigger,
        slow=drawn.slow,
        orders=drawn.orders,
        reached=drawn.reached,
        affected=tuple(drawn.affected),
    )


@each_defect
@in_virtual_time
async def test_a_release_strikes_whom_it_was_drawn_for(seed: int, tmp_path: Path) -> None:
    """Just those orders are stuck, parked or not as declared, by the service and message named."""
    drawn = draw(SCENES, seed, COUNT)
    defect = drawn.defect
    assert defect is not None
    async with Afternoon.of(drawn, tmp_path) as afternoon:
        assert await afternoon.stuck() == drawn.affected
        letters = await afternoon.letters()
        if defect.what not in PARKS:
            assert letters == []
            return
        assert {letter.key for letter in letters} == drawn.affected
        for letter in letters:
            assert (letter.group, letter.event.type) == (defect.service, defect.message)
            assert defect.says in letter.reason


@each_defect
@in_virtual_time
async def test_the_right_deed_frees_every_order(seed: int, tmp_path: Path) -> None:
    """What is parked is replayed, what was never answered is asked for again."""
    drawn = draw(SCENES, seed, COUNT)
    assert drawn.defect is not None
    async with Afternoon.of(drawn, tmp_path) as afternoon:
        await (afternoon.replay() if drawn.defect.what in PARKS else afternoon.resume())
        assert await afternoon.stuck() == set()
        assert await afternoon.letters() == []
        assert await afternoon.wrongs() == set()


@each_defect
@in_virtual_time
async def test_resuming_alone_frees_nothing_that_is_parked(seed: int, tmp_path: Path) -> None:
    """The command lines up behind the parked one of its order."""
    drawn = draw(SCENES, seed, COUNT)
    assert drawn.defect is not None
    async with Afternoon.of(drawn, tmp_path) as afternoon:
        await afternoon.resume()
        left = drawn.affected if drawn.defect.what in PARKS else set()
        assert await afternoon.stuck() == left


@each_defect
@in_virtual_time
async def test_undoing_takes_orders_from_buyers(seed: int, tmp_path: Path) -> None:
    """Nobody loses money by it; those lose their orders who could have had them."""
    drawn = draw(SCENES, seed, COUNT)
    async with Afternoon.of(drawn, tmp_path) as afternoon:
        await afternoon.compensate()
        await afternoon.replay()
        wrongs = await afternoon.wrongs()
        lost = {"ordinary"} & {x.buyer for x in drawn.orders if x.order_id in drawn.affected}
        assert wrongs == ({"every buyer has what she could have"} if lost else set())


@in_virtual_time
async def test_a_calm_afternoon_leaves_nothing(tmp_path: Path) -> None:
    """A slow release harms nobody."""
    async with Afternoon.of(draw(SCENES, 1, COUNT, calm=True), tmp_path) as afternoon:
        assert await afternoon.stuck() == set()
        assert await afternoon.letters() == []
        assert await afternoon.wrongs() == set()
