"""The daemon that owns a range: one process, one Unix socket, all children.

Run as ``python -m practicum.servers.supervisor``. Its stdin carries one line with a
`StartRequest` and is then a tether: at its end the range goes down, unless ``detach`` came
before. Its stdout carries one line, a `Started`, and is then closed. So whoever starts a range
and dies, at whatever moment, leaves nothing behind unless he said that he wants to.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import difflib
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal

import msgspec

from practicum.servers import control
from practicum.servers.control import Event, Hit, MemberStatus, RangeStatus
from practicum.servers.desk import Desk
from practicum.servers.guardian import process_table
from practicum.servers.home import RangeError, RangeFolder, telling
from practicum.servers.leases import Faults
from practicum.servers.plans import (
    Override,
    Planner,
    StartRequest,
    check_manifest,
    port_names,
    prefix_of,
)
from practicum.servers.ports import HOST, choose
from practicum.servers.process.child import Child
from practicum.servers.process.confinement import watch_confined
from practicum.servers.process.guard import Guard
from practicum.servers.process.logs import open_log, shorten
from practicum.servers.process.member import Member
from practicum.servers.process.restart import RestartPolicy
from practicum.servers.process.usage import Meter, Usage
from practicum.service.range_control import AppliedFault

_HITS_KEPT = 10_000
_HOUSEKEEPING_EVERY_S = 2.0
_log = logging.getLogger("practicum.supervisor")


class Started(msgspec.Struct, omit_defaults=True):
    """What the daemon says on stdout: where it listens, or why it does not."""

    socket: str = ""
    busy: bool = False
    error: str = ""


class Supervisor:
    """Owns the members of one range and everything that is known about them."""

    def __init__(self, folder: RangeFolder, request: StartRequest, planner: Planner) -> None:
        self._folder, self._request, self._planner = folder, request, planner
        self._guard = Guard(folder.log("guardian"))
        policy = RestartPolicy()
        self.members = {plan.name: Member(plan, self, policy) for plan in planner.plans()}
        self.hits: collections.deque[Hit] = collections.deque(maxlen=_HITS_KEPT)
        self._armed: dict[str, list[control.Arm]] = {}
        self._meters = {name: Meter() for name in self.members}
        self._watchers: set[asyncio.Queue[Event]] = set()
        self._news = asyncio.Condition()
        self._background: set[asyncio.Task[Any]] = set()
        self.faults = Faults(self)
        self._was_up = False
        self._stop = asyncio.Event()
        self.stopped = asyncio.Event()

    # What members tell (see `Surroundings`)

    async def wait_for(self, names: tuple[str, ...]) -> None:
        """Return when those processes run and have been ready."""
        needed = [self.members[name] for name in names]
        async with self._news:
            await self._news.wait_for(
                lambda: all(m.child is not None and m.has_been_ready for m in needed)
            )

    def changed(self, member: Member) -> None:
        """Tell everybody who waits for or watches the member."""
        _log.info("%s: %s %s", member.plan.name, member.state, member.detail)
        self._was_up = self._was_up or self._all_ready()
        self.publish(control.Changed(self._member_status(member, Usage(0.0, 0))))
        self.go(self._notify())

    def started(self, member: Member, child: Child) -> None:
        """Put it under the guardian's eyes and hand it its armed crash points."""
        is_postgres = member.plan.kind == "postgres"
        death_signal = signal.SIGQUIT if is_postgres else signal.SIGKILL
        self._guard.add(child.pid, child.start, death_signal, child.mark)
        for arm in self._armed.get(member.plan.service, []):
            child.tell({"do": "arm", "point": arm.point, "hit": arm.hit})
        self.faults.greet(member, child)

    def ended(self, member: Member, child: Child) -> None:
        """Nothing is left of it."""
        self._guard.remove(child.pid)

    def reported(self, member: Member, child: Child, report: dict[str, Any]) -> None:
        """Note a hit; its crash point is not armed any more, for no member."""
        if report.get("report") != "crash_point":
            return
        service, point = member.plan.service, str(report.get("point"))
        count = report.get("hit")
        hit = Hit(
            time=time.time(),
            service=service,
            member=member.plan.name,
            pid=child.pid,
            point=point,
            hit=count if isinstance(count, int) else 1,
        )
        self.hits.append(hit)
        left = [arm for arm in self._armed.get(service, []) if arm.point != point]
        self._armed[service] = left
        self._tell_armed(service)
        self.publish(hit)
        self.faults.struck(service, point)

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    def go(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something beside; the loop keeps only weak references to tasks."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # What clients ask

    def find(self, name: str) -> Member:
        """A process by its name (``order``, ``order.2``) or its member's (``order-2``)."""
        service, _, number = name.rpartition("-")
        alias = service if number == "1" else f"{service}.{number}"
        member = self.members.get(name) or self.members.get(alias)
        if member is None:
            raise RangeError(self._unknown(name))
        return member

    def of_service(self, name: str) -> list[Member]:
        """The processes of a service, or the one of that name; RangeError if there is none."""
        found = [m for m in self.members.values() if m.plan.service == name]
        return found or [self.find(name)]

    def _unknown(self, name: str) -> str:
        if name in ("nats", "postgres"):
            return f"{name} is external in this range: ask whoever runs it"
        near = difflib.get_close_matches(name, self.members, n=1, cutoff=0.5)
        hint = f": did you mean {near[0]}?" if near else ""
        return f"there is no {name!r} in this range{hint} (there are {', '.join(self.members)})"

    async def restart(self, request: control.Restart) -> None:
        """End and start; returns when all are ready, RangeError when one is not to be."""
        members = self.of_service(request.name)
        for member in members:
            if member.held:
                raise RangeError(f"{member.plan.name} is held down by a fault: wait for its end")
        if request.replaces is not None or request.peers is not None:
            service = members[0].plan.service
            override = self._planner.overrides.setdefault(service, Override())
            override.replaces = override.replaces if request.replaces is None else request.replaces
            override.peers = override.peers if request.peers is None else request.peers
        lives = {member: member.restarts for member in members}
        await asyncio.gather(*(member.restart() for member in members))
        async with self._news:
            try:
                async with asyncio.timeout(request.timeout_s):
                    await self._news.wait_for(lambda: all(map(_settled, lives, lives.values())))
            except TimeoutError:
                pass
        for member in members:
            if member.state != "ready":
                raise RangeError(
                    f"{member.plan.name} is {member.state} after the restart: {member.detail or ''}"
                    f"\nsee `practicum range logs {member.plan.name} --name {self._folder.name}`"
                )

    def arm(self, request: control.Arm) -> None:
        """Send the crash point to the service's processes, now and when they start."""
        service = self.of_service(request.name)[0].plan.service
        armed = [a for a in self._armed.get(service, []) if a.point != request.point]
        self._armed[service] = [*armed, request]
        self._tell_armed(service)

    def disarm(self, name: str, point: str | None = None) -> None:
        """Take a crash point of a service back, or all."""
        service = self.of_service(name)[0].plan.service
        armed = self._armed.get(service, [])
        self._armed[service] = [arm for arm in armed if point not in (None, arm.point)]
        self._tell_armed(service)

    def _tell_armed(self, service: str) -> None:
        for member in self.of_service(service):
            if member.child is not None:
                member.child.tell({"do": "disarm"})
                for arm in self._armed.get(service, []):
                    member.child.tell({"do": "arm", "point": arm.point, "hit": arm.hit})

    def fault_changed(self, applied: AppliedFault) -> None:
        """Tell everybody who watches."""
        self.publish(control.FaultChanged(applied))

    def status(self) -> RangeStatus:
        """Everything, measured now."""
        table, now = process_table(), time.monotonic()
        rows = []
        for name, member in self.members.items():
            child, usage = member.child, Usage(0.0, 0)
            if child is not None:
                usage = self._meters[name].look(table, (child.pid, child.start), now)
            rows.append(self._member_status(member, usage))
        return RangeStatus(
            range=self._folder.name,
            state=self._state(),
            pid=os.getpid(),
            folder=str(self._folder.path),
            nats_url=self._planner.nats_url,
            postgres_url=self._planner.postgres_url,
            prefix=prefix_of(self._request.name),
            edge=self._planner.edge,
            members=(*self._external(), *rows),
            faults=tuple(lease.applied for lease in self.faults),
        )

    def _external(self) -> list[MemberStatus]:
        found = []
        if self._request.nats_url:
            found.append(_external_status("nats", self._request.nats_url))
        if self._request.postgres_url:
            found.append(_external_status("postgres", self._request.postgres_url))
        return found

    def _all_ready(self) -> bool:
        return all(member.state == "ready" for member in self.members.values())

    def _state(self) -> Literal["starting", "up", "degraded", "stopping"]:
        if self._stop.is_set():
            return "stopping"
        if self._all_ready():
            return "up"
        return "degraded" if self._was_up else "starting"

    def _member_status(self, member: Member, usage: Usage) -> MemberStatus:
        plan, child = member.plan, member.child
        return MemberStatus(
            name=plan.name,
            service=plan.service,
            kind=plan.kind,
            state=member.state,
            host=HOST,
            port=plan.port,
            pid=child.pid if child is not None else None,
            restarts=member.restarts,
            started_at=member.started_at,
            cpu_percent=usage.cpu_percent,
            pss_bytes=usage.pss_bytes,
            detail=member.detail,
        )

    def log_of(self, name: str) -> Path:
        """Where the log of a process is."""
        return self._folder.log("supervisor" if name == "supervisor" else self.find(name).plan.name)

    # Events

    def subscribe(self) -> asyncio.Queue[Event]:
        """A queue that gets every event from now on; one that is not read is dropped."""
        queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=1000)
        self._watchers.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Event]) -> None:
        """No more events."""
        self._watchers.discard(queue)

    def publish(self, event: Event) -> None:
        """Give an event to everybody who watches."""
        for queue in list(self._watchers):
            if queue.qsize() >= queue.maxsize - 1:
                self._watchers.discard(queue)
                queue.put_nowait(control.Stopping())
            else:
                queue.put_nowait(event)

    # Life

    def ask_to_stop(self) -> None:
        """Let `run` bring the range down."""
        self._stop.set()

    async def run(self) -> None:
        """Keep the range until somebody asks to stop; then end all, in reverse order."""
        await self._guard.begin()
        runs = [asyncio.create_task(member.run()) for member in self.members.values()]
        self.go(self._keep_house())
        self.go(watch_confined(self.members.values()))
        try:
            await self._stop.wait()
            self.publish(control.Stopping())
            self.faults.end_all()
            await self._stop_all()
        finally:
            for task in runs:
                task.cancel()
            await asyncio.gather(*runs, return_exceptions=True)
            await self._guard.end()
            self.stopped.set()

    async def _stop_all(self) -> None:
        left = dict(self.members)
        while left:
            needed = {need for member in left.values() for need in member.plan.needs}
            last = [name for name in left if name not in needed]
            await asyncio.gather(*(left.pop(name).stop() for name in last))

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_EVERY_S)
            for path in self._folder.logs.glob("*.log"):
                with contextlib.suppress(OSError):  # a full disk must not end the supervisor
                    shorten(path)


