"""Delivery is judged: what is missing from the log, and what stands there the wrong way round."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.conservation import MessageFact
from practicum.checking.delivery import nothing_lost, order_kept
from practicum.checking.verdict import Verdict


def said(number: int, *, key: str = "o-1", kind: str = "shop.order.created.v2") -> MessageFact:
    """The ``number``-th message that the order service wrote."""
    return MessageFact(
        message_id=f"m{number}",
        type=kind,
        key=key,
        cause=None,
        topic="order-events",
        source="/order/order-1",
        written_at=f"2026-01-01T00:00:{number:02d}.000000Z",
    )


def test_what_is_owed_and_not_on_the_log_is_named() -> None:
    """The version of a type does not matter, the key does."""
    owed = {"o-1": ["shop.order.created", "shop.order.confirmed"], "o-2": ["shop.order.created"]}
    judgement = nothing_lost(owed, [said(1), said(2, kind="shop.order.confirmed.v2")])
    assert judgement.verdict is Verdict.FAIL
    assert judgement.examples == ("o-2: shop.order.created is not on the log",)
    assert nothing_lost({"o-1": owed["o-2"]}, [said(1)]).verdict is Verdict.PASS


def test_messages_of_one_key_the_wrong_way_round_are_named() -> None:
    """The later one stands first."""
    judgement = order_kept([said(2, kind="shop.order.cancelled.v1"), said(1)])
    assert judgement.verdict is Verdict.FAIL
    assert judgement.examples[0].startswith("o-1: shop.order.cancelled stands before")


def test_other_keys_writers_and_topics_may_overtake() -> None:
    """Order is promised within a key of one writer on one topic, and nowhere else."""
    later = said(9)
    others = [
        said(1, key="o-2"),
        MessageFact(
            message_id="m3", type=later.type, key="o-1", cause=None, topic="order-events",
            source="/payment/payment-1", written_at=said(3).written_at,
        ),
        MessageFact(
            message_id="m4", type=later.type, key="o-1", cause=None, topic="inventory",
            source=later.source, written_at=said(4).written_at,
        ),
    ]  # fmt: skip
    assert order_kept([later, *others]).verdict is Verdict.PASS


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=20), st.data())
def test_a_log_in_order_passes_and_any_swap_within_a_key_fails(
    written: list[tuple[str, bool]], data: st.DataObject
) -> None:
    """Copies that come later change nothing."""
    log = [said(number, key=key) for number, (key, _) in enumerate(written)]
    copies = [
        message for message, (_, copied) in zip(log, written, strict=True) if copied
    ]  # fmt: skip
    assert order_kept([*log, *copies]).verdict is Verdict.PASS
    mine = [number for number, message in enumerate(log) if message.key == "a"]
    if len(mine) > 1:
        one = data.draw(st.sampled_from(mine[:-1]))
        other = data.draw(st.sampled_from([number for number in mine if number > one]))
        log[one], log[other] = log[other], log[one]
        assert order_kept(log).verdict is Verdict.FAIL
