"""Files of somebody's own, hostile or clumsy, in a live shop: told plainly, and nothing else
suffers."""

from __future__ import annotations

import asyncio
import os
import re
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from practicum.labs.check.stacks import where_in
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.servers.control import MemberStatus
from practicum.servers.guardian import MARK_VARIABLE
from practicum.servers.home import RangeError
from practicum.servers.process.confinement import LOG_BYTES_MAX
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.tracing import QuietTracer
from practicum.shop.payment import service as payment_service
from practicum.shop.payment.messages import GET_PAYMENT, GetPayment
from worlds.live_shop import Trial, shop_range

MODULE = "practicum.shop.payment.service"
ORIGINAL = Path(payment_service.__file__).read_text()
WAIT_S = 60.0
OURS = "PRACTICUM_TEST_CONFINEMENT"
"""In the environment of whatever comes from this module's range, other than from somebody's."""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("confined-range"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RangeClient]:
    """A range of this module's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OURS, str(os.getpid()))
        async with shop_range(tmp_path_factory.mktemp("home"), "confined") as client:
            yield client


class Learner:
    """Puts a payment service of its own into the range, and uses it."""

    def __init__(self, shop: RangeClient, folder: Path) -> None:
        self.shop = shop
        self.file = folder / "payment.py"
        self.hostile_line = 0

    async def runs(self, source: str) -> None:
        """Restart payment with the file."""
        self.file.write_text(source)
        await self.shop.restart("payment", replaces={MODULE: str(self.file)})

    async def charges_with(self, code: str) -> None:
        """Let payment run ``code`` whenever it is asked about a payment."""
        assert "async def get_payment" in ORIGINAL
        body = textwrap.indent(textwrap.dedent(code).strip() + "\n", " " * 8)
        head = "    async def get_payment(request: GetPayment) -> PaymentView:\n"
        before, after = ORIGINAL.split(head)
        self.hostile_line = (before + head).count("\n") + 1
        await self.runs(before + head + body + after)

    async def is_asked(self, timeout_s: float = 2.0) -> None:
        """Ask about a payment, whatever comes of it."""
        world = LiveWorld()
        peers = addresses(await self.shop.status())
        async with HttpCaller(peers, world=world, tracer=QuietTracer(world)) as caller:
            try:
                await caller.call(GET_PAYMENT, GetPayment("o-none"), timeout_s=timeout_s)
            except Exception:
                return

    async def payment(self) -> MemberStatus:
        """Payment now."""
        return next(m for m in (await self.shop.status()).members if m.name == "payment")

    async def until(self, condition: Callable[[MemberStatus], bool]) -> MemberStatus:
        """Wait until something holds of payment."""
        async with asyncio.timeout(WAIT_S):
            while not condition(found := await self.payment()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        return found

    async def until_over_limit(self) -> MemberStatus:
        """Wait until it was ended; everybody else must be well."""
        found = await self.until(lambda member: member.state == "over limit")
        assert found.pid is None
        others = [m for m in (await self.shop.status()).members if m.name != "payment"]
        assert {member.state for member in others} == {"ready"}
        assert {member.restarts for member in others} == {0}
        return found


@pytest_asyncio.fixture(loop_scope="module")
async def learner(shop: RangeClient, tmp_path: Path) -> AsyncIterator[Learner]:
    """Somebody with a file; afterwards the shop's own is back, works, and is alone."""
    learner = Learner(shop, tmp_path)
    yield learner
    await shop.restart("payment", replaces={})
    assert marked_processes() == []
    async with Trial.at(shop) as trial:
        await trial.order(rate=5, duration_s=0.6)
        assert await trial.failures() == []
        assert trial.crowd.accepted


