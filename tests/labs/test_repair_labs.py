"""The labs that repair the shop: their files fit, and each mistake is the one that it is said to
be. That the checks catch them on a live range is proved by ``make prove``."""

from __future__ import annotations

import ast
import importlib.util
import itertools
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from labs.test_verifying import Listener
from practicum.checking.verdict import Verdict
from practicum.labs.check.checking import check
from practicum.labs.check.imports import source_of
from practicum.labs.check.reading import read_file
from practicum.labs.lab import Lab, load_lab
from practicum.labs.library import verify_range
from practicum.labs.verifying import verify
from practicum.servers.ranges import wipe_range
from practicum.service.errors import OperationError
from practicum.service.log import LogUnavailable, PublishFailed
from practicum.service.operations import Operation, RequestT, ResultT
from practicum.shop.order.messages import (
    InventoryReserved,
    OrderCreated,
    PaymentCharged,
    ShippingArranged,
    StepFailed,
)
from practicum.shop.order.steps import Command, Order
from practicum.shop.payment import service as payment_service
from shop.test_payment import CHARGE, REFUND, Desk, OddBank
from worlds.small_lab import Notes
from worlds.virtual_time import in_virtual_time

COURSE = Path(__file__).parents[2] / "courses" / "microservices"
SAGA = load_lab(COURSE / "01-transactions" / "labs" / "kill-in-mid-payment")
CHARGING = load_lab(COURSE / "04-events" / "labs" / "idempotent-payment")
RELAY = load_lab(COURSE / "04-events" / "labs" / "relay-killed")
LABS = (SAGA, CHARGING, RELAY)
FOLDERS = [
    (lab, folder)
    for lab in LABS
    for folder in ("start", "solution", *(f"wrong/{name}" for name in lab.spec.wrong))
]
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)


def loaded(lab: Lab, folder: str) -> ModuleType:
    """The lab's only file as a module of nobody's name, made anew: as in a new process."""
    (name,) = lab.files
    spec = importlib.util.spec_from_file_location("learner", lab.folder / folder / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("lab", "folder"), FOLDERS, ids=lambda part: getattr(part, "name", part))
def test_each_file_can_stand_in_for_its_module(lab: Lab, folder: str) -> None:
    """It has every name that the services take from the module, and can be imported."""
    for name, module in lab.spec.replaces.items():
        assert read_file(lab.folder / folder / name, module) == []
    loaded(lab, folder)


@each_lab
def test_the_solution_is_what_the_shop_itself_runs(lab: Lab) -> None:
    """A shop that moved on without its labs would teach yesterday's code."""
    for name, module in lab.spec.replaces.items():
        original = source_of(module)
        assert original is not None
        theirs, ours = (functions(x) for x in (original, lab.folder / "solution" / name))
        assert {key: theirs.get(key) for key in ours} == ours


def functions(path: Path) -> dict[str, str]:
    """Each function of a module without its docstring."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node) is not None:
                del node.body[0]
            found[node.name] = ast.dump(node)
    return found


# The saga.


def on_its_way(saga: Any, *replies: object) -> Order:
    """An order that has heard these replies."""
    order = saga.evolve(Order(), OrderCreated("o-1", (), 0, 100, "tok-visa", "hash"))
    for reply in replies:
        order = saga.evolve(order, saga.hear(order, reply))
        while (move := saga.next_move(order)) is not None and not isinstance(move, Command):
            order = saga.evolve(order, move)
    return cast(Order, order)


def undone(saga: Any, order: Order, turned: StepFailed | None) -> tuple[str, ...] | None:
    """The steps that an order undoes that turns so; None if it does not turn."""
    return None if turned is None else cast(Order, saga.evolve(order, turned)).undoing


STOCK = InventoryReserved("o-1")
CHARGED = (STOCK, PaymentCharged("o-1"))
CONFIRMED = (*CHARGED, ShippingArranged("o-1"))


@pytest.mark.parametrize(
    ("folder", "at_reserve", "at_charge", "at_notify"),
    [
        ("solution", ("reserve",), ("charge", "reserve"), None),
        ("start", (), (), ()),
        ("wrong/only-what-is-sure", (), ("reserve",), None),
        ("wrong/only-the-money", (), ("charge", "reserve"), None),
        (
            "wrong/past-the-pivot",
            ("reserve",),
            ("charge", "reserve"),
            ("notify", "confirm", "ship", "charge", "reserve"),
        ),
    ],
)
def test_what_an_order_undoes_whose_step_is_not_answered(
    folder: str,
    at_reserve: tuple[str, ...] | None,
    at_charge: tuple[str, ...] | None,
    at_notify: tuple[str, ...] | None,
) -> None:
    """Each wrong saga differs from the right one in one thing."""
    saga = loaded(SAGA, folder)
    states = [on_its_way(saga, *replies) for replies in ((), (STOCK,), CONFIRMED)]
    turned = [undone(saga, order, saga.give_up(order, "no answer")) for order in states]
    assert turned == [at_reserve, at_charge, at_notify]
    assert saga.insists(states[2]) == (at_notify is None)


# Charging.


class LosingBank(OddBank):
    """Moves the money, notes the key, and its first answer to each kind of request is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[str] = set()

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """See `Caller.call`."""
        result = await super().call(
            operation, request, timeout_s=timeout_s, idempotency_key=idempotency_key
        )
        if operation.name not in self.lost:
            self.lost.add(operation.name)
            raise OperationError("unavailable", "the answer is lost")
        return result


