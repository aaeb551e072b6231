"""Operations in words: who did what, and when."""

from __future__ import annotations

from collections.abc import Hashable

from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.values import tell_value

DONE = {
    "read": "read {output}",
    "get": "read {output}",
    "write": "wrote {input}",
    "put": "wrote {input}",
    "delete": "deleted it",
    "append": "appended {input}",
    "add": "added {input}",
    "remove": "removed {input}",
    "acquire": "got the lock",
    "release": "gave the lock back",
    "enqueue": "put {input} in",
    "dequeue": "took {output} out",
}
ASKED = {
    "read": "read",
    "get": "read",
    "write": "write of {input}",
    "put": "write of {input}",
    "delete": "deletion",
    "append": "append of {input}",
    "add": "addition of {input}",
    "remove": "removal of {input}",
    "acquire": "call for the lock",
    "release": "return of the lock",
    "enqueue": "putting {input} in",
    "dequeue": "taking out",
}


def did(operation: Operation) -> str:
    """What was done, as a sentence without its subject: ``read 4``, ``wrote 5``."""
    if operation.outcome is not Outcome.OK:
        return f"asked for the {asked(operation)} and never learnt what became of it"
    if operation.kind == "cas":
        return _compared(operation)
    if operation.kind == "contains":
        there = "there" if operation.output else "missing"
        return f"found {tell_value(operation.input)} {there}"
    if operation.kind == "dequeue" and operation.output is None:
        return "found the queue empty"
    if operation.kind in DONE:
        return _filled(DONE[operation.kind], operation)
    return f"did {asked(operation)} and got {tell_value(operation.output)}"


def on_key(operation: Operation) -> str:
    """What was done, and to which key, if there are keys."""
    return did(operation) + ("" if operation.key is None else f" at {describe(operation.key)}")


def describe(key: Hashable) -> str:
    """A key as it is called in verdicts; nothing for the only one."""
    return "" if key is None else f"key {tell_value(key)}"


def asked(operation: Operation) -> str:
    """The operation as a noun: ``read of 4``, ``write of 5``."""
    if operation.kind in ("read", "get") and operation.outcome is Outcome.OK:
        return f"read of {tell_value(operation.output)}"
    if operation.kind == "cas" and isinstance(operation.input, tuple):
        old, new = operation.input
        return f"change of {tell_value(old)} to {tell_value(new)}"
    if operation.kind in ASKED:
        return _filled(ASKED[operation.kind], operation)
    what = "" if operation.input is None else f" {tell_value(operation.input)}"
    return f"{operation.kind}{what}"


def who(operation: Operation) -> str:
    """The client."""
    return f"client {operation.process}"


def whose(operation: Operation) -> str:
    """``client 1's write of 5``."""
    return f"{who(operation)}'s {asked(operation)}"


def when(operation: Operation) -> str:
    """From when to when: in seconds if they are known, else by lines or events."""
    if operation.begun_s is not None:
        if operation.ended_s is None or operation.completed == NEVER:
            return f"from {_seconds(operation.begun_s)} on"
        return f"from {_seconds(operation.begun_s)} to {_seconds(operation.ended_s)}"
    if operation.completed == NEVER:
        return f"from event {operation.invoked + 1} on"
    return f"from event {operation.invoked + 1} to {operation.completed + 1}"


def begun(operation: Operation) -> str:
    """The moment it began."""
    if operation.begun_s is not None:
        return f"at {_seconds(operation.begun_s)}"
    return f"at event {operation.invoked + 1}"


def ended(operation: Operation) -> str:
    """The moment it ended; raises ValueError if it never did."""
    if operation.completed == NEVER:
        raise ValueError("it never ended")
    if operation.ended_s is not None:
        return f"at {_seconds(operation.ended_s)}"
    return f"at event {operation.completed + 1}"


def line(operation: Operation) -> str:
    """The operation on a line of its own: ``client 3 read 4, from 0.204 s to 0.310 s``."""
    place = f" (line {operation.line})" if operation.line else ""
    return f"{who(operation)} {on_key(operation)}, {when(operation)}{place}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _filled(form: str, operation: Operation) -> str:
    return form.format(input=tell_value(operation.input), output=tell_value(operation.output))


def _compared(operation: Operation) -> str:
    if not isinstance(operation.input, tuple) or len(operation.input) != 2:
        return "compared and set"
    old, new = (tell_value(each) for each in operation.input)
    if operation.output is False:
        return f"found that it was not {old}"
    return f"changed {old} to {new}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + " s"
