"""The checks of idempotent-payment: does money move once, however often it is asked for?"""

from __future__ import annotations

from collections.abc import Callable

from practicum.checking.conservation import no_effect_twice, one_final_state, shipped_or_refunded
from practicum.checking.verdict import judge
from practicum.labs.grading_plugin import Bank, Chaos, Shop, Traces

Judged = Callable[..., None]


def test_the_faults_struck(chaos: Chaos, judged: Judged) -> None:
    """A run in which nothing broke proves nothing."""
    judged(chaos.struck())


def test_no_card_is_charged_twice(bank: Bank, traces: Traces, judged: Judged) -> None:
    """The bank's own ledger: one charge for an order, and at most one refund."""
    judgement = no_effect_twice(bank.ledger)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "the two charges of this order, and what payment did in between: which key did the "
            "bank get with each of them?"
        ),
    )


def test_what_was_charged_was_shipped_or_refunded(
    shop: Shop, bank: Bank, traces: Traces, judged: Judged
) -> None:
    """Nobody pays for nothing, and nobody gets back more than she paid."""
    judgement = shipped_or_refunded(bank.ledger, shop.shipments)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "how often the bank charged this order, and how often it gave back: payment can only "
            "give back a charge that it knows of"
        ),
    )


def test_every_order_ends(shop: Shop, traces: Traces, judged: Judged) -> None:
    """No order waits for payment for ever."""
    judgement = one_final_state(shop.accepted, shop.orders)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "`practicum shop parked -n {range}`, and the last lines of `practicum range logs "
            "payment -n {range}`: a message that fails again and again is set aside, and its "
            "order waits"
        ),
    )


def test_the_shop_still_sells(shop: Shop, judged: Judged) -> None:
    """Not charging at all would be safe, too."""
    sold = sum(order.status == "confirmed" for order in shop.orders)
    least = len(shop.accepted) // 4
    judged(
        judge(
            "the shop still sells",
            expected=f"of {len(shop.accepted)} orders at least {least} are confirmed",
            seen=f"{sold} are",
            holds=sold >= least,
        ),
        look_next="what `charge` sends to the order service when the bank has said yes",
    )
