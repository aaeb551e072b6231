"""Payment: asks until the bank's answer is sure, charges once, and stays refunded."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.aggregate import Ref, Work
from practicum.service.errors import ERRORS, OperationError
from practicum.service.handling import handle_batch
from practicum.service.operations import Operation, RequestT, ResultT
from practicum.service.service import Ports, Service, TryLater
from practicum.shop.payment import service as payment
from practicum.shop.payment.charging import charge_key, refund_key
from practicum.shop.payment.messages import (
    BANK_CHARGE,
    GET_PAYMENT,
    VOCABULARY,
    BankReceipt,
    BankRefund,
    ChargePayment,
    GetPayment,
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    RefundPayment,
)
from practicum.shop.payment.rules import PAYMENT
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.memory_views import MemoryViews
from worlds.tally import NotedConsumer
from worlds.virtual_time import VirtualWorld, in_virtual_time, run

CHARGE = ChargePayment("o-1", 500, "tok-visa")
REFUND = RefundPayment("o-1")
CHARGED = PaymentCharged("o-1", 500, charge_key("o-1"))


class OddBank:
    """A caller that answers with the next of its moods: ``ok``, or the code of an error. It
    notes the keys under which money moved, and the charges that refunds named."""

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.keys: list[str] = []
        self.given_back: list[str] = []

    async def call(
        self,
        operation: Operation[RequestT, ResultT],
        request: RequestT,
        *,
        timeout_s: float,
        idempotency_key: str | None = None,
    ) -> ResultT:
        """See `Caller.call`."""
        mood = self.moods.pop(0) if self.moods else "ok"
        if mood != "ok":
            raise OperationError(mood, "so it is")
        assert idempotency_key is not None
        self.keys.append(idempotency_key)
        if isinstance(request, BankRefund):
            self.given_back.append(request.charge)
        return cast(ResultT, BankReceipt(500))


class Desk:
    """Payment on a store in memory."""

    def __init__(self) -> None:
        self.world = VirtualWorld()
        self.bank = OddBank()
        self.consumer = NotedConsumer()
        plain = tally.ports(self.world, MemoryEventStore(self.world), MemoryEventLog(self.world))
        self.service: Service = payment.build(
            Ports(
                service="payment",
                member="payment-0",
                world=self.world,
                store=plain.store,
                log=plain.log,
                caller=self.bank,
                tracer=plain.tracer,
                views=MemoryViews(),
                settings={},
            )
        )
        self._sequence = 0

    async def obey(self, command: ChargePayment | RefundPayment) -> list[object]:
        """Handle a command once; returns the replies it brought."""
        self._sequence += 1
        store = self.service.ports.store
        before = len(await store.outbox())
        event = VOCABULARY.encode(
            command,
            key=command.order_id,
            source="test",
            context=self.service.context(),
            world=self.world,
        )
        await handle_batch(self.service, self.consumer, [tally.delivery(event, self._sequence)])
        queued = (await store.outbox())[before:]
        return [VOCABULARY.decode(x.outgoing.event) for x in queued]

    async def status(self) -> str:
        """The payment's state."""
        (state,) = await self.service.read([Ref(PAYMENT, "o-1")])
        return str(state.status)


@in_virtual_time
async def test_a_charge_and_its_refund_each_ask_the_bank_once() -> None:
    """Repeated commands are answered from the payment's own state."""
    desk = Desk()
    for _ in range(2):
        assert await desk.obey(CHARGE) == [CHARGED]
    for _ in range(2):
        assert await desk.obey(REFUND) == [PaymentRefunded("o-1", 500)]
    assert desk.bank.keys == [charge_key("o-1"), refund_key("o-1")]
    assert await desk.obey(CHARGE) == [PaymentDeclined("o-1", "the payment was refunded")]


