"""What is wrong without any check, and what the checks of a file say of a history."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from practicum.checking.verdict import Judgement, Verdict, judge
from practicum.simulation.history import History
from practicum.simulation.loop import STEPS_AT_ONCE_MAX, Busy, DeterministicLoop
from practicum.simulation.node import Node
from practicum.simulation.places import failed_at, told_of, waits_at
from practicum.simulation.running.program import checks_of
from practicum.simulation.tasks import SimTask

UNHANDLED, STUCK, BUSY, LIVENESS = "no unhandled errors", "no deadlock", "no busy loop", "liveness"


class Findings:
    """What went wrong while a world ran."""

    def __init__(self, loop: DeterministicLoop) -> None:
        self._loop = loop
        self.found: list[Judgement] = []
        self._told: list[BaseException] = []

    def unhandled(self, name: str, error: BaseException) -> None:
        """An error left the code of a node or a client. It is told once, whoever finds it."""
        if any(error is each for each in self._told):
            return
        self._told.append(error)
        line = failed_at(error)
        self._add(
            UNHANDLED,
            expected=f"{name} handles its errors",
            seen=f"{told_of(error)}, at {line or 'no line of the file'}",
            line=line,
        )

    def left_over(self, tasks: Iterable[Any]) -> None:
        """Tasks that failed, whose errors nobody has looked at, and callbacks that did."""
        for complaint in self._loop.complaints:
            error = complaint.get("exception")
            if error is not None:
                self.unhandled("the code", error)
        for task in tasks:
            if isinstance(task, SimTask) and task.done() and task._log_traceback:
                error = task.exception()
                if error is not None:
                    self.unhandled(task.get_name(), error)

    def busy(self, busy: Busy) -> None:
        """Time could not go on."""
        line = busy.where or (waits_at(busy.task) if hasattr(busy.task, "get_coro") else "")
        seen = f"{STEPS_AT_ONCE_MAX:,} steps at one moment" if not busy.where else "no end"
        self._add(
            BUSY,
            expected="code waits for something sooner or later",
            seen=f"{seen}, the last at {line or 'no line of the file'}",
            line=line,
        )

    def stuck(self, name: str, tasks: Iterable[Any]) -> None:
        """Somebody waits for what can never happen."""
        lines = [where for task in tasks if (where := waits_at(task))]
        self._add(
            STUCK,
            expected="whoever waits is answered, or gives up after a while",
            seen=f"{name} waits at {', '.join(lines) or 'no line of the file'}, and nothing is due",
            line=lines[0] if lines else "",
        )

    def still(self, nodes: Iterable[Node], tasks_of: Callable[[Node], list[Any]]) -> None:
        """Nothing can ever happen again."""
        for node in nodes:
            if tasks := tasks_of(node):
                self.stuck(node.name, tasks)
                return

    def too_late(self, patience_s: float, line: str) -> None:
        """What must come to its end did not."""
        self._add(
            LIVENESS,
            expected=f"finish comes to its end within {patience_s:g} s after all faults are over",
            seen=f"it still waits at {line or 'no line of the file'}",
            line=line,
        )

    def _add(self, check: str, *, expected: str, seen: str, line: str) -> None:
        at = f" (at {self._loop._time:.3f} s)"
        self.found.append(
            Judgement(
                check=check,
                verdict=Verdict.FAIL,
                expected=expected,
                seen=seen + at,
                look_next=line,
            )
        )


def judge_history(defined: dict[str, Any], history: History) -> tuple[Judgement, ...]:
    """What the file's checks say. A check answers with judgements, or nothing if all is well, or
    fails an assertion; one that fails otherwise proves nothing."""
    found: list[Judgement] = []
    for name, check in checks_of(defined).items():
        found += _ask(name, check, history)
    return tuple(found)


def _ask(name: str, check: Callable[[History], Any], history: History) -> list[Judgement]:
    expected = " ".join((check.__doc__ or name).split())
    try:
        answer = check(history)
        if answer is None:
            return [judge(name, expected=expected, seen="it holds")]
        return [answer] if isinstance(answer, Judgement) else _all_of(answer)
    except AssertionError as error:
        line = failed_at(error)
        return [
            Judgement(
                check=name,
                verdict=Verdict.FAIL,
                expected=expected,
                seen=str(error) or f"the assertion at {line} does not hold",
                look_next=line,
            )
        ]
    except (Exception, Busy, SystemExit, KeyboardInterrupt) as error:
        line = failed_at(error)
        said = f"the check itself failed: {told_of(error)}{line and f', at {line}'}"
        return [Judgement(check=name, verdict=Verdict.UNKNOWN, expected=expected, seen=said)]


def _all_of(answer: Any) -> list[Judgement]:
    """Several judgements. TypeError for anything else, which would be no verdict."""
    found = list(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else None
    if found is None or not all(isinstance(each, Judgement) for each in found):
        if inspect.iscoroutine(answer):
            answer.close()
        raise TypeError(
            f"a check fails an assertion, or returns judgements, and not {answer!r:.100}; "
            "it is no async function"
        )
    return found
