"""What was seen in which world, over some runs of each.

That something was not seen proves nothing: the simulator tries other orders than the machine
does, and some runs are few. It says where to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.labs.real_world.outcome import Run

PROVES_NOTHING = (
    "that something was not seen in so many runs proves nothing: it may be rare there, or not "
    "possible"
)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was seen in so many of the runs of each world."""

    what: str
    simulated: int
    real: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """``broken`` are checks that failed in any run, ``differing`` the transitions of messages
    that were seen in one world only. ``fired`` counts the runs on processes in which each kind
    of fault had an effect. There may be no simulated runs at all. ``explored`` tells what the
    simulator did before, in sentences."""

    file: str
    verdict: Verdict
    said: str
    simulated_runs: int
    real_runs: int
    broken: tuple[Seen, ...]
    differing: tuple[Seen, ...]
    shared: int
    fired: dict[str, int]
    judgements: tuple[Judgement, ...]
    not_applied: tuple[str, ...]
    machine: tuple[str, ...]
    explored: tuple[str, ...] = ()
    simulated: tuple[Run, ...] = ()
    real: tuple[Run, ...] = ()

    def words(self, seen: Seen) -> str:
        """Where something was seen, in a sentence."""
        simulated = _of(seen.simulated, self.simulated_runs, "in the simulator")
        real = _of(seen.real, self.real_runs, "on processes")
        if not self.simulated_runs:
            return f"{seen.what}: seen {real}"
        if not seen.real:
            return f"{seen.what}: seen {simulated}, never on processes"
        if not seen.simulated:
            return f"{seen.what}: seen {real}, never in the simulator"
        return f"{seen.what}: seen {simulated}, and {real}"


def compare(
    file: str, simulated: Sequence[Run], real: Sequence[Run], kinds: Counter[str]
) -> Comparison:
    """Two worlds side by side; ``kinds`` says in how many real runs a kind of fault struck."""
    broken = _seen(simulated, real, _failed)
    paths = _seen(simulated, real, lambda run: [each.words for each in run.transitions])
    differing = tuple(each for each in paths if not (each.simulated and each.real))
    verdict, said = _verdict(simulated, real, broken)
    return Comparison(
        file=file,
        verdict=verdict,
        said=said,
        simulated_runs=len(simulated),
        real_runs=len(real),
        broken=broken,
        differing=differing if simulated else (),
        shared=len(paths) - len(differing),
        fired=dict(sorted(kinds.items())),
        judgements=_first_failures([*real, *simulated]),
        not_applied=tuple(dict.fromkeys(text for run in real for text in run.not_applied)),
        machine=tuple(dict.fromkeys(text for run in real for text in run.machine)),
        simulated=tuple(simulated),
        real=tuple(real),
    )


def _of(count: int, runs: int, where: str) -> str:
    return f"{where} in {count} of {runs} runs"


def _failed(run: Run) -> list[str]:
    return [each.check for each in run.judgements if each.verdict is Verdict.FAIL]


def _seen(
    simulated: Iterable[Run], real: Iterable[Run], what: Callable[[Run], Iterable[str]]
) -> tuple[Seen, ...]:
    here = Counter(text for run in simulated for text in set(what(run)))
    there = Counter(text for run in real for text in set(what(run)))
    return tuple(
        Seen(what=text, simulated=here[text], real=there[text])
        for text in sorted(here.keys() | there.keys())
    )


def _first_failures(runs: Iterable[Run]) -> tuple[Judgement, ...]:
    """One example of each check that did not pass."""
    found: dict[str, Judgement] = {}
    for run in runs:
        for each in run.judgements:
            if each.verdict is not Verdict.PASS:
                found.setdefault(each.check, each)
    return tuple(found.values())


def _verdict(
    simulated: Sequence[Run], real: Sequence[Run], broken: Sequence[Seen]
) -> tuple[Verdict, str]:
    """A pass says something only if there was something to judge and something to survive."""
    if broken:
        names = ", ".join(each.what for each in broken)
        return Verdict.FAIL, f"broken: {names}"
    found = overall(run.verdict for run in (*simulated, *real))
    if found is not Verdict.PASS:
        return found, "not every run could be judged" if real else "there was no time for any run"
    if not all(any(run.done for run in runs) for runs in (simulated, real) if runs):
        return Verdict.UNKNOWN, "nothing was done in any run: the checks had nothing to judge"
    if not any(any(run.fired) for run in real):
        return Verdict.UNKNOWN, "no fault had an effect on any process: ask for more runs"
    struck = sum(any(run.fired) for run in real)
    said = f"{len(real)} runs on processes passed, faults had an effect in {struck}"
    if simulated:
        said += f"; so did {len(simulated)} in the simulator"
    return Verdict.PASS, said
