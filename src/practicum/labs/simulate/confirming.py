"""Run a failure again in fresh processes before anybody sees it.

What comes out differently there is no failure of the protocol but of its determinism: the order
of a set of objects, an address, something kept between runs. Then the first step at which two
runs part is looked for, and named with its line.
"""

from __future__ import annotations

import msgspec

from practicum.labs.simulate.fleet import fresh
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Sources
from practicum.simulation.running.requests import Detail, Explore, Explored, Ran, Run
from practicum.simulation.running.setting import Setting, draw_setting
from practicum.simulation.running.trace import TraceEvent

_HUNTS = 4


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs of one setting that differ: ``one`` and ``other`` are what they did at the first
    step at which they part (None: nothing any more), ``line`` where that was."""

    one: TraceEvent | None = None
    other: TraceEvent | None = None
    line: str = ""

    @property
    def words(self) -> str:
        """The difference in a sentence."""
        if self.one is None and self.other is None:
            return (
                "a run came out differently in a fresh process, and fresh processes agree: "
                "something is kept between runs, in a module that the file imports perhaps"
            )
        first = self.one or self.other
        assert first is not None
        told = " and ".join(
            f"{each.node or 'the world'} {each.what} {each.text}" if each else "nothing"
            for each in (self.one, self.other)
        )
        where = f", at {self.line}" if self.line else ""
        return f"two runs part at event {first.number} ({first.time_s:.3f} s){where}: {told}"


def confirm(sources: Sources, setting: Setting, outcome: Outcome) -> Ran | Divergence:
    """The run with its trace, if it comes out the same in two fresh processes."""
    one, other = (_run(sources, setting, "events") for _ in range(2))
    if one.sha256 == other.sha256 and _same(one.outcome, outcome):
        return one
    return _hunt(sources, setting)


def same_again(sources: Sources, marks: dict[int, str]) -> Divergence | None:
    """Whether some seeds run as they ran before, in one fresh process; if not, where they part."""
    with fresh(sources) as worker:
        for seed, mark in marks.items():
            found = worker.ask(Explore(seed, seed + 1), Explored)
            if found.mark != mark:
                break
        else:
            return None
        setting = draw_setting(seed, worker.loaded.traits, worker.loaded.steps)
    return _hunt(sources, setting)


def _same(one: Outcome, other: Outcome) -> bool:
    return (one.mark, one.verdict, one.judgements) == (other.mark, other.verdict, other.judgements)


def _run(sources: Sources, setting: Setting, detail: Detail) -> Ran:
    with fresh(sources) as worker:
        return worker.ask(Run(setting, detail), Ran)


def _hunt(sources: Sources, setting: Setting) -> Divergence:
    first = _run(sources, setting, "steps")
    for _ in range(_HUNTS):
        with fresh(sources) as worker:
            # The second run in a process, too, may be the one that differs.
            for _ in range(2):
                other = worker.ask(Run(setting, "steps"), Ran)
                if other.sha256 != first.sha256:
                    return _part(first, other)
    return Divergence()


def _part(one: Ran, other: Ran) -> Divergence:
    length = max(len(one.events), len(other.events))
    place = next(
        index
        for index in range(length)
        if one.events[index : index + 1] != other.events[index : index + 1]
    )
    here = one.events[place] if place < len(one.events) else None
    there = other.events[place] if place < len(other.events) else None
    lines = [each.line for each in (here, there) if each is not None and each.line]
    return Divergence(one=here, other=there, line=lines[0] if lines else _before(one, place))


def _before(one: Ran, place: int) -> str:
    """The last line of the code that ran before two runs part."""
    return next((each.line for each in reversed(one.events[:place]) if each.line), "")
