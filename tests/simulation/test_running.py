"""The same setting, the same run: in one process, with a trace and without, and in fresh ones."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.checking.verdict import Verdict
from practicum.faults.drawing import Wishes, draw_plan
from practicum.faults.fault import SIMULATED
from practicum.faults.plan import BadPlan, Targets, canonical, check, read_plan
from practicum.labs.simulate.fleet import SimulationFailed, fresh
from practicum.simulation import places
from practicum.simulation.network import Weather
from practicum.simulation.running.program import ProgramError
from practicum.simulation.running.requests import Explore, Explored, Ran, Run, Shrink, Shrunk
from practicum.simulation.running.setting import draw_setting, faults_of
from practicum.simulation.running.trace import Trace, digest
from practicum.simulation.running.world import prepare, simulate
from simulation.worlds import planned, program_of, protocol, run, traced

TARGETS = Targets(nodes=("n1", "n2", "n3"))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3000))
def test_a_seed_runs_as_it_ran_before_with_a_trace_and_without(seed: int) -> None:
    """Rolling hash, verdict and what fired are equal."""
    program = protocol("register")
    traits = prepare(program)
    setting = draw_setting(seed, traits, 500)
    first = simulate(program, traits, setting)
    assert simulate(program, traits, setting) == first
    assert simulate(program, traits, setting, Trace()) == first
    assert simulate(program, traits, setting, Trace(steps=True)) == first


def test_a_trace_tells_what_was_sent_and_arrived_and_by_which_line() -> None:
    """In a file beside the first one, too; answers and what arrives are no line's."""
    program = program_of(
        """
    import helping
    async def node(node):
        async def double(source, number):
            return 2 * number
        node.serve(double)
        if node.name == "n1":
            node.note("doubled", await node.rpc("n2", 21))
            helping.greet(node, "n2")
        _, text = await node.inbox.get()
        node.note("heard", text)
    """,
        helping="""
    def greet(node, to):
        node.send(to, "hello")
    """,
    )
    _, events = traced(program, prepare(program), planned())
    told = [(each.node, each.what, each.text, each.line) for each in events]
    assert [each for each in told if each[1] != "up"] == [
        ("n1", "sent", "call 21 to n2 #1", "main.py:13"),
        ("n2", "arrived", "call 21 from n1 #1", ""),
        ("n2", "sent", "answer 42 to n1 #1", ""),
        ("n1", "arrived", "answer 42 from n2 #1", ""),
        ("n1", "note", "doubled 42", "main.py:13"),
        ("n1", "sent", "'hello' to n2", "helping.py:3"),
        ("n2", "arrived", "'hello' from n1", ""),
        ("n2", "note", "heard 'hello'", "main.py:16"),
    ]
    assert [each.time_s for each in events] == sorted(each.time_s for each in events)


@pytest.mark.parametrize("name", ["register", "payments", "election"])
def test_a_fresh_process_has_the_same_trace_whatever_ran_before(name: str) -> None:
    """Byte for byte; one of them has run other seeds before."""
    program = protocol(name)
    setting = draw_setting(1500, prepare(program), 500)
    with fresh(program.sources) as one, fresh(program.sources) as other:
        first = one.ask(Run(setting, "events"), Ran)
        other.ask(Explore(0, 2), Explored)
        second = other.ask(Run(setting, "events"), Ran)
        assert second == first
        assert first.sha256 == digest(first.events)
        assert one.ask(Run(setting), Ran).outcome == first.outcome


@pytest.mark.parametrize("schedule", ["random", "priorities"])
def test_the_schedule_between_nodes_comes_from_the_seed(schedule: str) -> None:
    """Messages that arrive at the same moment are taken in another order by other seeds."""
    text = """
    NODES = 6
    async def node(node):
        if node.name == "n1":
            for peer in node.peers:
                node.send(peer, 0)
        else:
            await node.inbox.get()
            node.note("took", node.name)
    """
    steady = Weather(latency_s_min=0.001, latency_s_mean=0.0)
    orders = {
        tuple(
            e.node
            for e in run(text, seed=seed, schedule=schedule, weather=steady)[1]
            if e.what == "note"
        )
        for seed in range(12)
    }
    assert len(orders) > 6


def test_budgets_of_faults_rise_from_none() -> None:
    """First a run without any, then one, two, three, six and more."""
    assert [faults_of(seed) for seed in (0, 1, 100, 250, 500, 1000, 2000)] == [0, 1, 2, 3, 6, 12, 1]
    program = protocol("register")
    traits = prepare(program)
    for seed in (0, 50, 200, 400, 700):
        plan = draw_setting(seed, traits, 500).plan
        assert len(plan.faults) == faults_of(seed)
        assert check(plan, Targets(nodes=traits.nodes)) == []


@given(st.integers(0, 2**32), st.integers(1, 20))
def test_plans_for_a_simulated_world_are_drawn_alike_and_read_as_written(
    seed: int, count: int
) -> None:
    """All kinds, in bounds, and never what only a live range knows."""
    wishes = Wishes(
        duration_s=30, budget=count, count=count, kinds=tuple(SIMULATED), quiet_start_s=0.0
    )
    plan = draw_plan(seed, wishes, TARGETS)
    assert plan == draw_plan(seed, wishes, TARGETS)
    assert read_plan(canonical(plan)) == plan
    assert check(plan, TARGETS) == []
    assert {fault.kind for fault in plan.faults} <= SIMULATED.keys()


