"""The checks of relay-killed: does the log hear everything that was committed, and in order?"""

from __future__ import annotations

from collections.abc import Callable

from practicum.checking.conservation import handled_once, one_final_state
from practicum.checking.delivery import nothing_lost, order_kept
from practicum.labs.grading_plugin import Chaos, Shop, Traces

Judged = Callable[..., None]

ALWAYS = ("shop.order.created", "shop.inventory.reserve")
ANNOUNCED = {"confirmed": ("shop.order.confirmed",), "cancelled": ("shop.order.cancelled",)}
UNDONE_BY = {
    "shop.inventory.reserve": "shop.inventory.release",
    "shop.payment.charge": "shop.payment.refund",
    "shop.shipping.arrange": "shop.shipping.cancel",
}
"""An order undoes only what it has commanded before."""


def test_the_faults_struck(chaos: Chaos, judged: Judged) -> None:
    """A run in which nothing broke proves nothing."""
    judged(chaos.struck())


def test_nothing_committed_is_lost(shop: Shop, traces: Traces, judged: Judged) -> None:
    """What the order service's books say of an order, the log must have heard."""
    said = {(message.key, message.type.rpartition(".v")[0]) for message in shop.messages}
    owed = {
        order.order_id: [
            *ALWAYS,
            *ANNOUNCED.get(order.status, ()),
            *(do for do, undo in UNDONE_BY.items() if (order.order_id, undo) in said),
        ]
        for order in shop.orders
    }
    judgement = nothing_lost(owed, shop.messages)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "the message that is missing was in the outbox, and left it: what did the relay know "
            "of the log's answer when it marked the message as sent?"
        ),
    )


def test_the_messages_of_an_order_keep_their_order(
    shop: Shop, traces: Traces, judged: Judged
) -> None:
    """On each topic, what a service says of an order stands as the service wrote it."""
    judgement = order_kept(shop.messages)
    examples = judgement.examples
    judged(
        judgement,
        shown=traces.messages(examples[0].partition(":")[0]) if examples else (),
        look_next=(
            "two messages of one order that were in the outbox at the same time: what made the "
            "later one reach the log first?"
        ),
    )


def test_every_message_is_handled_once(shop: Shop, traces: Traces, judged: Judged) -> None:
    """A message may be published twice; it must still be the same message."""
    judgement = handled_once(shop.messages)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next="a copy is recognised by its id: does the relay publish what it was given?",
    )


def test_every_order_ends(shop: Shop, traces: Traces, judged: Judged) -> None:
    """Nobody waits for a message that never comes."""
    judgement = one_final_state(shop.accepted, shop.orders)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "the last message of this order on the log, and who should have spoken next; then "
            "`practicum range logs` of that service: does its relay still go round?"
        ),
    )
