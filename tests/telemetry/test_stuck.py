"""Why an order is stuck, in words that a person would choose."""

from __future__ import annotations

import msgspec

from practicum.telemetry.stuck import Facts, FailureFact, ParkedFact, ProcessFact, diagnose

WELL = tuple(
    ProcessFact(name, name, "ready")
    for name in ("nats", "postgres", "order", "inventory", "payment", "bank", "telemetry")
)


def but(name: str, state: str, detail: str = "") -> tuple[ProcessFact, ...]:
    """All well but one."""
    return tuple(ProcessFact(name, name, state, detail) if p.name == name else p for p in WELL)


def test_a_paused_participant_is_named_with_what_waits_for_it() -> None:
    """The sentence stands by itself; the advice can be typed."""
    found = diagnose(
        Facts(
            order_id="o-1",
            status="pending",
            step="charge",
            waits_for="payment",
            needs=("bank",),
            processes=but("payment", "paused", "until resumed"),
            lag={"payment": 34, "order": 0},
            silent_s=12.3,
        )
    )
    assert found.stuck
    assert found.sentence == (
        "order o-1 waits for payment (charge) since 12 s; payment is paused (until resumed); "
        "34 messages wait on its topic"
    )
    assert found.advice == "practicum range resume payment"
    assert "log: 34 unacknowledged on payment" in found.evidence


def test_what_the_participant_itself_needs_is_looked_at() -> None:
    """Payment is well, its bank is not."""
    found = diagnose(
        Facts(
            order_id="o-1",
            status="pending",
            step="charge",
            waits_for="payment",
            needs=("bank",),
            processes=but("bank", "crash loop", "died 5 times:\nlast words"),
            failure=FailureFact("payment", "POST /charges", "refused: bank\nmore", 1.2),
        )
    )
    assert "bank is crash loop (died 5 times)" in found.sentence
    assert found.sentence.endswith("the last failure was 1 s ago in payment: refused: bank")


def test_a_parked_message_comes_before_every_other_cause() -> None:
    """No process will move it."""
    found = diagnose(
        Facts(
            order_id="o-1",
            status="pending",
            step="reserve",
            waits_for="inventory",
            processes=WELL,
            parked=(
                ParkedFact("inventory", "shop.inventory.reserve.v1", 5, "KeyError: 'x'"),
                ParkedFact("inventory", "shop.inventory.release.v1", 1, "follows"),
            ),
        )
    )
    assert (
        "inventory parked its message shop.inventory.reserve.v1 after 5 tries: KeyError: 'x'"
        in found.sentence
    )
    assert "release" not in found.sentence
    assert found.advice.endswith("practicum shop replay o-1")


def test_an_order_at_its_end_is_not_stuck() -> None:
    """Whatever is down meanwhile."""
    found = diagnose(
        Facts(
            order_id="o-1", status="cancelled", reason="declined", processes=but("bank", "paused")
        )
    )
    assert not found.stuck
    assert found.sentence == "order o-1 is cancelled (declined): it waits for nothing"


def test_a_confirmed_order_whose_saga_still_waits_is_looked_into() -> None:
    """Being confirmed is not the end of it."""
    found = diagnose(
        Facts(
            order_id="o-1",
            status="confirmed",
            step="notify",
            waits_for="payment",
            processes=but("payment", "restarting"),
        )
    )
    assert found.stuck
    assert "payment is restarting" in found.sentence


def test_a_service_that_does_not_answer_is_itself_the_finding() -> None:
    """The order's state is not known then."""
    found = diagnose(Facts(order_id="o-1", processes=but("order", "paused")))
    assert found.sentence == "nobody answers for order o-1; order is paused"


def test_without_a_cause_nothing_is_made_up() -> None:
    """It may be under way at this moment."""
    found = diagnose(
        Facts(order_id="o-1", status="pending", step="charge", waits_for="payment", processes=WELL)
    )
    assert found.sentence.endswith("all that it needs is well: it should go on by itself")


def test_an_order_that_nobody_will_answer_any_more_is_told_so() -> None:
    """Its message was handled, all are well, and nothing came of it; a moment ago is no proof."""
    facts = Facts(
        order_id="o-1", status="pending", step="ship", waits_for="shipping", lag={"shipping": 0}
    )
    found = diagnose(msgspec.structs.replace(facts, silent_s=60.0))
    assert found.sentence.endswith("but nothing is under way for it")
    assert found.advice == "practicum shop resume o-1"
    early = diagnose(msgspec.structs.replace(facts, silent_s=2.0))
    assert early.sentence.endswith("it should go on by itself")
    behind = diagnose(msgspec.structs.replace(facts, silent_s=60.0, lag={"shipping": 1}))
    assert "nothing is under way" not in behind.sentence