def _settled(member: Member, lives: int) -> bool:
    if member.state in ("failed", "crash loop", "over limit"):
        return True
    return member.restarts > lives and member.state == "ready"


def _external_status(kind: Literal["nats", "postgres"], url: str) -> MemberStatus:
    # The address without its password is all that a status may show.
    where = url.rpartition("@")[2].partition("/")[0].removeprefix(f"{kind}://")
    host, _, port = where.rpartition(":")
    number = int(port) if port.isdigit() else 0
    return MemberStatus(
        name=kind, service=kind, kind=kind, state="external", host=host or where, port=number
    )


def _open(request: StartRequest) -> tuple[RangeFolder, Planner, int] | None:
    """Take the range and plan its processes; None if another supervisor has it."""
    folder = RangeFolder(Path(request.home), request.name)
    check_manifest(request.manifest)
    folder.create()
    lock = folder.lock()
    if lock is None:
        return None
    state = folder.load()
    state.ports = choose(port_names(request), state.ports, request.port_base)
    folder.save(state)
    return folder, Planner(folder, request, state), lock


async def _tether(supervisor: Supervisor) -> None:
    """Ask to stop when stdin ends before it said ``detach``."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        if line.strip() == b"detach":
            return
    supervisor.ask_to_stop()


async def _serve(folder: RangeFolder, request: StartRequest, planner: Planner) -> None:
    await planner.reach_external()
    supervisor = Supervisor(folder, request, planner)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.ask_to_stop)
    socket = folder.place_socket()
    with telling(socket):
        desk = await Desk.open(socket, supervisor)
    _say(Started(socket=str(socket)))
    _redirect_output(folder)
    tether = asyncio.create_task(_tether(supervisor))
    try:
        await supervisor.run()
    finally:
        tether.cancel()
        await desk.close()
        socket.unlink(missing_ok=True)


def _say(started: Started) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, msgspec.json.encode(started) + b"\n")


def _redirect_output(folder: RangeFolder) -> None:
    log = open_log(folder.log("supervisor"))
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    _log.info("pid %d listens", os.getpid())


def main() -> int:
    """Become the daemon of the range that stdin asks for."""
    if os.fork() != 0:
        return 0  # the daemon is nobody's child now, so nobody has to wait for it
    # Whatever else it was given: uvloop leaves its children copies of their pipes, and whoever
    # started us would wait for the end of ours for ever.
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    os.chdir("/")
    sys.stdin = os.fdopen(0, "rb", buffering=0)
    line = sys.stdin.readline()
    try:
        request = msgspec.json.decode(line, type=StartRequest)
        opened = _open(request)
        if opened is None:
            _say(Started(busy=True))
            return 1
        folder, planner, _ = opened
        asyncio.run(_serve(folder, request, planner))
    except RangeError as error:
        _say(Started(error=str(error)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
