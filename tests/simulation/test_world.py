"""Nodes live, die as in a power cut, and come back with what their disks kept."""

from __future__ import annotations

import pytest

from practicum.checking.verdict import Verdict
from practicum.faults.fault import (
    Delay,
    Disk,
    Duplicate,
    Kill,
    Lie,
    Loss,
    Partition,
    Pause,
    Skew,
    Slow,
)
from practicum.simulation.running.program import ProgramError
from practicum.simulation.running.world import prepare
from simulation.worlds import notes, planned, program_of, run, traced

COUNTING = """
    async def node(node):
        if node.name == "n1":
            while True:
                await asyncio.sleep(0.1)
                node.send("n2", round(node.clock.monotonic(), 3))
        while True:
            source, sent_at = await node.inbox.get()
            node.note("heard", sent_at)
"""


def heard(*faults: object) -> list[float]:
    """When what n2 heard had been sent."""
    outcome, events = run(COUNTING, *faults)
    assert outcome.verdict is Verdict.PASS
    return [float(text.split()[1]) for text in notes(events, "n2")]


def test_without_faults_every_message_arrives_in_time() -> None:
    """Ten a second, for as long as the world lasts."""
    found = heard()
    assert len(found) == 29
    assert found == sorted(found)


@pytest.mark.parametrize(
    "fault",
    [
        Partition(target="n1", start_s=0.95, duration_s=1.0),
        Partition(target="n1", start_s=0.95, duration_s=1.0, direction="out"),
        Partition(target="n2", start_s=0.95, duration_s=1.0, direction="in"),
        Partition(target="n2", start_s=0.95, duration_s=1.0, apart=("n1",)),
        Loss(target="n2", start_s=0.95, duration_s=1.0, ratio=1.0),
        Kill(target="n2", start_s=0.95, duration_s=1.0),
    ],
)
def test_what_is_cut_off_hears_nothing_meanwhile_and_again_afterwards(fault: object) -> None:
    """Whole, in one direction, between two, by loss, or because it is down."""
    found = heard(fault)
    assert all(at < 0.95 or at > 1.9 for at in found)
    assert len(found) == 19


@pytest.mark.parametrize(
    "fault",
    [
        Partition(target="n1", start_s=0.5, duration_s=1.0, direction="in"),
        Partition(target="n2", start_s=0.5, duration_s=1.0, direction="out"),
    ],
)
def test_a_cut_of_the_other_direction_lets_messages_through(fault: object) -> None:
    """A partition one way is none the other way."""
    assert len(heard(fault)) == 29


def test_doubled_messages_arrive_twice_and_delayed_ones_late_or_out_of_order() -> None:
    """And all are counted as effects of their faults."""
    assert len(heard(Duplicate(target="n2", start_s=0.0, duration_s=1.05, ratio=1.0))) == 39
    late = heard(Delay(target="n2", start_s=0.0, duration_s=2.0, delay_ms=1.0, jitter_ms=900.0))
    assert sorted(late) != late


def test_a_node_that_stands_still_hears_everything_later() -> None:
    """Nothing is lost, unlike in a crash."""
    text = COUNTING.replace("sent_at)", "round(node.clock.monotonic(), 3))")
    _, events = run(text, Pause(target="n2", start_s=0.95, duration_s=0.5))
    times = [float(each.split()[1]) for each in notes(events, "n2")]
    assert len(times) == 29
    assert not [at for at in times if 0.95 < at < 1.45]
    assert len([at for at in times if 1.45 <= at < 1.46]) >= 4


def test_a_slow_node_takes_its_time_for_each_message() -> None:
    """One after the other: the tenth waits for nine."""
    text = """
    async def node(node):
        if node.name == "n1":
            await asyncio.sleep(0.5)
            for number in range(10):
                node.send("n2", number)
            return
        while True:
            await node.inbox.get()
            node.note("at", round(node.clock.monotonic(), 3))
    """
    _, events = run(text, Slow(target="n2", start_s=0.1, duration_s=1.8, delay_ms=50))
    times = [float(each.split()[1]) for each in notes(events, "n2")]
    assert times[-1] - times[0] == pytest.approx(0.45, abs=0.02)


def test_a_crash_loses_what_was_not_synced_and_the_node_starts_again_from_its_disk() -> None:
    """Memory is gone, module variables included; what was synced is there."""
    text = """
    lives = []
    async def node(node):
        lives.append(node.life)
        node.note("start", [lives, node.disk.read("kept"), node.disk.read("log", [])])
        node.disk.write("kept", node.life)
        await node.disk.sync()
        node.disk.append("log", node.life)
        await asyncio.sleep(10)
    """
    lost = set()
    for seed in range(20):
        _, events = run(text, Kill(target="n1", start_s=0.5, duration_s=0.5), seed=seed)
        first, second = notes(events, "n1")
        assert first == "start [[1], None, []]"
        assert second in ("start [[2], 1, []]", "start [[2], 1, [1]]")
        lost.add(second)
    assert len(lost) == 2


