"""Keep one process of a range running: prepare, start, probe, watch, start again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from practicum.servers.home import RangeError
from practicum.servers.process.child import Child
from practicum.servers.process.launching import Launch, last_words
from practicum.servers.process.logs import open_log
from practicum.servers.process.probes import NotReady
from practicum.servers.process.restart import (
    Record,
    RestartPolicy,
    became_ready,
    died,
)

State = Literal[
    "waiting",
    "preparing",
    "starting",
    "ready",
    "unhealthy",
    "paused",
    "restarting",
    "held",
    "crash loop",
    "over limit",
    "failed",
    "stopping",
    "stopped",
    "external",
]
_FIRST_PROBES_EVERY_S = 0.03
_PROBES_EVERY_S = 2.0
_UNHEALTHY_AFTER = 2
_CONFINED_GRACE_S = 3.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What one process is and how it is treated.

    ``needs`` are the processes that must have been ready before it starts. ``probe`` raises
    `NotReady`. ``prepare`` raises RangeError for what no repetition repairs.
    """

    name: str
    service: str
    kind: Literal["nats", "postgres", "service", "telemetry"]
    port: int
    log: Path
    prepare: Callable[[], Awaitable[Launch]]
    probe: Callable[[], Awaitable[None]]
    needs: tuple[str, ...] = ()
    stop_signal: int = signal.SIGTERM
    grace_s: float = 10.0


class Surroundings(Protocol):
    """What a member needs from the supervisor."""

    async def wait_for(self, names: tuple[str, ...]) -> None:
        """Return when those processes run and have been ready."""
        ...

    def changed(self, member: Member) -> None:
        """The member's state is another now."""
        ...

    def started(self, member: Member, child: Child) -> None:
        """A process was spawned."""
        ...

    def ended(self, member: Member, child: Child) -> None:
        """It is gone, and so are its descendants."""
        ...

    def reported(self, member: Member, child: Child, report: dict[str, Any]) -> None:
        """It reported something on its pipe."""
        ...


