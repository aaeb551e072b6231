"""Make a failing setting small: fewer faults, then a plainer world, then shorter faults.

Without a fault other messages are sent, each draws from the network's stream, and the failure is
missed by chance alone. So a smaller plan is tried with other luck on the network (and the disks)
several times before it is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from practicum.faults.drawing import Wishes, draw_plan
from practicum.faults.plan import Plan, Targets
from practicum.faults.shrinking import fewer, weakened
from practicum.simulation.network import Weather
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.setting import Setting

REROLLS = 12
_FEW, _REROLLS_OF_FEW = 6, 60
"""The last faults are the hardest to be without, and there are few plans left to try."""
_DRAWS = 600
_Try = Callable[[Setting], Outcome]


class Shrinking:
    """Shrinks one setting while the check of that name fails, in a world with these ``nodes``.
    ``time_is_up`` ends it early; then ``is_cut_short``, and more time may find less."""

    def __init__(
        self,
        run: _Try,
        setting: Setting,
        check: str,
        *,
        nodes: tuple[str, ...],
        runs: int,
        time_is_up: Callable[[], bool],
    ) -> None:
        self._run, self._check, self._left = run, check, runs
        self._targets = Targets(nodes=nodes)
        self._time_is_up = time_is_up
        self.runs = 0
        self.is_cut_short = False
        self.setting = setting
        self.outcome: Outcome | None = None

    def shrink(self) -> Setting:
        """The smallest setting that was found."""
        fewer(self.setting.plan, self._fails)
        for plainer in self._plainer():
            self._holds(plainer, rerolls=REROLLS)
        fewer(self.setting.plan, self._fails)
        while 1 < len(self.setting.plan.faults) <= _FEW and self._drawn_anew():
            fewer(self.setting.plan, self._fails)
        smaller = True
        while smaller:
            smaller = any(self._fails(plan, rerolls=2) for plan in weakened(self.setting.plan))
        return self.setting

    def _drawn_anew(self) -> bool:
        """Whether one fault less is enough, if all others may move a little: a plan from which
        nothing can be taken away may still be more than it takes."""
        faults = self.setting.plan.faults
        first_s, last_s = min(f.start_s for f in faults), max(f.end_s for f in faults)
        whole_s, room_s = self.setting.plan.duration_s, (last_s - first_s) / 2
        wishes = Wishes(
            duration_s=whole_s,
            budget=len(faults),
            count=len(faults) - 1,
            kinds=tuple(dict.fromkeys(f.kind for f in faults)),
            shortest_s=min(f.duration_s for f in faults) / 2,
            longest_s=max(f.duration_s for f in faults) * 2,
            quiet_start_s=max(0.0, first_s - room_s),
            quiet_end_s=max(0.0, whole_s - last_s - room_s),
            rest_s=0.01,
        )
        return any(
            self._fails(draw_plan(seed, wishes, self._targets), rerolls=1) for seed in range(_DRAWS)
        )

    def _plainer(self) -> Iterator[Setting]:
        if self.setting.buggify:
            yield msgspec.structs.replace(self.setting, buggify=False)
        if self.setting.schedule != "random":
            yield msgspec.structs.replace(
                self.setting, schedule="random", changes=(), weather=Weather()
            )
        if self.setting.weather != Weather():
            yield msgspec.structs.replace(self.setting, weather=Weather())

    def _fails(self, plan: Plan, rerolls: int | None = None) -> bool:
        if rerolls is None:
            rerolls = _REROLLS_OF_FEW if len(plan.faults) < _FEW else REROLLS
        return self._holds(msgspec.structs.replace(self.setting, plan=plan), rerolls=rerolls)

    def _holds(self, setting: Setting, *, rerolls: int) -> bool:
        """Whether a setting, or one like it with other luck, still fails; it is kept then."""
        for reroll in (self.setting.reroll, *range(1, rerolls)):
            if self._left <= 0 or self._time_is_up():
                self.is_cut_short = True
                return False
            self._left -= 1
            self.runs += 1
            candidate = msgspec.structs.replace(setting, reroll=reroll)
            outcome = self._run(candidate)
            failure = outcome.failure
            if failure is not None and failure.check == self._check:
                self.setting, self.outcome = candidate, outcome
                return True
        return False
