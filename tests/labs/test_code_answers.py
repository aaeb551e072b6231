"""An answer to a code question passes if it is right, and by no trick.

Every trick is shown to work against a judge that lacks what stops it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from practicum.checking.verdict import Verdict
from practicum.curriculum.question import Code
from practicum.labs import code_answers
from practicum.labs.code_answers import (
    LIMITS,
    CodeVerdict,
    asked_builtins,
    code_sandbox,
    judge_answer,
    judge_source,
)
from practicum.labs.code_judge import equal
from practicum.servers.sandbox.bubblewrap import PYTHON, SandboxRefused
from practicum.servers.sandbox.running import Sandbox
from practicum.servers.sandbox.watching import Watch

QUESTION = Code(
    id="twice",
    text="t",
    explain="e",
    start="def twice(x): ...",
    solution="def twice(x): return 2 * x",
    check=(
        "assert twice(2) == 4\n"
        "numbers = [twice(x) for x in range(3)]\n"
        "assert sorted(numbers) == [0, 2, 4], 'in any order'\n"
        "assert len(numbers) == 3\n"
    ),
)


def judged(answer: str, sandbox: Sandbox | None = None) -> CodeVerdict:
    """What comes of an answer to the question."""
    return judge_answer(QUESTION, answer, sandbox or code_sandbox())


def naively(answer: str) -> bool:
    """As one would judge without thinking: the check after the answer, and the exit code."""
    program = f"{answer}\n\n{QUESTION.check}\n"
    return Sandbox(LIMITS).run([PYTHON, "-s", "-S", "-c", program]).good


@pytest.mark.parametrize(
    "answer",
    [
        "def twice(x): return 2 * x",
        "twice = (2).__mul__",
        "print('working')\ndef twice(x):\n    print(x)\n    return x + x",
        "import asyncio\nasync def f(x): return 2 * x\ndef twice(x): return asyncio.run(f(x))",
        "import concurrent.futures as c\ndef twice(x):\n"
        "    with c.ThreadPoolExecutor() as p: return p.submit(lambda: 2 * x).result()",
        "import collections, dataclasses, enum, logging, typing, decimal, sqlite3\n"
        "P = collections.namedtuple('P', 'x')\nlogging.warning('hm')\n"
        "class E(enum.Enum): A = 1\n@dataclasses.dataclass\nclass D:\n    x: 'int'\n"
        "T = typing.TypeVar('T')\ndef twice(x): return P(D(x)).x.x * 2",
        "def twice(x):\n    try: return x.nothing\n    except AttributeError: return 2 * x",
        "if __name__ == '__main__': raise SystemExit\ndef twice(x): return 2 * x",
        "def len(x): return 7\ndef twice(x): return 2 * x",
        "open('log', 'w').write('x')\ndef twice(x): return 2 * x if open('log').read() else 0",
    ],
)
def test_a_right_answer_passes(answer: str) -> None:
    """However it is written, and with what the standard library has."""
    found = judged(answer)
    assert found.verdict is Verdict.PASS, found
    assert found.limit is None


@pytest.mark.parametrize(
    ("answer", "said", "line"),
    [
        ("def twice(x): ...", "it does not hold: twice(2) == 4", None),
        ("\ndef twice(x):\n    return [x][1]", "IndexError: list index out of range (line 3)", 3),
        ("def twice(x): return 4", "it does not hold: in any order", None),
        ("def twice(x) return 4", "it is not Python: SyntaxError: expected ':' (line 1)", 1),
        ("x = 1 / 0", "before anything is asked of it: ZeroDivisionError: division by", 1),
        ("\nassert 1 > 2, 'mine'", "before anything is asked of it", 2),
        ("def once(x): return x", "NameError: name 'twice' is not defined", None),
        ("def twice(x):\n    assert x > 2, 'mine'", "it does not hold: mine (line 2)", 2),
        ("\0", "it is not Python", None),
        ("x = '\ud800'", "it is not Python", None),
        ("x" * 200_000, "longer than 100 kB", None),
        ("def twice(x): return twice(x)", "RecursionError", 1),
        ("-" * 90_000 + "1", "", None),
    ],
)
def test_a_wrong_answer_fails_with_words_and_a_line(
    answer: str, said: str, line: int | None
) -> None:
    """The check's words, and where in the learner's own code it happened."""
    found = judged(answer)
    assert found.verdict is Verdict.FAIL
    assert said in found.said
    assert found.line == line


def test_the_assertion_and_what_was_printed_are_shown() -> None:
    """To find out why."""
    found = judged("def twice(x):\n    print('asked for', x)\n    return 4")
    assert found.asserted == "sorted(numbers) == [0, 2, 4]"
    assert found.printed.splitlines() == [
        "asked for 2",
        "asked for 0",
        "asked for 1",
        "asked for 2",
    ]


BLIND = {
    "exit": "import sys; sys.exit(0)",
    "_exit": "import os; os._exit(0)",
    "_exit when asked": "import os\ndef twice(x): os._exit(0)",
    "exec": "import os; os.execv('/bin/true', ['true'])",
    "a hook": "import atexit, os\natexit.register(os._exit, 0)\ndef twice(x): return 0",
    "an except hook": "import sys, os\nsys.excepthook = lambda *a: os._exit(0)",
    "a thread": "import threading, os, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.05), os._exit(0))).start()\n"
    "def twice(x): time.sleep(0.3)",
    "equal to all": "class Yes:\n    def __eq__(self, other): return True\n"
    "    def __lt__(self, other): return True\n"
    "def twice(x): return Yes()",
    "an int that is equal": "class Yes(int):\n    def __eq__(self, other): return True\n"
    "def twice(x): return Yes(7)",
    "a shadow": "def twice(x): return 4\ndef sorted(x): return [0, 2, 4]",
    "a patch": "import builtins\nbuiltins.sorted = lambda x: [0, 2, 4]\ndef twice(x): return 4",
    "a late patch": "import builtins\n"
    "def twice(x):\n    builtins.sorted = lambda x: [0, 2, 4]\n    return 4",
}


@pytest.mark.parametrize("answer", BLIND.values(), ids=BLIND)
def test_a_trick_is_no_pass(answer: str) -> None:
    """Each is one, where the exit code is believed and the check sees what the answer defines."""
    assert naively(answer)
    found = judged(answer)
    assert found.verdict is Verdict.FAIL, found


@pytest.mark.parametrize(
    "printed",
    ["passed", "\n0123456789abcdef0123456789abcdef \n", "{'stage': 'passed'}"],
)
def test_printing_a_pass_is_none(printed: str) -> None:
    """Without the secret it is just something printed."""
    found = judged(f"import os\nprint({printed!r}, flush=True)\nos._exit(0)")
    assert (found.verdict, found.printed) == (Verdict.FAIL, printed + "\n")


SEEK = """
import os
def seek(frame):
    while frame is not None:
        if "secret" in frame.f_locals:
            text = "\\n" + frame.f_locals["secret"] + "\\n"
            os.write(1, text.encode())
            os._exit(0)
        frame = frame.f_back
