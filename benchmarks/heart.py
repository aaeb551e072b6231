"""The heart: how fast a range is up, what it weighs, and how soon the tour has its verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.measuring import Figure, calibrate
from benchmarks.ranges import new_home
from practicum.checking.verdict import Verdict

VERDICTS = frozenset(verdict.exit_code for verdict in Verdict)
ORDER = b'{"lines":[{"sku":"P0001","quantity":1}],"card":"tok-visa"}'


def practicum(home: Path, *words: str, may_end_with: frozenset[int] = frozenset({0})) -> str:
    """Run the command line as a user would; returns what it printed. An error with its last words
    if it ends otherwise than it may."""
    program = Path(sys.executable).with_name("practicum")
    environment = {**os.environ, "PRACTICUM_HOME": str(home)}
    done = subprocess.run(
        [program, *words], env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode not in may_end_with:
        last = " ".join(done.stderr.strip().splitlines()[-3:])
        raise RuntimeError(f"practicum {' '.join(words)} ended with {done.returncode}: {last}")
    return done.stdout


def status(home: Path) -> dict[str, Any]:
    """The range's own account of itself."""
    answer: dict[str, Any] = json.loads(practicum(home, "range", "status", "--json", "-n", "bench"))
    return answer


def first_order(home: Path) -> None:
    """Place one order at the edge; an error if it is not accepted."""
    request = urllib.request.Request(
        status(home)["edge"] + "/orders", ORDER, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 202, answer.status


def measure(rounds: int) -> list[Figure]:
    """All figures of the heart."""
    loops, cold, warm, pss, verdicts, recovery, accept = [], [], [], [], [], [], []
    pss_tour, not_passed = [], []
    for number in range(rounds):
        with new_home() as home:
            loops.append(calibrate())
            for seconds in (cold, warm):
                began = time.perf_counter()
                practicum(home, "range", "up", "-n", "bench")
                first_order(home)
                seconds.append(time.perf_counter() - began)
                if seconds is warm:
                    members = status(home)["members"]
                    pss.append(sum(member["pss_bytes"] for member in members) / 1e6)
                practicum(home, "range", "down", "-n", "bench")
            began = time.perf_counter()
            report = json.loads(practicum(home, "tour", "--once", "--json", may_end_with=VERDICTS))
            verdicts.append(time.perf_counter() - began)
            open_checks = [each for each in report["judgements"] if each["verdict"] != "pass"]
            not_passed.append(float(len(open_checks)))
            for each in open_checks:
                print(f"  {each['check']}: {each['verdict']}, {each['examples']}", flush=True)
            recovery.append(report["figures"]["recovery_s"])
            accept.append(report["figures"]["accept_p99_ms"])
            pss_tour.append(report["figures"]["pss_mb"])
        print(f"  round {number + 1} of {rounds}: tour {verdicts[-1]:.1f} s", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        Figure(name="range up and first order, new", unit="s", rounds=tuple(cold)),
        Figure(name="range up and first order, warm", unit="s", rounds=tuple(warm), promise=10),
        Figure(name="all processes up, PSS", unit="MB", rounds=tuple(pss), promise=700),
        Figure(name="at the end of a tour, PSS", unit="MB", rounds=tuple(pss_tour), promise=1000),
        Figure(name="tour, start to exit", unit="s", rounds=tuple(verdicts), promise=60),
        Figure(
            name="checks of a tour without a pass",
            unit="checks",
            rounds=tuple(not_passed),
            promise=0,
        ),
        Figure(name="recovery after the kill", unit="s", rounds=tuple(recovery)),
        Figure(name="order accepted at the edge, p99", unit="ms", rounds=tuple(accept)),
    ]
