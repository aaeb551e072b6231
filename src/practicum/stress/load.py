"""Load from one or several driver processes, and the figures of all together."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence

import msgspec

from practicum.stress.driver import Assignment, Word
from practicum.stress.figures import Summary, Tally, summary

_LINE_BYTES_MAX = 4_194_304
LATE_MS = 10.0
"""From this p99 on, the driver's own lateness colours the figures."""


class DriverFailed(Exception):
    """A driver ended before its time; the message is its last words."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """All drivers together, so far."""

    elapsed_s: float
    due: int
    done: int
    failed: int


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a load came to. Latencies count from when a request was due.

    ``latency`` is of requests that were answered well, ``failed`` of the others, which
    ``errors`` counts by code. ``late`` is the driver's own lateness, part of both.
    ``achieved_rate`` is well answered requests per second, ``driver_cpu_us`` the processor time
    that the drivers took for each request.
    """

    sent: int
    good: int
    errors: dict[str, int]
    seconds: float
    achieved_rate: float
    latency: Summary
    failed: Summary
    late: Summary
    drivers: int
    driver_cpu_us: float
    histogram: bytes


async def drive(
    assignment: Assignment, on_progress: Callable[[Progress], None], drivers: int = 1
) -> LoadReport:
    """Share the assignment among so many processes, and wait for the end.

    Cancelled, it leaves no process behind; nor when this process is killed. Raises
    `DriverFailed`.
    """
    last: list[Word | None] = [None] * drivers

    def heard(index: int, word: Word) -> None:
        last[index] = word
        words = [each for each in last if each is not None]
        on_progress(
            Progress(
                elapsed_s=max(each.elapsed_s for each in words),
                due=sum(each.due for each in words),
                done=sum(each.done for each in words),
                failed=sum(each.failed for each in words),
            )
        )

    parts = [
        msgspec.structs.replace(assignment, index=index, drivers=drivers)
        for index in range(drivers)
    ]
    running = [asyncio.create_task(_one(part, heard)) for part in parts]
    try:
        return _report(await asyncio.gather(*running))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _one(part: Assignment, heard: Callable[[int, Word], None]) -> Word:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "practicum.stress.driver"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        limit=_LINE_BYTES_MAX,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    dying_words = asyncio.create_task(process.stderr.read())
    word = None
    try:
        process.stdin.write(msgspec.json.encode(part) + b"\n")
        async for line in process.stdout:
            word = msgspec.json.decode(line, type=Word)
            heard(part.index, word)
        await process.wait()
        if word is None or word.final is None:
            said = (await dying_words).decode(errors="replace").strip().splitlines()
            raise DriverFailed(f"a load driver failed: {said[-1] if said else 'without a word'}")
        return word
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        dying_words.cancel()


def _report(words: Sequence[Word]) -> LoadReport:
    tally = Tally()
    tally.merge(word.final for word in words if word.final is not None)
    seconds = max(word.elapsed_s for word in words)
    return LoadReport(
        sent=tally.done,
        good=tally.good.count,
        errors=dict(tally.errors.most_common()),
        seconds=round(seconds, 3),
        achieved_rate=round(tally.good.count / seconds, 2),
        latency=summary(tally.good),
        failed=summary(tally.failed),
        late=summary(tally.late),
        drivers=len(words),
        driver_cpu_us=round(sum(word.cpu_s for word in words) / max(1, tally.done) * 1e6, 1),
        histogram=tally.good.encoded,
    )
