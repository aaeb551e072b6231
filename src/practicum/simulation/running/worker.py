"""A process that runs simulations: one request after the other on stdin, answers on stdout.

To be started with PYTHONHASHSEED=0, since the order of sets of texts depends on it. The garbage
collector works between runs only: what it collects meanwhile is of no run.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import IO

import msgspec

from practicum.checking.verdict import Verdict
from practicum.faults.plan import Targets, check
from practicum.simulation.running import requests
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Program, ProgramError, Traits
from practicum.simulation.running.setting import Setting, draw_setting
from practicum.simulation.running.shrinking import Shrinking
from practicum.simulation.running.trace import Trace, digest
from practicum.simulation.running.world import collect, prepare, simulate

COLLECT_EVERY = 50
"""Runs after which old garbage is collected, too: some survives the run that made it."""


class Worker:
    """Answers requests."""

    def __init__(self) -> None:
        self._program: Program | None = None
        self._traits: Traits | None = None
        self._steps = 0
        self._runs = 0

    def answer(self, request: requests.Request) -> requests.Answer:
        """Do what is asked."""
        match request:
            case requests.Load():
                return self._load(request)
            case requests.Explore():
                return self._explore(request)
            case requests.Run():
                return self._ran(request)
            case requests.Shrink():
                return self._shrink(request)

    def _load(self, request: requests.Load) -> requests.Answer:
        try:
            self._program = Program(request.sources)
            self._traits = prepare(self._program)
        except ProgramError as error:
            return requests.Refusal(str(error))
        # A rehearsal: what is imported on the way draws no chance from the runs that count.
        calm = draw_setting(0, self._traits, 1)
        self._steps = self._run(calm).steps
        gc.collect()
        gc.freeze()
        gc.disable()
        return requests.Loaded(self._traits, self._steps)

    def _run(self, setting: Setting, trace: Trace | None = None) -> Outcome:
        assert self._program is not None
        assert self._traits is not None
        self._runs += 1
        if self._runs % COLLECT_EVERY == 0:
            collect()
        return simulate(self._program, self._traits, setting, trace)

    def _explore(self, request: requests.Explore) -> requests.Explored:
        assert self._traits is not None
        counting = _Counting()
        first_mark = ""
        for seed in range(request.first, request.end):
            setting = draw_setting(seed, self._traits, self._steps)
            outcome = self._run(setting)
            counting.add(setting, outcome)
            first_mark = first_mark or outcome.mark
            if outcome.verdict is not Verdict.PASS:
                return requests.Explored(
                    request.first, counting.tally, first_mark, setting, outcome
                )
        return requests.Explored(request.first, counting.tally, first_mark)

    def _ran(self, request: requests.Run) -> requests.Answer:
        assert self._traits is not None
        findings = check(request.setting.plan, Targets(nodes=self._traits.nodes))
        if findings:
            return requests.Refusal("the plan does not fit this world: " + "; ".join(findings))
        if request.detail == "none":
            return requests.Ran(self._run(request.setting))
        trace = Trace(steps=request.detail == "steps")
        outcome = self._run(request.setting, trace)
        events = tuple(trace.events)
        return requests.Ran(outcome, events, digest(events))

    def _shrink(self, request: requests.Shrink) -> requests.Shrunk:
        assert self._traits is not None
        until = time.monotonic() + request.wall_s
        shrinking = Shrinking(
            self._run,
            request.setting,
            request.check,
            nodes=self._traits.nodes,
            runs=request.runs,
            time_is_up=lambda: time.monotonic() > until,
        )
        setting = shrinking.shrink()
        outcome = shrinking.outcome or self._run(setting)
        return requests.Shrunk(setting, outcome, shrinking.runs, shrinking.is_cut_short)


class _Counting:
    """Adds up what seeds have seen."""

    def __init__(self) -> None:
        self.tally = requests.Tally()

    def add(self, setting: Setting, outcome: Outcome) -> None:
        """One more seed."""
        before = self.tally
        drawn, fired = {**before.drawn}, {**before.fired}
        for fault, times in zip(setting.plan.faults, outcome.fired, strict=True):
            drawn[fault.kind] = drawn.get(fault.kind, 0) + 1
            fired[fault.kind] = fired.get(fault.kind, 0) + (times > 0)
        if outcome.buggified:
            fired["buggify"] = fired.get("buggify", 0) + 1
        self.tally = requests.Tally(
            runs=before.runs + 1,
            struck=before.struck + (any(outcome.fired) or outcome.buggified > 0),
            done=before.done + outcome.done,
            steps=before.steps + outcome.steps,
            sent=before.sent + outcome.sent,
            time_s=before.time_s + outcome.time_s,
            drawn=drawn,
            fired=fired,
        )


def main(requested: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    worker = Worker()
    decoder = msgspec.json.Decoder(requests.Request)
    encoder = msgspec.json.Encoder()
    for line in requested:
        answers.write(_answered(worker, encoder, decoder.decode(line)) + b"\n")
        answers.flush()


def _answered(worker: Worker, encoder: msgspec.json.Encoder, request: requests.Request) -> bytes:
    try:
        return encoder.encode(worker.answer(request))
    except UnicodeEncodeError as error:
        why = f"a note, a message or an error of the file is no text: {error}"
        return encoder.encode(requests.Refusal(why))


def _own_streams() -> Iterator[IO[bytes]]:
    """stdin and stdout, which code under simulation gets no hold of."""
    for descriptor, mode in ((0, "rb"), (1, "wb")):
        yield os.fdopen(os.dup(descriptor), mode)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, descriptor)
        os.close(nothing)


if __name__ == "__main__":
    if sys.flags.hash_randomization:
        sys.exit("worker: to be started with PYTHONHASHSEED=0")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks has heard it, too, and ends us
    main(*_own_streams())
