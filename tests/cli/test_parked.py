"""Messages that a service gave up on are listed, and handled once somebody says so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.terminal import answer, practicum
from practicum.cli.parked import gather
from practicum.labs.experiment.ending import wait_until_ended
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.service.events import Event
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.log import DeadLetter
from practicum.service.retry import RetryPolicy, retry
from practicum.service.tracing import Context, QuietTracer, Trace
from practicum.service.world import new_id
from practicum.shop.notification.messages import VOCABULARY, NotifyBuyer
from practicum.shop.order.messages import PLACE_ORDER, PlaceOrder, WantedLine
from worlds.live_shop import shop_range

NAME = "parked"
CANNOT_NOTIFY = """
import msgspec
from practicum.service.live.originals import original
from practicum.shop.notification.messages import NotifyBuyer

installed = original(__name__)


def build(ports):
    service = installed.build(ports)

    def notify(command, work):
        raise ValueError("no paper")

    before = service.reactions[NotifyBuyer]
    service.reactions[NotifyBuyer] = msgspec.structs.replace(before, handler=notify)
    return service
"""


def letter(key: str, reason: str, *, group: str = "notification") -> DeadLetter:
    """A parked message."""
    world = LiveWorld()
    context = Context(correlation_id="c", trace=Trace.start(world))
    event: Event = VOCABULARY.encode(
        NotifyBuyer(key, 1), key=key, source="/test", context=context, world=world
    )
    return DeadLetter(
        group=group, topic=group, partition=0, key=key, reason=reason, attempts=5, event=event
    )


def test_a_key_is_told_once_by_its_first_letter() -> None:
    """With the number of those behind it; services and keys are kept apart."""
    found = gather(
        [
            letter("o-1", "ValueError: a"),
            letter("o-1", "follows"),
            letter("o-2", "ValueError: b"),
            letter("o-1", "follows"),
            letter("o-1", "ValueError: c", group="payment"),
        ]
    )
    assert [(x.service, x.order, x.reason, x.behind) for x in found] == [
        ("notification", "o-1", "ValueError: a", 2),
        ("notification", "o-2", "ValueError: b", 0),
        ("payment", "o-1", "ValueError: c", 0),
    ]


def test_a_follower_that_is_read_first_does_not_hide_the_cause() -> None:
    """The reason is the leader's, wherever it stands."""
    (found,) = gather([letter("o-1", "follows"), letter("o-1", "ValueError: a")])
    assert (found.reason, found.behind) == ("ValueError: a", 1)


@pytest.mark.parametrize("words", [(), ("o-1", "--all")])
def test_one_order_or_all_of_them(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Anything else is wrong usage."""
    done = practicum(tmp_path, "shop", "replay", *words)
    assert done.returncode == 2
    assert "practicum shop parked" in done.stderr


def test_without_a_range_it_says_what_to_do(tmp_path: Path) -> None:
    """Exit code 1."""
    for words in (("parked",), ("replay", "--all"), ("orders",)):
        done = practicum(tmp_path, "shop", *words)
        assert done.returncode == 1
        assert "practicum range up" in done.stderr


async def place(client: RangeClient, count: int) -> list[str]:
    """Ids of new orders."""
    world = LiveWorld()
    peers = addresses(await client.status())
    ids = []
    async with HttpCaller(peers, world=world, tracer=QuietTracer(world)) as caller:
        for _ in range(count):
            key = new_id(world)
            placed = await retry(
                lambda key=key: caller.call(  # type: ignore[misc]
                    PLACE_ORDER,
                    PlaceOrder((WantedLine("P0001", 1),), "tok-visa"),
                    timeout_s=30,
                    idempotency_key=key,
                ),
                policy=RetryPolicy(attempts_max=20, idempotent=True),
                world=world,
            )
            ids.append(placed.order_id)
    return ids


async def ended(client: RangeClient, ids: list[str]) -> None:
    """Return when the orders are over."""
    world = LiveWorld()
    peers = addresses(await client.status())
    async with HttpCaller(peers, world=world, tracer=QuietTracer(world)) as caller:
        async with asyncio.timeout(60):
            await wait_until_ended(ids, caller, lambda _: None)


@pytest.mark.serial
@pytest.mark.xdist_group("parked-range")
async def test_parked_messages_are_seen_and_replayed(tmp_path: Path) -> None:
    """In vain while the service is as it was; to the orders' end once it is repaired."""
    release = tmp_path / "cannot_notify.py"
    release.write_text(CANNOT_NOTIFY)

    def run(*words: str) -> object:
        return answer(tmp_path, "shop", *words, "--name", NAME)

    async with shop_range(tmp_path, NAME) as client:
        module = "practicum.shop.notification.service"
        await client.restart("notification", replaces={module: str(release)})
        ids = await place(client, 3)
        async with asyncio.timeout(60):
            while len(found := await asyncio.to_thread(run, "parked")) < 3:  # type: ignore[arg-type] # noqa: ASYNC110
                await asyncio.sleep(0.2)
        assert {x["order"] for x in found} == set(ids)  # type: ignore[attr-defined]
        assert {x["reason"] for x in found} == {"ValueError: no paper"}  # type: ignore[attr-defined]
        assert {x["message"] for x in found} == {"shop.notification.notify.v1"}  # type: ignore[attr-defined]

        words = ("shop", "replay", ids[0], "--name", NAME)
        vain = await asyncio.to_thread(practicum, tmp_path, *words)
        assert vain.returncode == 1
        assert "notification failed again" in vain.stderr

        await client.restart("notification", replaces={})
        done = json.loads((await asyncio.to_thread(practicum, tmp_path, *words, "--json")).stdout)
        assert done["handled"] >= 1
        assert done["left"] == []
        assert {x["order"] for x in await asyncio.to_thread(run, "parked")} == set(ids[1:])  # type: ignore[attr-defined]
        await asyncio.to_thread(run, "replay", "--all")
        assert await asyncio.to_thread(run, "parked") == []
        await ended(client, ids)
        listed = await asyncio.to_thread(run, "orders")
        assert {x["order_id"]: bool(x["tracking"]) for x in listed} == dict.fromkeys(ids, True)  # type: ignore[attr-defined]
        odd = await asyncio.to_thread(
            practicum, tmp_path, "shop", "resume", ids[0], "o-none", "--name", NAME
        )
        assert odd.returncode == 1
        assert "waits for nothing" in odd.stderr
        assert "there is no order o-none" in odd.stderr
