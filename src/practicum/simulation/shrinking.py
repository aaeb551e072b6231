"""Make a failing setting small: fewer faults, then a plainer world, then shorter faults.

Without a fault other messages are sent, each draws from the network's stream, and the failure is
missed by chance alone. So a smaller plan is tried on several networks before it is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from practicum.faults.plan import Plan
from practicum.faults.shrinking import fewer, weakened
from practicum.simulation.network import Weather
from practicum.simulation.outcome import Outcome
from practicum.simulation.setting import Setting

REROLLS = 12
_Try = Callable[[Setting], Outcome]


class Shrinking:
    """Shrinks one setting while the check of that name fails. ``time_is_up`` ends it early."""

    def __init__(
        self, run: _Try, setting: Setting, check: str, runs: int, time_is_up: Callable[[], bool]
    ) -> None:
        self._run, self._check, self._left = run, check, runs
        self._time_is_up = time_is_up
        self.runs = 0
        self.setting = setting
        self.outcome: Outcome | None = None

    def shrink(self) -> Setting:
        """The smallest setting that was found."""
        fewer(self.setting.plan, self._fails)
        for plainer in self._plainer():
            self._holds(plainer, rerolls=REROLLS)
        fewer(self.setting.plan, self._fails)
        smaller = True
        while smaller:
            smaller = any(self._fails(plan, rerolls=2) for plan in weakened(self.setting.plan))
        return self.setting

    def _plainer(self) -> Iterator[Setting]:
        if self.setting.buggify:
            yield msgspec.structs.replace(self.setting, buggify=False)
        if self.setting.schedule != "random":
            yield msgspec.structs.replace(
                self.setting, schedule="random", changes=(), weather=Weather()
            )
        if self.setting.weather != Weather():
            yield msgspec.structs.replace(self.setting, weather=Weather())

    def _fails(self, plan: Plan, rerolls: int = REROLLS) -> bool:
        return self._holds(msgspec.structs.replace(self.setting, plan=plan), rerolls=rerolls)

    def _holds(self, setting: Setting, *, rerolls: int) -> bool:
        """Whether a setting, or one like it with another network, still fails; it is kept then."""
        for reroll in (self.setting.reroll, *range(1, rerolls)):
            if self._left <= 0 or self._time_is_up():
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
