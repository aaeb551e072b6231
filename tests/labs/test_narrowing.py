"""A run is judged by its own orders and its own shelf, whatever lies about in a warm range."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.conservation import (
    LedgerFact,
    MessageFact,
    OrderFact,
    ShipmentFact,
    StockFact,
)
from practicum.checking.verdict import Verdict
from practicum.labs.check.memory import SHELVES, shelf_of
from practicum.labs.experiment.shopper import Taste, draw_buyer
from practicum.labs.facts import Facts, judge_facts, narrowed
from practicum.shop.catalog.rules import sku_of
from practicum.shop.manifest import PRODUCTS
from practicum.shop.order.rules import order_id_for

SHELF = ("P0001", "P0002")
MINE = Facts(
    orders=(OrderFact(order_id="o-1", status="confirmed", total_cents=10, pieces={"P0001": 2}),),
    ledger=(LedgerFact(kind="charge", reference="o-1", amount_cents=10),),
    stock=(
        StockFact(sku="P0001", arrived=9, available=7, reserved=2),
        StockFact(sku="P0002", arrived=9, available=9, reserved=0),
    ),
    shipments=(ShipmentFact(order_id="o-1", status="shipped", total_cents=10),),
    messages=(MessageFact(message_id="m1", type="t", key="o-1", cause="m0"),),
)
ARRIVED = {"P0001": 9, "P0002": 9}
ids = st.integers(2, 9).map("o-{}".format)
skus = st.integers(3, 9).map("P000{}".format)
amounts = st.integers(0, 100)
wreckage = st.builds(
    Facts,
    orders=st.lists(
        st.builds(
            OrderFact,
            order_id=ids,
            status=st.sampled_from(["confirmed", "cancelled", "stuck at charge"]),
            total_cents=amounts,
            pieces=st.dictionaries(skus, amounts, max_size=2),
        )
    ).map(tuple),
    ledger=st.lists(
        st.builds(
            LedgerFact,
            kind=st.sampled_from(["charge", "refund", "decline"]),
            reference=ids,
            amount_cents=amounts,
        )
    ).map(tuple),
    stock=st.lists(
        st.builds(StockFact, sku=skus, arrived=amounts, available=amounts, reserved=amounts)
    ).map(tuple),
    shipments=st.lists(
        st.builds(ShipmentFact, order_id=ids, status=st.just("shipped"), total_cents=amounts)
    ).map(tuple),
    messages=st.lists(
        st.builds(
            MessageFact,
            message_id=st.text(max_size=3),
            type=st.just("t"),
            key=ids,
            cause=st.sampled_from([None, "m0", "m9"]),
        )
    ).map(tuple),
)


def both(one: Facts, other: Facts) -> Facts:
    """Everything that lies in a range in which both happened."""
    return Facts(
        orders=other.orders + one.orders,
        ledger=other.ledger + one.ledger,
        stock=other.stock + one.stock,
        shipments=other.shipments + one.shipments,
        messages=other.messages + one.messages,
    )


@given(wreckage)
def test_what_others_left_behind_changes_no_judgement(others: Facts) -> None:
    """Stuck orders, doubled charges, missing pieces: none of them is this run's."""
    facts = narrowed(both(MINE, others), ["o-1"], SHELF)
    assert facts == MINE
    verdicts = {each.verdict for each in judge_facts(["o-1"], facts, ARRIVED)}
    assert verdicts == {Verdict.PASS}


@given(wreckage)
def test_what_the_run_itself_did_wrong_is_seen(others: Facts) -> None:
    """Also an order that its buyer was never told of."""
    charged = (LedgerFact(kind="charge", reference="o-0", amount_cents=5),)
    wrong = both(MINE, Facts(orders=(), ledger=charged, stock=(), shipments=()))
    facts = narrowed(both(wrong, others), ["o-0", "o-1"], SHELF)
    failed = {x.check for x in judge_facts(["o-1"], facts, ARRIVED) if x.verdict is Verdict.FAIL}
    assert failed == {"money conserved", "shipped or refunded"}


@given(st.integers(0, SHELVES - 1), st.integers(0, 10**6), st.integers(0, 99))
def test_a_crowd_buys_from_its_shelf_alone(shelf: int, number: int, seed: int) -> None:
    """And the seed, not the shelf or the run, says who comes and how much she wants."""
    products = shelf_of(shelf)
    taste = Taste(shelf=products, seed=f"seed {seed}")
    buyer = draw_buyer("run", number, taste)
    assert {line.sku for line in buyer.order.lines} <= {sku_of(n) for n in products}
    other = draw_buyer("other run", number, Taste(shelf=shelf_of(0), seed=f"seed {seed}"))
    assert buyer.order.card == other.order.card
    assert [x.quantity for x in buyer.order.lines] == [x.quantity for x in other.order.lines]
    assert order_id_for(buyer.key) != order_id_for(other.key)


def test_shelves_share_nothing_and_are_the_whole_shop() -> None:
    """Each product stands on one of them; each has one that is scarce."""
    numbers = [n for shelf in range(SHELVES) for n in shelf_of(shelf)]
    assert sorted(numbers) == list(range(1, PRODUCTS + 1))
    assert all(sum(n % 50 == 0 for n in shelf_of(shelf)) == 1 for shelf in range(SHELVES))
