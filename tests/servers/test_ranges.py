"""Whole ranges: real NATS, real PostgreSQL, stub services, real signals."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest
import uvloop

from practicum.servers.client import NotRunning, RangeClient
from practicum.servers.control import Changed, Hit, RangeStatus
from practicum.servers.guardian import process_table
from practicum.servers.home import RangeFolder
from practicum.servers.ranges import Options, start_range, stop_range, wipe_range
from servers.stub_range import OPTIONS, STUBS, Up, alive, all_processes, eventually, until_ready


async def write_something(status: RangeStatus) -> None:
    """Leave a row and a message that must survive."""
    connection = await asyncpg.connect(status.postgres_url)
    await connection.execute("CREATE TABLE kept (x int)")
    await connection.execute("INSERT INTO kept VALUES (42)")
    await connection.close()
    client = await nats.connect(status.nats_url)
    await client.jetstream().add_stream(name="kept", subjects=["kept"])
    await client.jetstream().publish("kept", b"42")
    await client.close()


async def read_it_back(status: RangeStatus) -> tuple[int, int]:
    """The row, and how many messages there are."""
    connection = await asyncpg.connect(status.postgres_url)
    value = await connection.fetchval("SELECT x FROM kept")
    await connection.close()
    client = await nats.connect(status.nats_url)
    stream = await client.jetstream().stream_info("kept")
    await client.close()
    return value, stream.state.messages


async def get(url: str) -> dict[str, dict[str, object]]:
    """What a stub tells about itself."""

    def fetch() -> dict[str, dict[str, object]]:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)  # type: ignore[no-any-return]

    return await asyncio.to_thread(fetch)


def pid_of(status: RangeStatus, name: str) -> int:
    """The pid of a process that runs."""
    pid = next(member.pid for member in status.members if member.name == name)
    assert pid is not None
    return pid


def is_guardian(process: psutil.Process) -> bool:
    """Whether it runs the guardian's program."""
    try:
        return any(word.endswith("guardian.py") for word in process.cmdline())
    except psutil.Error:
        return False


async def until_armed(url: str, points: dict[str, int]) -> None:
    """Wait until a stub has exactly these points armed."""
    async with asyncio.timeout(30):
        while (await get(url))["armed"] != points:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def test_a_range_comes_up_serves_and_keeps_its_data_and_addresses(home: Path, up: Up) -> None:
    """Down and up again: same ports, same rows, same messages, and nothing left between."""
    client = await up()
    status = await client.status()
    assert status.state == "up"
    assert all(member.pss_bytes > 0 for member in status.members)
    config = (await get(status.edge))["config"]
    assert config["member"] == "order-1"
    assert str(config["postgres_url"]).endswith("/practicum_default_order")
    await write_something(status)
    processes = await all_processes(client)
    assert await stop_range(home, "default")
    assert alive(processes) == []
    again = await (await up()).status()
    assert [m.port for m in again.members] == [m.port for m in status.members]
    assert await read_it_back(again) == (42, 1)


@pytest.mark.parametrize("paused", ["payment", "postgres"])
async def test_a_killed_supervisor_leaves_no_process_and_no_loss(up: Up, paused: str) -> None:
    """SIGKILL to the supervisor ends even stopped children; the next up has the data."""
    client = await up()
    status = await client.status()
    await write_something(status)
    held = await asyncpg.connect(status.postgres_url)
    processes = await all_processes(client)
    assert len(processes) > 8
    await client.pause(paused)
    os.kill(status.pid, signal.SIGKILL)
    await eventually(lambda: not alive(processes))
    held.terminate()
    with pytest.raises(NotRunning):
        await client.status()
    assert await read_it_back(await (await up()).status()) == (42, 1)


async def test_a_supervisor_killed_twice_at_once_can_be_followed_at_once(up: Up) -> None:
    """Also an `up` that does not wait for the old PostgreSQL to be gone succeeds."""
    for _ in range(2):
        client = await up()
        os.kill((await client.status()).pid, signal.SIGKILL)
    assert (await (await up()).status()).state == "up"


async def test_a_killed_guardian_is_replaced(home: Path, up: Up) -> None:
    """And its successor knows all children."""
    client = await up()
    supervisor = (await client.status()).pid

    def guardians() -> list[int]:
        children = psutil.Process(supervisor).children()
        return [c.pid for c in children if c.is_running() and is_guardian(c)]

    (first,) = guardians()
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: guardians() not in ([], [first]))
    processes = await all_processes(client)
    os.kill(supervisor, signal.SIGKILL)
    await eventually(lambda: not alive(processes))


async def test_a_killed_service_comes_back_at_its_address(up: Up) -> None:
    """With another pid, its grandchildren gone, and the watcher told."""
    client = await up()
    status = await client.status()
    before = pid_of(status, "payment")
    grandchildren = {pid: p.start for pid, p in process_table().items() if p.parent == before}
    assert grandchildren
    os.kill(before, signal.SIGKILL)  # only the leader, as the kernel's OOM killer would
    await until_ready(client, "payment", before)
    await eventually(lambda: not alive(grandchildren))
    after = await client.status()
    assert [m.port for m in after.members] == [m.port for m in status.members]
    assert next(m for m in after.members if m.name == "payment").restarts == 1


async def test_killed_servers_come_back_with_their_data(up: Up) -> None:
    """NATS and PostgreSQL are killed under a connection, and lose nothing."""
    client = await up()
    status = await client.status()
    await write_something(status)
    for name in ("nats", "postgres"):
        await client.kill(name)
    for name in ("nats", "postgres"):
        await until_ready(client, name, pid_of(status, name))
    assert await read_it_back(await client.status()) == (42, 1)


