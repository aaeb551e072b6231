"""Judge one answer to a code question: a program for the sandbox, standard library only.

stdin is one JSON object: ``answer`` and ``check`` (Python), ``asked`` (the names of builtins
that the question wants redefined) and two words, ``secret`` and ``mark``. A pass is told by a
line that is the secret, anything else by one that begins with the mark. Without the secret
nothing has passed. See `code_answers` for what this holds against, and what not.

The answer and the check share an interpreter, since the check calls what the answer defines.
So the secret must be where Python code cannot get at it:

- It is in a local variable, and what would show a frame is refused for good by an audit hook,
  which cannot be removed: frames of the stack, of tracebacks, generators and coroutines,
  tracing, the garbage collector's lists, foreign functions, modules that are not Python's own.
- Python hands a frame to a handler of signals, unasked; handlers can be set by the main thread
  only. So the main thread waits, and all happens in another one. (That a child would have its
  own main thread is a reason why the sandbox allows none.)
- While the judge itself looks at the frames of an error, nothing of the answer is called: not
  even a method of a name.
- What is used once the answer has run is not for the answer to change: this module is run with
  builtins of its own, and calls nothing of the library that is written in Python.
- The report is the end of the process: no exit hook comes after it. A thread of the answer
  might read it, if it has put a pipe in place of stdout; it has two words for that reason.
"""

import ast
import builtins
import gc
import json
import os
import sys
import types
from _thread import allocate_lock, get_ident, start_new_thread

FILE, CHECK_FILE = "answer.py", "check"
_WORDS_MAX = 300
_DENIED = frozenset(
    (
        *("sys._getframe", "sys._current_frames", "sys._current_exceptions"),
        *("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback"),
        *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.addaudithook"),
        *("os.fork", "os.forkpty"),
    )
)
_FRAMES = frozenset(("tb_frame", "gi_frame", "cr_frame", "ag_frame"))
_NATIVE = frozenset(
    (
        *("ctypes", "_ctypes", "_testcapi", "_testinternalcapi", "_testmultiphase"),
        *("_xxsubinterpreters", "_interpreters", "_interpchannels", "_xxinterpchannels"),
    )
)


def guard(judging: list[int]) -> None:
    """Refuse what would show the judge's frames. ``judging`` holds the thread that may."""
    own = (sys.base_prefix, sys.base_exec_prefix)

    def hook(event: str, arguments: tuple) -> None:  # type: ignore[type-arg]
        if event == "object.__getattr__":
            bad = arguments[1] in _FRAMES and judging != [get_ident()]
        elif event == "import":
            name, file = arguments[0], arguments[1]
            bad = name.partition(".")[0] in _NATIVE or (
                file is not None
                and (type(file) is not str or not file.startswith(own) or ".." in file)
            )
        else:
            bad = event in _DENIED or event.startswith("ctypes.")
        if bad:
            # A ValueError is what the standard library expects where there are no frames.
            raise ValueError(f"an answer may not use this: {event}")

    sys.addaudithook(hook)


