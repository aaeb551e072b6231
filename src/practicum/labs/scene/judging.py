"""Judges an answer by the scene, without giving the scene away. Pure.

Service, message and deed are compared. The trigger is judged by what it strikes: any that
tells the affected orders from those that went through is right, whatever its words.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable

import msgspec

from practicum.checking.conservation import OrderFact, ShipmentFact
from practicum.checking.verdict import Judgement, judge
from practicum.labs.scene.answer import Answer
from practicum.labs.scene.scene import NOBODY, Scene, What, matches

WHATS: tuple[str, ...] = typing.get_args(What)
_SHOWN_MAX = 3


def service_named(scene: Scene, answer: Answer) -> Judgement:
    """The service at fault is the one that treated a stuck order otherwise than the rest."""
    wanted = NOBODY if scene.calm else scene.service
    said = _said(answer.service)
    return _told(
        judge(
            "the service at fault is named",
            expected="the service that treated the stuck orders otherwise than those that went "
            f"through; `{NOBODY}` if no order is stuck",
            seen=f"you name {said}" + _service_seen(scene, answer),
            holds=answer.service == wanted,
        ),
        "put the trace of a stuck order beside that of one that went through; the first row that "
        "differs belongs to the service at fault. A service is not at fault for being waited for, "
        "for being slow, or for refusing what is not so",
    )


def message_named(scene: Scene, answer: Answer) -> Judgement:
    """The message is the last one of a stuck order that was handled as it should not be."""
    return _told(
        judge(
            "the message is named",
            expected="the type of the message, as it stands in the trace, that the service "
            "treated wrongly",
            seen=f"you name {_said(answer.message)}",
            holds=scene.calm or answer.message == scene.message,
        ),
        "`practicum trace ORDER`: it is in a row that begins with `handle`, and the service at "
        "fault stands beside it",
    )


def deed_named(scene: Scene, answer: Answer) -> Judgement:
    """What the service did with the message is one of a list."""
    known = answer.what in WHATS
    said = f"you say {_said(answer.what)}" + (
        "" if known or not answer.what else ", not in the list"
    )
    return _told(
        judge(
            "what it did is named",
            expected=f"one of {', '.join(WHATS)}",
            seen=said,
            holds=scene.calm or answer.what == scene.what,
        ),
        "look below the row `handle ...` of a stuck order: is there an error, and whose? Is there "
        "a `publish`? Is it followed by a `handle` of somebody else, as it is in other traces?",
    )


def trigger_fits(scene: Scene, answer: Answer) -> Judgement:
    """The trigger strikes every order that got stuck, and none that went through."""
    check = "the trigger fits every order"
    next_look = (
        "`practicum shop orders` shows what was in each basket and what it cost. Compare the stuck "
        "orders with those that brought the same message about, and went through"
    )
    expected = "one condition that all stuck orders meet, and of the others that got as far none"
    if scene.calm:
        return judge(check, expected=expected, seen="no order is stuck")
    if answer.trigger.kind is None:
        seen = "no condition is given, or more than one"
        return _told(judge(check, expected=expected, seen=seen, holds=False), next_look)
    reached = [order for order in scene.orders if order.order_id in set(scene.reached)]
    struck, affected = matches(reached, answer.trigger), frozenset(scene.affected)
    missed, spared = sorted(affected - struck), sorted(struck - affected)
    wrong = [f"{each}: got stuck, and does not meet it" for each in missed[:_SHOWN_MAX]]
    wrong += [f"{each}: meets it, and went through" for each in spared[:_SHOWN_MAX]]
    seen = (
        f"{len(affected & struck)} of {len(affected)} stuck orders meet it, and {len(spared)} of "
        f"{len(reached) - len(affected)} that went through"
    )
    return _told(judge(check, expected=expected, seen=seen, wrong=wrong), next_look)


def evidence_given(scene: Scene, answer: Answer) -> Judgement:
    """The order given as evidence is one that got stuck."""
    return _told(
        judge(
            "an order is given as evidence",
            expected="the id of one order that got stuck",
            seen=f"you give {_said(answer.order)}",
            holds=scene.calm or answer.order in scene.affected,
        ),
        "`practicum shop stuck` and `practicum shop parked` list them; once they are freed, "
        "`practicum shop orders` still has them",
    )


def ended_as_they_should(
    scene: Scene, orders: Iterable[OrderFact], shipments: Iterable[ShipmentFact]
) -> Judgement:
    """Who could have her order has it; only what no shop could have delivered is cancelled."""
    status = {order.order_id: order.status for order in orders}
    shipped = {parcel.order_id for parcel in shipments if parcel.status == "shipped"}
    wrong = []
    for order in scene.orders:
        became = status.get(order.order_id, "lost")
        if became != order.end:
            wrong.append(f"{order.order_id}: {became}, should be {order.end}")
        elif became == "confirmed" and order.order_id not in shipped:
            wrong.append(f"{order.order_id}: confirmed, but its parcel was never sent")
    return _told(
        judge(
            "every buyer has what she could have",
            expected="orders that can be delivered are confirmed and sent, the others cancelled",
            seen=f"{len(scene.orders) - len(wrong)} of {len(scene.orders)} orders ended so",
            wrong=wrong,
        ),
        "to undo an order is the last resort: a step that was never answered can be asked for once "
        "more (`practicum shop resume`), a parked message can be handled (`practicum shop replay`)",
    )


def _service_seen(scene: Scene, answer: Answer) -> str:
    if scene.calm or not answer.service or answer.service == scene.service:
        return ""
    if answer.service == NOBODY:
        return f", but {len(scene.affected)} orders got stuck"
    return ": it did for the stuck orders just what it did for the others"


def _said(text: str) -> str:
    return text or "nothing"


def _told(judgement: Judgement, look_next: str) -> Judgement:
    return msgspec.structs.replace(judgement, look_next=look_next)
