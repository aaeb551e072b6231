"""Answers in code, judged in the sandbox."""

from __future__ import annotations

from practicum.checking.verdict import Verdict
from practicum.curriculum.question import Code
from practicum.labs.code_answers import code_sandbox, judge_answer
from practicum.learner.exam.grading import Outcome
from practicum.servers.sandbox.bubblewrap import SandboxRefused
from practicum.study.exams.grading import RunCode


def code_runner(*, own_machine: bool) -> RunCode:
    """What judges answers on this machine. ``own_machine``: whoever wrote them owns it, so that
    they may run as a plain process where there can be no sandbox; elsewhere nothing is known
    then, which costs nothing."""

    def run(question: Code, answer: str) -> Outcome:
        try:
            try:
                found = judge_answer(question, answer, code_sandbox())
            except SandboxRefused:
                if not own_machine:
                    raise
                found = judge_answer(question, answer, code_sandbox(own_code=True))
        except SandboxRefused as error:
            return Outcome(passed=None, said=str(error))
        if found.verdict is Verdict.UNKNOWN:
            return Outcome(passed=None, said=found.said)
        return Outcome(passed=found.verdict is Verdict.PASS, said=found.said)

    return run
