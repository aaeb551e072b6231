"""Judge a whole history: each key by itself, for linearizability is local (Herlihy and Wing)."""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.history.building import History
from practicum.checking.history.operation import Operation
from practicum.checking.history.words import describe
from practicum.checking.linearizability.deciding import decide
from practicum.checking.linearizability.proof import prove
from practicum.checking.linearizability.search import STEPS_MAX, Found
from practicum.checking.objects.model import Model, validate
from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict, undecided

CHECK = "linearizability"


def linearizable(history: History, model: Model, *, steps_max: int = STEPS_MAX) -> Judgement:
    """Whether the operations on each key happened in one order that agrees with time and model.

    Unknown when ``steps_max`` steps, in all, did not decide every key and none of those decided
    failed. A failure is told for the key with the fewest operations, with the few that prove
    it. Raises ``HistoryError`` for an operation that the model does not have.
    """
    validate(model, history, history.name)
    keys = sorted(history.by_key().items(), key=lambda item: len(item[1]))
    failed: list[tuple[str, list[Operation], Found]] = []
    unknown: list[str] = []
    left = steps_max
    for key, operations in keys:
        found = decide(model, operations, left)
        left -= found.steps
        if found.verdict is Verdict.FAIL:
            failed.append((describe(key), operations, found))
        elif found.verdict is Verdict.UNKNOWN:
            unknown.append(describe(key) or "the history")
    expected = f"the operations on {'each key' if len(keys) > 1 else 'the object'} happened one "
    expected += f"after the other, each between its ends, as on a {model.name} with one client"
    seen = f"{len(history)} operations" + (f" on {len(keys)} keys" if len(keys) > 1 else "")
    if failed:
        return _failure(
            model, failed, expected, f"{seen}; {_number(failed, keys)} cannot be ordered"
        )
    if unknown:
        return undecided(
            CHECK,
            expected=expected,
            seen=f"{seen}; {steps_max} steps did not suffice for {_number(unknown, keys)}",
            open=[f"{key} is undecided" for key in unknown],
            look_next="allow more steps, or let fewer clients share a key",
        )
    return Judgement(check=CHECK, verdict=Verdict.PASS, expected=expected, seen=seen)


def _number(some: Sequence[object], keys: Sequence[object]) -> str:
    if len(keys) == 1:
        return "they"
    return f"those on {len(some)} {'key' if len(some) == 1 else 'keys'}"


def _failure(
    model: Model, failed: list[tuple[str, list[Operation], Found]], expected: str, seen: str
) -> Judgement:
    key, operations, found = failed[0]
    proof = prove(model, operations, found)
    others = [f"{name} cannot be ordered either" for name, _, _ in failed[1:EXAMPLES_MAX]]
    return Judgement(
        check=CHECK,
        verdict=Verdict.FAIL,
        expected=expected,
        seen=seen,
        examples=(f"{key}: {proof.words}" if key else proof.words, *others),
        shown=proof.lines,
    )