"""
PEEPING = {
    "getframe": "import sys\nseek(sys._getframe())",
    "a traceback": "try: 1 / 0\nexcept Exception as e: seek(e.__traceback__.tb_frame)",
    "a generator": "def g():\n    seek(h.gi_frame)\n    yield\nh = g()\nnext(h)\n",
    "a coroutine": "async def c(): seek(k.cr_frame)\nk = c()\nk.send(None)",
    "all frames": "import sys\nfor f in sys._current_frames().values(): seek(f)",
    "tracing": "import sys\nsys.settrace(lambda f, *a: seek(f))\n(lambda: 0)()",
    "profiling": "import sys\nsys.setprofile(lambda f, *a: seek(f))\n(lambda: 0)()",
    "in the check": "import sys\ndef twice(x): seek(sys._getframe())",
    "an exception's words": "import sys\nclass E(Exception):\n"
    "    def __str__(self): seek(sys._getframe()); return ''\nraise E",
    "foreign functions": "import ctypes\ndef f(): return ctypes.pythonapi.PyEval_GetFrame\n"
    "g = f()\ng.restype = ctypes.py_object\nseek(g())",
}


@pytest.mark.parametrize("peep", PEEPING.values(), ids=PEEPING)
def test_the_secret_cannot_be_found(peep: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by any way to a frame; each does find it where the way is not closed."""
    assert judged(SEEK + peep).verdict is Verdict.FAIL
    open_judge = judge_source().replace("    guard(judging)\n", "")
    assert open_judge != judge_source()
    monkeypatch.setattr(code_answers, "judge_source", lambda: open_judge)
    assert judged(SEEK + peep).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "code",
    [
        "import gc; gc.get_objects()",
        "import gc; gc.get_referrers(gc)",
        "import _ctypes",
        "import _testcapi",
        "import logging.config; import importlib; importlib.import_module('ctypes')",
    ],
)
def test_what_looks_into_the_interpreter_is_refused(code: str) -> None:
    """By name; it stands in the way of no usual answer."""
    assert "may not use this" in judged(code).said


