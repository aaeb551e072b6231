"""A world: nodes and clients of a protocol file, one clock, one seed, and the faults of a plan.

A run has three parts. Faults come and go while the clients work; then all faults are over and
the system may settle; then ``finish`` must come to its end (first safety, then liveness). The
checks judge the history at last.

Nothing that belongs to a dead node is collected before the run is over, so that not even its
``finally`` blocks run meanwhile; when they do, they belong to a domain that is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

from practicum.checking.verdict import Judgement, overall
from practicum.simulation import seams
from practicum.simulation.disk import DiskError, Platter
from practicum.simulation.history import History
from practicum.simulation.loop import Busy, Deadlock, new_loop
from practicum.simulation.network import Network
from practicum.simulation.node import Client, Node
from practicum.simulation.places import failed_at, told_of, waits_at
from practicum.simulation.running.applying import Applied
from practicum.simulation.running.judging import Findings, judge_history
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Program, ProgramError, Traits
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import Trace
from practicum.simulation.schedule import Priorities
from practicum.simulation.watchdog import CPU_S, watched

BACK_AFTER_S = 0.5
"""A node whose disk failed it stops, and is started again then."""
FINISH = "finish"


class World:
    """One run. ``traits`` are those of the program; ``trace`` takes down what happens."""

    def __init__(
        self, program: Program, traits: Traits, setting: Setting, trace: Trace | None = None
    ) -> None:
        self._program, self._traits, self._setting = program, traits, setting
        self._trace = trace
        seed = setting.seed
        choose = Priorities(seed, setting.changes) if setting.schedule == "priorities" else None
        self.loop = new_loop(seed, choose)
        self.outside = self.loop.busy
        self.history = History(self.loop.time)
        self.network = Network(f"{seed} {setting.reroll}", self.loop, setting.weather)
        self.directory: dict[str, Node] = {}
        self.platters = {
            name: Platter(f"disk {name} {seed} {setting.reroll}") for name in traits.nodes
        }
        self.findings = Findings(self.loop)
        self._chance = random.Random(f"world {seed}")
        self._lives: dict[str, int] = {}
        self._buried: list[object] = []
        self._sites: dict[str, random.Random | None] = {}
        self._buggified = 0
        self._clients: list[Client] = []
        self.applied = Applied(self, setting.plan)

    # ── What nodes and Python's clock need (`node.Around`, `seams.Surroundings`)

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.loop._time

    def skew(self) -> float:
        """How wrong the clock on the wall of the node that runs is."""
        owner = self.loop.busy.owner
        return self.applied.skew(owner.name) if owner is not None else 0.0

    def chance(self) -> random.Random:
        """The stream of the node that runs."""
        owner = self.loop.busy.owner
        return owner.random if owner is not None else self._chance

    def wall(self, name: str) -> float:
        """What the clock on a node's wall shows."""
        return self.loop._time + self.applied.skew(name)

    def buggify(self, site: str) -> bool:
        """A quarter of the sites, a quarter of the time."""
        if not self._setting.buggify:
            return False
        if site not in self._sites:
            drawing = random.Random(f"buggify {site} {self._setting.seed}")
            self._sites[site] = drawing if drawing.random() < 0.25 else None
        found = self._sites[site]
        if found is None or found.random() >= 0.25:
            return False
        self._buggified += 1
        if self._trace is not None:
            self._trace.here(self.loop.busy.name, "buggify", site)
        return True

    def tell(self, node: str, what: str, text: str) -> None:
        """For the trace."""
        if self._trace is not None:
            self._trace.here(node, what, text)

    @property
    def is_traced(self) -> bool:
        """Whether anybody wants to be told."""
        return self._trace is not None

    def say(self, *words: object, **_: object) -> None:
        """What ``print`` is for the code."""
        if self._trace is not None:
            self._trace.here(self.loop.busy.name, "prints", " ".join(map(str, words)))

    def failed(self, node: Node, error: BaseException) -> None:
        """Something that nobody handled left a node's code."""
        if not node.domain.alive or self.history.closed:
            return
        if isinstance(error, DiskError):
            self.power_cut(node.name, f"stopped: {error}")
            self.loop.at(self.loop._time + BACK_AFTER_S, self.outside, self._come_back, node.name)
            return
        self.findings.unhandled(node.name, error)
        self.loop.halt()

    # ── Lives

    def boot(self, name: str) -> None:
        """Start a node, if it is down."""
        before = self.directory.get(name)
        if before is not None and before.domain.alive:
            return
        node = self._born(name, Node)
        node.give_disk(self.platters[name])
        self._begin(node, "node")

    def _come_back(self, name: str) -> None:
        """Start a node that stopped of itself, unless a fault holds it down meanwhile."""
        if name not in self.applied.held_down:
            self.boot(name)

    def power_cut(self, name: str, why: str = "power cut") -> bool:
        """End a node at once; whether it was up."""
        node = self.directory[name]
        if not node.domain.alive:
            return False
        self._bury(node)
        lost = self.platters[name].power_cut()
        if self._trace is not None:
            unsynced = f", {lost} writes lost" if lost else ""
            self._trace.tell(name, "down", why + unsynced)
        return True

    def _born(self, name: str, kind: type[Any]) -> Any:
        life = self._lives[name] = self._lives.get(name, 0) + 1
        chance = random.Random(f"{name} {life} {self._setting.seed}")
        node = kind(name, self.loop, self.network, self, chance, life)
        node.peers = tuple(each for each in self._traits.nodes if each != name)
        node.others = self.directory
        self.directory[name] = node
        if self._trace is not None:
            self._trace.hear(node)
            self._trace.tell(name, "up", "" if life == 1 else f"life {life}")
        return node

    def _begin(self, node: Any, function: str) -> Any:
        """Run a function of the file, loaded anew, in a node's domain."""
        self.loop.busy = node.domain
        try:
            work = self._program.load(self.say)[function](node)
            if not asyncio.iscoroutine(work):
                raise TypeError(f"{function} is no async function: write async def {function}")
            return node.spawn(work, name=f"{node.name}.{function}")
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            self.failed(node, error)
            return None
        finally:
            self.loop.busy = self.outside

    def _bury(self, node: Node) -> None:
        """Let a node do nothing any more, and keep all that is left of it until the end."""
        self.loop.end(node.domain)
        self._buried += [node, *self._tasks_of(node)]

    def _tasks_of(self, node: Node) -> list[Any]:
        tasks = seams.original_all_tasks(self.loop)
        return [task for task in tasks if task.domain is node.domain]

    # ── The run

    def run(self) -> Outcome:
        """Everything, from the first start to the verdict. To be called with this world's
        surroundings in place."""
        loop = self.loop
        if self._trace is not None:
            self._trace.attach(loop, self.network)
            self.history.tell(self._trace.event)
        self._run()
        self._close()
        self.findings.left_over(self._buried)
        judgements = self._judge()
        return self._outcome(judgements)

    def _run(self) -> None:
        loop, traits = self.loop, self._traits
        loop.at(traits.duration_s, self.outside, self._calm)
        loop.at(traits.duration_s + traits.settle_s, self.outside, self._settled)
        self.applied.schedule()
        try:
            for name in traits.nodes:
                self.boot(name)
            for name in traits.clients:
                client: Client = self._born(name, Client)
                self._clients.append(client)
                self._begin(client, "client")
            loop.run_forever()
        except Deadlock:  # the timers of the world itself are always due
            self.findings.still(self.directory.values(), self._tasks_of)
        except Busy as busy:
            self.findings.busy(busy)
        except (SystemExit, KeyboardInterrupt) as error:
            self.findings.unhandled("the code", error)

    def _calm(self) -> None:
        """All faults are over."""
        self.network.settle()
        for client in self._clients:
            client.running = False

    def _settled(self) -> None:
        """The clients have had their time; what must still come to its end begins."""
        waiting = [each for each in self._clients if self._is_stuck(each)]
        if waiting:
            self.findings.stuck(waiting[0].name, self._tasks_of(waiting[0]))
            self.loop.halt()
            return
        for client in self._clients:
            self._bury(client)
        if not self._traits.finishes:
            self.loop.halt()
            return
        last: Client = self._born(FINISH, Client)
        task = self._begin(last, FINISH)
        if task is None:
            return
        task.add_done_callback(lambda _: self.loop.halt())
        until_s = self.loop._time + self._traits.patience_s
        self.loop.at(until_s, self.outside, self._too_late, task)

    def _is_stuck(self, client: Client) -> bool:
        """Whether a client waits for something, and nothing that is due could end that."""
        tasks = [task for task in self._tasks_of(client) if not task.done()]
        return bool(tasks) and not self.loop.is_anything_due(self.outside)

    def _too_late(self, task: Any) -> None:
        self.findings.too_late(self._traits.patience_s, waits_at(task))
        self.loop.halt()

    def _close(self) -> None:
        """Nothing has any effect any more."""
        self.history.closed = True
        for node in self.directory.values():
            if node.domain.alive:
                self.loop.end(node.domain)
                self._buried.append(node)
        self._buried += seams.every_task(self.loop)
        self.applied.count()

    def _judge(self) -> tuple[Judgement, ...]:
        if self.findings.found:
            return tuple(self.findings.found)
        defined = self._program.load(self.say)
        return judge_history(defined, self.history)

    def _outcome(self, judgements: tuple[Judgement, ...]) -> Outcome:
        loop, history = self.loop, self.history
        told = zlib.crc32(repr(history.all).encode())
        end = (loop.mix, loop.steps, self.network.sent, self.network.lost, told)
        return Outcome(
            seed=self._setting.seed,
            verdict=overall(each.verdict for each in judgements),
            judgements=judgements,
            fired=self.applied.fired,
            buggified=self._buggified,
            steps=loop.steps,
            sent=self.network.sent,
            done=history.done,
            time_s=round(loop._time, 6),
            mark=f"{hash(end) & 0xFFFF_FFFF_FFFF_FFFF:016x}",
        )

    def let_go(self) -> None:
        """Let go of everything, at the very end."""
        for each in self._buried:
            if hasattr(each, "_log_destroy_pending"):
                each._log_destroy_pending = False
        self._buried.clear()
        self.directory.clear()
        self._clients.clear()
        self.loop.close()


