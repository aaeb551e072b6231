"""From a protocol file to a verdict, on as many cores as there are, and to a capsule."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import msgspec
import pytest

from practicum.checking.verdict import Verdict
from practicum.faults.fault import Kill
from practicum.labs.simulate import capsule as capsules
from practicum.labs.simulate.exploring import explore
from practicum.labs.simulate.fleet import SimulationFailed, expect, fresh
from practicum.labs.simulate.replaying import replay
from practicum.labs.simulate.simulating import Report, Wanted, simulate
from practicum.simulation.running.program import read_sources
from practicum.simulation.running.requests import Explore, Explored, Loaded, Shrink, Shrunk

PROTOCOLS = Path(__file__).parents[1] / "simulation" / "protocols"
QUIET = """
NODES = 2
CLIENTS = 0
DURATION_S = 1.0
SETTLE_S = 0.1
"""


def simulated(path: Path, home: Path, *, seeds: int = 150, cores: int = 2) -> Report:
    """A report, with its capsule in the home."""
    wanted = Wanted(seeds=seeds, cores=cores, capsule=home / "found.json")
    return simulate(path, home, wanted, lambda *_: None)


def written(folder: Path, text: str) -> Path:
    """A protocol file."""
    path = folder / "protocol.py"
    path.write_text(QUIET + textwrap.dedent(text))
    return path


@pytest.mark.parametrize(
    ("name", "seen"),
    [("register", "had been written"), ("payments", "was paid twice")],
)
def test_a_planted_bug_is_found_and_shrunk_to_few_faults(
    name: str, seen: str, tmp_path: Path
) -> None:
    """A stale read, and an effect that happens twice."""
    report = simulated(PROTOCOLS / f"{name}.py", tmp_path)
    assert report.verdict is Verdict.FAIL
    assert seen in report.said
    assert len(report.faults) <= 4
    assert report.tally.struck > 0


def test_a_vote_that_a_crash_loses_is_shrunk_to_at_most_four_crashes() -> None:
    """Found by the seeds around this one, from six faults of several kinds."""
    sources = read_sources(PROTOCOLS / "election.py")
    with fresh(sources) as worker:
        found = worker.ask(Explore(565, 600), Explored)
        assert found.setting is not None
        assert len(found.setting.plan.faults) == 6
        shrunk = worker.ask(Shrink(found.setting, "check_one_leader", 3000, 100.0), Shrunk)
    assert shrunk.outcome.verdict is Verdict.FAIL
    assert "has two leaders" in shrunk.outcome.judgements[0].seen
    faults = shrunk.setting.plan.faults
    assert len(faults) <= 4
    assert any(isinstance(fault, Kill) for fault in faults)


def test_the_repaired_election_passes_the_seeds_that_broke_the_planted_one(
    tmp_path: Path,
) -> None:
    """A vote that is synced before it is given is not lost."""
    text = (PROTOCOLS / "election.py").read_text().replace("KEPT = False", "KEPT = True")
    path = tmp_path / "election.py"
    path.write_text(text)
    with fresh(read_sources(path)) as worker:
        assert worker.ask(Explore(560, 600), Explored).outcome is None


def test_results_do_not_depend_on_the_number_of_cores() -> None:
    """The lowest seed that fails counts, and what was seen up to it."""
    sources = read_sources(PROTOCOLS / "payments.py")
    one, three = (explore(sources, 100, cores=cores, told=lambda _: None) for cores in (1, 3))
    assert one == three
    assert one.outcome is not None


def test_a_capsule_shows_the_same_failure_bare_and_in_the_sandbox(tmp_path: Path) -> None:
    """Our own runs bare, one from elsewhere in the sandbox, or bare if it is trusted."""
    home, other = tmp_path / "home", tmp_path / "other"
    for folder in (home, other):
        folder.mkdir()
    report = simulated(PROTOCOLS / "payments.py", home)
    path = Path(report.capsule)
    capsule, ran, sandboxed = replay(path, home)
    assert not sandboxed
    assert ran.sha256 == capsule.trace_sha256 == report.trace_sha256
    assert ran.outcome.judgements == report.judgements
    for trust in (True, False):
        _, elsewhere, sandboxed = replay(path, other, trust=trust)
        assert sandboxed is not trust
        assert elsewhere == ran


def _changed(path: Path, change: object) -> Path:
    document = json.loads(path.read_bytes())
    change(document)  # type: ignore[operator]
    other = path.with_name("changed.json")
    other.write_text(json.dumps(document))
    return other


def test_a_capsule_that_was_changed_or_made_by_another_version_is_refused_by_name(
    tmp_path: Path,
) -> None:
    """A changed file, another engine, another Python; a changed setting is no longer ours."""
    path = Path(simulated(PROTOCOLS / "payments.py", tmp_path).capsule)

    def edit(document: dict[str, object]) -> None:
        document["sources"]["files"]["payments.py"] += "\n# changed"  # type: ignore[index]

    for change, said in (
        (edit, "payments.py in it was changed"),
        (lambda d: d.update(engine=99), "was made by engine 99"),
        (lambda d: d.update(python="2.7.18"), "was made by python 2.7"),
        (lambda d: d.update(practicum="9.9"), "was made by practicum 9.9"),
        (lambda d: d.update(kind="other"), "is no capsule"),
        (lambda d: d.update(sources={"main": "../x.py", "files": {"../x.py": ""}}), "../x.py"),
    ):
        with pytest.raises(capsules.BadCapsule) as refused:
            capsules.read(_changed(path, change))
        assert said in str(refused.value)
    ours = capsules.read(path)
    assert capsules.is_own(ours, tmp_path)
    other = msgspec.structs.replace(ours, found_seed=12345)
    assert not capsules.is_own(other, tmp_path)


def test_what_differs_in_a_fresh_process_is_called_not_deterministic_with_its_line(
    tmp_path: Path,
) -> None:
    """A set of objects is walked in the order of their addresses."""
    path = written(
        tmp_path,
        """
        class Thing:
            def __init__(self, number):
                self.number = number

        async def node(node):
            for thing in {Thing(number) for number in range(30)}:
                node.note("saw", thing.number)

        def check_order(history):
            numbers = [note.value for note in history.notes]
            assert numbers == sorted(numbers), "out of order"
        """,
    )
    report = simulated(path, tmp_path, cores=1)
    assert report.verdict is Verdict.UNKNOWN
    assert report.said.startswith("not deterministic: two runs part at event ")
    assert "protocol.py:13" in report.said
    assert report.divergence is not None
    assert not report.capsule


@pytest.mark.parametrize(
    "line",
    [
        "node.note('saw', id(node))",
        "node.note('saw', list({(None, number) for number in range(20)}) if OLD else id(node))",
        "import string as s; s.kept = getattr(s, 'kept', 0) + 1; node.note('saw', s.kept)",
    ],
)
def test_a_pass_that_comes_out_differently_is_told_with_its_line_too(
    line: str, tmp_path: Path
) -> None:
    """Addresses (before 3.12 that of None is its hash), and what is kept between runs."""
    path = written(
        tmp_path,
        f"""
        import sys
        OLD = sys.version_info < (3, 12)

        async def node(node):
            {line}

        def check_nothing(history): ...
        """,
    )
    report = simulated(path, tmp_path, cores=1)
    assert report.verdict is Verdict.UNKNOWN
    assert report.said.startswith("not deterministic: two runs part at event "), report.said
    assert "protocol.py:11" in report.said


@pytest.mark.parametrize(
    ("text", "seeds", "said"),
    [
        ("async def node(node): ...", 150, "nothing was done in any run"),
        ("async def node(node): node.note('up')", 1, "no fault was in any plan"),
        (
            "CLIENTS = 1\nasync def node(node): node.note('up')\n"
            "async def client(client): client.invoke('ask').fail()",
            150,
            "nothing was done in any run",
        ),
        (
            "FAULTS = ('partition',)\nasync def node(node): node.note('up')",
            150,
            "faults were planned and none had an effect",
        ),
    ],
)
def test_a_pass_that_proves_nothing_is_no_pass(
    text: str, seeds: int, said: str, tmp_path: Path
) -> None:
    """It is unknown, and says why."""
    path = written(tmp_path, "def check_nothing(history): ...\n" + text)
    report = simulated(path, tmp_path, seeds=seeds)
    assert report.verdict is Verdict.UNKNOWN
    assert said in report.said


def test_what_is_no_answer_of_a_worker_is_told_in_a_sentence() -> None:
    """Code that has found the way to its process's stdout can write what it likes."""
    for line in (b"{}", b"nothing", b'{"type":"Loaded"}'):
        with pytest.raises(SimulationFailed, match="a worker answered with something else: "):
            expect(line, Loaded)


def test_a_pass_under_faults_is_a_pass_and_names_faults_without_effect(tmp_path: Path) -> None:
    """Nobody sends a message here, so that nothing can be cut off."""
    path = written(
        tmp_path,
        """
        FAULTS = ("partition", "kill")

        async def node(node):
            node.note("life", node.life)

        def check_lives(history):
            assert history.notes
        """,
    )
    report = simulated(path, tmp_path)
    assert report.verdict is Verdict.PASS
    assert report.silent == ("partition",)
    assert report.tally.fired["kill"] > 10


def test_a_check_that_fails_itself_leaves_the_verdict_unknown(tmp_path: Path) -> None:
    """With its line."""
    path = written(
        tmp_path,
        """
        async def node(node):
            node.note("up")

        def check_something(history):
            return history.nothing
        """,
    )
    report = simulated(path, tmp_path)
    assert report.verdict is Verdict.UNKNOWN
    assert "the check itself failed: AttributeError" in report.said
    assert "protocol.py:11" in report.said