@pytest.mark.parametrize("noted", ["charge-o-1", ""])
@in_virtual_time
async def test_a_refund_names_the_charge_also_where_it_was_not_noted(noted: str) -> None:
    """Payments that were charged before charges had names are given back too."""
    desk = Desk()
    fact = PaymentCharged("o-1", 500, noted)

    def remember(work: Work) -> None:
        work.record(PAYMENT, "o-1", fact)

    await desk.service.transact([Ref(PAYMENT, "o-1")], remember, key="o-1")
    assert await desk.obey(REFUND) == [PaymentRefunded("o-1", 500)]
    assert desk.bank.given_back == [charge_key("o-1")]


@in_virtual_time
async def test_a_refund_that_comes_first_prevents_the_charge() -> None:
    """Nothing was taken, so nothing goes back, and nothing is taken later."""
    desk = Desk()
    assert await desk.obey(REFUND) == [PaymentRefunded("o-1", 0)]
    assert await desk.obey(CHARGE) == [PaymentDeclined("o-1", "the payment was refunded")]
    assert desk.bank.keys == []


@in_virtual_time
async def test_a_declined_charge_is_declined_for_good() -> None:
    """The bank is not asked again, and a refund has nothing to give back."""
    desk = Desk()
    desk.bank.moods = ["declined"]
    assert await desk.obey(CHARGE) == [PaymentDeclined("o-1", "so it is")]
    assert await desk.obey(CHARGE) == [PaymentDeclined("o-1", "so it is")]
    assert await desk.obey(REFUND) == [PaymentRefunded("o-1", 0)]
    assert desk.bank.keys == []


@pytest.mark.parametrize("code", sorted(set(ERRORS) - {"declined"}))
@in_virtual_time
async def test_each_error_of_the_bank_is_waited_out_or_a_bug(code: str) -> None:
    """What may pass or is unsure costs no try; a refusal for good is poison."""
    desk = Desk()
    desk.bank.moods = [code]
    assert await desk.obey(CHARGE) == []
    kind = ERRORS[code]
    waits = kind.transient or not kind.definite
    assert list(desk.consumer.deferred) == ([1] if waits else [])
    assert list(desk.consumer.retried) == ([] if waits else [1])
    assert await desk.obey(CHARGE) == [CHARGED]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([CHARGE, REFUND]),
            st.sampled_from(["ok", "ok", "declined", "unavailable", "refused"]),
        ),
        max_size=10,
    )
)
def test_money_moves_at_most_once_each_way_and_a_refund_is_final(
    moves: list[tuple[ChargePayment | RefundPayment, str]],
) -> None:
    """Commands in any order, a bank in any mood."""

    async def go() -> None:
        desk = Desk()
        refunded = False
        for command, mood in moves:
            if mood == "declined" and command is REFUND:
                mood = "ok"  # no bank declines to give money back
            desk.bank.moods = [mood]
            replies = await desk.obey(command)
            refunded = refunded or any(isinstance(x, PaymentRefunded) for x in replies)
            assert not refunded or await desk.status() == "refunded"
        assert len(desk.bank.keys) == len(set(desk.bank.keys))
        if refund_key("o-1") in desk.bank.keys:
            assert desk.bank.keys == [charge_key("o-1"), refund_key("o-1")]

    run(go())


@in_virtual_time
async def test_a_payment_can_be_looked_at() -> None:
    """An order for which nothing was ever paid is not found."""
    desk = Desk()
    (bound,) = [x for x in desk.service.operations if x.operation is GET_PAYMENT]
    with pytest.raises(OperationError, match="nothing was paid"):
        await bound.answer(GetPayment("o-1"))
    await desk.obey(CHARGE)
    view = await bound.answer(GetPayment("o-1"))
    assert (view.status, view.charged_cents, view.refunded_cents) == ("charged", 500, 0)


def test_the_keys_of_charge_and_refund_differ_between_orders() -> None:
    """A key that two orders shared would pay for one of them only."""
    keys = [make(order_id) for make in (charge_key, refund_key) for order_id in ("a", "b")]
    assert len(set(keys)) == 4
    assert BANK_CHARGE.path == "/charges"
    assert issubclass(TryLater, Exception)
