"""What notification is told, remembers and answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")


@VOCABULARY.message("notification.notify")
class NotifyBuyer(msgspec.Struct, frozen=True):
    """Command: tell the buyer that the order is confirmed."""

    order_id: str
    total_cents: int


@VOCABULARY.message("notification.withdraw")
class WithdrawNotification(msgspec.Struct, frozen=True):
    """Command: tell the buyer that it is not, if she was told that it is."""

    order_id: str


@VOCABULARY.message("notification.sent")
class NotificationSent(msgspec.Struct, frozen=True):
    """The buyer was told. Fact and reply."""

    order_id: str
    text: str


@VOCABULARY.message("notification.withdrawn")
class NotificationWithdrawn(msgspec.Struct, frozen=True):
    """The buyer waits for nothing; ``text`` is what she was told, empty if nothing. Fact and
    reply."""

    order_id: str
    text: str


class GetMailbox(msgspec.Struct, frozen=True):
    """What was written to the buyer of an order."""

    order_id: str


class Mailbox(msgspec.Struct, frozen=True):
    """Messages to a buyer, oldest first."""

    order_id: str
    texts: tuple[str, ...]


class ListMailboxes(msgspec.Struct, frozen=True):
    """Mailboxes in order of their orders' ids, a page after ``after``."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class MailboxPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last."""

    mailboxes: tuple[Mailbox, ...]
    next: str | None
    lag_events: int


GET_MAILBOX = Operation(
    service="notification",
    name="get_mailbox",
    method="GET",
    path="/mailboxes/{order_id}",
    request=GetMailbox,
    result=Mailbox,
    summary="What the buyer of an order was told",
)
LIST_MAILBOXES = Operation(
    service="notification",
    name="list_mailboxes",
    method="GET",
    path="/mailboxes",
    request=ListMailboxes,
    result=MailboxPage,
    summary="All mailboxes, from the read model",
)