SYNCING = """
    async def node(node):
        node.note("woke", node.disk.read("log"))
        while True:
            node.disk.append("log", node.life)
            await node.disk.sync()
            node.note("synced", node.disk.read("log"))
            await asyncio.sleep(0.2)
"""


def test_a_disk_that_lies_loses_with_the_power_what_it_said_it_had_kept() -> None:
    """Not without a power cut, and not once an honest sync has followed."""
    lie = Lie(target="n1", start_s=0.1, duration_s=0.8)
    found = {}
    for seed in range(1, 9):
        cut = Kill(target="n1", start_s=0.75, duration_s=0.1)
        outcome, events = run(SYNCING, lie, cut, seed=seed)
        woke = notes(events, "n1")
        found[woke[[each[:4] for each in woke].index("woke", 1)]] = outcome.fired
    assert "woke [1]" in found
    assert found["woke [1]"][0] > 0
    later = Kill(target="n1", start_s=1.5, duration_s=0.1)
    _, events = run(SYNCING, lie, later)
    assert f"woke {[1] * 8}" in notes(events, "n1")
    _, events = run(SYNCING, lie)
    assert notes(events, "n1")[-1].count("1") > 8


def test_a_list_may_begin_after_nothing_and_nothing_else_can_be_appended_to() -> None:
    """None is no list yet; a number never is one, and the line that appends is told."""
    outcome, events = run("""
    async def node(node):
        node.disk.write("log", None)
        node.disk.append("log", 1)
        await node.disk.sync()
        node.note("log", node.disk.read("log"))
    """)
    assert outcome.verdict is Verdict.PASS
    assert notes(events, "n1") == ["log [1]"]
    outcome, _ = run("""
    async def node(node):
        node.disk.write("log", 7)
        node.disk.append("log", 1)
    """)
    assert "TypeError: log is 7 and no list" in outcome.judgements[0].seen
    assert "main.py:9" in outcome.judgements[0].seen


def test_whatever_a_dead_node_still_runs_has_no_effect() -> None:
    """Finally blocks, callbacks and new tasks of a dead node, then and when it is collected."""
    text = """
    async def node(node):
        async def later():
            node.send("n2", "from the dead")
        try:
            if node.name == "n1" and node.life == 1:
                node.spawn(other(node))
                await asyncio.sleep(100)
            while True:
                source, body = await node.inbox.get()
                node.note("heard", body)
        finally:
            node.send("n2", "from the dead")
            node.disk.write("x", 1)
            node.note("dead", 1)
            asyncio.get_event_loop().call_soon(node.send, "n2", "from the dead")
            asyncio.ensure_future(later())

    async def other(node):
        try:
            await asyncio.Event().wait()
        finally:
            node.note("dead", 2)
    """
    outcome, events = run(text, Kill(target="n1", start_s=0.5, duration_s=0.5))
    assert outcome.verdict is Verdict.PASS
    assert outcome.fired == (1,)
    assert notes(events) == []
    assert [e.what for e in events if e.node == "n1"] == ["up", "down", "up"]


def test_an_answer_to_an_earlier_life_is_none_to_this_one() -> None:
    """The numbers of calls never meet."""
    text = """
    async def node(node):
        async def answer(source, body):
            await asyncio.sleep(0.4)
            return body
        node.serve(answer)
        if node.name == "n1":
            await asyncio.sleep(0.3)
            node.note("got", [node.life, await node.rpc("n2", node.life)])
    """
    _, events = run(text, Kill(target="n1", start_s=0.4, duration_s=0.1))
    assert notes(events) == ["got [2, 2]"]


def test_a_skewed_clock_is_wrong_on_the_wall_only() -> None:
    """time.time and node.clock.time are; monotonic clocks and sleeps are not."""
    text = """
    import time
    async def node(node):
        await asyncio.sleep(0.5)
        before = time.monotonic()
        wall = time.time() - 1_767_225_600
        node.note("clocks", [round(wall, 3), round(node.clock.time(), 3)])
        await asyncio.sleep(0.1)
        node.note("slept", round(time.monotonic() - before, 3))
    """
    outcome, events = run(text, Skew(target="n1", start_s=0.1, duration_s=1, offset_ms=-250))
    assert notes(events, "n1") == ["clocks [0.25, 0.25]", "slept 0.1"]
    assert notes(events, "n2") == ["clocks [0.5, 0.5]", "slept 0.1"]
    assert outcome.fired == (2,)


