"""The control socket's language, and that nothing said on it ends the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.faults.fault import Partition, SimulatedFault, Skew
from practicum.servers import control
from practicum.servers.client import NotRunning, RangeClient
from practicum.servers.control import Hit, MemberStatus, RangeStatus
from practicum.servers.desk import Desk
from practicum.servers.home import RangeError
from practicum.servers.leases import Faults, Lease

STATUS = RangeStatus(
    range="r",
    state="up",
    pid=1,
    folder="/f",
    nats_url="nats://n",
    postgres_url="postgresql://p",
    prefix="practicum_r_",
    edge="http://e",
    members=(MemberStatus(name="a", service="a", kind="service", state="ready", host="h", port=1),),
)
HIT = Hit(time=1.0, service="a", member="a", pid=2, point="p", hit=1)

texts = st.text(st.characters(exclude_categories=["Cs"]))
requests = st.one_of(
    st.sampled_from([control.Status(), control.Watch(), control.Hits(), control.Down()]),
    st.builds(control.Kill, name=texts, signal=st.integers(0, 64)),
    st.builds(control.Pause, name=texts, for_s=st.none() | st.floats(0, 1e6)),
    st.builds(control.Arm, name=texts, point=texts, hit=st.integers(1, 1000)),
    st.builds(control.Restart, name=texts, replaces=st.none() | st.dictionaries(texts, texts)),
    st.builds(control.Stacks, name=texts),
    st.builds(control.Logs, name=texts, lines=st.integers(0, 1000)),
)


class FakeSupervisor:
    """Answers like one, and notes what it was asked to do."""

    def __init__(self) -> None:
        self.hits = [HIT]
        self.stopped = asyncio.Event()
        self.asked: list[object] = []
        self.events: asyncio.Queue[control.Event] = asyncio.Queue()

    def status(self) -> RangeStatus:
        """Always the same."""
        return STATUS

    @property
    def faults(self) -> Any:
        """None last, and nobody is there to suffer one."""
        return Faults(cast(Any, self))

    def of_service(self, name: str) -> Any:
        """Nobody is there."""
        raise RangeError(f"there is no {name}")

    def fault_changed(self, applied: object) -> None:
        """Nobody watches."""

    def find(self, name: str) -> Any:
        """Nobody is there."""
        raise RangeError(f"there is no {name}")

    def arm(self, request: control.Arm) -> None:
        """Note it."""
        self.asked.append(request)

    async def restart(self, request: control.Restart) -> None:
        """Note it."""
        self.asked.append(request)

    def disarm(self, name: str) -> None:
        """Note it."""
        self.asked.append(name)

    def log_of(self, name: str) -> Path:
        """No log is anywhere."""
        raise RangeError(f"there is no {name}")

    def ask_to_stop(self) -> None:
        """Stop at once."""
        self.stopped.set()

    def subscribe(self) -> asyncio.Queue[control.Event]:
        """The one queue."""
        return self.events

    def unsubscribe(self, queue: asyncio.Queue[control.Event]) -> None:
        """Nothing to do."""


@contextlib.asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[tuple[RangeClient, FakeSupervisor, Path]]:
    """A desk with a fake supervisor behind it."""
    fake, socket = FakeSupervisor(), folder / "s"
    desk = await Desk.open(socket, cast(Any, fake))
    try:
        yield RangeClient(socket, "r"), fake, socket
    finally:
        await desk.close()


@given(requests)
def test_a_request_is_read_as_it_was_written(request: control.AnyRequest) -> None:
    """Encoding and decoding are inverse, and one request is one line."""
    line = control.encode(request)
    assert control.read_request(line) == request
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "answer",
    [
        control.Done(),
        control.Failed("no"),
        STATUS,
        control.Changed(STATUS.members[0]),
        HIT,
        control.HitList((HIT,)),
        control.LogLines(("a", "b")),
        control.Stopping(),
    ],
)
def test_an_answer_is_read_as_it_was_written(answer: control.AnyAnswer) -> None:
    """Every kind of answer survives the way."""
    assert control.read_answer(control.encode(answer)) == answer


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(garbage=st.lists(st.binary(max_size=200), max_size=5))
def test_arbitrary_bytes_do_not_end_the_desk(tmp_path: Path, garbage: list[bytes]) -> None:
    """Whatever one client sends, the next one is served."""

    async def play() -> None:
        async with open_desk(tmp_path) as (client, _, socket):
            _, writer = await asyncio.open_unix_connection(socket)
            for piece in garbage:
                writer.write(piece + b"\n")
            with contextlib.suppress(OSError):
                await writer.drain()
            writer.close()
            assert await client.status() == STATUS

    asyncio.run(play())


async def test_a_line_that_is_no_request_is_answered_and_the_next_one_served(
    tmp_path: Path,
) -> None:
    """The connection is not lost by a mistake."""
    async with open_desk(tmp_path) as (_, _, socket):
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(b"\xff{\n" + control.encode(control.Hits()))
        assert isinstance(control.read_answer(await reader.readline()), control.Failed)
        assert control.read_answer(await reader.readline()) == control.HitList((HIT,))
        writer.close()


async def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    """A client that never ends its line cannot fill the supervisor's memory."""
    async with open_desk(tmp_path) as (client, _, socket):
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(b"x" * (control.LINE_BYTES_MAX + 100_000))
        assert b"at most 1 MiB" in await reader.readline()
        writer.close()
        assert await client.status() == STATUS


async def test_a_refusal_reaches_the_caller_in_the_supervisors_words(tmp_path: Path) -> None:
    """The client raises what the supervisor said."""
    async with open_desk(tmp_path) as (client, _, _):
        with pytest.raises(RangeError, match="there is no nobody"):
            await client.kill("nobody")


async def test_a_watcher_gets_the_status_first_and_then_every_event(tmp_path: Path) -> None:
    """Nothing that happens after the first status is missed."""
    async with open_desk(tmp_path) as (client, fake, _):
        fake.events.put_nowait(HIT)
        fake.events.put_nowait(control.Stopping())
        assert [event async for event in client.watch()] == [STATUS, HIT]


async def test_a_client_without_a_range_is_told_how_to_start_one(tmp_path: Path) -> None:
    """The message names the command."""
    with pytest.raises(NotRunning, match="practicum range up --name r"):
        await RangeClient(tmp_path / "nothing", "r").status()


async def test_the_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    """Who may write to it may kill processes."""
    async with open_desk(tmp_path) as (_, _, socket):
        assert socket.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("fault", [Partition(target="a"), Skew(target="a", offset_ms=5)])
def test_a_live_range_refuses_what_only_a_simulated_world_can_suffer(fault: SimulatedFault) -> None:
    """By name, and says what it knows."""
    faults = Faults(cast(Any, FakeSupervisor()))
    with pytest.raises(RangeError, match=f"{fault.kind} is for simulations: a range knows kill, "):
        faults.apply(Lease("key", fault, faults))