def simulate(
    program: Program, traits: Traits, setting: Setting, trace: Trace | None = None
) -> Outcome:
    """Run a program in a setting. The garbage collector rests meanwhile, and works once
    afterwards."""
    was_at_work = gc.isenabled()
    gc.disable()
    world = World(program, traits, setting, trace)
    try:
        with seams.in_place(world), watched(world.loop, CPU_S):
            outcome = world.run()
            with _unheard():
                world.let_go()
        del world
        program.forget()
        collect(1)  # what the run has left is young
        return outcome
    finally:
        program.forget()
        if was_at_work:
            gc.enable()


def collect(generation: int = 2) -> None:
    """Collect what runs have left. What their coroutines still do then, the world does not feel."""
    with seams.in_place(_Nobody()), _unheard():
        gc.collect(generation)


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """What coroutines still say as they are collected is nobody's business."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook


class _Nobody:
    """Who runs while a file is loaded to see what it says."""

    def __init__(self) -> None:
        self._chance = random.Random("nobody")

    def elapsed(self) -> float:
        """Time has not begun."""
        return 0.0

    def skew(self) -> float:
        """The clock is right."""
        return 0.0

    def chance(self) -> random.Random:
        """A stream of its own."""
        return self._chance


def prepare(program: Program) -> Traits:
    """What a program says of its world; `ProgramError` with file and line if it cannot be had."""
    with seams.in_place(_Nobody()), watched(new_loop(0), CPU_S):
        try:
            return program.traits(program.load(lambda *_, **__: None))
        except ProgramError:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            where = failed_at(error) or program.sources.main
            raise ProgramError(f"{where}: {told_of(error)}") from error
        except Busy as busy:
            raise ProgramError(f"{busy.where}: loading the file never comes to an end") from busy
        finally:
            program.forget()
