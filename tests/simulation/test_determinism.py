"""The same program and seed, the same trace: again in this process, and in fresh ones."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
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


@functools.cache
def interpreters() -> tuple[str, ...]:
    """This interpreter, and a 3.12 and a 3.13 if pyenv or the path has them."""
    found = [sys.executable]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in ("3.12", "3.13"):
        if sys.version.startswith(version):
            continue
        places = [*sorted(root.glob(f"versions/{version}*/bin/python")), f"python{version}"]
        found += [str(place) for place in places if _is_there(str(place), version)][:1]
    return tuple(found)


def _is_there(program: str, version: str) -> bool:
    try:
        said = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return False
    return said.startswith(f"Python {version}")


def in_fresh_process(interpreter: str, task: dict[str, Any]) -> str:
    """The trace that an interpreter which has run nothing yet prints."""
    environment = {"PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [interpreter, "-S", str(SCRIPT)],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.removesuffix("\n")


def agrees(task: dict[str, Any]) -> None:
    """Run a program twice here, once in a fresh process, and twice on each other interpreter."""
    here = programs.run(task["program"], task["seed"])
    assert programs.run(task["program"], task["seed"]) == here
    for interpreter in interpreters():
        first = here if interpreter == sys.executable else in_fresh_process(interpreter, task)
        assert in_fresh_process(interpreter, task) == first


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(asked)
def test_a_program_runs_as_it_ran_before(task: dict[str, Any]) -> None:
    """A sample of what `make prove` does a thousand times."""
    agrees(task)


@pytest.mark.prove
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked)
def test_a_thousand_programs_run_as_they_ran_before(task: dict[str, Any]) -> None:
    """In this process and in fresh ones, on every interpreter that is here."""
    agrees(task)
