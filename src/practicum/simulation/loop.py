"""An event loop for asyncio that has one virtual clock and one seed, and does nothing by chance.

asyncio is deterministic but for its surroundings: the clock, the selector, threads, and the order
in which sets of tasks are walked. This loop has none of the first three, and hands out tasks
whose hash is the number in which they were made (`tasks`). What is ready within one domain (a
node; code that belongs to none is a domain, too) runs first in, first out, as asyncio promises;
which domain runs next, where several have work, is drawn from the seed. Time stands still while
anything is ready, and then jumps to the next timer.

The C implementations of Task and Future stay in use. They call ``call_soon`` and look at nothing
that it returns, so steps of tasks are queued as bare tuples and share one handle.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import random
import sys
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from math import inf
from typing import Any, NoReturn, TypeAlias

from practicum.simulation.refusals import Refused, refusal
from practicum.simulation.tasks import SimFuture, SimTask, step_type

Callback: TypeAlias = Callable[..., object]
Ready: TypeAlias = tuple[contextvars.Context | None, Callback, tuple[Any, ...], "Handle | None"]
_Context: TypeAlias = contextvars.Context | None
Timer: TypeAlias = "tuple[float, int, Domain, _Context, Callback, Any, Handle]"


class Handle:
    """What a callback can be cancelled by; asyncio's own does the same and more. There is one for
    most callbacks, so that it costs nothing to make."""

    _cancelled = False
    _when = 0.0

    def cancel(self) -> None:
        """Let the callback not be called."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled

    def when(self) -> float:
        """When it is due, by the loop's clock."""
        return self._when


NO_HANDLE = Handle()
"""What ``call_soon`` answers to a task that queues its own step, which looks at no answer."""


class Domain:
    """What runs first in, first out: a node in one of its lives, or what belongs to no node. A
    dead one runs nothing any more. ``owner`` is what the world knows it as."""

    __slots__ = ("alive", "each_s", "free_at", "name", "odd", "owner", "put_off", "ready", "weight")

    def __init__(self, name: str, owner: Any = None) -> None:
        self.name = name
        self.owner = owner
        self.ready: deque[Ready] = deque()
        self.alive = True
        self.odd = False  # dead or not as fast as the clock: looked at whenever something is due
        self.free_at = 0.0
        self.each_s = 0.0
        self.put_off = 0
        self.weight = 0.0

    def stand_still(self, until: float) -> None:
        """Let what comes due before then come due then."""
        self.free_at = max(self.free_at, until)
        self.odd = True

    def slow_down(self, each_s: float) -> None:
        """Let everything that comes due take a while, one after the other; 0 is as fast as ever."""
        self.each_s = each_s
        self.odd = True


class Deadlock(RuntimeError):
    """Nothing is ready and nothing is due, but what was asked for has not happened."""


class Busy(BaseException):
    """Something is always ready, or never comes back, and time cannot go on. Code that catches
    every error does not catch this one."""

    def __init__(self, callback: Any = None, where: str = "") -> None:
        super().__init__(where)
        self.task = getattr(callback, "__self__", None)
        self.where = where


STEPS_AT_ONCE_MAX = 100_000
"""So many steps without a moment between them: this will not end."""
_UNSTOPPABLE = (SystemExit, KeyboardInterrupt, Busy)
Choose: TypeAlias = Callable[[list[Domain], int], int]


