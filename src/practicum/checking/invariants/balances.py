"""Conservation in a bank: transfers move money between accounts, and its sum stays."""

from __future__ import annotations

from practicum.checking.history.building import History
from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import when, who
from practicum.checking.proof import Proof, proved
from practicum.checking.verdict import Judgement


def total_kept(history: History, total: int, *, negative: bool = False) -> Judgement:
    """Whether every ``read`` of all accounts, as pairs of account and balance, adds up to
    ``total``, and none was overdrawn unless ``negative`` balances are allowed."""
    reads = [each for each in history if each.kind == "read" and each.outcome is Outcome.OK]
    proofs = [
        Proof(f"{who(read)} read all accounts, {when(read)}: {words}", (read,))
        for read in reads
        if (words := _wrong(read, total, negative))
    ]
    return proved(
        "balances",
        expected=f"every read of all accounts adds up to {total}",
        seen=f"{len(reads)} reads of all accounts, {len(proofs)} wrong",
        proofs=proofs,
    )


def _wrong(read: Operation, total: int, negative: bool) -> str:
    try:
        balances = dict(read.output)
        found = sum(balances.values())
    except (TypeError, ValueError):
        return f"{tell_value(read.output)} is no list of accounts and balances"
    if found != total:
        return f"{found} in all, {abs(total - found)} too {'little' if found < total else 'much'}"
    for account, balance in balances.items():
        if balance < 0 and not negative:
            return f"account {tell_value(account)} is overdrawn by {-balance}"
    return ""
