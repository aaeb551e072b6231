"""The checks of stuck-order: is the answer right, is it proven, and has every buyer her due?"""

from __future__ import annotations

from collections.abc import Callable

from practicum.checking.conservation import (
    money_conserved,
    no_effect_twice,
    one_final_state,
    shipped_or_refunded,
)
from practicum.labs.grading_plugin import Bank, Shop
from practicum.labs.scene import judging
from practicum.labs.scene.answer import Answer
from practicum.labs.scene.scene import Scene

pytest_plugins = ("practicum.labs.scene.fixtures",)
Judged = Callable[..., None]

WHO_WAITS = (
    "`practicum shop stuck` says for whom they wait; `practicum shop orders` also shows the "
    "confirmed ones whose parcel was never sent"
)
WHOSE_MONEY = (
    "orders that do not move hold their buyers' money: free them, each by what happened to it. If "
    "none is stuck any more, `practicum trace` of the first one here shows which step was undone "
    "and which was not"
)


def test_the_service_at_fault_is_named(scene: Scene, answer: Answer, judged: Judged) -> None:
    """Not who is waited for, who is slow, or who says no for a good reason."""
    judged(judging.service_named(scene, answer))


def test_the_message_is_named(scene: Scene, answer: Answer, judged: Judged) -> None:
    """The one that it treated wrongly."""
    judged(judging.message_named(scene, answer))


def test_what_it_did_is_named(scene: Scene, answer: Answer, judged: Judged) -> None:
    """An error, a silence, a wrong address, or a wrong question."""
    judged(judging.deed_named(scene, answer))


def test_the_trigger_fits_every_order(scene: Scene, answer: Answer, judged: Judged) -> None:
    """All that got stuck, and none that went through."""
    judged(judging.trigger_fits(scene, answer))


def test_an_order_is_given_as_evidence(scene: Scene, answer: Answer, judged: Judged) -> None:
    """An answer without a case is an opinion."""
    judged(judging.evidence_given(scene, answer))


def test_every_order_has_ended(shop: Shop, judged: Judged) -> None:
    """Nobody waits any more."""
    judged(one_final_state(shop.accepted, shop.orders), look_next=WHO_WAITS)


def test_every_buyer_has_what_she_could_have(scene: Scene, shop: Shop, judged: Judged) -> None:
    """What can be completed is completed, not undone."""
    judged(judging.ended_as_they_should(scene, shop.orders, shop.shipments))


def test_money_is_conserved(shop: Shop, bank: Bank, judged: Judged) -> None:
    """The bank's ledger and the orders agree to the cent."""
    judged(money_conserved(shop.orders, bank.ledger), look_next=WHOSE_MONEY)


def test_nobody_has_paid_for_nothing(shop: Shop, bank: Bank, judged: Judged) -> None:
    """What was charged was shipped or refunded."""
    judged(shipped_or_refunded(bank.ledger, shop.shipments), look_next=WHOSE_MONEY)


def test_no_effect_happened_twice(bank: Bank, judged: Judged) -> None:
    """Freeing an order must not charge it again."""
    judged(no_effect_twice(bank.ledger))
