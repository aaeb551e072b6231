"""Talking to a range that is up, from a terminal, a lab or the school."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec

from practicum.faults.fault import AnyFault
from practicum.servers import control
from practicum.servers.control import AnyAnswer, Event, Hit, RangeStatus
from practicum.servers.home import RangeError, RangeFolder
from practicum.service.range_control import AppliedFault, Experiment

_CONNECT_TIMEOUT_S = 5.0
_DOWN_TIMEOUT_S = 90.0


class NotRunning(RangeError):
    """There is no supervisor at the other end."""


class RangeClient:
    """A range, by its control socket. Each call has a connection of its own.

    Every method raises `NotRunning` if the range is not up, and RangeError with the
    supervisor's words if it refuses.
    """

    def __init__(self, socket: Path, name: str) -> None:
        self._socket = socket
        self.name = name
        self._tether: int | None = None

    @classmethod
    def of(cls, home: Path, name: str) -> RangeClient:
        """The range of that name in a home; `NotRunning` if it was never up."""
        folder = RangeFolder(home, name)
        socket = folder.find_socket()
        if socket is None:
            raise NotRunning(_not_running(name))
        return cls(socket, name)

    def hold(self, tether: int) -> None:
        """Keep the starter's pipe: while it is open and not detached, the range lives."""
        self._tether = tether

    def detach(self) -> None:
        """Let the range live on when this process ends."""
        if self._tether is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._tether, b"detach\n")
            self.release()

    def release(self) -> None:
        """Let go of the range; if it is not detached, it goes down."""
        if self._tether is not None:
            os.close(self._tether)
            self._tether = None

    @contextlib.asynccontextmanager
    async def _connect(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_unix_connection(
                    self._socket, limit=16 * control.LINE_BYTES_MAX
                )
        except (OSError, TimeoutError) as error:
            raise NotRunning(_not_running(self.name)) from error
        try:
            yield reader, writer
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise NotRunning(_not_running(self.name)) from error
        finally:
            writer.close()

    @contextlib.asynccontextmanager
    async def _call(self, request: control.Request) -> AsyncIterator[asyncio.StreamReader]:
        async with self._connect() as (reader, writer):
            writer.write(control.encode(request))
            await writer.drain()
            yield reader

    @contextlib.asynccontextmanager
    async def experiment(self) -> AsyncIterator[Experiment]:
        """Open a connection that holds faults; see `service.range_control.RangeControl`."""
        async with self._connect() as (reader, writer):
            yield RangeExperiment(self.name, reader, writer)

    async def _ask(self, request: control.Request) -> AnyAnswer:
        async with self._call(request) as reader:
            line = await reader.readline()
        if not line:
            raise NotRunning(_not_running(self.name))
        return _accepted(line)

    async def status(self) -> RangeStatus:
        """The range now, with what each process takes from the machine."""
        answer = await self._ask(control.Status())
        assert isinstance(answer, RangeStatus)
        return answer

    async def watch(self) -> AsyncIterator[Event]:
        """The range now, then every change and hit; ends when the range goes down."""
        async with self._call(control.Watch()) as reader:
            while line := await reader.readline():
                event = _read(line)
                if isinstance(event, control.Stopping):
                    return
                assert isinstance(event, RangeStatus | control.Changed | Hit | control.FaultChanged)
                yield event

    async def restart(
        self,
        name: str,
        *,
        replaces: Mapping[str, str] | None = None,
        peers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> None:
        """Restart a process or all of a service; returns when they are ready again."""
        await self._ask(
            control.Restart(
                name=name,
                replaces=None if replaces is None else dict(replaces),
                peers=None if peers is None else dict(peers),
                timeout_s=timeout_s,
            )
        )

    async def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to a process; it is started again if it ends."""
        await self._ask(control.Kill(name=name, signal=int(number)))

    async def pause(self, name: str, for_s: float | None = None) -> None:
        """Freeze a process with its descendants, for a time or until `resume`."""
        await self._ask(control.Pause(name=name, for_s=for_s))

    async def resume(self, name: str) -> None:
        """Let a frozen process go on."""
        await self._ask(control.Resume(name=name))

    async def arm(self, name: str, point: str, hit: int = 1) -> None:
        """Let a service die the ``hit``-th time that it reaches a crash point, once."""
        await self._ask(control.Arm(name=name, point=point, hit=hit))

    async def disarm(self, name: str) -> None:
        """Take all armed crash points of a service back."""
        await self._ask(control.Disarm(name=name))

    async def hits(self) -> tuple[Hit, ...]:
        """The crash points that were hit, oldest first."""
        answer = await self._ask(control.Hits())
        assert isinstance(answer, control.HitList)
        return answer.hits

    async def logs(self, name: str, lines: int = 100) -> tuple[str, ...]:
        """The last lines of a process's log."""
        answer = await self._ask(control.Logs(name=name, lines=lines))
        assert isinstance(answer, control.LogLines)
        return answer.lines

    async def stacks(self, name: str) -> tuple[str, ...]:
        """What a process that runs files of yours is doing: faulthandler's lines, each thread's
        innermost frame first, the main thread last."""
        answer = await self._ask(control.Stacks(name=name))
        assert isinstance(answer, control.LogLines)
        return answer.lines

    async def down(self) -> None:
        """Stop the range; returns when everything has ended."""
        async with asyncio.timeout(_DOWN_TIMEOUT_S):
            await self._ask(control.Down())


class RangeExperiment:
    """`service.range_control.Experiment` on a live range."""

    def __init__(
        self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._name, self._reader, self._writer = name, reader, writer
        self._turn = asyncio.Lock()

    async def inject(self, key: str, fault: AnyFault) -> None:
        """See `Experiment.inject`."""
        await self._ask(control.Inject(key=key, fault=fault))

    async def lift(self, key: str) -> None:
        """See `Experiment.lift`."""
        await self._ask(control.Lift(key=key))

    async def timeline(self) -> tuple[AppliedFault, ...]:
        """See `Experiment.timeline`."""
        answer = await self._ask(control.Timeline())
        assert isinstance(answer, control.FaultList)
        return answer.faults

    async def _ask(self, request: control.Request) -> AnyAnswer:
        async with self._turn:
            self._writer.write(control.encode(request))
            await self._writer.drain()
            line = await self._reader.readline()
        if not line:
            raise NotRunning(_not_running(self._name))
        return _accepted(line)


def _accepted(line: bytes) -> AnyAnswer:
    answer = _read(line)
    if isinstance(answer, control.Failed):
        raise RangeError(answer.message)
    return answer


def _read(line: bytes) -> AnyAnswer:
    try:
        return control.read_answer(line)
    except msgspec.DecodeError as error:
        raise RangeError(
            f"the range speaks another version ({error}): restart it with `practicum range down` "
            "and `practicum range up`"
        ) from error


def _not_running(name: str) -> str:
    return f"range {name} is not running: start it with `practicum range up --name {name}`"
