"""Delivery: what a service has committed to say is on the log, and each key's in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from practicum.checking.conservation import MessageFact
from practicum.checking.verdict import Judgement, judge


def nothing_lost(owed: Mapping[str, Collection[str]], messages: Iterable[MessageFact]) -> Judgement:
    """Each key has a message of every type that it owes; types are without their version."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for message in messages:
        said[message.key].add(_unversioned(message.type))
    wrong = [
        f"{key}: {kind} is not on the log"
        for key, kinds in sorted(owed.items())
        for kind in sorted(set(kinds) - said[key])
    ]
    total = sum(len(set(kinds)) for kinds in owed.values())
    return judge(
        "nothing committed is lost",
        expected=f"{total} messages on the log that {len(owed)} orders stand for",
        seen=f"{total - len(wrong)} of them, {len(wrong)} are missing",
        wrong=wrong,
    )


def order_kept(messages: Iterable[MessageFact]) -> Judgement:
    """On each topic, what one writer says of one key stands in the order in which it was
    written. ``messages`` are in the order of the log; a copy counts where it stands first."""
    last: dict[tuple[str, str, str], MessageFact] = {}
    seen: set[tuple[str, str]] = set()
    pairs = 0
    wrong = []
    for message in messages:
        if (message.topic, message.message_id) in seen:
            continue
        seen.add((message.topic, message.message_id))
        line = (message.topic, message.source, message.key)
        before = last.get(line)
        if before is not None:
            pairs += 1
            if message.written_at < before.written_at:
                wrong.append(
                    f"{message.key}: {_unversioned(before.type)} stands before "
                    f"{_unversioned(message.type)} on {message.topic}, but was written after it"
                )
                continue
        last[line] = message
    return judge(
        "order is kept",
        expected="messages of one key on the log as they were written",
        seen=f"{pairs} pairs in a row, {len(wrong)} the wrong way round",
        wrong=wrong,
    )


def _unversioned(type: str) -> str:
    return type.rpartition(".v")[0]
