"""The bank's rules: one account per charge, and never more back than was taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.errors import OperationError
from practicum.shop.bank.messages import Charge, Charged, Declined, Refund
from practicum.shop.bank.rules import DECLINED_CARD, Account, charge, evolve, refund

KEY = "charge-o-1"
CHARGE = Charge("tok-visa", 500, "o-1")


def charged(request: Charge = CHARGE) -> Account:
    """An account with money taken."""
    event = charge(Account(), request, key=KEY, unlucky=False)
    assert isinstance(event, Charged)
    return evolve(Account(), event)


def test_a_charge_is_made_once_under_its_key() -> None:
    """The same key and body is the same charge, also on a day when the bank declines."""
    assert charge(charged(), CHARGE, key=KEY, unlucky=True) is None


@pytest.mark.parametrize(
    "other",
    [Charge("tok-visa", 501, "o-1"), Charge("tok-x", 500, "o-1"), Charge("tok-visa", 500, "o")],
)
def test_a_key_that_stood_with_another_charge_is_refused(other: Charge) -> None:
    """Amount, card and reference all belong to the request."""
    with pytest.raises(OperationError, match="another charge") as caught:
        charge(charged(), other, key=KEY, unlucky=False)
    assert caught.value.code == "key_reused"


@pytest.mark.parametrize(
    ("card", "unlucky", "reason"),
    [(DECLINED_CARD, False, "the card has no cover"), ("tok-visa", True, "the bank has a bad day")],
)
def test_a_declined_charge_stays_declined(card: str, unlucky: bool, reason: str) -> None:
    """A repeated request gets no second chance, and there is nothing to refund."""
    request = Charge(card, 500, "o-1")
    event = charge(Account(), request, key=KEY, unlucky=unlucky)
    assert isinstance(event, Declined)
    assert event.reason == reason
    account = evolve(Account(), event)
    assert charge(account, request, key=KEY, unlucky=False) is None
    assert account.declined == reason
    with pytest.raises(OperationError, match="there is no charge"):
        refund(account, Refund(KEY, 1), key="r")


def test_a_charge_that_was_never_made_cannot_be_refunded() -> None:
    """The error names the field."""
    with pytest.raises(OperationError) as caught:
        refund(Account(), Refund(KEY, 1), key="r")
    assert (caught.value.code, caught.value.field) == ("not_found", "charge")


def test_a_charge_is_refunded_to_the_last_cent_and_no_further() -> None:
    """In two parts; the third would be one cent too much."""
    account = charged()
    for key, cents in (("r1", 200), ("r2", 300)):
        event = refund(account, Refund(KEY, cents), key=key)
        assert event is not None
        account = evolve(account, event)
    with pytest.raises(OperationError, match="only 0 cents are left") as caught:
        refund(account, Refund(KEY, 1), key="r3")
    assert caught.value.code == "conflict"


@given(
    amount=st.integers(1, 1000),
    tries=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 600)), max_size=12),
)
def test_never_more_goes_back_than_was_taken_and_each_key_once(
    amount: int, tries: list[tuple[str, int]]
) -> None:
    """Any refunds under any keys: the sum stays within the charge, a key never pays twice."""
    account = charged(Charge("tok-visa", amount, "o-1"))
    paid: dict[str, int] = {}
    for key, cents in tries:
        left = amount - sum(paid.values())
        if (key in paid and paid[key] != cents) or (key not in paid and cents > left):
            with pytest.raises(OperationError) as caught:
                refund(account, Refund(KEY, cents), key=key)
            assert caught.value.code == ("key_reused" if key in paid else "conflict")
            continue
        event = refund(account, Refund(KEY, cents), key=key)
        if event is None:
            assert paid[key] == cents
        else:
            assert key not in paid
            assert event.reference == "o-1"
            paid[key] = cents
            account = evolve(account, event)
        assert account.refunded_cents == sum(paid.values()) <= amount
