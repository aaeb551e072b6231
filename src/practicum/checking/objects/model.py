"""What a model is: an object as a state, and what an operation does to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from practicum.checking.history.building import PROBLEMS_MAX, HistoryError
from practicum.checking.history.operation import Operation


class Rejected:
    """The type of ``REJECTED``."""


REJECTED: Final = Rejected()
"""What ``step`` returns for an operation that cannot have happened in a state."""

State = Any
"""What an object is; always hashable."""

InputProblem = Callable[[Operation], str | None]
"""What is wrong with an operation's input or output, if anything is."""


class Model(Protocol):
    """An object that clients share, as it behaves when they take turns.

    ``kinds`` names its operations, each with a check of its values (None: anything goes);
    ``personal`` says whether it matters who does them. An operation of unknown outcome has no
    output; ``step`` then says what it does if it takes effect.
    """

    name: str
    initial: State
    kinds: Mapping[str, InputProblem | None]
    personal: bool

    def step(self, state: State, operation: Operation) -> State:
        """The state after the operation, or ``REJECTED``."""
        ...

    def observes(self, operation: Operation) -> bool:
        """Whether the operation never changes any state that accepts it."""
        ...

    def tell(self, state: State) -> str:
        """The state in words, to follow "the <name> is then"."""
        ...

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """What must leave ``kept`` for ``chosen`` to leave, so that if all of ``kept`` can be
        ordered, so can the rest; of ``chosen``, those that cannot leave are not in it.
        """
        ...


def validate(model: Model, operations: Iterable[Operation], name: str = "history") -> None:
    """Raises ``HistoryError`` that names every operation, by line, that the model cannot do."""
    kinds = model.kinds
    problems: list[str] = []
    for operation in operations:
        try:
            check = kinds[operation.kind]
            wrong = None if check is None else check(operation)
        except KeyError:
            known = ", ".join(sorted(kinds))
            wrong = f"a {model.name} has no operation {operation.kind!r}; it has {known}"
        if wrong is not None:
            problems.append(f"{name}:{operation.line}: {wrong}")
            if len(problems) == PROBLEMS_MAX:
                break
    if problems:
        raise HistoryError(problems)


def closure(
    chosen: Sequence[Operation],
    kept: Sequence[Operation],
    gives: Callable[[Operation], Iterable[Hashable]],
    expects: Callable[[Operation], Iterable[Hashable]],
) -> Sequence[Operation]:
    """``chosen``, with all that expect what they give, and what these give, and so on."""
    leaving = {each.invoked: each for each in chosen}
    new = list(chosen)
    while new:
        lost = {value for each in new for value in gives(each)}
        new = [
            each
            for each in kept
            if each.invoked not in leaving and not lost.isdisjoint(expects(each))
        ]
        leaving.update((each.invoked, each) for each in new)
    return tuple(leaving.values())
