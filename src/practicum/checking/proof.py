"""A proof: a sentence that says what is wrong, and the few operations that show it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.checking.history.operation import Operation
from practicum.checking.history.words import line
from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict


class Proof(msgspec.Struct, frozen=True):
    """``words`` are the sentence, ``operations`` those it speaks of, ``steps`` the argument in
    words, if there is more to say than who did what."""

    words: str
    operations: tuple[Operation, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The argument, or the operations in order of invocation."""
        return self.steps or tuple(line(each) for each in in_order(*self.operations))


def in_order(*operations: Operation) -> tuple[Operation, ...]:
    """Each once, by invocation."""
    return tuple(sorted({each.invoked: each for each in operations}.values(), key=_invoked))


def _invoked(operation: Operation) -> int:
    return operation.invoked


def proved(check: str, *, expected: str, seen: str, proofs: Sequence[Proof]) -> Judgement:
    """A pass if there is no proof of the contrary; the first one is shown step by step."""
    return Judgement(
        check=check,
        verdict=Verdict.FAIL if proofs else Verdict.PASS,
        expected=expected,
        seen=seen,
        examples=tuple(each.words for each in proofs[:EXAMPLES_MAX]),
        shown=proofs[0].lines if proofs else (),
    )
