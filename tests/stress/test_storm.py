"""Faults on a real range: each strikes, and each is undone, whoever is killed meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from practicum.faults.fault import (
    AnyFault,
    Crash,
    Decline,
    Delay,
    Hesitate,
    Kill,
    Pause,
    Refuse,
    Restart,
)
from practicum.faults.plan import Plan, canonical
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError
from practicum.servers.ranges import stop_range
from practicum.service.range_control import AppliedFault
from practicum.stress.storm import storm
from worlds.bank_range import bank_range, charge, member, until

pytestmark = [pytest.mark.serial, pytest.mark.asyncio(loop_scope="module")]
LONG_S = 900.0
PROGRAM = """
import asyncio, sys
from pathlib import Path
from practicum.faults.plan import read_plan
from practicum.servers.client import RangeClient
from practicum.stress.storm import storm
asyncio.run(storm(read_plan(sys.argv[3]), RangeClient.of(Path(sys.argv[1]), sys.argv[2])))
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RangeClient]:
    """One range with a bank, for all tests here."""
    home = tmp_path_factory.mktemp("home")
    os.environ["STORM_HOME"] = str(home)
    home.chmod(0o711)
    async with bank_range(home, "storm") as ready:
        yield ready


def plan_of(*faults: AnyFault) -> Plan:
    """A plan that lets all of them last at a time."""
    return Plan(duration_s=LONG_S + 10, faults=faults, budget=len(faults))


