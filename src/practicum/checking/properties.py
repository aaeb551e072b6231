"""Properties by name: what a history can be judged by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from practicum.checking.consistency.causal import causal
from practicum.checking.consistency.sequential import sequential
from practicum.checking.consistency.sessions import GUARANTEES, session_guarantee
from practicum.checking.history.building import History
from practicum.checking.invariants.convergence import counter_reads
from practicum.checking.invariants.exclusion import fenced, held_alone
from practicum.checking.linearizability.judging import linearizable
from practicum.checking.linearizability.search import STEPS_MAX
from practicum.checking.objects.gathering import AppendList, Counter, Members, Queue
from practicum.checking.objects.lock import Lock
from practicum.checking.objects.model import Model
from practicum.checking.objects.register import KeyValue, Register
from practicum.checking.transactions.anomaly import Level
from practicum.checking.transactions.judging import isolation
from practicum.checking.verdict import Judgement

OBJECTS: Mapping[str, Callable[[], Model]] = {
    "register": Register,
    "key-value": KeyValue,
    "lock": Lock,
    "counter": Counter,
    "set": Members,
    "queue": Queue,
    "list": AppendList,
}
"""What a history may be about; a register has compare-and-set."""

_OF_OBJECTS: Mapping[str, Callable[..., Judgement]] = {
    "linearizable": linearizable,
    "sequential": sequential,
}
_OF_HISTORIES: Mapping[str, Callable[[History], Judgement]] = {
    "causal": causal,
    "convergent": partial(causal, convergent=True),
    **{name.replace(" ", "-"): partial(session_guarantee, name) for name in GUARANTEES},
    **{str(level): partial(isolation, level=level) for level in Level},
    "counter-reads": counter_reads,
    "held-alone": held_alone,
    "fenced": fenced,
}
_ABOUT: Mapping[str, Collection[str]] = {
    "counter-reads": ("read",),
    "held-alone": ("acquire",),
    "fenced": ("acquire", "store"),
}
"""The operations without which these have nothing to say; the others know all they are given."""
PROPERTIES = (*_OF_OBJECTS, *_OF_HISTORIES)
"""The names of all properties."""


def is_about(history: History, name: str) -> bool:
    """Whether there is anything in a history that the property of a name could judge. If there
    is not, a pass proves nothing."""
    about = _ABOUT.get(name)
    return any(about is None or each.kind in about for each in history)


def judge_history(
    history: History, name: str, object: str = "register", *, steps_max: int = STEPS_MAX
) -> Judgement:
    """Judge a history by the property of a name; ``object`` and ``steps_max`` count where the
    property is that of an object. Raises KeyError for an unknown name, ``HistoryError`` for
    operations that the property knows nothing of."""
    model = OBJECTS[object]
    if name in _OF_OBJECTS:
        return _OF_OBJECTS[name](history, model(), steps_max=steps_max)
    return _OF_HISTORIES[name](history)
