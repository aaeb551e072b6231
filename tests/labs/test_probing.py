"""Files that cannot be loaded are told of before anything is restarted for them."""

from __future__ import annotations

import os
import shutil
import textwrap
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.labs.check.imports import (
    loaders_of,
    names_defined,
    names_wanted,
    services_of,
    source_of,
)
from practicum.labs.check.probing import Problem, probe_files
from practicum.labs.check.reading import read_file
from practicum.servers.guardian import start_of
from practicum.service.live.replacing import replace_modules

SAGA = "practicum.shop.order.saga"
SERVICE = "practicum.shop.payment.service"
RULES = "practicum.shop.payment.rules"


def original(module: str) -> str:
    """The source that the shop comes with."""
    path = source_of(module)
    assert path is not None
    return path.read_text()


def written(folder: Path, source: str, name: str = "saga.py") -> Path:
    """A file of somebody's."""
    path = folder / name
    path.write_text(source)
    return path


def begun_with(code: str, module: str = SAGA) -> tuple[str, int]:
    """The original with code that runs when it is loaded, and the code's first line."""
    source = original(module)
    return source + textwrap.dedent(code), source.count("\n") + 1


async def told(folder: Path, source: str, module: str = SAGA, timeout_s: float = 15) -> Problem:
    """The one problem of a file."""
    path = written(folder, source)
    (problem,) = await probe_files({module: path}, timeout_s=timeout_s)
    assert problem.file == "saga.py"
    return problem


def children() -> set[int]:
    """Everything that this process has started and that lives."""
    return {child.pid for child in psutil.Process().children(recursive=True)}


async def test_the_shops_own_files_have_no_problem(tmp_path: Path) -> None:
    """Two files at once, where one imports the other, and one that every service loads."""
    files = {module: written(tmp_path, original(module), module) for module in (SAGA, SERVICE)}
    files |= {m: written(tmp_path, original(m), m) for m in (RULES, "practicum.service.running")}
    assert await probe_files(files) == []


def test_a_syntax_error_shows_the_line_and_the_place_in_it(tmp_path: Path) -> None:
    """File, line number, the line itself with a mark below, and what to do."""
    path = written(tmp_path, "def f(order):\n\tif order.done\n\t\treturn 1\n")
    (problem,) = read_file(path, SAGA)
    assert (problem.file, problem.line) == ("saga.py", 2)
    assert problem.message == "expected ':'\n    if order.done\n                 ^"
    assert problem.remedy.startswith("end the line with a colon")


@pytest.mark.parametrize(
    ("source", "line", "advice"),
    [
        (b"x = (1,\ny = 2\n", 1, "close what this line opens"),
        (b"def f():\nreturn 1\n", 2, "the same indentation"),
        (b"x = 1\nawait x\n", 2, "move the line into the function"),
        (b"x = '\xff'\n", None, "save the file as UTF-8"),
        (b"x = 1\x00\n", None, "plain text"),
        (b"(" * 5000 + b")" * 5000, None, ""),
        (b"-" * 100_000 + b"1", None, "plain text"),
        (b"#" * 2_000_000, None, "is it the right one?"),
    ],
)
def test_what_is_no_program_is_told_with_advice(
    tmp_path: Path, source: bytes, line: int | None, advice: str
) -> None:
    """Whatever the file holds, one problem says what to do, and nothing is raised."""
    path = tmp_path / "saga.py"
    path.write_bytes(source)
    (problem,) = read_file(path, SAGA)
    assert line is None or problem.line == line
    assert advice in problem.remedy


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_reading_never_raises(tmp_path_factory: pytest.TempPathFactory, source: bytes) -> None:
    """Any bytes at all give problems that name the file."""
    path = tmp_path_factory.mktemp("any") / "saga.py"
    path.write_bytes(source)
    assert all(problem.file == "saga.py" for problem in read_file(path, SAGA))
    shutil.rmtree(path.parent)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """It may have been moved away in an editor."""
    (problem,) = read_file(tmp_path / "saga.py", SAGA)
    assert "missing" in problem.message


async def test_a_missing_name_is_told_with_who_needs_it_and_what_was_meant(tmp_path: Path) -> None:
    """A function that was renamed is taken by its old name elsewhere."""
    problem = await told(tmp_path, original(SAGA).replace("def next_move(", "def next_moves("))
    assert problem.message.startswith("next_move is missing: practicum.shop.order.")
    assert "the file has next_moves" in problem.remedy


def test_names_that_only_the_service_itself_takes_count_too(tmp_path: Path) -> None:
    """A service's module is needed for its ``build``, although nobody imports that."""
    path = written(tmp_path, original(SERVICE).replace("def build(", "def construct("))
    (problem,) = read_file(path, SERVICE)
    assert problem.message.startswith("build is missing")