def test_a_node_whose_disk_fails_it_stops_and_is_started_again() -> None:
    """That is no finding: disks fail; a node that handles it goes on."""
    text = """
    async def node(node):
        node.note("life", node.life)
        while True:
            await asyncio.sleep(0.3)
            node.disk.write("a", 1)
            await node.disk.sync()
    """
    outcome, events = run(text, Disk(target="n1", start_s=0.0, duration_s=1.5, ratio=1.0))
    assert outcome.verdict is Verdict.PASS
    assert notes(events, "n1") == ["life 1", "life 2", "life 3"]
    assert outcome.fired == (2,)


def test_a_node_without_power_does_not_come_back_before_the_power_does() -> None:
    """Its disk stopped it just before, and it would have been started again meanwhile."""
    text = """
    async def node(node):
        node.note("up at", round(node.clock.monotonic(), 3))
        await asyncio.sleep(0.3)
        node.disk.write("a", 1)
    """
    faults = (
        Disk(target="n1", start_s=0.0, duration_s=0.35, ratio=1.0),
        Kill(target="n1", start_s=0.4, duration_s=0.9),
    )
    _, events = run(text, *faults)
    assert notes(events, "n1") == ["up at 0.0", "up at 1.3"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (
            """
    async def node(node):
        await asyncio.sleep(0.1)
        [][1]
    """,
            "IndexError: list index out of range, at main.py:9 (at 0.100 s)",
        ),
        (
            """
    async def node(node):
        async def beside():
            raise KeyError("a")
        node.spawn(beside())
        await asyncio.sleep(1)
    """,
            "KeyError: 'a', at main.py:9",
        ),
        (
            """
    import sys
    async def node(node):
        sys.exit(3)
    """,
            "SystemExit: 3, at main.py:9",
        ),
        (
            """
    async def node(node):
        raise KeyboardInterrupt
    """,
            "KeyboardInterrupt, at main.py:8",
        ),
        (
            """
    async def node(node):
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
    async def fail():
        raise KeyError("deep")
    """,
            "KeyError: 'deep', at main.py:11",
        ),
        (
            """
    async def node(node):
        await asyncio.sleep(float("nan"))
    """,
            "not after nan, at main.py:8",
        ),
        (
            """
    def node(node):
        pass
    """,
            "write async def node",
        ),
        (
            """
    async def node(node):
        async def beside():
            raise KeyError("b")
        task = asyncio.create_task(beside())
        await asyncio.sleep(100)
    """,
            "KeyError: 'b', at main.py:9",
        ),
        (
            """
    async def node(node):
        async def answer(source, body):
            return 1 / body
        node.serve(answer)
        if node.name == "n1":
            await node.rpc("n2", 0)
    """,
            "ZeroDivisionError: division by zero, at main.py:9",
        ),
        (
            """
    async def node(node):
        open("/etc/passwd")
    """,
            "main.py:8: the file '/etc/passwd' is not to be had in a simulation",
        ),
        (
            """
    async def node(node):
        while True:
            await asyncio.sleep(0)
    """,
            "100,000 steps at one moment, the last at main.py:9",
        ),
        (
            """
    CLIENTS = 1
    async def node(node):
        await node.inbox.get()
    async def client(client):
        await client.inbox.get()
    """,
            "c1 waits at main.py:11, and nothing is due",
        ),
        (
            """
    async def node(node):
        await node.rpc("n9", 1)
    """,
            "LookupError: there is no node 'n9' to send to, there are n1, n2, at main.py:8",
        ),
        (
            """
    async def node(node):
        await node.inbox.get()
    async def finish(client):
        await client.rpc("n1", "are you done?")
    """,
            "it still waits at main.py:10",
        ),
    ],
)
def test_what_is_wrong_without_any_check_is_found_with_its_line(text: str, seen: str) -> None:
    """Errors that nobody handles, real files, loops without end, deadlocks, no progress."""
    outcome, _ = run(text)
    assert outcome.verdict is Verdict.FAIL
    assert seen in outcome.judgements[0].seen


def test_who_sleeps_for_ever_is_never_woken_and_time_goes_on() -> None:
    """The world's own timers are due as ever."""
    outcome, events = run("""
    async def node(node):
        node.spawn(asyncio.sleep(float("inf")))
        await asyncio.sleep(0.5)
        node.note("awake")
    """)
    assert outcome.verdict is Verdict.PASS
    assert outcome.time_s == 3.0
    assert notes(events, "n1") == ["awake None"]