async def test_a_paused_postgres_hangs_with_its_backends_and_goes_on_by_itself(up: Up) -> None:
    """Backends leave the process group, so the pause has to find them."""
    client = await up()
    status = await client.status()
    connection = await asyncpg.connect(status.postgres_url)
    await client.pause("postgres", for_s=600)
    with pytest.raises(asyncio.TimeoutError):
        await connection.fetchval("SELECT 1", timeout=0.3)
    assert pid_of(await client.status(), "postgres") == pid_of(status, "postgres")
    await client.pause("postgres", for_s=0.05)
    await until_ready(client, "postgres")
    connection.terminate()


async def test_an_armed_crash_point_is_hit_once_and_reported(up: Up) -> None:
    """The hit is kept and streamed, and the next life is not armed."""
    client = await up()
    status = await client.status()
    watching = client.watch()
    assert isinstance(await anext(watching), RangeStatus)
    await client.arm("order", "order.saved")
    await client.arm("order", "order.other", hit=3)

    await until_armed(status.edge, {"order.saved": 1, "order.other": 3})
    with pytest.raises(OSError, match=r"closed|reset"):
        await get(status.edge + "/reach/order.saved")
    await until_ready(client, "order", pid_of(status, "order"))
    (hit,) = await client.hits()
    assert (hit.service, hit.point, hit.pid) == ("order", "order.saved", pid_of(status, "order"))
    async with asyncio.timeout(30):
        async for event in watching:
            if isinstance(event, Hit):
                assert event == hit
                break
    await watching.aclose()  # type: ignore[attr-defined]

    await until_armed(status.edge, {"order.other": 3})


async def test_a_restart_can_replace_code_and_addresses(up: Up) -> None:
    """What is given holds for the service from then on, and touches no other."""
    client = await up()
    status = await client.status()
    peers = {"payment": "http://127.0.0.1:1"}
    await client.restart("order", replaces={"a.b": "/w/b.py"}, peers=peers)
    config = (await get(status.edge))["config"]
    assert config["replaces"] == {"a.b": "/w/b.py"}
    assert config["peers"] == peers
    after = await client.status()
    assert pid_of(after, "payment") == pid_of(status, "payment")


async def test_two_ups_at_once_make_one_range(home: Path) -> None:
    """One wins, the other waits for it and uses it."""
    calls = [start_range(home, "default", STUBS, OPTIONS) for _ in range(2)]
    results = await asyncio.gather(*calls)
    assert sorted(mine for _, mine in results) == [False, True]
    pids = {(await client.status()).pid for client, _ in results}
    assert len(pids) == 1


async def test_ranges_stand_side_by_side(home: Path, up: Up) -> None:
    """Stopping and wiping one does not touch the other."""
    one, two = await asyncio.gather(up("one"), up("two"))
    assert (await two.status()).state == "up"
    await wipe_range(home, "one")
    assert not RangeFolder(home, "one").path.exists()
    assert (await two.status()).state == "up"
    with pytest.raises(NotRunning):
        await one.status()


async def test_a_range_that_is_not_detached_ends_with_its_client(home: Path) -> None:
    """Releasing the tether is enough; so is the death of the process that holds it."""
    options = Options(host_module="servers.stub_host", detach=False)
    client, _ = await start_range(home, "default", STUBS, options)
    processes = await all_processes(client)
    client.release()
    await eventually(lambda: not alive(processes))


def test_a_range_can_be_started_and_stopped_from_uvloop(home: Path) -> None:
    """Its subprocesses inherit more than asyncio's do."""

    async def up_and_down() -> str:
        async with asyncio.timeout(60):
            client, _ = await start_range(home, "default", STUBS, OPTIONS)
            try:
                return (await client.status()).state
            finally:
                await stop_range(home, "default")

    assert uvloop.run(up_and_down()) == "up"


async def test_an_up_killed_half_way_leaves_nothing(home: Path) -> None:
    """Even SIGKILL at a moment when processes are starting."""
    program = (
        "import asyncio, sys; from pathlib import Path; from servers.stub_range import *\n"
        "from practicum.servers.ranges import start_range\n"
        "asyncio.run(start_range(Path(sys.argv[1]), 'default', STUBS, OPTIONS))"
    )
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(home))
    folder = RangeFolder(home, "default")
    seen: dict[int, str] = {}

    def under_way() -> bool:
        for pid, process in process_table().items():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if str(home).encode() in words and pid != starter.pid:
                seen[pid] = process.start
        return bool(seen)

    await eventually(under_way)
    starter.kill()
    await starter.wait()
    await eventually(lambda: not folder.is_owned)
    await eventually(lambda: not alive(seen))


async def test_progress_is_told_while_it_starts(home: Path) -> None:
    """Each process is seen to start and to be ready."""
    seen = []
    await start_range(home, "default", STUBS, OPTIONS, seen.append)
    states = {(e.member.name, e.member.state) for e in seen if isinstance(e, Changed)}
    names = ("nats", "postgres", "payment", "order")
    assert {(name, "ready") for name in names if name != "nats"} <= states


async def test_a_deep_home_gets_a_short_socket(tmp_path: Path) -> None:
    """The kernel's limit on socket paths is not the user's problem."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    await start_range(deep, "default", STUBS, OPTIONS)
    try:
        assert (await RangeClient.of(deep, "default").status()).state == "up"
    finally:
        await stop_range(deep, "default")