def test_a_live_range_is_not_planned_with_what_only_a_simulated_world_can_suffer() -> None:
    """And the other way round."""
    live = Targets(processes=("order",), services=("order",))
    with pytest.raises(BadPlan, match="there is no fault partition"):
        draw_plan(1, Wishes(kinds=("partition",)), live)
    plan = draw_plan(1, Wishes(kinds=("partition",)), TARGETS)
    assert "cannot suffer that" in "\n".join(check(plan, live))


def test_shrinking_leaves_few_faults_that_still_fail_the_same_check() -> None:
    """From a plan of twelve to what a lost answer takes."""
    program = protocol("payments")
    with fresh(program.sources) as worker:
        found = next(
            answer
            for seed in range(1000, 1100)
            if (answer := worker.ask(Explore(seed, seed + 1), Explored)).outcome is not None
        )
        assert found.setting is not None
        shrunk = worker.ask(Shrink(found.setting, "check_paid_once", 500, 60.0), Shrunk)
        assert len(found.setting.plan.faults) > 4
        assert len(shrunk.setting.plan.faults) <= 2
        assert shrunk.outcome.verdict is Verdict.FAIL
        assert not shrunk.cut_short
        again = worker.ask(Run(shrunk.setting), Ran).outcome
        assert again == shrunk.outcome
        hurried = worker.ask(Shrink(found.setting, "check_paid_once", 500, 0.0), Shrunk)
        assert (hurried.setting, hurried.cut_short) == (found.setting, True)


def test_a_name_may_be_a_text_of_its_own_kind() -> None:
    """A trace has the node's own name."""
    _, events = run("""
    class Name(str): ...
    async def node(node):
        node.send(Name(node.peers[0]), 1)
        await node.rpc(Name(node.peers[0]), 2)
    """)
    assert digest(events)
    assert {type(each.node) for each in events} == {str}


def test_what_a_node_delivers_to_itself_is_in_its_trace_though_nobody_sent_it() -> None:
    """Code may call what it finds."""
    _, events = run("""
    async def node(node):
        node.deliver(node.name, (0, 0, "mine"))
        node.note("got", (await node.inbox.get())[1])
    """)
    assert [e.text for e in events if e.what == "arrived"] == ["'mine' from "] * 2
    assert [e.text for e in events if e.what == "note"] == ["got 'mine'"] * 2


def test_an_alarm_that_rings_while_a_line_is_looked_up_costs_no_later_line() -> None:
    """It may ring anywhere, and runs that follow have traces, too."""

    class Rung(BaseException): ...

    def ring(_: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_filename == places.__file__:
            raise Rung

    def ask() -> FrameType:
        return places.calling()

    def keep_asking() -> None:
        while True:
            ask()

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.0005, 0.0005)
    try:
        with pytest.raises(Rung):
            keep_asking()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert ask() is sys._getframe()


def test_a_file_that_never_comes_back_is_found_by_its_processor_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if it catches every error."""
    monkeypatch.setattr("practicum.simulation.running.world.CPU_S", 0.2)
    outcome, _ = run(
        """
    async def node(node):
        while True:
            try:
                sum(range(1000))
            except Exception:
                pass
    """
    )
    assert outcome.verdict is Verdict.FAIL
    assert "no end, the last at main.py:" in outcome.judgements[0].seen


def test_a_file_that_stands_still_is_found_long_before_one_that_is_only_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part of the processor time is enough if nothing came due meanwhile."""
    monkeypatch.setattr("practicum.simulation.running.world.CPU_S", 2.0)
    began_s = time.process_time()
    outcome, _ = run("    async def node(node):\n        while True: pass\n")
    assert "no end, the last at main.py:7" in outcome.judgements[0].seen
    assert time.process_time() - began_s < 2 * 1.9, "two runs, each of a quarter"
    slow = "    async def node(node):\n        while True:\n            await asyncio.sleep(0.01)\n"
    slow += "            sum(range(200_000))\n"
    outcome, _ = run(slow)
    assert outcome.verdict is Verdict.PASS


def test_a_file_that_never_ends_to_load_is_refused_with_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So is one that ends the process."""
    monkeypatch.setattr("practicum.simulation.running.world.CPU_S", 0.2)
    for text, said in (("while True: pass", "never comes"), ("raise SystemExit(3)", "SystemExit")):
        with pytest.raises(ProgramError, match=f"main.py:6: .*{said}"):
            prepare(program_of(text))


def test_what_is_no_text_is_refused_and_no_worker_dies_of_it() -> None:
    """Half a character cannot be told to anybody."""
    program = program_of("async def node(node): ...\ndef check(h): assert 0, '\\ud800'")
    with fresh(program.sources) as worker:
        with pytest.raises(SimulationFailed, match="of the file is no text"):
            worker.ask(Explore(0, 1), Explored)
        with pytest.raises(SimulationFailed, match="of the file is no text"):
            worker.ask(Explore(0, 1), Explored)
    program = program_of("async def node(node): print('\\ud800')")
    with fresh(program.sources) as worker:
        setting = draw_setting(0, worker.loaded.traits, worker.loaded.steps)
        with pytest.raises(SimulationFailed, match="of the file is no text"):
            worker.ask(Run(setting, "events"), Ran)
        assert worker.ask(Run(setting), Ran).outcome.verdict is Verdict.PASS


def test_a_worker_refuses_a_file_that_cannot_be_used_in_words() -> None:
    """No traceback reaches anybody."""
    program = program_of("async def nod(node): ...")
    with pytest.raises(SimulationFailed, match="async def node"), fresh(program.sources):
        pass