def test_a_name_may_be_made_in_any_way(tmp_path: Path) -> None:
    """Defined is what an assignment, a loop, an import or a branch can bind; what only runs
    can tell is not guessed at."""
    source = """
        import os.path as a, b
        from x import c as d
        if a:
            e: int = 1
        else:
            (f, [g, *h]) = 1, 2
        for i in []: pass
        with a as j: pass
        try: pass
        except E as k: pass
        def l(): m = 1
        class N: o = 2
        match a:
            case [p, *q] as r: pass
        (s := 1)
    """
    tree = __import__("ast").parse(textwrap.dedent(source))
    assert names_defined(tree) == frozenset("abdefghijklNpqrs")
    assert names_defined(__import__("ast").parse("from x import *")) is None
    assert names_defined(__import__("ast").parse("globals()['x'] = 1")) is None


@pytest.mark.parametrize("module", [SAGA, SERVICE, RULES, "practicum.shop.payment.messages"])
def test_every_name_that_is_wanted_is_one_that_the_original_has(module: str) -> None:
    """Otherwise the lab's own solution would be refused."""
    assert names_wanted(module).keys() <= vars(__import__(module, fromlist=["x"])).keys()
    assert names_wanted(module)


def test_the_services_of_a_module_are_those_that_load_it() -> None:
    """The saga is the order's alone; the runtime is everybody's."""
    assert services_of(SAGA) == ("order",)
    assert services_of("practicum.shop.payment.rules") == ("payment",)
    assert len(services_of("practicum.service.running")) == 7
    assert services_of("practicum.labs.lab") == ()
    assert loaders_of(SAGA) == ("practicum.shop.order.service",)


async def test_an_endless_loop_is_ended_and_its_line_is_named(tmp_path: Path) -> None:
    """A while that stands outside of functions never lets the service start."""
    source, line = begun_with("while True:\n    x = 1\n")
    problem = await told(tmp_path, source, timeout_s=2)
    assert "still loading after 2 s" in problem.message
    assert problem.line in (line, line + 1)


async def test_an_error_while_loading_names_the_line(tmp_path: Path) -> None:
    """The line is the last one in the file itself, not one in the library that it calls."""
    source, line = begun_with("import json\njson.loads('{')\n")
    problem = await told(tmp_path, source)
    assert problem.line == line + 1
    assert problem.message.startswith("JSONDecodeError: ")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit(0)", "ends the process"),
        ("import os; os._exit(3)", "ended the process while it was loaded (exit code 3)"),
        ("import os; os.kill(os.getpid(), 9)", "(SIGKILL)"),
        ("import faulthandler; faulthandler._sigsegv()", "(SIGSEGV)"),
        ("input()", "waits for input"),
        ("x = bytearray(8 << 30)", "more than 1 GB of memory"),
        ("import subprocess; subprocess.Popen(['sleep', '99'])", "starts another process"),
        ("import os\nwhile True: os.fork()", "starts another process"),
        ("import os; os.system('sleep 99')", "starts another process"),
        ("while True: print('megabytes ' * 1000)", "prints more than 1 MB"),
        ("import practicum.shop.payment.nothing", "ModuleNotFoundError"),
        ("compensate_all()", "NameError"),
        ("open('large', 'wb').write(bytes(65 << 20))", "OSError"),
        ("def __getattr__(name): raise AttributeError\ndel evolve", "cannot use it"),
    ],
)
async def test_what_a_file_does_while_it_is_loaded_is_told(
    tmp_path: Path, code: str, message: str
) -> None:
    """One problem in plain words, with the file; nothing that it started lives on."""
    before = children()
    source, line = begun_with(code)
    problem = await told(tmp_path, source)
    assert message in problem.message
    if problem.line is not None:
        assert problem.line >= line
    assert problem.remedy
    assert children() <= before


async def test_a_process_that_hides_is_ended_with_the_trial(tmp_path: Path) -> None:
    """What is started without Python's knowing, in a session of its own, is found as well."""
    note = tmp_path / "pid"
    source, _ = begun_with(
        f"""
        import ctypes, os
        libc = ctypes.CDLL(None)
        if libc.fork() == 0:
            libc.setsid()
            open({str(note)!r}, "w").write(str(os.getpid()))
            while True:
                libc.sleep(1)
        while True:
            libc.sleep(1)
        """
    )
    await told(tmp_path, source, timeout_s=2)
    assert start_of(int(note.read_text())) is None


async def test_a_file_that_needs_build_to_be_a_function_is_told(tmp_path: Path) -> None:
    """The name alone is not enough."""
    source, _ = begun_with("build = 3", SERVICE)
    problem = await told(tmp_path, source, SERVICE)
    assert problem.message == "build is not a function"


async def test_the_learners_folder_stays_as_it_is(tmp_path: Path) -> None:
    """No bytecode is kept, so a second save within a second is not taken for the first."""
    await probe_files({SAGA: written(tmp_path, original(SAGA))})
    assert os.listdir(tmp_path) == ["saga.py"]  # noqa: PTH208


def test_a_module_that_is_in_use_cannot_be_replaced_any_more(tmp_path: Path) -> None:
    """Half of the process would go on with the original."""
    with pytest.raises(ImportError, match="was imported before"):
        replace_modules({"practicum.labs.check.reading": str(tmp_path / "reading.py")})