@pytest.mark.parametrize(
    "line",
    ["return False", "return True", "return 'x'", "return ['x']", "yield None", "return 3"],
)
@pytest.mark.parametrize("word", ["def", "async def"])
def test_an_answer_that_is_no_judgement_is_no_verdict(word: str, line: str) -> None:
    """It is told what a check does."""
    outcome, _ = run(f"""
    async def node(node): ...
    {word} check_it(history):
        {line}
    """)
    assert outcome.verdict is Verdict.UNKNOWN
    assert "a check fails an assertion, or returns judgements" in outcome.judgements[0].seen


def test_a_call_to_nobody_fails_at_once_and_leaves_nothing_behind() -> None:
    """Not even a timeout that nobody waits for."""
    outcome, events = run("""
    async def node(node):
        for to, body in (("nobody", 1), (node.peers[0], {1, 2})):
            try:
                await node.rpc(to, body, timeout=0.1)
            except (LookupError, TypeError) as error:
                node.note(type(error).__name__)
        try:
            await node.rpc(node.peers[0], 1, timeout=0.2)
        except TimeoutError:
            node.note("late")
    """)
    assert outcome.verdict is Verdict.PASS, outcome.judgements
    assert notes(events, "n1") == ["LookupError None", "TypeError None", "late None"]


def test_what_one_who_was_cancelled_has_left_is_for_the_next_who_waits() -> None:
    """It comes before what arrives later."""
    _, events = run("""
    async def node(node):
        async def take(name):
            node.note(name, (await node.inbox.get())[1])

        first, second = node.spawn(take("first")), node.spawn(take("second"))
        await asyncio.sleep(0)
        node.inbox.put("n2", 1)
        first.cancel()
        await asyncio.sleep(0.1)
        node.note("later")
        node.inbox.put("n2", 2)
        node.note("left", len(node.inbox))
    """)
    assert notes(events, "n1") == ["second 1", "later None", "left 1"]


def test_a_handler_may_decline_and_the_caller_is_told() -> None:
    """Saying no is no finding."""
    text = """
    from practicum.simulation.node import CallFailed, Declined
    async def node(node):
        async def answer(source, body):
            raise Declined("not now")
        node.serve(answer)
        if node.name == "n1":
            try:
                await node.rpc("n2", 0)
            except CallFailed as error:
                node.note("no", str(error))
    """
    outcome, events = run(text)
    assert outcome.verdict is Verdict.PASS
    assert notes(events) == ["no 'Declined: not now'"]


def test_nodes_share_no_memory_not_even_modules_beside_the_file() -> None:
    """Every life has its own copy of each, and changing a body that was sent changes nothing."""
    program = program_of(
        """
    import shared
    async def node(node):
        shared.seen.append(node.name)
        body = [1]
        if node.name == "n1":
            node.send("n2", body)
            body.append(2)
        else:
            node.note("all", [(await node.inbox.get())[1], shared.seen])
    """,
        shared="seen = []\n",
    )
    _, events = traced(program, prepare(program), planned())
    assert notes(events) == ["all [[1], ['n2']]"]


def test_buggify_points_are_active_in_some_runs_and_fire_now_and_then() -> None:
    """A quarter of the sites, a quarter of the time; never without the setting."""
    text = """
    async def node(node):
        if node.name == "n1":
            for number in range(400):
                if node.buggify(f"site {number // 100}"):
                    node.note("rare", number // 100)
    """
    assert run(text, buggify=False)[0].buggified == 0
    counts = [run(text, buggify=True, seed=seed)[0].buggified for seed in range(40)]
    assert 10 < sum(counts) / 40 < 45
    assert {count > 0 for count in counts} == {True, False}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("async def nod(node): ...", "async def node(...) is missing"),
        ("async def node(node): ...\nNODES = -1", "-1 for names"),
        ("async def node(node): ...\nNODES = True", "True for names"),
        ("async def node(node): ...\nNODES = ('N1',)", "names in small letters"),
        ("async def node(node): ...\nNODES = ('a', 'b', 'a')", "the name a is missing or wrong"),
        ("async def node(node): ...\nNODES = ('finish',)", "the name finish"),
        ("async def node(node): ...\nFAULTS = ('flood',)", "name some of kill, pause"),
        ("async def node(node): ...\nDURATION_S = 'long'", "DURATION_S = 'long'"),
        ("async def node(node): ...\n1 / 0", "main.py:7: ZeroDivisionError"),
        ("async def node(node) ...", "main.py:6: this is not Python"),
        ("import asyncio\nimport subprocess\nsubprocess.run('ls')", "main.py:8: "),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(text: str, said: str) -> None:
    """And with what to do."""
    with pytest.raises(ProgramError) as found:
        prepare(program_of(text))
    assert said in str(found.value)