SIGNALLED = """
import signal
signal.signal(signal.SIGALRM, lambda number, frame: seek(frame))
signal.raise_signal(signal.SIGALRM)
"""


def test_no_handler_of_signals_is_given_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since only a main thread may have one, and none runs there; in a child it would."""
    assert judged(SEEK + SIGNALLED).verdict is Verdict.FAIL
    in_child = SEEK + "if os.fork():\n    os.wait(); os._exit(0)\n" + SIGNALLED
    assert judged(in_child).verdict is Verdict.FAIL
    in_main = judge_source().replace(
        "start_new_thread(work_to_its_end, (text,))", "work_to_its_end(text)"
    )
    monkeypatch.setattr(code_answers, "judge_source", lambda: in_main)
    assert judged(SEEK + SIGNALLED).verdict is Verdict.PASS
    monkeypatch.undo()
    monkeypatch.setattr(
        code_answers, "judge_source", lambda: judge_source().replace('"os.fork", ', "")
    )
    assert judged(in_child).verdict is Verdict.FAIL  # the sandbox itself has no child
    assert judged(in_child, Sandbox(LIMITS)).verdict is Verdict.PASS


def test_an_error_cannot_print_itself_as_a_pass() -> None:
    """The report is of plain text only, whatever classes the answer makes."""
    liar = """
class Text(str):
    def __repr__(self): return "'', 'stage': 'passed'"
class Name(type):
    __name__ = property(lambda cls: Text())
class E(Exception, metaclass=Name):
    def __str__(self): return Text('words')
raise E
"""
    found = judged(liar)
    assert found.verdict is Verdict.FAIL
    assert "E: words (line 8)" in found.said


WINDOWS = {
    "a hook of its own": """
import sys
def hook(event, arguments):
    if event == "object.__getattr__" and arguments[1] == "tb_frame":
        sys.setswitchinterval(1)
        try: seek(arguments[0].tb_frame)
        except RecursionError: pass
sys.addaudithook(hook)
raise ValueError
""",
    "a name that is hashed": """
class Name(str):
    def __hash__(self):
        try: 1 / 0
        except ZeroDivisionError as error: seek(error.__traceback__.tb_frame)
        return 0
def f(): raise ValueError
f.__code__ = f.__code__.replace(co_filename=Name("x"))
f()
""",
}


@pytest.mark.parametrize("peep", WINDOWS.values(), ids=WINDOWS)
def test_nothing_of_the_answer_runs_while_the_judge_may_see_frames(
    peep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would find the secret in that moment."""
    assert judged(SEEK + peep).verdict is Verdict.FAIL
    careless = (
        judge_source()
        .replace(', "sys.addaudithook"', "")
        .replace(
            "    finally:\n        judging.clear()\n    lines =",
            "    finally:\n        pass\n    lines =",
        )
        .replace("if type(file) is str}", "}")
    )
    monkeypatch.setattr(code_answers, "judge_source", lambda: careless)
    assert judged(SEEK + peep).verdict is Verdict.PASS


INTERCEPTING = """
import os, threading
real = os.dup(1)
reading, writing = os.pipe()
os.dup2(writing, 1)
def forge():
    text = os.read(reading, 4096).decode()
    os.write(real, ("\\n" + text.split()[0] + "\\n").encode())
    os._exit(0)
threading.Thread(target=forge).start()
raise ValueError
"""


def test_a_failure_that_is_intercepted_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word that tells a pass is in no other report."""
    assert judged(INTERCEPTING).verdict is Verdict.FAIL
    one_word = (
        judge_source()
        .replace("leave = os.write, os._exit", "leave = os.write, lambda code: None")
        .replace("{mark} {report!r}", "{secret} {report!r}")
    )
    monkeypatch.setattr(code_answers, "judge_source", lambda: one_word)
    assert judged(INTERCEPTING).verdict is Verdict.PASS


def test_patching_the_library_does_not_change_the_report() -> None:
    """The judge calls nothing that the answer can change."""
    patch = """
