"""The same program and seed, the same trace: again in this process, and in fresh ones."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import practicum
from simulation import programs

SOURCE = Path(practicum.__file__).parents[1]
SCRIPT = Path(programs.__file__)

seconds = st.sampled_from((0, 0.001, 0.01, 0.5, 1))
few = st.integers(0, 1)


def _steps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    body = st.lists(inner, min_size=1, max_size=3)

    def with_bodies(*words: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.tuples(*words, st.lists(body, min_size=1, max_size=6)).map(
            lambda drawn: [*drawn[:-1], *drawn[-1]]
        )

    return st.one_of(
        with_bodies(st.just("group")),
        with_bodies(st.just("wait"), st.integers(0, 2), seconds),
        with_bodies(st.just("completed"), seconds),
        with_bodies(st.just("gather")),
        with_bodies(st.just("spawn")),
        st.tuples(st.just("elsewhere"), st.integers(0, 2), body).map(list),
        st.tuples(st.sampled_from(("timeout", "waitfor", "shield")), seconds, body).map(list),
        st.tuples(st.just("lock"), few, body).map(list),
        st.tuples(st.just("door"), body).map(list),
        st.tuples(st.just("generate"), st.integers(0, 3), st.booleans(), body).map(list),
    )


plain = st.one_of(
    st.tuples(st.just("tell"), st.integers(0, 9)).map(list),
    st.tuples(st.just("sleep"), seconds).map(list),
    st.tuples(st.just("put"), few, st.integers(0, 9)).map(list),
    st.tuples(st.sampled_from(("get", "set", "await")), few).map(list),
    st.tuples(st.just("cancel"), st.integers(0, 30)).map(list),
    st.tuples(st.just("value"), st.integers(0, 9)).map(list),
    st.tuples(st.just("later"), seconds, st.integers(0, 9)).map(list),
    st.sampled_from((["stop"], ["names"])),
)
asked = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32),
        "program": st.lists(st.recursive(plain, _steps, max_leaves=25), min_size=3, max_size=8),
    }
)


THIS = "this"
VERSIONS = (THIS, "3.12", "3.13")


@functools.cache
def interpreters() -> Mapping[str, str]:
    """This interpreter, and a 3.12 and a 3.13 if pyenv or the path has them."""
    found = {THIS: sys.executable}
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in VERSIONS[1:]:
        if sys.version.startswith(version):
            continue
        places = [*sorted(root.glob(f"versions/{version}*/bin/python")), f"python{version}"]
        here = (str(place) for place in places if _is_there(str(place), version))
        if place := next(here, ""):
            found[version] = place
    return found


def _is_there(program: str, version: str) -> bool:
    try:
        said = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return said.startswith(f"Python {version}")


def start(interpreter: str, hash_seed: str) -> subprocess.Popen[str]:
    """An interpreter that has run nothing yet, and runs the programs that it is given."""
    # Imported by name, so that the interpreter need not compile it each time.
    return subprocess.Popen(
        [interpreter, "-S", "-c", f"import {SCRIPT.stem}; {SCRIPT.stem}.main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "PYTHONPATH": os.pathsep.join((str(SOURCE), str(SCRIPT.parent))),
            "PYTHONHASHSEED": hash_seed,
        },
    )


def in_fresh_process(interpreter: str, task: dict[str, Any]) -> str:
    """The trace of a program by a process that runs this one and no other; strings have other
    hashes for each program."""
    with start(interpreter, str(task["seed"] % 2**32)) as process:
        told, complaints = process.communicate(json.dumps(task) + "\n")
    assert process.returncode == 0, complaints
    return str(json.loads(told))


class Resident:
    """A process of an interpreter that has run all the programs before."""

    def __init__(self, interpreter: str) -> None:
        self.process = start(interpreter, "random")

    def trace(self, task: dict[str, Any]) -> str:
        """The trace of one more program."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return str(json.loads(line))

    def end(self) -> None:
        """Let it go."""
        self.process.communicate()


Residents = Mapping[str, Resident]


@pytest.fixture(scope="module")
def residents() -> Iterator[Residents]:
    """One for each other interpreter; this one is its own."""
    others = {name: Resident(each) for name, each in interpreters().items() if name != THIS}
    yield others
    for each in others.values():
        each.end()


def agrees(task: dict[str, Any], version: str, residents: Residents) -> None:
    """Run a program where others ran before (twice, if that is here), and in a fresh process."""
    if version == THIS:
        first = programs.run(task["program"], task["seed"])
        assert programs.run(task["program"], task["seed"]) == first
    else:
        first = residents[version].trace(task)
    assert in_fresh_process(interpreters()[version], task) == first


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(asked)
def test_a_program_runs_as_it_ran_before(residents: Residents, task: dict[str, Any]) -> None:
    """A sample of what `make prove` does a thousand times."""
    for version in interpreters():
        agrees(task, version, residents)


@pytest.mark.prove(minutes=2)
@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(task=asked)
def test_a_thousand_programs_run_as_they_ran_before(
    version: str, residents: Residents, task: dict[str, Any]
) -> None:
    """Among others and in fresh processes, on every interpreter that is here."""
    if version not in interpreters():
        pytest.skip(f"there is no Python {version} besides this one")
    agrees(task, version, residents)