class DeterministicLoop(asyncio.AbstractEventLoop):
    """The loop. ``seed`` draws the schedule between domains, or ``choose`` does, which is told
    those that have work and the number of the step, and answers with the place of one. ``steps``
    counts the callbacks that ran, ``busy`` is the domain of the one that runs, ``mix`` a rolling
    hash of all that came due, and when. ``watch``, if there is one, is told every step. ``made``
    are the tasks that somebody still has, where asyncio does not know those that are done."""

    def __init__(self, seed: int, choose: Choose | None = None) -> None:
        self._time = 0.0
        self._timers: list[Timer] = []
        self._timer_count = 0
        self._outside = Domain("")
        self._waiting: list[Domain] = []
        self._schedule = random.Random(f"schedule {seed}").random
        self._task_count = 0
        self._step_type = step_type()
        self._failed: BaseException | None = None
        self._running = False
        self._closed = False
        self._handler: Callable[..., object] | None = None
        self._task_factory: Callable[..., Any] | None = None
        self._choose = choose
        self.watch: Callable[[Domain, Callback], None] | None = None
        self.made: weakref.WeakSet[SimTask] | None = None
        if sys.version_info >= (3, 14):
            self.made = weakref.WeakSet()
        self.busy = self._outside
        self.steps = 0
        self.mix = 0
        self.complaints: list[dict[str, Any]] = []

    # ── Queueing

    def call_soon(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        """See asyncio. The callback runs in the domain of the caller."""
        domain = self.busy
        ready = domain.ready
        if not ready:
            if not domain.alive:
                return NO_HANDLE
            self._waiting.append(domain)
        if type(callback) is self._step_type:
            ready.append((context, callback, args, None))
            return NO_HANDLE
        handle = Handle()
        if context is None:
            context = contextvars.copy_context()
        ready.append((context, callback, args, handle))
        return handle

    def call_in(self, domain: Domain, callback: Callback, *args: Any) -> None:
        """Queue a callback in a domain, without a context of its own."""
        ready = domain.ready
        if not ready:
            self._waiting.append(domain)
        ready.append((None, callback, args, None))

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Any:
        """See asyncio."""
        return self.call_at(self._time + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Any:
        """See asyncio. Of timers that are due at once, the one that was set first comes first.
        What is due after an infinite time is never due. ValueError for no number."""
        handle = Handle()
        handle._when = when
        if not when < inf:
            if when != when:
                raise ValueError("a timer is due after a number of seconds, and not after nan")
            return handle
        self._timer_count += 1
        if context is None:
            context = contextvars.copy_context()
        heapq.heappush(
            self._timers, (when, self._timer_count, self.busy, context, callback, args, handle)
        )
        return handle

    def at(self, when: float, domain: Domain, callback: Callback, *args: Any) -> None:
        """Let the world do something to a domain: it runs the moment it is due, before anything
        that is ready, and what it queues is the domain's. It cannot be cancelled, and falls
        away when the domain ends."""
        self._timer_count += 1
        heapq.heappush(
            self._timers, (when, self._timer_count, domain, None, callback, args, NO_HANDLE)
        )

    # ── Running

    def run_forever(self) -> None:
        """Run until `stop`; Deadlock if nothing can ever happen again before."""
        self._check_usable()
        previous = asyncio._get_running_loop()
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._first_iterated, finalizer=self._finalize)
        asyncio._set_running_loop(self)
        self._running = True
        try:
            self._run()
        finally:
            self._running = False
            asyncio._set_running_loop(previous)
            sys.set_asyncgen_hooks(*hooks)
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

    def _run(self) -> None:
        waiting, schedule, choose, watch = self._waiting, self._schedule, self._choose, self.watch
        steps, at, most = self.steps, self._time, self.steps + STEPS_AT_ONCE_MAX
        while self._running:
            if not waiting:
                if not self._jump():
                    self.steps = steps
                    raise Deadlock("nothing is ready and nothing is due")
                if self._time > at:
                    at, most = self._time, steps + STEPS_AT_ONCE_MAX
                continue
            count = len(waiting)
            if count == 1:
                index = 0
            else:
                index = int(schedule() * count) if choose is None else choose(waiting, steps)
            domain = waiting[index]
            context, callback, args, handle = domain.ready.popleft()
            if not domain.ready:
                waiting[index] = waiting[-1]
                waiting.pop()
            if handle is not None and handle._cancelled:
                continue
            steps += 1
            self.busy = domain
            if watch is not None:
                watch(domain, callback)
            try:
                if context is None:
                    callback(*args)
                else:
                    context.run(callback, *args)
            except _UNSTOPPABLE as error:
                self.fail(error)
            except BaseException as error:
                self._complain_of(callback, error)
            if steps >= most:
                self.fail(Busy(callback))
        self.busy = self._outside
        self.steps = steps

    def _jump(self) -> bool:
        """Let time pass until something is ready; False if nothing ever is."""
        timers, pop, waiting = self._timers, heapq.heappop, self._waiting
        while timers and self._running:
            when, number, domain, context, callback, args, handle = entry = pop(timers)
            if handle._cancelled or (domain.odd and self._put_off(entry)):
                continue
            if when > self._time:
                self._time = when
            self.mix = hash((self.mix, when, number))
            if context is None:
                self.busy = domain
                callback(*args)
            else:
                if not domain.ready:
                    waiting.append(domain)
                domain.ready.append((context, callback, args, handle))
            if waiting and (not timers or timers[0][0] > self._time):
                return True
        return bool(waiting) or not self._running

    def _put_off(self, entry: Timer) -> bool:
        """Whether something that is due does not happen now: its domain is dead, or busy."""
        domain, when = entry[2], entry[0]
        if not domain.alive:
            return True
        if domain.free_at > when:
            domain.put_off += 1
            heapq.heappush(self._timers, (domain.free_at, *entry[1:]))
            return True
        if domain.each_s:
            domain.free_at = when + domain.each_s
        else:
            domain.odd = False
        return False

    def run_until_complete(self, future: Any) -> Any:
        """See asyncio."""
        self._check_usable()
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(self._stop_with)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(self._stop_with)
        return task.result()

    def _stop_with(self, done: Any) -> None:
        self._running = False

    def stop(self) -> None:
        """See asyncio; ends at once and not after a round, as there are no rounds. `Refused` to
        a node: it would end the world, and whatever it had still shown."""
        if self.busy.owner is not None:
            raise Refused(refusal("loop.stop", "return, and leave the end to the world"))
        self.halt()

    def halt(self) -> None:
        """`stop`, for the world."""
        self._running = False

    def fail(self, error: BaseException) -> None:
        """Stop, and let whoever ran the loop have this error."""
        self._failed = error
        self._running = False

    def end(self, domain: Domain) -> None:
        """Let a domain run nothing any more: what it had queued is gone."""
        domain.alive = False
        domain.odd = True
        if domain.ready:
            self._waiting.remove(domain)
            domain.ready = deque()

    def is_anything_due(self, besides: Domain) -> bool:
        """Whether anything is ready or due in a domain other than this one."""
        return any(domain is not besides for domain in self._waiting) or any(
            entry[2].alive and entry[2] is not besides and not entry[6]._cancelled
            for entry in self._timers
        )

    def is_running(self) -> bool:
        """See asyncio."""
        return self._running

    def is_closed(self) -> bool:
        """See asyncio."""
        return self._closed

    def close(self) -> None:
        """See asyncio."""
        if self._running:
            raise RuntimeError("a loop that runs cannot be closed")
        self._closed = True
        self._waiting.clear()
        self._timers.clear()

    def _check_usable(self) -> None:
        if self._closed:
            raise RuntimeError("the loop is closed")
        if self._running or asyncio._get_running_loop() is not None:
            raise RuntimeError("another loop runs in this thread")

    def time(self) -> float:
        """Seconds since the loop was made, by its own clock."""
        return self._time

    # ── Tasks and futures

    def create_future(self) -> SimFuture:
        """See asyncio."""
        self._task_count += 1
        return SimFuture(self._task_count, loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        *,
        name: object = None,
        context: contextvars.Context | None = None,
        **more: Any,
    ) -> Any:
        """See asyncio. A task without a name is named by its number in this loop."""
        self._task_count += 1
        number = self._task_count
        if self._task_factory is not None:
            return self._task_factory(self, coro, context=context, name=name, **more)
        if more.pop("eager_start", False):
            raise Refused(refusal("eager tasks", "create the task without eager_start"))
        task = SimTask(
            number,
            self.busy,
            coro,
            loop=self,
            name=f"Task-{number}" if name is None else name,
            context=context,
        )
        if self.made is not None:
            self.made.add(task)
        return task

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """See asyncio."""
        self._task_factory = factory

    def get_task_factory(self) -> Callable[..., Any] | None:
        """See asyncio."""
        return self._task_factory

    # ── Failures

    def _complain_of(self, callback: Callback, error: BaseException) -> None:
        self.call_exception_handler(
            {"message": f"a callback failed: {callback!r}", "exception": error}
        )

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """See asyncio; what no handler takes is kept in ``complaints``."""
        if self._handler is None:
            self.complaints.append(context)
        else:
            self._handler(self, context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """See asyncio."""
        self.complaints.append(context)

    def set_exception_handler(self, handler: Callable[..., object] | None) -> None:
        """See asyncio."""
        self._handler = handler

    def get_exception_handler(self) -> Callable[..., object] | None:
        """See asyncio."""
        return self._handler

    # There is no debug mode: it would look at the real clock. Every future asks for it, and bool()
    # says False without running any Python.
    get_debug = staticmethod(bool)

    def set_debug(self, enabled: bool) -> None:
        """See `get_debug`."""

    # ── Asynchronous generators

    def _first_iterated(self, generator: Any) -> None:
        """Nothing is remembered: a generator that is left is closed where it is collected."""

    def _finalize(self, generator: Any) -> None:
        if not self._closed:
            self.create_task(generator.aclose())

    async def shutdown_asyncgens(self) -> None:
        """See asyncio; generators that are still there are closed when they are collected."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There is no executor."""

    # ── What is not there

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: Any = None
    ) -> Any:
        """As `call_soon`: there is one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callback, *args: Any
    ) -> NoReturn:
        """Refused: threads are scheduled by the machine."""
        raise Refused(refusal("a thread", "await an adapter, or call the function itself"))


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(self: DeterministicLoop, *args: Any, **more: Any) -> NoReturn:
        raise Refused(refusal(f"loop.{name}", "use the node's own send, rpc and disk"))

    return refuse


for _name in vars(asyncio.AbstractEventLoop):
    if not _name.startswith("_") and _name not in vars(DeterministicLoop):
        setattr(DeterministicLoop, _name, _refusing(_name))


def new_loop(seed: int, choose: Choose | None = None) -> DeterministicLoop:
    """A loop; type checkers do not see that all of asyncio's methods are there."""
    return DeterministicLoop(seed, choose)  # type: ignore[abstract]
