"""Load in real driver processes against a server whose latency and stalls are known."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from practicum.stress.arrivals import steady
from practicum.stress.driver import Assignment
from practicum.stress.figures import Latencies
from practicum.stress.load import DriverFailed, LoadReport, Progress, drive
from worlds.known_server import KnownServer

TESTS = str(Path(__file__).parents[1])


@pytest.fixture(autouse=True)
def _tests_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", TESTS)


def assignment(url: str, rate: float, duration_s: float, **more: object) -> Assignment:
    """Questions to the known server."""
    known = {"peers": {"known": url}, "source": "worlds.known_server:questions", "settings": {}}
    return Assignment(**known, profile=steady(rate, duration_s), **more)  # type: ignore[arg-type]


async def load(server: KnownServer, rate: float, duration_s: float, **more: object) -> LoadReport:
    """Drive it, with one process unless said otherwise."""
    drivers = int(str(more.pop("processes", 1)))
    async with server.serving() as url:
        what = assignment(url, rate, duration_s, **more)
        return await drive(what, lambda progress: None, drivers)


async def test_a_known_latency_is_found_again() -> None:
    """Nothing is faster than the server, and every request is counted once."""
    server = KnownServer(latency_s=0.05)
    report = await load(server, 100, 2)
    assert sorted(server.seen) == list(range(200))
    assert (report.sent, report.good, report.errors) == (200, 200, {})
    assert report.latency.p50_ms >= 49.9
    assert report.latency.p50_ms <= report.latency.p90_ms <= report.latency.p99_ms
    assert report.latency.p99_ms <= report.latency.p999_ms <= report.latency.max_ms


async def test_a_stall_is_seen_by_all_requests_that_were_due_in_it() -> None:
    """Of 4 s the server stands still for 2: half the requests met that, though a closed loop
    would have shown one slow request of hundreds."""
    server = KnownServer()
    server.stall_at, server.stall_s = 100, 2.0
    report = await load(server, 100, 4)
    latencies = Latencies()
    latencies.merge(report.histogram)
    assert report.sent == 400
    # The k-th request due in the stall waits 2 s less k hundredths: 150 of 400 wait over 0.5 s.
    assert latencies.at_ms(100 * (1 - 150 / 400) + 1) >= 500
    assert report.latency.p99_ms >= 1900


async def test_errors_are_counted_by_their_code_and_kept_apart() -> None:
    """A server that fails fast must not look fast."""
    server = KnownServer()
    server.fail_every = 4
    report = await load(server, 100, 1)
    assert (report.good, report.errors) == (75, {"unavailable": 25})


async def test_nobody_there_is_an_error_of_each_request_not_of_the_load() -> None:
    """The report says refused, as often as was tried."""
    async with KnownServer().serving() as url:
        pass
    report = await drive(assignment(url, 50, 1), lambda progress: None)
    assert (report.good, report.errors) == (0, {"refused": 50})


async def test_an_answer_that_does_not_come_is_an_error_after_the_timeout() -> None:
    """And its connection is not used again."""
    report = await load(KnownServer(latency_s=30), 20, 0.5, timeout_s=0.3)
    assert report.errors == {"deadline_exceeded": 10}


async def test_several_drivers_share_the_requests() -> None:
    """Each number is asked for once, whoever asks."""
    server = KnownServer()
    report = await load(server, 200, 1, processes=2, spacing="poisson", seed=5)
    assert sorted(server.seen) == list(range(report.sent))
    assert report.drivers == 2


async def test_users_think_between_their_requests() -> None:
    """A hundred people who think half a second ask about two hundred times a second."""
    server = KnownServer()
    report = await load(server, 1, 2, users=100, think_s=0.5)
    assert 200 < report.sent < 600
    assert len(server.seen) == len(set(server.seen)) == report.sent


async def test_progress_is_told_and_ends_with_everything() -> None:
    """For the picture on the terminal."""
    seen: list[Progress] = []
    async with KnownServer().serving() as url:
        report = await drive(assignment(url, 50, 1), seen.append, 2)
    assert seen[-1].done == report.sent == 50
    assert len(seen) > 2


async def test_a_driver_that_cannot_work_is_told_in_its_words() -> None:
    """A source that does not exist, for one."""
    broken = assignment("http://127.0.0.1:1", 1, 1)
    broken = Assignment(peers={}, source="nowhere:x", settings={}, profile=broken.profile)
    with pytest.raises(DriverFailed, match="No module named 'nowhere'"):
        await drive(broken, lambda progress: None)


async def test_no_driver_outlives_whoever_wanted_the_figures() -> None:
    """SIGKILL to the parent: the driver sees its stdin end, and leaves."""
    program = (
        "import asyncio, sys\nfrom stress.test_load import assignment\n"
        "from practicum.stress.load import drive\n"
        "asyncio.run(drive(assignment(sys.argv[1], 20, 600), lambda p: print(p, flush=True)))"
    )
    async with KnownServer().serving() as url:
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, url), stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        await parent.stdout.readline()
        children = psutil.Process(parent.pid).children()
        assert children
        parent.kill()
        await parent.wait()
        async with asyncio.timeout(60):
            while any(child.is_running() for child in children):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
