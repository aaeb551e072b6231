"""The use cases: start a range, stop it, delete it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import nats

from practicum.servers.client import NotRunning, RangeClient
from practicum.servers.control import Changed, Event, MemberStatus, RangeStatus
from practicum.servers.home import RangeError, RangeFolder, check_name, telling
from practicum.servers.plans import HOST_MODULE, StartRequest, prefix_of
from practicum.servers.postgres import drop_databases, vacate
from practicum.servers.supervisor import Started
from practicum.service.manifest import Manifest

READY_TIMEOUT_S = 90.0
_TURN_TIMEOUT_S = 60.0
Progress = Callable[[Event], None]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a range is started. ``detach`` lets it outlive this process once it is ready."""

    port_base: int | None = None
    nats_url: str | None = None
    postgres_url: str | None = None
    host_module: str = HOST_MODULE
    detach: bool = True
    ready_timeout_s: float = READY_TIMEOUT_S


async def start_range(
    home: Path,
    name: str,
    manifest: Manifest,
    options: Options | None = None,
    progress: Progress | None = None,
) -> tuple[RangeClient, bool]:
    """Bring a range up and wait until every process is ready.

    Returns the client, and whether this call started the range (False: it was up, or another
    call was starting it, and it is ready now). Unless ``options.detach``, the range goes down
    when the client is released or this process ends. If it fails (RangeError) or is cancelled,
    nothing is left running: a range is up as a whole or not at all, and its logs stay.
    """
    options = options or Options()
    check_name(name)
    request = StartRequest(
        home=str(Path.cwd() / home),
        name=name,
        manifest=manifest,
        port_base=options.port_base,
        nats_url=options.nats_url,
        postgres_url=options.postgres_url,
        host_module=options.host_module,
    )
    client, mine = await _summon(home, request)
    try:
        async with asyncio.timeout(options.ready_timeout_s):
            await _until_ready(client, home, progress or (lambda _: None))
    except TimeoutError as error:
        late = [m for m in (await client.status()).members if not _is_ready(m)]
        await _give_up(client, home, mine)
        causes = "".join(f"\n  {m.name} is {m.state}: {m.detail}" for m in late)
        raise RangeError(
            f"not ready after {options.ready_timeout_s:g} s:{causes}\nsee `practicum range logs "
            f"{late[0].name if late else 'NAME'} --name {name}`; the range goes down, its data stay"
        ) from error
    except BaseException:
        await _give_up(client, home, mine)
        raise
    if options.detach:
        client.detach()
    return client, mine


async def _give_up(client: RangeClient, home: Path, mine: bool) -> None:
    if mine:
        with contextlib.suppress(RangeError, TimeoutError):
            await stop_range(home, client.name)
        client.release()


async def _summon(home: Path, request: StartRequest) -> tuple[RangeClient, bool]:
    """A client of the range's supervisor, and whether we started that.

    The lock decides between two at once; the loser talks to the winner. A supervisor that is
    just ending holds the lock without listening, so we try for a while.
    """
    deadline = time.monotonic() + _TURN_TIMEOUT_S
    while True:
        with contextlib.suppress(NotRunning):
            client = RangeClient.of(home, request.name)
            await client.status()
            return client, False
        started, tether = await _spawn_supervisor(request)
        if not started.busy:
            client = RangeClient(Path(started.socket), request.name)
            client.hold(tether)
            return client, True
        os.close(tether)
        if time.monotonic() > deadline:
            raise RangeError(
                f"range {request.name} is held by a supervisor that does not answer: find it with "
                f"`pgrep -f practicum.servers.supervisor` and end it"
            )
        await asyncio.sleep(0.1)


async def _spawn_supervisor(request: StartRequest) -> tuple[Started, int]:
    """Start the daemon; returns what it said and the writing end of its tether."""
    # A pipe of our own: asyncio would close its one when the daemon's first process ends.
    reading, tether = os.pipe()
    try:
        os.write(tether, msgspec.json.encode(request) + b"\n")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "practicum.servers.supervisor"),
            stdin=reading,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except BaseException:
        os.close(tether)
        raise
    finally:
        os.close(reading)
    try:
        output, _ = await process.communicate()  # the daemon closes it when it listens
        return _understand(output), tether
    except BaseException:
        os.close(tether)
        with contextlib.suppress(asyncio.CancelledError):
            await process.communicate()
        raise


