"""A check on a live range: right files pass, wrong ones fail, and the blame falls where it must."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
import pytest_asyncio

from practicum.checking.verdict import Verdict
from practicum.labs.check import machine
from practicum.labs.check.checking import CheckReport, check
from practicum.labs.check.memory import recall, remember
from practicum.labs.lab import Lab
from practicum.labs.signing import verify
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeFolder
from practicum.servers.ranges import wipe_range
from worlds.small_lab import DOUBLE, ENDLESS, RIGHT, UNFINISHED, Notes, learner_files, make_lab

NAME = "lab-charge-once"
SPINNERS = 12
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.serial,
    pytest.mark.xdist_group("lab-range"),
]


@pytest.fixture(autouse=True)
def well_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else runs on the machine of the tests is none of theirs, unless they say so."""
    if "busy_machine" not in request.fixturenames:
        for limit in (
            "RUNNING_PER_CORE_MAX",
            "STEAL_MAX",
            "IOWAIT_MAX",
            "DISK_MS_MAX",
            "LATE_SHARE_MAX",
        ):
            monkeypatch.setattr(machine, limit, 1e9)


class Desk:
    """A learner's home with a lab in it, and the lab's range."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lab = make_lab(home / "lab")

    async def check(
        self, text: str, notes: Notes | None = None, lab: Lab | None = None, **how: object
    ) -> CheckReport:
        """Save the text as the learner's file, and check it."""
        files = learner_files(self.home / "workspace", text)
        notes = notes or Notes()
        how = {"home": self.home, "range_name": NAME, "narrator": notes, **how}
        return await check(lab or self.lab, files, **how)  # type: ignore[arg-type]

    @property
    def folder(self) -> Path:
        """The range's."""
        return RangeFolder(self.home, NAME).path

    async def states(self) -> dict[str, str]:
        """How each process of the range is."""
        status = await RangeClient.of(self.home, NAME).status()
        return {member.name: member.state for member in status.members}


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """More processes that want a processor than there are, though all give way to others."""
    spin = "import os; os.nice(19)\nwhile True: pass"
    spinners = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(SPINNERS)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One home for all; each check gets a shelf of its own."""
    home = tmp_path_factory.mktemp("home")
    for folder in (home, *home.parents[:2]):
        folder.chmod(0o711)
    yield Desk(home)
    await wipe_range(home, NAME)


async def test_right_files_pass_and_the_range_stays_up_with_them(desk: Desk) -> None:
    """The evidence is signed and whole, its page is drawn, and every check was heard of."""
    notes = Notes()
    report = await desk.check(RIGHT, notes)
    assert (report.verdict, report.blame) == (Verdict.PASS, "nobody"), report
    assert tuple(notes.judgements) == report.judgements
    assert len(report.judgements) == 5
    assert set((await desk.states()).values()) == {"ready"}
    assert report.path is not None
    assert verify(report.path).is_genuine
    assert report.page is not None
    assert "Your files hold." in report.page.read_text()
    assert {"probe", "range", "load", "experiment", "checks", "verdict", "total"} <= set(
        report.seconds
    )
    loaded = recall(desk.folder).loaded["payment"]["practicum.shop.payment.charging"]
    assert Path(loaded).read_text() == RIGHT


async def test_files_that_charge_twice_pass_in_calm_and_fail_under_faults(desk: Desk) -> None:
    """The wreckage of the failing run is none of the next one's: right files pass on the same
    range afterwards, and only payment was started again."""
    calm = await desk.check(DOUBLE, calm=True, attribute=False)
    assert calm.verdict is Verdict.PASS, calm
    notes = Notes()
    report = await desk.check(DOUBLE, notes)
    assert (report.verdict, report.blame) == (Verdict.FAIL, "learner"), report
    assert "solution passed" in report.reason
    failed = {x.test: x for x in report.judgements if x.verdict is Verdict.FAIL}
    twice = failed["test_no_effect_twice"]
    assert any("payment.charge" in line for line in twice.shown)
    assert twice.look_next == "which key does the bank get?"
    loaded = recall(desk.folder).loaded["payment"]["practicum.shop.payment.charging"]
    assert Path(loaded).read_text() == DOUBLE  # hers again, after the solution was heard
    lives = {m.name: m.restarts for m in (await RangeClient.of(desk.home, NAME).status()).members}
    again = await desk.check(RIGHT)
    assert again.verdict is Verdict.PASS, again
    now = {m.name: m.restarts for m in (await RangeClient.of(desk.home, NAME).status()).members}
    assert {name for name in now if now[name] != lives[name]} == {"payment"}


async def test_unfinished_files_are_told_before_anything_starts(desk: Desk) -> None:
    """File and line; the range is not touched, and nobody is to blame."""
    used = recall(desk.folder).shelves_used
    report = await desk.check(UNFINISHED)
    assert (report.verdict, report.blame) == (Verdict.FAIL, "nobody")
    assert "charging.py, line" in report.judgements[0].seen
    assert report.path is None
    assert recall(desk.folder).shelves_used == used


async def test_a_handler_that_never_ends_is_told_and_the_range_made_whole(desk: Desk) -> None:
    """The service that does not answer is named; the check itself comes to an end."""
    short = {**msgspec.to_builtins(desk.lab.spec.experiment), "settle_s": 15}
    lab = make_lab(desk.home / "short", experiment=short)
    report = await desk.check(ENDLESS, lab=lab, calm=True)
    assert report.verdict is Verdict.FAIL, report
    silent = report.judgements[0]
    assert silent.check == "every service answers"
    assert silent.seen.startswith("payment does not answer")
    assert report.blame == "learner"
    assert set((await desk.states()).values()) == {"ready"}
    assert recall(desk.folder).loaded["payment"] == {}


async def test_a_solution_that_fails_on_a_busy_machine_is_unknown(
    desk: Desk, busy_machine: None
) -> None:
    """The machine is to blame then; on a calm one the lab would be."""
    lab = make_lab(desk.home / "flawed", right=DOUBLE)
    report = await desk.check(RIGHT.replace(KEY, OTHER_KEY), lab=lab)
    assert (report.verdict, report.blame) == (Verdict.UNKNOWN, "machine"), report
    assert "processes wanted each of the" in report.reason


async def test_a_check_that_is_killed_leaves_a_range_for_the_next(desk: Desk) -> None:
    """Faults are lifted, nothing is left of its children, and no half-known file is trusted."""
    files = learner_files(desk.home / "killed", DOUBLE)
    program = Path(__file__).parents[1] / "worlds" / "check_small_lab.py"
    for wait_s in (2.5, 5.0):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, program, desk.home / "lab", files, desk.home),
            env={**os.environ, "PYTHONPATH": str(program.parents[1])},
            start_new_session=True,
        )
        await asyncio.sleep(wait_s)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        await process.wait()
        _, left = psutil.wait_procs(children, timeout=20)
        assert left == []
    report = await desk.check(RIGHT)
    assert report.verdict is Verdict.PASS, report
    assert (await RangeClient.of(desk.home, NAME).status()).faults == ()


async def test_an_interrupted_check_lifts_its_faults_and_says_so(desk: Desk) -> None:
    """As Ctrl-C does; the range stays up."""
    notes = Notes()
    checking = asyncio.create_task(desk.check(RIGHT, notes))
    async with asyncio.timeout(60):
        while not notes.news:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert "faults are lifted" in notes.news[-1]
    async with asyncio.timeout(10):
        while (await RangeClient.of(desk.home, NAME).status()).faults:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_shop_that_was_bought_empty_is_made_anew(desk: Desk) -> None:
    """When no shelf is left the range begins again, without anybody having to ask."""
    known = recall(desk.folder)
    known.shelves_used = 19
    remember(desk.folder, known)
    notes = Notes()
    report = await desk.check(RIGHT, notes, calm=True)
    assert report.verdict is Verdict.PASS, report
    assert any("made anew" in stage for stage in notes.stages)
    assert recall(desk.folder).shelves_used == 1


KEY, OTHER_KEY = 'return f"charge-{order_id}"', 'return f"charge-{order_id}-{id(object())}"'