class Strict(ast.NodeTransformer):
    """In assertions, ``a == b`` becomes ``equal(a, b)``, which no object can talk into truth by
    saying that it equals everything."""

    def __init__(self) -> None:
        self._asserting = False

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Only what is asserted."""
        self._asserting = True
        node.test = self.visit(node.test)
        self._asserting = False
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """One comparison with ``==``."""
        self.generic_visit(node)
        if not self._asserting or len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
            return node
        function = ast.Name(id="equal ", ctx=ast.Load())  # no identifier that a check could use
        call = ast.Call(func=function, args=[node.left, node.comparators[0]], keywords=[])
        return ast.copy_location(call, node)


def equal(left: object, right: object) -> object:
    """Whether they are equal, and the left one is not equal to something else as well."""
    for one, other in ((left, right), (right, left)):
        strange, changed = stranger(other)
        if changed and one == strange:
            return False
    return left == right


def stranger(value: object, depth: int = 4) -> tuple[object, bool]:
    """Something of the same shape that is not equal to the value; whether there is any."""
    kind = type(value)
    if kind is bool or value is None:
        return (not value, True)
    if kind in (int, float, complex):
        return (value + 1, value + 1 != value)  # type: ignore[operator]
    if kind is str:
        return (value + "~", True)  # type: ignore[operator]
    if kind in (list, tuple) and depth:
        parts = [stranger(each, depth - 1) for each in value]  # type: ignore[attr-defined]
        return (kind(part for part, _ in parts), any(changed for _, changed in parts))
    if kind is dict and depth:
        pairs = {key: stranger(each, depth - 1) for key, each in value.items()}  # type: ignore[attr-defined]
        return ({k: part for k, (part, _) in pairs.items()}, any(c for _, c in pairs.values()))
    return (value, False)


def names_for_check(
    defined: dict[str, object], asked: list[str], pure: dict[str, object]
) -> dict[str, object]:
    """What the answer defines, except what would stand in the way of a builtin."""
    own = {
        name: value
        for name, value in defined.items()
        if not (name.startswith("__") and name.endswith("__"))
        and (name not in pure or name in asked)
    }
    return {**own, "__name__": "__main__", "__builtins__": dict(pure), "equal ": equal}


def judge(task: dict, judging: list[int]) -> dict:  # type: ignore[type-arg]
    """Run the answer, then the check: what came of it."""
    pure = dict(vars(builtins))
    try:
        compiled = compile(task["answer"], FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"stage": "syntax", "error": "SyntaxError", "said": error.msg, "line": error.lineno}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"stage": "syntax", "error": type(error).__name__, "said": str(error)}
    tree = ast.fix_missing_locations(Strict().visit(ast.parse(task["check"])))
    checking = compile(tree, CHECK_FILE, "exec", dont_inherit=True)
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    stage = "answer"
    guard(judging)
    try:
        exec(compiled, vars(module))
        stage = "check"
        exec(checking, names_for_check(vars(module), task["asked"], pure))
    except BaseException as error:
        return found(stage, error, judging)
    return {"stage": "passed"}


def found(stage: str, error: BaseException, judging: list[int]) -> dict:  # type: ignore[type-arg]
    """An error, with its words and the last lines that it passed in the answer and the check."""
    try:
        said = str(error)  # may run code of the answer: before the judge may see frames
    except BaseException:
        said = ""
    places: list[tuple[str, int]] = []
    gc.disable()
    try:
        judging[:] = [get_ident()]
        trace = BaseException.__dict__["__traceback__"].__get__(error)
        while trace is not None:
            places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
            trace = trace.tb_next
    finally:
        judging.clear()
    lines = {file: line for file, line in places if type(file) is str}
    # Of exact types: a subclass could print itself as another report.
    return {
        "stage": stage,
        "error": type.__dict__["__name__"].__get__(type(error)),
        "assertion": type(error) is AssertionError,
        "said": str.__getitem__(said, slice(0, _WORDS_MAX)),
        "line": lines.get(FILE),
        "check_line": lines.get(CHECK_FILE),
    }


def main() -> None:
    """Read the task, and end with a report."""
    text = b""
    while more := os.read(0, 1 << 16):
        text += more
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    write, leave = os.write, os._exit

    def work(text: bytes) -> None:
        task = json.loads(text)
        secret, mark = task.pop("secret"), task.pop("mark")
        report = judge(task, [])
        passed = report["stage"] == "passed"
        write(1, f"\n{secret}\n".encode() if passed else f"\n{mark} {report!r}\n".encode())
        leave(0)

    def work_to_its_end(text: bytes) -> None:
        try:
            work(text)
        finally:
            leave(1)

    start_new_thread(work_to_its_end, (text,))
    del text
    ended = allocate_lock()
    ended.acquire()
    while True:
        try:
            ended.acquire()
        except KeyboardInterrupt:
            continue


if __name__ == "judge":
    main()