def marked_processes() -> list[int]:
    """All that live and came from a confined service."""
    found = []
    for process in psutil.process_iter():
        try:
            environ = process.environ()
            if (
                MARK_VARIABLE in environ
                and environ.get(OURS) == str(os.getpid())
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


async def test_a_correct_file_serves_as_the_original_does(learner: Learner) -> None:
    """Limits are not felt by who stays within them, and it is the file that runs."""
    await learner.charges_with("print('my own file runs', flush=True)")
    await learner.is_asked()
    assert "my own file runs" in await learner.shop.logs("payment")
    async with Trial.at(learner.shop) as trial:
        await trial.order(rate=10, duration_s=1)
        assert await trial.failures() == []


async def test_an_endless_loop_is_found_by_its_stack(learner: Learner) -> None:
    """The loop answers nobody; the line it is in can be asked for, and is in the log."""
    await learner.charges_with("n = 0\nwhile True:\n    n += 1")
    await learner.is_asked(timeout_s=0.5)
    stack = await learner.shop.stacks("payment")
    place = where_in(stack, {str(learner.file)})
    assert place is not None
    assert place.line in range(learner.hostile_line, learner.hostile_line + 3)
    assert set(stack) <= set(await learner.shop.logs("payment", 1000))
    await learner.until(lambda member: member.state == "unhealthy")


async def test_only_somebodys_own_files_are_asked_for_stacks(learner: Learner) -> None:
    """A signal that nobody handles would end the process."""
    before = (await learner.shop.status()).members
    with pytest.raises(RangeError, match="files of yours"):
        await learner.shop.stacks("order")
    after = (await learner.shop.status()).members
    assert [member.pid for member in before] == [member.pid for member in after]


async def test_megabytes_of_output_leave_a_small_log_with_its_end(learner: Learner) -> None:
    """The newest lines are there, and a line says how much is not."""
    await learner.charges_with(
        "for i in range(400):\n    print(('%05d ' % i) * 20_000, flush=True)\nprint('the end')"
    )
    log = Path((await learner.shop.status()).folder) / "logs" / "payment.log"
    await learner.is_asked(timeout_s=30)
    # On a busy machine whoever asks has given up before all is written.
    async with asyncio.timeout(WAIT_S):
        while "the end" not in await learner.shop.logs("payment", 100):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while log.stat().st_size > LOG_BYTES_MAX:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    lines = await learner.shop.logs("payment", 100)
    assert "the end" in lines
    notes = [line for line in lines if re.match(r"--- \d+\.\d MB before this line", line)]
    assert notes
    assert (await learner.payment()).state == "ready"


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True: os.fork()",
        "import subprocess\nwhile True: subprocess.Popen(['sleep', '600'], start_new_session=True)",
        "import os\nfor n in range(200): os.system('setsid sleep 600 &')",
        "import subprocess\n"
        "subprocess.Popen(['sh', '-c', 'for i in $(seq 200); do sleep 600 & done; wait'])",
        "import subprocess\n"
        "subprocess.Popen(['sh', '-c', 'for i in $(seq 200); do setsid sleep 600 & done'])",
    ],
    ids=["forks", "sessions", "orphans", "shell", "hidden by a shell"],
)
async def test_a_fork_bomb_is_ended_as_a_whole(learner: Learner, code: str) -> None:
    """However it goes about it, it ends, is not started again, and is told."""
    await learner.charges_with(code)
    await learner.is_asked(timeout_s=0.5)
    member = await learner.until_over_limit()
    assert "started more than 64 processes" in member.detail
    assert "restarted" in member.detail
    assert marked_processes() == []


async def test_one_that_forks_knows_its_line(learner: Learner) -> None:
    """What Python starts is seen by Python."""
    await learner.charges_with("import os\nwhile True: os.fork()")
    await learner.is_asked(timeout_s=0.5)
    member = await learner.until_over_limit()
    assert f"(in payment.py, line {learner.hostile_line + 1})" in member.detail


async def test_eaten_memory_is_told(learner: Learner) -> None:
    """Before the machine has none left."""
    await learner.charges_with("kept = []\nwhile True:\n    kept.append(b'x' * (16 << 20))")
    await learner.is_asked(timeout_s=0.5)
    member = await learner.until_over_limit()
    assert "it used more than 1 GB of memory" in member.detail


async def test_a_file_without_end_is_told_with_its_line(learner: Learner) -> None:
    """The disk is everybody's."""
    large = learner.file.with_name("large")
    await learner.charges_with(
        f"with open({str(large)!r}, 'wb') as file:\n"
        "    file.truncate((256 << 20) - 1000)\n    file.seek(0, 2)\n"
        "    while True:\n        file.write(bytes(1 << 16))"
    )
    await learner.is_asked(timeout_s=0.5)
    member = await learner.until_over_limit()
    assert "it wrote a file of more than 256 MB (in payment.py, line" in member.detail
    large.unlink()


async def test_one_that_ends_itself_at_once_is_told_with_its_last_words(learner: Learner) -> None:
    """The restart says so, with what it said before it died."""
    source = ORIGINAL.replace(
        '    """Payment on its ports."""',
        "    print('these are my last words', flush=True)\n    raise SystemExit(4)",
    )
    with pytest.raises(RangeError, match=r"(?s)crash loop.*exit code 4.*my last words"):
        await learner.runs(source)
    others = [m for m in (await learner.shop.status()).members if m.name != "payment"]
    assert {member.state for member in others} == {"ready"}


async def test_what_a_service_leaves_behind_is_ended_with_it(learner: Learner) -> None:
    """A daemon in a session of its own, without a parent, is known by its mark."""
    await learner.charges_with(
        "import subprocess, os\n"
        "subprocess.Popen(['sh', '-c', 'setsid sleep 600 & exit'])\nos._exit(0)"
    )
    pid = (await learner.payment()).pid
    await learner.is_asked(timeout_s=0.5)
    member = await learner.until(lambda member: member.state == "ready" and member.pid != pid)
    assert marked_processes() == [member.pid]


async def test_the_supervisors_words_are_not_for_the_files_to_read(learner: Learner) -> None:
    """input() finds nothing, and a crash point that is armed later still strikes."""
    await learner.charges_with(
        "try:\n    input()\nexcept EOFError:\n    print('nobody types', flush=True)"
    )
    await learner.is_asked()
    assert "nobody types" in await learner.shop.logs("payment")
    await learner.shop.arm("payment", "payment.charged")
    async with Trial.at(learner.shop) as trial:
        await trial.order(rate=5, duration_s=1)
        assert await trial.failures() == []
    assert [hit.point for hit in await learner.shop.hits()][-1] == "payment.charged"


async def test_the_range_can_be_used_while_a_service_is_over_its_limit(learner: Learner) -> None:
    """Correcting the file and restarting is all that it takes."""
    await learner.charges_with("import os\nwhile True: os.fork()")
    await learner.is_asked(timeout_s=0.5)
    await learner.until_over_limit()
    await learner.runs(ORIGINAL)
    assert (await learner.payment()).state == "ready"
