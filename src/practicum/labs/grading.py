"""Run checks against a range, in a process of their own, and collect their judgements."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment import Observations

PYTEST_NO_TESTS = 5
CHECKS_TIMEOUT_S = 120.0


async def grade(
    checks: Path, observations: Observations, *, on_judgement: Callable[[Judgement], None]
) -> list[Judgement]:
    """Run the tests of the file ``checks``; ``on_judgement`` hears of each as it ends.

    What keeps the checks from running at all is an unknown judgement with the reason.
    """
    with tempfile.TemporaryDirectory(prefix="practicum-checks-") as folder:
        notes, report = Path(folder, "observations.json"), Path(folder, "report.jsonl")
        notes.write_bytes(msgspec.json.encode(observations))
        report.touch()
        process = await asyncio.create_subprocess_exec(
            *_pytest(checks, notes, report),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        following = asyncio.create_task(_follow(report, on_judgement))
        try:
            async with asyncio.timeout(CHECKS_TIMEOUT_S):
                output, _ = await process.communicate()
        except TimeoutError:
            output = b"the checks took longer than %d s" % CHECKS_TIMEOUT_S
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            following.cancel()
        judgements = _read(report)
        if not judgements or process.returncode not in (0, 1):
            judgements.append(_unknown(output.decode(errors="replace")))
            on_judgement(judgements[-1])
    return judgements


def _pytest(checks: Path, notes: Path, report: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", str(checks)),
        *("-p", "practicum.labs.grading_plugin", "-p", "no:cacheprovider", "-q"),
        *("-c", "/dev/null", "--rootdir", str(checks.parent), "--tb=short"),
        f"--practicum-observations={notes}",
        f"--practicum-report={report}",
    ]


async def _follow(report: Path, on_judgement: Callable[[Judgement], None]) -> None:
    told = 0
    try:
        while True:
            await asyncio.sleep(0.05)
            for judgement in _read(report)[told:]:
                told += 1
                on_judgement(judgement)
    except asyncio.CancelledError:
        for judgement in _read(report)[told:]:
            on_judgement(judgement)
        raise


def _read(report: Path) -> list[Judgement]:
    whole, _, _ = report.read_bytes().rpartition(b"\n")
    return [msgspec.json.decode(line, type=Judgement) for line in whole.splitlines()]


def _unknown(output: str) -> Judgement:
    lines = [line for line in output.splitlines() if line.strip()]
    return Judgement(
        check="the checks run",
        verdict=Verdict.UNKNOWN,
        expected="checks that can be run",
        seen="they could not be",
        examples=tuple(lines[-8:]),
    )
