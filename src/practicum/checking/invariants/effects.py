"""Effects: what was asked for and acknowledged happened exactly once, and nothing else did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping

import msgspec

from practicum.checking.history.building import History
from practicum.checking.history.operation import Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import listed
from practicum.checking.verdict import Judgement, judge


class Effect(msgspec.Struct, frozen=True):
    """Something that happened to the world on behalf of a request: where, and when."""

    request: Hashable
    place: str = ""
    at_s: float | None = None

    def told(self) -> str:
        """Where and when."""
        place = self.place or "somewhere"
        return place if self.at_s is None else f"{place} at {self.at_s:g} s"


def outcomes(history: History, kind: str) -> dict[Hashable, Outcome]:
    """What became of each request of a kind, by its input, as its clients know together: it
    happened if one of them knows so, and did not if all of them know that."""
    found: dict[Hashable, Outcome] = {}
    strength = (Outcome.FAIL, Outcome.INFO, Outcome.OK)
    for each in history:
        if each.kind == kind:
            known = found.get(each.input, each.outcome)
            found[each.input] = max(known, each.outcome, key=strength.index)
    return found


def exactly_once(asked: Mapping[Hashable, Outcome], effects: Iterable[Effect]) -> Judgement:
    """Whether each request that was acknowledged had one effect, one that failed had none, one
    of unknown outcome had at most one, and no effect is without request."""
    had: defaultdict[Hashable, list[Effect]] = defaultdict(list)
    for effect in effects:
        had[effect.request].append(effect)
    wrong = []
    for request in sorted(asked.keys() | had.keys(), key=tell_value):
        found, name = had.get(request, []), tell_value(request)
        outcome = asked.get(request)
        where = listed([each.told() for each in found])
        if outcome is None:
            wrong.append(f"{name}: nobody asked for it, and it happened: {where}")
        elif len(found) > 1:
            wrong.append(f"{name}: {len(found)} times: {where}")
        elif outcome is Outcome.OK and not found:
            wrong.append(f"{name}: acknowledged, and it never happened")
        elif outcome is Outcome.FAIL and found:
            wrong.append(f"{name}: refused, and it happened: {where}")
    times = Counter(len(had.get(request, [])) for request in asked)
    told = [f"{count} had {number}" for number, count in sorted(times.items())]
    return judge(
        "exactly-once effects",
        expected="one effect for each acknowledged request, none for each refused one",
        seen=f"of {len(asked)} requests, {listed(told)} effects" if asked else "no request",
        wrong=wrong,
    )
