"""The fixtures that checks are written with; pytest loads this as a plugin.

A check is an ordinary test. It asks the witnesses, lets the scales judge, and hands the
judgement to ``judged``, which fails the test unless it is a pass::

    def test_every_accepted_order_ends(shop, judged):
        judged(one_final_state(shop.accepted, shop.orders))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict
from practicum.labs.experiment.observations import Observations
from practicum.labs.parent_death import die_with_parent
from practicum.labs.scene.answer import AnswerError
from practicum.labs.witnesses import (
    Bank,
    Chaos,
    Load,
    Shop,
    Traces,
    Witnesses,
    ask_witnesses,
)
from practicum.servers.home import RangeError
from practicum.service.errors import OperationError
from practicum.service.log import LogUnavailable

JUDGEMENT = pytest.StashKey[Judgement]()


class Trouble(msgspec.Struct, frozen=True):
    """Why a check could not do its work: a ``witness`` that did not answer, or a fault in the
    ``check`` itself."""

    kind: Literal["witness", "check"]
    words: str


class Line(msgspec.Struct, frozen=True):
    """A check's line in the report."""

    judgement: Judgement
    trouble: Trouble | None = None


FINISHED = ".finished"
"""A file beside the report with this suffix says that all checks were run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The files through which the grader talks with the checks."""
    parser.addoption("--practicum-observations", required=True, help="what the experiment saw")
    parser.addoption("--practicum-report", required=True, help="where judgements are written")
    parser.addoption("--practicum-seconds", type=float, help="how long all checks may take")


def pytest_configure(config: pytest.Config) -> None:
    """Who asked for the checks may be killed: they end with him, and in any case."""
    die_with_parent(config.getoption("--practicum-seconds"))


@pytest.fixture(scope="session")
def observations(request: pytest.FixtureRequest) -> Observations:
    """The experiment's notes."""
    path = Path(request.config.getoption("--practicum-observations"))
    return msgspec.json.decode(path.read_bytes(), type=Observations)


@pytest.fixture(scope="session")
def witnesses(observations: Observations) -> Witnesses:
    """What the services and the log say, asked once."""
    return asyncio.run(ask_witnesses(observations))


@pytest.fixture(scope="session")
def shop(observations: Observations, witnesses: Witnesses) -> Shop:
    """Orders, stock, shipments and messages."""
    return Shop(observations, witnesses.facts)


@pytest.fixture(scope="session")
def bank(witnesses: Witnesses) -> Bank:
    """The ledger."""
    return Bank(witnesses.facts)


@pytest.fixture(scope="session")
def chaos(observations: Observations) -> Chaos:
    """Faults and recovery."""
    return Chaos(observations)


@pytest.fixture(scope="session")
def load(observations: Observations) -> Load:
    """What was asked of the shop."""
    return Load(observations)


@pytest.fixture(scope="session")
def traces(observations: Observations, witnesses: Witnesses) -> Traces:
    """What happened to an order, in lines."""
    return Traces(observations, witnesses)


@pytest.fixture
def judged(request: pytest.FixtureRequest, observations: Observations) -> Callable[..., None]:
    """Hand a judgement in; the check fails unless it is a pass.

    ``shown`` is the trace or the few messages that show a failure, ``look_next`` where the
    learner should go on; ``{range}`` in it stands for the name of the run's range.
    """

    def hand_in(
        judgement: Judgement, *, shown: Iterable[str] | None = None, look_next: str = ""
    ) -> None:
        passed = judgement.verdict is Verdict.PASS
        judgement = msgspec.structs.replace(
            judgement,
            shown=judgement.shown if passed or shown is None else tuple(shown),
            look_next=judgement.look_next
            if passed or not look_next
            else look_next.replace("{range}", observations.range),
        )
        request.node.stash[JUDGEMENT] = judgement
        text = f"{judgement.check}: expected {judgement.expected}; seen {judgement.seen}"
        assert passed, "\n  ".join([text, *judgement.examples])

    return hand_in


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write each check's judgement as soon as it has one."""
    report = yield
    if report.when == "call" or not report.passed:
        path = Path(item.config.getoption("--practicum-report"))
        judgement = msgspec.structs.replace(_judgement(item, report, call), test=item.name)
        line = Line(judgement, _trouble(item, report, call))
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the mark that no check has ended the process in mid-run."""
    Path(session.config.getoption("--practicum-report")).with_suffix(FINISHED).touch()


def _judgement(item: Any, report: pytest.TestReport, call: pytest.CallInfo[None]) -> Judgement:
    """The check's own judgement, unless the check itself broke.

    An assertion that failed without a judgement is a fail in its own words. A check that was
    skipped, could not ask its witnesses, raised anything else or broke while tidying up is
    unknown: that is not the learner's affair.
    """
    handed_in: Judgement | None = item.stash.get(JUDGEMENT, None)
    if handed_in is not None and (report.passed or handed_in.verdict is not Verdict.PASS):
        return handed_in
    name = item.name.removeprefix("test_").replace("_", " ")
    if report.passed:
        return Judgement(check=name, verdict=Verdict.PASS, expected=name, seen="as expected")
    said = str(call.excinfo.value) if call.excinfo else str(report.longrepr)
    seen, *examples = [line for line in said.splitlines() if line.strip()] or ["nothing"]
    error = call.excinfo.value if call.excinfo else None
    plain = report.when == "call" and isinstance(error, AssertionError)
    plain = plain or isinstance(error, AnswerError)  # what was handed in cannot be read
    trouble = _trouble(item, report, call)
    return Judgement(
        check=name,
        verdict=Verdict.FAIL if plain else Verdict.UNKNOWN,
        expected=(item.function.__doc__ or name).strip().splitlines()[0],
        seen=seen,
        examples=(*((trouble.words,) if trouble else ()), *examples[:EXAMPLES_MAX]),
    )


def _trouble(item: Any, report: pytest.TestReport, call: pytest.CallInfo[None]) -> Trouble | None:
    """Why a check could not do its work; None if it could, or was meant not to."""
    if report.passed or report.skipped or call.excinfo is None:
        return None
    error = call.excinfo.value
    if isinstance(error, AnswerError) or (
        report.when == "call" and isinstance(error, AssertionError)
    ):
        return None
    if isinstance(error, OperationError | LogUnavailable | RangeError | TimeoutError):
        return Trouble("witness", f"a witness did not answer: {type(error).__name__}: {error}")
    if item.stash.get(JUDGEMENT, None) is not None and report.when != "call":
        return Trouble("check", f"the check broke while tidying up: {error!r}")
    place = call.excinfo.traceback[-1]
    where = f"{Path(str(place.path)).name}:{place.lineno + 1}"
    return Trouble("check", f"the check itself broke at {where}: {type(error).__name__}: {error}")
