"""The scales: honest books pass, and every way of cooking them is found."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from practicum.checking.conservation import (
    LedgerFact,
    OrderFact,
    ShipmentFact,
    StockFact,
    money_conserved,
    no_effect_twice,
    one_final_state,
    shipped_or_refunded,
    stock_conserved,
)
from practicum.checking.recovery import faults_fired, recovered
from practicum.checking.verdict import Verdict, overall

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


@st.composite
def honest_shops(draw: st.DrawFn) -> tuple[list[OrderFact], list[LedgerFact], list[StockFact]]:
    """Orders with a ledger and a stock that agree with them."""
    orders, ledger, taken = [], [], Counter[str]()
    for number in range(draw(st.integers(1, 6))):
        total = draw(st.integers(1, 10_000))
        status = draw(st.sampled_from(["confirmed", "cancelled"]))
        pieces = {"P0001": draw(st.integers(1, 3))}
        order_id = f"o-{number}"
        orders.append(OrderFact(order_id=order_id, status=status, total_cents=total, pieces=pieces))
        if status == "confirmed" or draw(st.booleans()):
            ledger.append(LedgerFact(kind="charge", reference=order_id, amount_cents=total))
            if status == "cancelled":
                ledger.append(LedgerFact(kind="refund", reference=order_id, amount_cents=total))
        if status == "confirmed":
            taken.update(pieces)
    level = StockFact(
        sku="P0001", arrived=100, available=100 - taken["P0001"], reserved=taken["P0001"]
    )
    return orders, ledger, [level]


@given(honest_shops())
def test_an_honest_shop_passes(
    shop: tuple[list[OrderFact], list[LedgerFact], list[StockFact]],
) -> None:
    """No false alarm."""
    orders, ledger, stock = shop
    assert one_final_state([o.order_id for o in orders], orders).verdict is PASS
    assert money_conserved(orders, ledger).verdict is PASS
    assert stock_conserved(orders, stock, {"P0001": 100}).verdict is PASS
    assert no_effect_twice(ledger).verdict is PASS


@given(honest_shops(), st.data())
def test_a_ledger_line_lost_or_doubled_is_found(
    shop: tuple[list[OrderFact], list[LedgerFact], list[StockFact]], data: st.DataObject
) -> None:
    """Money does not appear or vanish unseen."""
    orders, ledger, _ = shop
    assume(ledger)
    line = data.draw(st.sampled_from(ledger))
    assert money_conserved(orders, [x for x in ledger if x is not line]).verdict is FAIL
    assert money_conserved(orders, [*ledger, line]).verdict is FAIL
    assert no_effect_twice([*ledger, line]).verdict is FAIL


@given(honest_shops(), st.integers(1, 5))
def test_a_piece_lost_or_kept_is_found(
    shop: tuple[list[OrderFact], list[LedgerFact], list[StockFact]], off: int
) -> None:
    """Neither free stock nor stock set aside may be off, nor both so that the sum hides it."""
    orders, _, (level,) = shop
    for free, aside in ((-off, 0), (0, off), (-off, off)):
        cooked = StockFact(
            sku=level.sku,
            arrived=level.arrived,
            available=level.available + free,
            reserved=level.reserved + aside,
        )
        assert stock_conserved(orders, [cooked], {"P0001": 100}).verdict is FAIL


def test_two_errors_that_cancel_out_are_found_order_by_order() -> None:
    """Equal sums do not excuse a buyer who paid for another's order."""
    orders = [
        OrderFact(order_id=name, status="confirmed", total_cents=100, pieces={})
        for name in ("o-1", "o-2")
    ]
    ledger = [LedgerFact(kind="charge", reference="o-1", amount_cents=200)]
    judgement = money_conserved(orders, ledger)
    assert judgement.verdict is FAIL
    assert len(judgement.examples) == 2


def test_an_order_that_is_lost_or_pending_is_named() -> None:
    """The examples say which promise was broken, and how."""
    orders = [OrderFact(order_id="o-1", status="pending", total_cents=1, pieces={})]
    judgement = one_final_state(["o-1", "o-2"], orders)
    assert judgement.verdict is FAIL
    assert judgement.examples == ("o-1: pending", "o-2: lost")


def test_a_run_without_its_fault_is_unknown() -> None:
    """A pass whose faults never fired is no pass."""
    assert faults_fired(["payment.charged"], []).verdict is UNKNOWN
    assert faults_fired([], []).verdict is UNKNOWN
    assert faults_fired(["payment.charged"], ["payment.charged"]).verdict is PASS


@pytest.mark.parametrize(("seconds", "verdict"), [(None, FAIL), (16.0, FAIL), (1.5, PASS)])
def test_recovery_is_judged_by_its_time(seconds: float | None, verdict: Verdict) -> None:
    """Too late, or never, is a failure, and the fault is named."""
    judgement = recovered({"a pause": 1.0, "a kill": seconds}, within_s=15)
    assert judgement.verdict is verdict
    assert all("a kill" in example for example in judgement.examples)


def test_no_recovery_at_all_is_a_failure() -> None:
    """Nothing known is nothing proved."""
    assert recovered({}, within_s=15).verdict is FAIL


@given(honest_shops())
def test_charged_is_shipped_or_refunded(
    shop: tuple[list[OrderFact], list[LedgerFact], list[StockFact]],
) -> None:
    """A parcel that is missing, or was sent for nothing, is found."""
    orders, ledger, _ = shop
    parcels = [
        ShipmentFact(
            order_id=x.order_id,
            status="shipped" if x.status == "confirmed" else "cancelled",
            total_cents=x.total_cents,
        )
        for x in orders
    ]
    assert shipped_or_refunded(ledger, parcels).verdict is PASS
    free = ShipmentFact(order_id="o-free", status="shipped", total_cents=1)
    assert shipped_or_refunded(ledger, [*parcels, free]).verdict is FAIL
    shipped = [x for x in parcels if x.status == "shipped"]
    if shipped:
        rest = [x for x in parcels if x is not shipped[0]]
        assert shipped_or_refunded(ledger, rest).verdict is FAIL


def test_one_failure_fails_all_and_unknown_is_never_a_pass() -> None:
    """How single verdicts make the verdict of a run."""
    assert overall([PASS, FAIL, UNKNOWN]) is FAIL
    assert overall([PASS, UNKNOWN]) is UNKNOWN
    assert overall([]) is UNKNOWN
    assert overall([PASS, PASS]) is PASS
    assert [v.exit_code for v in (PASS, FAIL, UNKNOWN)] == [0, 1, 3]
