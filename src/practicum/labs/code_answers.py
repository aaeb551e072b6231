"""Judge a learner's answer to a code question by the question's check, in the sandbox.

What is guaranteed. An answer passes only if the check came to its end: printing something,
leaving early (sys.exit, os._exit, an exec), exit hooks, threads, patched builtins, exceptions of
any kind, or reading files do not help, since a pass is told by a secret that is not within reach
of Python code (`code_judge` says how), and neither the check nor the solution nor this library
is in the sandbox. The check sees the builtins as they were, whatever the answer defines or
patches; an object that equals everything equals nothing in an assertion. The limits hold, and
what the machine had no time for is unknown, not wrong. The same answer is judged the same again,
unless it draws lots itself or is on the verge of a limit.

What is not. The check hands its own objects to the answer, which may change them, and whatever
they refer to, the check's functions and the library's modules included; and it may tell by its
arguments what is being asked, and know the expected answers to that alone. Checks that matter
ask for more than can be listed, and look at results rather than at their own objects. Nothing
here holds against code that breaks the interpreter's own memory (crafted bytecode): the sandbox
does, for all that is outside, but not for the verdict.
"""

from __future__ import annotations

import ast
import builtins
import json
import secrets
from pathlib import Path

import msgspec

from practicum.checking.verdict import Verdict
from practicum.curriculum.question import Code
from practicum.labs import code_judge
from practicum.servers.sandbox.bubblewrap import PYTHON
from practicum.servers.sandbox.limits import Limit, Limits, Ran, refused_limit
from practicum.servers.sandbox.running import Sandbox

LIMITS = Limits(cpu_s=5.0, wall_s=60.0, memory_bytes=256 << 20, processes=32)
ANSWER_BYTES_MAX = 100_000

_JUDGE = (
    "import builtins as b; exec(compile({source!r}, 'judge', 'exec'), "
    "{{'__builtins__': dict(vars(b)), '__name__': 'judge'}})"
)


class CodeVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an answer: ``said`` in a sentence, ``line`` of the answer if it failed there,
    ``asserted`` the words of the check that did not hold. ``limit`` is what it went beyond.
    Unknown is the machine's fault: judge it again. ``printed`` is what the answer printed."""

    verdict: Verdict
    said: str
    line: int | None = None
    asserted: str = ""
    limit: Limit | None = None
    printed: str = ""
    cpu_s: float = 0.0


class _Report(msgspec.Struct, frozen=True):
    """What the judge found: ``stage`` is where it ended."""

    stage: str
    error: str = ""
    assertion: bool = False
    said: str = ""
    line: int | None = None
    check_line: int | None = None


def code_sandbox(*, own_code: bool = False) -> Sandbox:
    """A sandbox for answers: no /proc, no processes. ``own_code``: for an author's own, on her
    own machine."""
    return Sandbox(LIMITS, own_code=own_code, proc=False, alone=True)


def judge_answer(question: Code, answer: str, sandbox: Sandbox) -> CodeVerdict:
    """Run an answer, then the question's check. SandboxRefused if there is no sandbox here."""
    if len(answer.encode("utf-8", "replace")) > ANSWER_BYTES_MAX:
        said = f"the answer is longer than {ANSWER_BYTES_MAX // 1000} kB"
        return CodeVerdict(verdict=Verdict.FAIL, said=said)
    secret, mark = secrets.token_hex(16), secrets.token_hex(16)
    task = {
        "answer": answer,
        "check": question.check,
        "asked": sorted(asked_builtins(question)),
        "secret": secret,
        "mark": mark,
    }
    program = _JUDGE.format(source=judge_source())
    ran = sandbox.run(
        [PYTHON, "-u", "-s", "-S", "-P", "-c", program], stdin=json.dumps(task).encode()
    )
    printed, report = _heard(ran.said, secret, mark)
    judged = _judged(question, ran, report)
    return msgspec.structs.replace(judged, printed=printed, cpu_s=ran.cpu_s)


def judge_source() -> str:
    """The program that judges."""
    return Path(code_judge.__file__).read_text("utf-8")


def asked_builtins(question: Code) -> set[str]:
    """Names of builtins that the question itself wants to be defined."""
    names: set[str] = set()
    for text in (question.start, question.solution):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign):
                names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return names & set(vars(builtins))


def _heard(said: str, secret: str, mark: str) -> tuple[str, _Report | None]:
    """What the answer printed, and what the judge found."""
    printed, passed, _ = said.rpartition(f"\n{secret}\n")
    if passed:
        return printed, _Report("passed")
    printed, failed, rest = said.rpartition(f"\n{mark} ")
    if not failed:
        return said, None
    try:
        return printed, msgspec.convert(ast.literal_eval(rest.partition("\n")[0]), _Report)
    except (ValueError, SyntaxError, msgspec.ValidationError):  # the answer meddled with it
        return printed, None


def _judged(question: Code, ran: Ran, report: _Report | None) -> CodeVerdict:
    if ran.starved:
        return CodeVerdict(verdict=Verdict.UNKNOWN, said=ran.sentence, limit=ran.limit)
    if ran.limit is not None:
        return CodeVerdict(verdict=Verdict.FAIL, said=ran.sentence, limit=ran.limit)
    if report is None:
        said = f"it ended the program before the check had come to its end ({ran.sentence})"
        return CodeVerdict(verdict=Verdict.FAIL, said=said)
    if report.stage == "passed":
        return CodeVerdict(verdict=Verdict.PASS, said="it passes the check")
    return CodeVerdict(
        verdict=Verdict.FAIL,
        said=_failure(question, report),
        line=report.line,
        asserted=_assertion(question.check, report.check_line) if report.assertion else "",
        limit=refused_limit(1, f"{report.error}: {report.said}".encode()),
    )


def _failure(question: Code, report: _Report) -> str:
    place = f" (line {report.line})" if report.line is not None else ""
    error = f"{report.error}: {report.said}" if report.said else report.error
    if report.stage == "syntax":
        return f"it is not Python: {error}{place}"
    if report.stage == "answer":
        return f"it fails before anything is asked of it: {error}{place}"
    if report.assertion:
        asserted = _assertion(question.check, report.check_line)
        return f"it does not hold: {report.said or asserted}{place}"
    return f"it fails when it is called: {error}{place}"


def _assertion(check: str, line: int | None) -> str:
    """The words of the innermost statement of the check that spans a line."""
    spans = [
        node
        for node in ast.walk(ast.parse(check))
        if isinstance(node, ast.Assert)
        and line is not None
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return ast.get_source_segment(check, spans[-1].test) or "" if spans else ""