@pytest.mark.parametrize(
    ("folder", "charges", "refunds"),
    [
        ("solution", 1, 1),
        ("start", 2, 2),
        ("wrong/remembers-in-memory", 2, 1),
        ("wrong/looks-before-it-asks", 2, 1),
        ("wrong/refunds-under-a-new-key", 1, 2),
    ],
)
@in_virtual_time
async def test_under_how_many_keys_the_bank_is_asked_when_payment_dies_in_the_gap(
    monkeypatch: pytest.MonkeyPatch, folder: str, charges: int, refunds: int
) -> None:
    """More than one for a charge is a second charge; for a refund it is a refusal."""
    monkeypatch.setattr("shop.test_payment.OddBank", LosingBank)
    desk = Desk()
    for command in (CHARGE, CHARGE, REFUND, REFUND):
        monkeypatch.setattr(payment_service, "charging", loaded(CHARGING, folder))
        await desk.obey(command)
    keys = desk.bank.keys
    assert len(keys) == 4
    assert (len(set(keys[:2])), len(set(keys[2:]))) == (charges, refunds)


# The relay.


class Letter:
    """A message in the outbox, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class NotedOutbox:
    """An outbox that notes what is done to it; the log refuses ``refused``."""

    def __init__(self, waiting: int, refused: Sequence[int] = ()) -> None:
        self.steps: list[tuple[str, list[int]]] = []
        self._waiting = [Letter(number) for number in range(waiting)]
        self._refused = refused

    async def oldest(self, limit: int) -> list[Letter]:
        """See `Outbox.oldest`."""
        return self._waiting[:limit]

    async def publish(self, messages: Sequence[Letter]) -> list[PublishFailed | None]:
        """See `Outbox.publish`."""
        self.steps.append(("publish", [each.number for each in messages]))
        return [PublishFailed("no") if each.number in self._refused else None for each in messages]

    async def mark_sent(self, messages: Sequence[Letter]) -> None:
        """See `Outbox.mark_sent`."""
        self.steps.append(("mark", [each.number for each in messages]))


async def once_around(folder: str, outbox: NotedOutbox) -> None:
    """One turn of a relay."""
    await loaded(RELAY, folder).relay(outbox)


async def test_the_right_relay_publishes_first_and_marks_what_is_confirmed() -> None:
    """And it says that something had to stay."""
    outbox = NotedOutbox(3, refused=[1])
    with pytest.raises(LogUnavailable, match="1 messages stay"):
        await once_around("solution", outbox)
    assert outbox.steps == [("publish", [0, 1, 2]), ("mark", [0, 2])]


@pytest.mark.parametrize("folder", ["start", "wrong/does-not-wait"])
async def test_a_relay_that_loses_messages_marks_what_is_not_published(folder: str) -> None:
    """Between its two steps nobody has the messages."""
    outbox = NotedOutbox(3)
    await once_around(folder, outbox)
    assert outbox.steps[0] == ("mark", [0, 1, 2])


async def test_four_publishers_tear_neighbours_apart_when_many_messages_wait() -> None:
    """With few messages it is as good as the right one: that is why it is found so late."""
    few, many = NotedOutbox(20), NotedOutbox(80)
    await once_around("wrong/four-at-once", few)
    await once_around("wrong/four-at-once", many)
    assert [what for what, _ in few.steps] == ["publish", "mark"]
    shares = [numbers for what, numbers in many.steps if what == "publish"]
    assert len(shares) == 4
    assert all(later - earlier == 4 for x in shares for earlier, later in itertools.pairwise(x))


# On a live range.


@pytest.mark.prove(minutes=4)
@each_lab
async def test_the_lab_proves_itself(lab: Lab, tmp_path: Path) -> None:
    """The start fails, the solution passes each time, each wrong solution is caught."""
    tmp_path.chmod(0o711)
    try:
        proof = await verify(lab, times=5, home=tmp_path, narrator=Listener())
    finally:
        await wipe_range(tmp_path, verify_range(lab))
    print(proof.check_s, [(trial.title, trial.said) for trial in proof.trials])
    assert proof.problems == ()
    assert proof.verdict is Verdict.PASS
    assert proof.flake_rate == 0


@pytest.mark.parametrize(
    ("lab", "times"),
    [
        pytest.param(CHARGING, 50, id="fifty", marks=pytest.mark.prove(minutes=10)),
        pytest.param(SAGA, 10, id="saga", marks=pytest.mark.prove(minutes=3)),
        pytest.param(RELAY, 10, id="relay", marks=pytest.mark.prove(minutes=3)),
    ],
)
async def test_checks_of_the_solution_in_a_row_all_pass(
    lab: Lab, times: int, tmp_path: Path
) -> None:
    """On one range that grows older, and is made anew when its shelves are used up."""
    tmp_path.chmod(0o711)
    solution, ends = lab.folder / "solution", []
    try:
        for _ in range(times):
            report = await check(lab, solution, home=tmp_path, range_name="fifty", narrator=Notes())
            ends.append((report.verdict, report.reason))
            print(report.verdict, report.seconds)
    finally:
        await wipe_range(tmp_path, "fifty")
    assert ends == [(Verdict.PASS, "")] * times
