"""Judge whether transactions over lists kept an isolation level."""

from __future__ import annotations

from collections import Counter

from practicum.checking.history.building import History
from practicum.checking.proof import Proof, proved
from practicum.checking.transactions.anomaly import Anomaly, Level, forbidden, meaning
from practicum.checking.transactions.cycles import cycles
from practicum.checking.transactions.dependencies import Dependencies
from practicum.checking.transactions.transaction import transactions
from practicum.checking.transactions.versions import Lists
from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict


def anomalies(lists: Lists) -> list[Anomaly]:
    """All that is wrong: first with reads by themselves, then with what must come before what."""
    return [*lists.anomalies(), *cycles(Dependencies(lists))]


def isolation(history: History, level: Level = Level.SERIALIZABLE) -> Judgement:
    """Whether no anomaly shows that the level forbids.

    A pass of ``SERIALIZABLE`` or a stronger level is exact: the transactions have an order that
    explains every read. The weaker levels are judged by their anomalies. Unknown if a value was
    appended to a list twice, for then its order cannot be told. Raises ``HistoryError`` for what
    is no transaction over lists.
    """
    lists = Lists(transactions(history))
    check = f"isolation: {level}"
    expected = f"no anomaly that {level} forbids"
    if lists.repeated:
        return Judgement(
            check=check,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            seen=f"{len(lists.repeated)} values were appended more than once",
            examples=tuple(lists.repeated[:EXAMPLES_MAX]),
            look_next="append every value to a list once, so that reads tell the order",
        )
    found = anomalies(lists)
    bad = forbidden(level)
    counted = Counter(each.name for each in found)
    told = ", ".join(f"{number} x {name}" for name, number in sorted(counted.items()))
    worst = {each.name: each for each in reversed(found) if each.name in bad}
    return proved(
        check,
        expected=expected,
        seen=f"{len(lists.committed)} committed transactions, {told or 'no anomaly'}",
        proofs=[
            Proof(f"{name} ({meaning(name)}): {each.proof.words}", steps=each.proof.steps)
            for name, each in reversed(worst.items())
        ],
    )
