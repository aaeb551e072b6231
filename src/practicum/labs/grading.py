"""Run checks against a range, in a process of their own, and collect their judgements."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.observations import Observations
from practicum.labs.grading_plugin import FINISHED, Line, Trouble
from practicum.servers.home import telling

CHECKS_TIMEOUT_S = 120.0
SPARE_S = 5.0
"""So much later the checks end themselves, should nobody be left to end them."""


class Graded(msgspec.Struct, frozen=True):
    """What the checks came to; ``troubles`` are why some of them could not do their work."""

    judgements: list[Judgement]
    troubles: list[Trouble]


async def grade(
    checks: Path,
    observations: Observations,
    *,
    on_judgement: Callable[[Judgement], None],
    timeout_s: float = CHECKS_TIMEOUT_S,
    home: Path | None = None,
) -> Graded:
    """Run the tests of the file ``checks``; ``on_judgement`` hears of each as it ends.

    What keeps the checks from running at all, or from ending within ``timeout_s``, is an
    unknown judgement with the reason. ``home`` is where the range lives, if it is not where
    the environment says.
    """
    with tempfile.TemporaryDirectory(prefix="practicum-checks-") as folder:
        notes, report = Path(folder, "observations.json"), Path(folder, "report.jsonl")
        with telling(notes.parent):
            notes.write_bytes(msgspec.json.encode(observations))
            report.touch()
        process = await asyncio.create_subprocess_exec(
            *_pytest(checks, notes, report),
            f"--practicum-seconds={timeout_s + SPARE_S}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_environment(home),
        )
        told = Told(report, on_judgement)
        following = asyncio.create_task(told.follow())
        try:
            async with asyncio.timeout(timeout_s):
                output, _ = await process.communicate()
        except TimeoutError:
            output = f"the checks took longer than {timeout_s:g} s".encode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            following.cancel()
        lines = told.tell()
        finished = report.with_suffix(FINISHED).exists() and process.returncode in (0, 1)
    judgements = [line.judgement for line in lines]
    troubles = [line.trouble for line in lines if line.trouble is not None]
    if not judgements or not finished:
        judgements.append(_unknown(output.decode(errors="replace")))
        on_judgement(judgements[-1])
        troubles.append(Trouble("check", "; ".join(judgements[-1].examples)))
    return Graded(judgements, troubles)


def _environment(home: Path | None) -> dict[str, str]:
    # Only our own plugin: others cost time to load and can change what a check means.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return environment if home is None else {**environment, "PRACTICUM_HOME": str(home)}


def _pytest(checks: Path, notes: Path, report: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", str(checks)),
        *("-p", "practicum.labs.grading_plugin", "-p", "no:cacheprovider", "-q"),
        *("-c", "/dev/null", "--rootdir", str(checks.parent), "--tb=short"),
        f"--practicum-observations={notes}",
        f"--practicum-report={report}",
    ]


class Told:
    """Passes on the judgements that stand in the report, each once."""

    def __init__(self, report: Path, on_judgement: Callable[[Judgement], None]) -> None:
        self._report = report
        self._on_judgement = on_judgement
        self._count = 0

    def tell(self) -> list[Line]:
        """Pass on what is new; returns all there is."""
        whole, _, _ = self._report.read_bytes().rpartition(b"\n")
        lines = [msgspec.json.decode(line, type=Line) for line in whole.splitlines()]
        for line in lines[self._count :]:
            self._on_judgement(line.judgement)
        self._count = len(lines)
        return lines

    async def follow(self) -> None:
        """Pass on what comes, until cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(0.05)


def _unknown(output: str) -> Judgement:
    lines = [line for line in output.splitlines() if line.strip()]
    return Judgement(
        check="the checks run",
        verdict=Verdict.UNKNOWN,
        expected="checks that can be run",
        seen="they could not be",
        examples=tuple(lines[-8:]),
    )
