"""The checks of kill-in-mid-payment: does every order that turns back take everything back?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from practicum.checking.conservation import one_final_state, shipped_or_refunded, stock_conserved
from practicum.checking.verdict import judge
from practicum.labs.grading_plugin import Bank, Chaos, Shop, Traces

Judged = Callable[..., None]


def test_the_faults_struck(chaos: Chaos, judged: Judged) -> None:
    """A run in which nothing broke proves nothing."""
    judged(chaos.struck())


def test_every_order_ends(shop: Shop, traces: Traces, judged: Judged) -> None:
    """No order that was promised is lost or stuck on its way back."""
    judgement = one_final_state(shop.accepted, shop.orders)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "what `next_move` and `waiting_for` say of this order: which command has it sent, and "
            "does `hear` take the reply to that command?"
        ),
    )


def test_what_was_charged_was_shipped_or_refunded(
    shop: Shop, bank: Bank, traces: Traces, judged: Judged
) -> None:
    """The bank's own ledger beside the carrier's list: nobody pays for nothing."""
    judgement = shipped_or_refunded(bank.ledger, shop.shipments)
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "the moment when the order turns: was the charge answered by then? Compare it with "
            "the moment when the bank charged, and with what `evolve` made of StepFailed"
        ),
    )


def test_stock_is_conserved(shop: Shop, traces: Traces, judged: Judged) -> None:
    """Pieces are set aside for confirmed orders, and for nothing else."""
    said: dict[str, set[str]] = defaultdict(set)
    for message in shop.messages:
        said[message.key].add(message.type.rpartition(".v")[0])
    kept = [
        order_id
        for order_id, types in sorted(said.items())
        if {"shop.order.cancelled", "shop.inventory.reserved"} <= types
        and not {"shop.inventory.released", "shop.order.confirmed"} & types
    ]
    judged(
        stock_conserved(shop.orders, shop.stock, shop.arrived),
        shown=(f"order {kept[0]}", *traces.of(kept[0])) if kept else (),
        look_next=(
            "a cancelled order whose pieces are still set aside: when did inventory answer, and "
            "what had the saga decided by then?"
        ),
    )


def test_what_was_confirmed_stays_confirmed(shop: Shop, traces: Traces, judged: Judged) -> None:
    """Nobody but an operator may take back what a buyer was told."""
    said: dict[str, list[str]] = defaultdict(list)
    for message in shop.messages:
        said[message.key].append(message.type.rpartition(".v")[0])
    confirmed = {key for key, types in said.items() if "shop.order.confirmed" in types}
    broken = sorted(key for key in confirmed if "shop.order.cancelled" in said[key])
    judgement = judge(
        "what was confirmed stays confirmed",
        expected=f"{len(confirmed)} orders were announced as confirmed, and all stay so",
        seen=f"{len(broken)} of them were cancelled afterwards",
        wrong=[f"{order_id}: confirmed, then cancelled" for order_id in broken],
    )
    judged(
        judgement,
        shown=traces.of_example(judgement),
        look_next=(
            "`give_up` and `insists`: the step that this order waited for comes after the pivot"
        ),
    )


def test_the_shop_still_sells(shop: Shop, judged: Judged) -> None:
    """Turning everything back would be safe, too."""
    sold = sum(order.status == "confirmed" for order in shop.orders)
    judged(
        judge(
            "the shop still sells",
            expected="orders that met no fault are confirmed: at least 5",
            seen=f"{sold} of {len(shop.orders)} are confirmed",
            holds=sold >= 5,
        ),
        look_next="the way forward: it worked in the file that you started from",
    )
