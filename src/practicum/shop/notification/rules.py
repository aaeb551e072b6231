"""A buyer is told once that her order is confirmed, and told again if it is not after all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.store import StoredEvent
from practicum.service.views import Projection
from practicum.shop.notification.messages import (
    Mailbox,
    NotificationSent,
    NotificationWithdrawn,
    NotifyBuyer,
)


class Notice(msgspec.Struct, frozen=True):
    """What the buyer of an order believes."""

    status: Literal["none", "sent", "withdrawn"] = "none"
    text: str = ""


def evolve(notice: Notice, event: NotificationSent | NotificationWithdrawn) -> Notice:
    """The notice after an event."""
    match event:
        case NotificationSent():
            return Notice("sent", event.text)
        case NotificationWithdrawn():
            return Notice("withdrawn", event.text)


NOTICE = Aggregate(name="notice", initial=Notice(), evolve=evolve)


def confirmation(command: NotifyBuyer) -> str:
    """The text of a confirmation."""
    whole, cents = divmod(command.total_cents, 100)
    return f"Your order {command.order_id} over {whole}.{cents:02d} is confirmed."


def correction(notice: Notice, order_id: str) -> str:
    """The text that takes a confirmation back; empty if there was none."""
    return f"Your order {order_id} is cancelled after all." if notice.status == "sent" else ""


def fold(
    mailbox: Mailbox | None,
    key: str,
    event: NotificationSent | NotificationWithdrawn,
    stored: StoredEvent,
) -> Mailbox:
    """The mailbox in the read model after an event."""
    texts = mailbox.texts if mailbox else ()
    return Mailbox(key, (*texts, event.text) if event.text else texts)


def _keys(event: object) -> Iterable[str]:
    return [event.order_id] if isinstance(event, NotificationSent | NotificationWithdrawn) else []


MAILBOXES = Projection(view="mailboxes", document=Mailbox, keys=_keys, fold=fold)