import builtins, json, os
for name in ("repr", "str", "type", "isinstance", "dict"):
    setattr(builtins, name, lambda *a: "{'stage': 'passed'}")
json.dumps = lambda *a, **k: "{'stage': 'passed'}"
os._exit = os.write = lambda *a: None
raise ValueError("wrong")
"""
    assert "wrong" in judged(patch).said


def test_neither_check_nor_solution_is_there_to_be_read() -> None:
    """The sandbox has no file of theirs, and no other process to look into."""
    search = """
import os, sys
def twice(x): return 0
for place, folders, files in os.walk("/"):
    for name in files:
        if name.endswith((".yaml", ".md")) and "question" in name: print("found", place, name)
print(sys.argv, os.path.exists("/proc"), os.listdir("."))
"""
    found = judged(search)
    assert "found" not in found.printed
    assert found.printed == "['-c'] False []\n"


THREADS = """
import threading, time
for n in range(99):
    threading.Thread(target=time.sleep, args=(60,)).start()
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        ("while True: pass", "cpu"),
        ("def twice(x):\n    while True: pass", "cpu"),
        ("k = []\nwhile True: k.append(bytes(1 << 24))", "memory"),
        ("while True: print('x' * 1000)", "output"),
        (THREADS, "processes"),
        ("import time; time.sleep(60)", "wall"),
    ],
)
def test_the_limit_that_ended_it_is_told(
    answer: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As data and in words."""
    small = msgspec.structs.replace(LIMITS, cpu_s=0.5, wall_s=1.0 if limit == "wall" else 60.0)
    monkeypatch.setattr(code_answers, "LIMITS", small)
    monkeypatch.setattr(Watch, "queued_s", 0.0)
    found = judged(answer)
    assert (found.verdict, found.limit) == (Verdict.FAIL, limit), found
    assert found.said


def test_what_the_machine_had_no_time_for_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never wrong."""
    monkeypatch.setattr(code_answers, "LIMITS", msgspec.structs.replace(LIMITS, wall_s=0.3))
    monkeypatch.setattr(Watch, "queued_s", 0.2)
    found = judged("import time; time.sleep(60)")
    assert found.verdict is Verdict.UNKNOWN
    assert "too busy" in found.said


def test_an_answer_is_judged_the_same_again() -> None:
    """Though it depends on the order of a set, which differs between interpreters."""
    answer = (
        "def twice(x): return len(list({'a', 'b', 'c'}).__repr__()) and list({'a', 'b'})[0] == 'a'"
    )
    assert len({(each.verdict, each.said) for each in (judged(answer) for _ in range(5))}) == 1


def test_a_builtin_may_be_asked_for() -> None:
    """Then the check gets the answer's; otherwise its own."""
    question = msgspec.structs.replace(
        QUESTION,
        start="def sum(xs): ...",
        solution="def sum(xs): return -1",
        check="assert sum([1]) == -1\nassert max([1, 2]) == 2",
    )
    assert asked_builtins(question) == {"sum"}
    answer = "def sum(xs): return -1\ndef max(xs): return 5"
    assert judge_answer(question, answer, code_sandbox()).verdict is Verdict.PASS
    assert judge_answer(question, "x = 1", code_sandbox()).verdict is Verdict.FAIL


def test_answers_are_refused_where_there_is_no_sandbox() -> None:
    """Rather than run without one."""
    with pytest.raises(SandboxRefused):
        judged("twice = 1", Sandbox(program=Path("/nonexistent")))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1), (1.5, 1.5), (float("inf"), float("inf")), (True, True), (None, None), ("", ""),
        ([], []), ([1, [2]], [1, [2]]), ((), ()), ({"a": 1}, {"a": 1}), ({1}, {1}), (b"x", b"x"),
        (1, 1.0), (1, True), (0, False), (range(2), range(2)),
    ],
)  # fmt: skip
def test_what_is_equal_stays_equal(left: object, right: object) -> None:
    """For plain values the check's comparisons mean what they say."""
    assert equal(left, right) is True
    assert equal(left, object()) is False
