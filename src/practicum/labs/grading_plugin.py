"""The fixtures that checks are written with; pytest loads this as a plugin.

A check is an ordinary test. It asks the witnesses, lets the scales judge, and hands the
judgement to ``judged``, which fails the test unless it is a pass::

    def test_every_accepted_order_ends(shop, judged):
        judged(one_final_state(shop.accepted, shop.orders))
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from practicum.checking.conservation import (
    LedgerFact,
    MessageFact,
    OrderFact,
    ShipmentFact,
    StockFact,
)
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.observations import FaultSeen, Observations
from practicum.labs.facts import Facts, read_facts
from practicum.servers.client import RangeClient
from practicum.servers.home import state_home
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.tracing import QuietTracer
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST

JUDGEMENT = pytest.StashKey[Judgement]()
FINISHED = ".finished"
"""A file beside the report with this suffix says that all checks were run."""


class Shop:
    """The shop after the experiment, and the messages between its services."""

    def __init__(self, observations: Observations, facts: Facts) -> None:
        self.accepted = observations.accepted
        self.orders: tuple[OrderFact, ...] = facts.orders
        self.stock: tuple[StockFact, ...] = facts.stock
        self.shipments: tuple[ShipmentFact, ...] = facts.shipments
        self.messages: tuple[MessageFact, ...] = facts.messages

    @functools.cached_property
    def arrived(self) -> Mapping[str, int]:
        """Pieces of each product that inventory was given at the beginning."""
        settings = next(x for x in MANIFEST.services if x.name == "inventory").settings
        return arrivals(settings["products"], settings["pieces"])


class Bank:
    """The bank's own ledger."""

    def __init__(self, facts: Facts) -> None:
        self.ledger: tuple[LedgerFact, ...] = facts.ledger


class Chaos:
    """What was done to the range."""

    def __init__(self, observations: Observations) -> None:
        self.planned: tuple[str, ...] = observations.planned
        self.faults: tuple[FaultSeen, ...] = observations.faults


def pytest_addoption(parser: pytest.Parser) -> None:
    """The files through which the grader talks with the checks."""
    parser.addoption("--practicum-observations", required=True, help="what the experiment saw")
    parser.addoption("--practicum-report", required=True, help="where judgements are written")


@pytest.fixture(scope="session")
def observations(request: pytest.FixtureRequest) -> Observations:
    """The experiment's notes."""
    path = Path(request.config.getoption("--practicum-observations"))
    return msgspec.json.decode(path.read_bytes(), type=Observations)


@pytest.fixture(scope="session")
def facts(observations: Observations) -> Facts:
    """What the witnesses say, asked once."""

    async def ask() -> Facts:
        world = LiveWorld()
        tracer = QuietTracer(world)
        status = await RangeClient.of(state_home(os.environ), observations.range).status()
        async with HttpCaller(observations.peers, world=world, tracer=tracer) as caller:
            return await read_facts(caller, status)

    return asyncio.run(ask())


@pytest.fixture(scope="session")
def shop(observations: Observations, facts: Facts) -> Shop:
    """Orders and stock."""
    return Shop(observations, facts)


@pytest.fixture(scope="session")
def bank(facts: Facts) -> Bank:
    """The ledger."""
    return Bank(facts)


@pytest.fixture(scope="session")
def chaos(observations: Observations) -> Chaos:
    """Faults and recovery."""
    return Chaos(observations)


@pytest.fixture
def judged(request: pytest.FixtureRequest) -> Callable[[Judgement], None]:
    """Hand a judgement in; the check fails unless it is a pass."""

    def hand_in(judgement: Judgement) -> None:
        request.node.stash[JUDGEMENT] = judgement
        text = f"{judgement.check}: expected {judgement.expected}; seen {judgement.seen}"
        assert judgement.verdict is Verdict.PASS, "\n  ".join([text, *judgement.examples])

    return hand_in


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write each check's judgement as soon as it has one."""
    report = yield
    if report.when == "call" or not report.passed:
        path = Path(item.config.getoption("--practicum-report"))
        with path.open("ab") as file:
            file.write(msgspec.json.encode(_judgement(item, report, call)) + b"\n")
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the mark that no check has ended the process in mid-run."""
    Path(session.config.getoption("--practicum-report")).with_suffix(FINISHED).touch()


def _judgement(item: Any, report: pytest.TestReport, call: pytest.CallInfo[None]) -> Judgement:
    """The check's own judgement; a check that failed otherwise is a fail, and one that was
    skipped, could not ask its witnesses or broke while tidying up is unknown."""
    handed_in: Judgement | None = item.stash.get(JUDGEMENT, None)
    if handed_in is not None and (report.passed or handed_in.verdict is not Verdict.PASS):
        return handed_in
    name = item.name.removeprefix("test_").replace("_", " ")
    if report.passed:
        return Judgement(check=name, verdict=Verdict.PASS, expected=name, seen="as expected")
    verdict = Verdict.FAIL
    if report.when != "call" or report.skipped:
        verdict = Verdict.UNKNOWN
    seen = str(call.excinfo.value) if call.excinfo else str(report.longrepr)
    return Judgement(check=name, verdict=verdict, expected=name, seen=seen)
