"""The desk of a range: its Unix socket, where requests are read and answered."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from practicum.servers import control
from practicum.servers.control import Answer, AnyRequest, Done, Failed
from practicum.servers.home import RangeError
from practicum.servers.leases import Leases
from practicum.servers.process.logs import tail

if TYPE_CHECKING:
    from practicum.servers.supervisor import Supervisor

_LINES_MAX = 10_000


class Desk:
    """Listens until it is closed; nothing that a client sends ends it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._visits: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls, socket: Path, supervisor: Supervisor) -> Desk:
        """Listen on ``socket``, which is for this user only."""
        desk = cls(supervisor)
        socket.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            desk._server = await asyncio.start_unix_server(
                desk._visit, socket, limit=control.LINE_BYTES_MAX
            )
        finally:
            os.umask(before)
        return desk

    async def close(self) -> None:
        """Let answers that are under way leave, then hang up."""
        if self._server is not None:
            self._server.close()
        if self._visits:
            await asyncio.wait(self._visits, timeout=0.5)
        for visit in self._visits:
            visit.cancel()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        leases = Leases(self._supervisor.faults)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._converse(reader, writer, leases)
        finally:
            leases.close()
            self._visits.discard(task)
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, leases: Leases
    ) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                await _send(writer, Failed("a request is one line of at most 1 MiB"))
                return
            if not line:
                return
            try:
                request = control.read_request(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                await _send(writer, Failed(f"not a request: {error}"))
                continue
            if isinstance(request, control.Watch):
                await self._stream(reader, writer)
                return
            await _send(writer, await self._answer(request, leases))
            if isinstance(request, control.Down):
                return

    async def _answer(self, request: AnyRequest, leases: Leases) -> Answer:
        try:
            if isinstance(request, control.Inject | control.Lift | control.Timeline):
                return _experiment(request, leases)
            return await self._carry_out(request)
        except RangeError as error:
            return Failed(str(error))
        except (OSError, OverflowError, ValueError) as error:
            return Failed(f"{type(request).__name__.lower()}: {error}")

    async def _carry_out(self, request: AnyRequest) -> Answer:
        supervisor = self._supervisor
        match request:
            case control.Status():
                return supervisor.status()
            case control.Hits():
                return control.HitList(tuple(supervisor.hits))
            case control.Logs():
                lines = min(request.lines, _LINES_MAX)
                return control.LogLines(tuple(tail(supervisor.log_of(request.name), lines)))
            case control.Stacks():
                return control.LogLines(tuple(await supervisor.find(request.name).stacks()))
            case control.Restart():
                await supervisor.restart(request)
            case control.Kill():
                supervisor.find(request.name).kill(request.signal)
            case control.Pause():
                if request.for_s is not None and not 0 < request.for_s < 86_400:
                    raise RangeError("a pause lasts more than 0 and less than 86400 seconds")
                supervisor.find(request.name).pause(request.for_s)
            case control.Resume():
                supervisor.find(request.name).resume()
            case control.Arm():
                if request.hit < 1:
                    raise RangeError("a crash point is hit for the first time at 1")
                supervisor.arm(request)
            case control.Disarm():
                supervisor.disarm(request.name)
            case control.Down():
                supervisor.ask_to_stop()
                await supervisor.stopped.wait()
        return Done()

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue = self._supervisor.subscribe()
        hang_up = asyncio.create_task(reader.read(1))
        try:
            await _send(writer, self._supervisor.status())
            while not hang_up.done():
                event = asyncio.create_task(queue.get())
                await asyncio.wait([event, hang_up], return_when=asyncio.FIRST_COMPLETED)
                if not event.done():
                    event.cancel()
                    return
                await _send(writer, event.result())
                if isinstance(event.result(), control.Stopping):
                    return
        finally:
            hang_up.cancel()
            self._supervisor.unsubscribe(queue)


def _experiment(
    request: control.Inject | control.Lift | control.Timeline, leases: Leases
) -> Answer:
    leases.renew()
    match request:
        case control.Inject():
            leases.inject(request)
            leases.renew()
        case control.Lift():
            leases.lift(request.key)
        case control.Timeline():
            return control.FaultList(leases.timeline())
    return Done()


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(control.encode(answer))
    await writer.drain()
