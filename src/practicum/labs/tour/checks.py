"""The tour's checks: what must be true of a shop, whatever was killed in it."""

from __future__ import annotations

from collections.abc import Callable

from practicum.checking.conservation import (
    handled_once,
    money_conserved,
    no_effect_twice,
    one_final_state,
    shipped_or_refunded,
    stock_conserved,
)
from practicum.checking.recovery import faults_fired, recovered
from practicum.checking.verdict import Judgement
from practicum.labs.witnesses import Bank, Chaos, Shop

Judged = Callable[[Judgement], None]

RECOVERY_S_MAX = 15.0


def test_the_faults_struck(chaos: Chaos, judged: Judged) -> None:
    """A run in which nothing broke proves nothing."""
    judged(faults_fired(chaos.planned, [each.what for each in chaos.faults if each.struck]))


def test_every_accepted_order_has_one_final_state(shop: Shop, judged: Judged) -> None:
    """No order that was promised is lost, doubled or stuck."""
    judged(one_final_state(shop.accepted, shop.orders))


def test_money_is_conserved(shop: Shop, bank: Bank, judged: Judged) -> None:
    """The bank's ledger and the orders agree to the cent."""
    judged(money_conserved(shop.orders, bank.ledger))


def test_what_was_charged_was_shipped_or_refunded(shop: Shop, bank: Bank, judged: Judged) -> None:
    """Nobody has paid for nothing, and nobody got anything for nothing."""
    judged(shipped_or_refunded(bank.ledger, shop.shipments))


def test_stock_is_conserved(shop: Shop, judged: Judged) -> None:
    """Pieces are set aside for confirmed orders, and for nothing else."""
    judged(stock_conserved(shop.orders, shop.stock, shop.arrived))


def test_no_effect_happened_twice(bank: Bank, judged: Judged) -> None:
    """No card was charged or refunded twice for one order."""
    judged(no_effect_twice(bank.ledger))


def test_every_message_was_handled_once(shop: Shop, judged: Judged) -> None:
    """A message that came again after the kill had no consequences again."""
    judged(handled_once(shop.messages))


def test_the_shop_recovered(chaos: Chaos, judged: Judged) -> None:
    """The orders that were under way at each fault came to their end."""
    seconds = {x.what: x.recovery_s for x in chaos.faults if x.kind != "hesitate"}
    judged(recovered(seconds, within_s=RECOVERY_S_MAX))