class Member:
    """One supervised process through all its lives."""

    def __init__(self, plan: Plan, surroundings: Surroundings, policy: RestartPolicy) -> None:
        self.plan = plan
        self.state: State = "waiting"
        self.detail = ""
        self.restarts = 0
        self.started_at: float | None = None
        self.child: Child | None = None
        self.has_been_ready = False
        self._around, self._policy = surroundings, policy
        self._record = Record()
        self._wanted = True
        self._nudge = asyncio.Event()
        self._probe_now = asyncio.Event()
        self._lease: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None  # the loop keeps only weak references
        self._let = asyncio.Event()
        self._let.set()
        self._over_limit = ""

    def _set(self, state: State, detail: str | None = None) -> None:
        if detail is not None:
            self.detail = detail
        if state != self.state or detail is not None:
            self.state = state
            self._around.changed(self)

    async def run(self) -> None:
        """Keep it running until `stop`."""
        while self._wanted:
            if self.held:
                self._set("held", "until the fault ends")
                await self._let.wait()
                continue
            self._set("waiting", "" if self.state == "held" else None)
            await self._around.wait_for(self.plan.needs)
            if self.held:
                continue
            if not self._wanted:
                break
            self._nudge.clear()
            wait_s = await self._one_life()
            if self._wanted:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._nudge.wait()
                self.restarts += 1
        self._set("stopped")

    async def _one_life(self) -> float | None:
        """Start it and see it end; returns how long to wait before the next (None: until
        somebody asks)."""
        self._set("preparing")
        try:
            launch = await self.plan.prepare()
            if not self._wanted:
                return 0.0
            child = await Child.born(launch, self._hear)
        except (RangeError, OSError) as error:
            self._set("failed", str(error))
            return None
        self.child, self.started_at = child, time.time()
        self._around.started(self, child)
        self._set("starting")
        probing = asyncio.create_task(self._watch_health(child))
        try:
            code = await child.ended()
        finally:
            probing.cancel()
            self._drop_lease()
        self.child, self.started_at, self.has_been_ready = None, None, False
        self._around.ended(self, child)
        return self._after_death(code, wanted=child.wanted_death)

    def _hear(self, report: dict[str, Any]) -> None:
        if self.child is not None:
            if report.get("report") == "crash_point":
                self.child.wanted_death = True
            elif report.get("report") == "limit":
                self._over_limit = self._over_limit or str(report.get("reason"))
            self._around.reported(self, self.child, report)

    def _after_death(self, code: int, *, wanted: bool) -> float | None:
        now = asyncio.get_running_loop().time()
        self._record, verdict = died(self._policy, self._record, now, wanted=wanted)
        if not self._wanted:
            return 0.0
        if self._over_limit:
            self._set(
                "over limit",
                f"it {self._over_limit}: it was ended, and is not started again before its files "
                "are changed and it is restarted",
            )
            return None
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if verdict.crash_loop:
            times = self._record.unready_deaths
            words = last_words(self.plan.log)
            self._set("crash loop", f"died {times} times before it was ready ({how}):\n{words}")
        else:
            self._set("restarting", f"ended with {how}")
        return verdict.wait_s

    async def _watch_health(self, child: Child) -> None:
        failures = 0
        while True:
            if not child.frozen:
                try:
                    await self.plan.probe()
                    failures = 0
                    self._found_ready()
                except NotReady as error:
                    failures += 1
                    if self.state == "ready" and failures >= _UNHEALTHY_AFTER:
                        self._set("unhealthy", str(error))
                    elif self.state == "starting" and self.detail != str(error):
                        self._set("starting", str(error))
            eager = self.state != "ready"
            self._probe_now.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_PROBES_EVERY_S if eager else _PROBES_EVERY_S):
                    await self._probe_now.wait()

    def _found_ready(self) -> None:
        if self.state in ("starting", "unhealthy"):
            now = asyncio.get_running_loop().time()
            self._record = became_ready(self._record, now)
            self.has_been_ready = True
            self._set("ready", "")

    def _alive(self) -> Child:
        if self.child is None or not self.child.alive:
            raise RangeError(f"{self.plan.name} is not running ({self.state}): try again soon")
        return self.child

    def kill(self, number: int) -> int:
        """Send a signal to it (SIGKILL: to its whole tree); returns the pid it had."""
        child = self._alive()
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            child.wanted_death = True
        child.signal(number)
        return child.pid

    def pause(self, for_s: float | None) -> None:
        """Freeze it with all its descendants, for ``for_s`` seconds or until `resume`."""
        child = self._alive()
        child.freeze()
        self._drop_lease()
        if for_s is not None:
            self._lease = asyncio.get_running_loop().call_later(for_s, self.resume)
        self._set("paused", f"for {for_s:g} s" if for_s is not None else "until resumed")

    def resume(self) -> None:
        """Let it go on."""
        self._drop_lease()
        if self.child is not None and self.child.frozen:
            self.child.thaw()
            self._set("unhealthy" if self.has_been_ready else "starting", "")
            self._probe_now.set()

    @property
    def held(self) -> bool:
        """Whether it is kept from starting."""
        return not self._let.is_set()

    def hold_down(self, number: int) -> None:
        """End it (SIGKILL: at once, else with grace) and keep it from starting until `let_up`.
        RangeError if it is not running."""
        child = self._alive()
        self._let.clear()
        if number == signal.SIGKILL:
            self.kill(number)
        else:
            stopping = asyncio.create_task(child.stop(number, self.plan.grace_s))
            self._stopping = stopping

    def let_up(self) -> None:
        """It may start again."""
        self._let.set()

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None

    async def end_for(self, reason: str) -> None:
        """End it with all that it has started, and do not start it before somebody asks."""
        self._over_limit = self._over_limit or reason
        if self.child is not None:
            await self.child.crush()

    async def stacks(self) -> list[str]:
        """What its threads are doing; the lines are put into its log as well."""
        child = self._alive()
        if child.frozen:
            raise RangeError(f"{self.plan.name} is paused: it does nothing")
        lines = await child.stacks()
        log = open_log(self.plan.log)
        with os.fdopen(log, "w") as file:
            file.writelines(f"{line}\n" for line in lines)
        return lines

    async def restart(self) -> None:
        """End it gracefully if it runs; `run` starts it again, with a clean slate."""
        child = self.child
        self._record, self._over_limit = Record(), ""
        if child is not None:
            await child.stop(self.plan.stop_signal, self._grace_s(child))
        self._nudge.set()

    def _grace_s(self, child: Child) -> float:
        """Somebody's own files may keep it from ever hearing that it shall end."""
        return min(self.plan.grace_s, _CONFINED_GRACE_S) if child.confined else self.plan.grace_s

    async def stop(self) -> None:
        """End it gracefully, for good."""
        self._wanted = False
        self._let.set()
        self._nudge.set()
        if self.child is not None:
            self._set("stopping")
            await self.child.stop(self.plan.stop_signal, self._grace_s(self.child))