def _understand(output: bytes) -> Started:
    try:
        started = msgspec.json.decode(output, type=Started)
    except msgspec.DecodeError:
        raise RangeError(
            "the supervisor ended before it listened; please report this:\n"
            + output.decode(errors="replace").strip()
        ) from None
    if started.error:
        raise RangeError(started.error)
    return started


def _is_ready(member: MemberStatus) -> bool:
    return member.state in ("ready", "external")


async def _until_ready(client: RangeClient, home: Path, progress: Progress) -> None:
    members: dict[str, MemberStatus] = {}
    async for event in client.watch():
        progress(event)
        if isinstance(event, RangeStatus):
            members = {member.name: member for member in event.members}
        elif isinstance(event, Changed):
            members[event.member.name] = event.member
        for member in members.values():
            if member.state in ("failed", "crash loop"):
                log = RangeFolder(home, client.name).log(member.name)
                raise RangeError(f"{member.name}: {member.detail}\nthe whole log is in {log}")
        if members and all(map(_is_ready, members.values())):
            return
    raise RangeError(f"range {client.name} was stopped before it was ready: start it again")


async def stop_range(home: Path, name: str) -> bool:
    """Bring a range down gracefully; False if it was not up. Its data stay."""
    folder = RangeFolder(home, name)
    deadline = time.monotonic() + _TURN_TIMEOUT_S
    was_up = False
    while folder.is_owned:
        was_up = True
        with contextlib.suppress(NotRunning):
            await RangeClient.of(home, name).down()
        if time.monotonic() > deadline:
            raise RangeError(f"range {name} does not stop: see {folder.log('supervisor')}")
        await asyncio.sleep(0.02)
    return was_up


async def wipe_range(home: Path, name: str, options: Options | None = None) -> None:
    """Stop a range and delete its data, also from servers of others named in ``options``."""
    options = options or Options()
    await stop_range(home, name)
    folder = RangeFolder(home, name)
    if options.postgres_url:
        await _drop_external(options.postgres_url, name, folder)
    if options.nats_url:
        await _delete_streams(options.nats_url, prefix_of(name))
    if not folder.path.exists():
        return
    lock = folder.lock()
    if lock is None:
        raise RangeError(f"range {name} was started again meanwhile: nothing was deleted")
    try:
        await vacate(folder.path / "postgres" / "data")
        with telling(folder.path):
            shutil.rmtree(folder.path)
    finally:
        os.close(lock)


async def _drop_external(url: str, name: str, folder: RangeFolder) -> None:
    configs = [path.stem for path in (folder.path / "config").glob("*.json")]
    try:
        services = [c for c in configs if c not in ("nats", "telemetry")]
        await drop_databases(url, [prefix_of(name) + service for service in services])
    except Exception as error:
        raise RangeError(
            f"the databases of range {name} could not be dropped ({type(error).__name__}): check "
            "PRACTICUM_POSTGRES_URL; nothing was deleted"
        ) from error


async def _delete_streams(url: str, prefix: str) -> None:
    try:
        async with asyncio.timeout(10):
            client = await nats.connect(url, allow_reconnect=False, connect_timeout=5)
            try:
                jetstream = client.jetstream()
                for stream in await jetstream.streams_info():
                    stream_name = stream.config.name or ""
                    # A bucket of the key-value store is a stream whose name begins so.
                    if stream_name.removeprefix("KV_").startswith(prefix):
                        await jetstream.delete_stream(stream_name)
            finally:
                await client.close()
    except Exception as error:
        raise RangeError(
            f"the streams {prefix}* could not be deleted ({type(error).__name__}): check "
            "PRACTICUM_NATS_URL"
        ) from error
