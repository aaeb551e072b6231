"""Worker processes that run simulations, and die with us.

All get the same hash seed, so that what depends on it is the same in each of them.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

import practicum
from practicum.labs.finding import CannotBeUsed
from practicum.servers import launch
from practicum.simulation.running import requests
from practicum.simulation.running.program import Sources

MODULE = "practicum.simulation.running.worker"
ANSWER_WAIT_S = 600.0
_DECODER: msgspec.json.Decoder[requests.Answer] = msgspec.json.Decoder(requests.Answer)
_AnswerT = TypeVar("_AnswerT", bound=requests.Answer)


class SimulationFailed(CannotBeUsed):
    """A simulation could not be carried out; the message says why, and what to do."""


def command(module: str) -> list[str]:
    """How to start a module as a process that dies with us."""
    words = (f"parent={os.getpid()}", f"death_signal={int(signal.SIGKILL)}")
    launcher = (sys.executable, "-I", "-S", launch.__file__, *words, "--")
    return [*launcher, sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """What it finds there: our packages, one hash seed and one time zone for all."""
    place = str(Path(practicum.__file__).parents[1])
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": place, "TZ": "UTC"}


class Worker:
    """One process. ``loaded`` is what it said of the file that it has loaded."""

    loaded: requests.Loaded

    def __init__(self) -> None:
        # A file and no pipe: nobody reads while it works, and a full pipe would stop it.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command(MODULE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=environment(),
        )
        self.busy = False

    def fileno(self) -> int:
        """What becomes readable when there is an answer."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def send(self, request: requests.Request) -> None:
        """Ask for something; the answer is awaited with `receive`."""
        assert self._process.stdin is not None
        self.busy = True
        with contextlib.suppress(BrokenPipeError):  # then there is no answer, and we say why
            self._process.stdin.write(msgspec.json.encode(request) + b"\n")
            self._process.stdin.flush()

    def receive(self, kind: type[_AnswerT]) -> _AnswerT:
        """The answer. `SimulationFailed` if it is a refusal, or if there is none."""
        assert self._process.stdout is not None
        if not select.select([self], [], [], ANSWER_WAIT_S)[0]:
            raise SimulationFailed(
                f"a simulation has not answered for {ANSWER_WAIT_S:g} s: look for code that "
                "never comes back and catches every error"
            )
        line = self._process.stdout.readline()
        if not line:
            raise SimulationFailed(f"a worker ended: {self._last_words()}")
        self.busy = False
        return expect(line, kind)

    def ask(self, request: requests.Request, kind: type[_AnswerT]) -> _AnswerT:
        """Ask, and wait for the answer."""
        self.send(request)
        return self.receive(kind)

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _last_words(self) -> str:
        code = self._process.wait()
        self._stderr.seek(0)
        words = self._stderr.read().decode("utf-8", "replace").strip()
        return words.rpartition("\n")[2] or f"exit code {code}"


def expect(line: bytes, kind: type[_AnswerT]) -> _AnswerT:
    """An answer of that kind; `SimulationFailed` for a refusal."""
    try:
        answer = _DECODER.decode(line)
    except msgspec.DecodeError as error:  # code that has found its stdout
        raise SimulationFailed(f"a worker answered with something else: {error}") from error
    if isinstance(answer, requests.Refusal):
        raise SimulationFailed(answer.why)
    if not isinstance(answer, kind):
        raise SimulationFailed(f"a worker answered with {type(answer).__name__}")
    return answer


@contextlib.contextmanager
def fresh(sources: Sources) -> Iterator[Worker]:
    """A worker that has run nothing yet, with a protocol file loaded."""
    worker = Worker()
    try:
        worker.loaded = worker.ask(requests.Load(sources), requests.Loaded)
        yield worker
    finally:
        worker.close()


@contextlib.contextmanager
def fleet(sources: Sources, size: int) -> Iterator[list[Worker]]:
    """Several workers with a protocol file loaded."""
    with contextlib.ExitStack() as stack:
        workers = []
        for _ in range(size):
            worker = Worker()
            stack.callback(worker.close)
            worker.send(requests.Load(sources))
            workers.append(worker)
        for worker in workers:
            worker.receive(requests.Loaded)
        yield workers


def await_any(workers: list[Worker], until: float) -> list[Worker]:
    """Those of the busy workers that have an answer, once any has one or the time is over."""
    busy = [worker for worker in workers if worker.busy]
    wait_s = max(0.0, min(ANSWER_WAIT_S, until - time.monotonic()))
    return select.select(busy, [], [], wait_s)[0]