async def start_experiment(plan: Plan) -> asyncio.subprocess.Process:
    """A process of its own that carries the plan out."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, os.environ["STORM_HOME"], "storm", canonical(plan).decode()
    )


Sign = Callable[[RangeClient], Awaitable[bool]]
_keys = iter(range(1_000_000))


def answers(code: str) -> Sign:
    """A charge of its own ends so."""

    async def sign(client: RangeClient) -> bool:
        return await charge(client, f"charge-{next(_keys)}") == code

    return sign


def stands(name: str, state: str) -> Sign:
    """A process is in that state."""

    async def sign(client: RangeClient) -> bool:
        return (await member(client, name)).state == state

    return sign


async def armed(client: RangeClient) -> bool:
    """The range holds the fault: an armed point shows no other sign until it is reached."""
    return any(isinstance(each.fault, Crash) for each in (await client.status()).faults)


CASES: dict[str, tuple[AnyFault, Sign]] = {
    "kill": (Kill(target="bank", duration_s=LONG_S), stands("bank", "held")),
    "restart": (Restart(target="bank", duration_s=LONG_S), stands("bank", "held")),
    "pause": (Pause(target="bank", duration_s=LONG_S), answers("silence")),
    "delay": (Delay(target="bank", duration_s=LONG_S, delay_ms=600_000), answers("silence")),
    "refuse": (Refuse(target="bank", duration_s=LONG_S), answers("reset")),
    "decline": (Decline(target="bank", duration_s=LONG_S, ratio=1), answers("402")),
    "hesitate": (Hesitate(target="bank", duration_s=LONG_S, delay_ms=60_000), answers("silence")),
    "crash": (Crash(target="bank", duration_s=LONG_S, point="bank.charged"), armed),
    "nats killed": (Kill(target="nats", duration_s=LONG_S), stands("nats", "held")),
    "nats paused": (Pause(target="nats", duration_s=LONG_S), stands("nats", "paused")),
    "postgres killed": (Kill(target="postgres", duration_s=LONG_S), stands("postgres", "held")),
    "postgres paused": (Pause(target="postgres", duration_s=LONG_S), answers("silence")),
    "postgres restarted": (
        Restart(target="postgres", duration_s=LONG_S),
        stands("postgres", "held"),
    ),
}


async def until_well(client: RangeClient) -> None:
    """Wait until every process is ready and the bank answers; no crash point is armed."""

    async def well() -> bool:
        return (await client.status()).state == "up" and await answers("201")(client)

    await until(well)


@pytest.mark.parametrize("name", CASES)
async def test_a_fault_strikes_and_is_undone_when_its_experiment_is_killed(
    client: RangeClient, name: str
) -> None:
    """SIGKILL to the experiment: nobody is left who could clean up but the range itself."""
    await until_well(client)
    fault, sign = CASES[name]
    before = (await member(client, "bank")).pid
    experiment = await start_experiment(plan_of(fault))
    try:
        await until(lambda: sign(client))
    finally:
        experiment.kill()
        await experiment.wait()
    await until_well(client)
    assert (await client.status()).faults == ()
    if isinstance(fault, Crash):
        assert (await member(client, "bank")).pid == before  # charged, and lives


async def test_a_fault_ends_by_itself_when_its_time_is_over(client: RangeClient) -> None:
    """Each kind, in one plan, and the timeline says when it was there."""
    await until_well(client)
    kinds = [fault for fault, _ in CASES.values() if fault.target == "bank"]
    short = [
        msgspec.structs.replace(fault, start_s=number * 1.5, duration_s=0.1)
        for number, fault in enumerate(kinds)
    ]
    seen: list[tuple[AppliedFault, ...]] = []
    timeline = await storm(plan_of(*short), client, seen.append)
    refused = [each for each in timeline if each.outcome == "refused"]
    assert all("not running" in each.detail for each in refused)
    over = [each for each in timeline if each not in refused]
    assert {each.outcome for each in over} == {"over"}
    assert all(each.ended_at is not None and each.ended_at > each.began_at for each in over)
    assert [each.fault for each in timeline] == short
    assert seen[-1] == timeline
    await until_well(client)


async def test_an_experiment_that_falls_silent_loses_its_faults(client: RangeClient) -> None:
    """A terminal that was stopped (Ctrl-Z) keeps its connection, and still cannot keep a fault."""
    await until_well(client)
    experiment = await start_experiment(plan_of(Refuse(target="bank", duration_s=LONG_S)))
    try:
        await until(lambda: answers("reset")(client))
        experiment.send_signal(signal.SIGSTOP)
        await until_well(client)
    finally:
        experiment.kill()
        await experiment.wait()


async def test_a_process_that_starts_meets_the_weather_that_there_is(client: RangeClient) -> None:
    """Killed under a mood, the bank is in that mood again when it comes back."""
    await until_well(client)
    async with client.experiment() as experiment:
        await experiment.inject("mood", Decline(target="bank", duration_s=LONG_S, ratio=1))
        before = (await member(client, "bank")).pid
        await client.kill("bank")

        async def declines_again() -> bool:
            await experiment.timeline()
            now = await member(client, "bank")
            return now.pid not in (None, before) and await answers("402")(client)

        await until(declines_again)
    await until_well(client)


async def test_a_crash_point_that_is_reached_ends_its_fault(client: RangeClient) -> None:
    """And the timeline says that it fired, which a plan that proves something needs."""
    await until_well(client)
    async with client.experiment() as experiment:
        crash = Crash(target="bank", duration_s=LONG_S, point="bank.charged")
        await experiment.inject("crash", crash)
        assert await charge(client, "crashing") == "reset"

        async def fired() -> bool:
            (applied,) = await experiment.timeline()
            return applied.outcome == "fired"

        await until(fired)
    await until_well(client)
    assert await charge(client, "crashing") == "201"


async def test_what_cannot_be_done_is_refused_and_the_plan_goes_on(client: RangeClient) -> None:
    """Nobody of that name, an edge that is not ours, a second pause: each with its reason."""
    await until_well(client)
    async with client.experiment() as one, client.experiment() as other:
        await one.inject("1", Pause(target="bank", duration_s=LONG_S))
        await other.inject("1", Kill(target="bank", duration_s=LONG_S))
        await other.inject("2", Kill(target="bnk", duration_s=LONG_S))
        await other.inject("3", Refuse(target="nats", duration_s=LONG_S))
        await one.lift("1")
        details = [applied.detail for applied in await other.timeline()]
        assert [applied.outcome for applied in await other.timeline()] == ["refused"] * 3
        assert "bank stands still at the moment" in details[0]
        assert "did you mean bank?" in details[1]
        assert "nats is not a service: kill, pause or restart it" in details[2]
        (lifted,) = await one.timeline()
        assert lifted.outcome == "lifted"
        with pytest.raises(RangeError, match="another key"):
            await one.inject("1", Pause(target="bank"))
        with pytest.raises(RangeError, match="there is no fault 7"):
            await one.lift("7")


async def test_a_range_goes_down_while_faults_last(tmp_path: Path) -> None:
    """What is held, paused or late does not keep it from ending."""
    tmp_path.chmod(0o711)
    async with bank_range(tmp_path, "ending") as client, client.experiment() as experiment:
        await experiment.inject("1", Kill(target="nats", duration_s=LONG_S))
        await experiment.inject("2", Pause(target="postgres", duration_s=LONG_S))
        await experiment.inject("3", Refuse(target="bank", duration_s=LONG_S))
        assert {each.outcome for each in await experiment.timeline()} == {"lasting"}
        assert await stop_range(tmp_path, "ending")
