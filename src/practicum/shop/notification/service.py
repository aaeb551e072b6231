"""Notification on its ports. What is sent stands in its own store; no mail leaves the machine."""

from __future__ import annotations

from collections.abc import Iterable

from practicum.service.aggregate import Ref, Work
from practicum.service.service import Ports, Service
from practicum.shop.notification.messages import (
    GET_MAILBOX,
    LIST_MAILBOXES,
    VOCABULARY,
    GetMailbox,
    ListMailboxes,
    Mailbox,
    MailboxPage,
    NotificationSent,
    NotificationWithdrawn,
    NotifyBuyer,
    WithdrawNotification,
)
from practicum.shop.notification.rules import MAILBOXES, NOTICE, confirmation, correction

COMMANDS = "notification"
REPLIES = "order"


def build(ports: Ports) -> Service:
    """Notification on its ports."""
    service = Service(ports, VOCABULARY)

    def streams(command: NotifyBuyer | WithdrawNotification) -> Iterable[Ref]:
        yield Ref(NOTICE, command.order_id, isinstance(command, NotifyBuyer))

    service.on(NotifyBuyer, topic=COMMANDS, streams=streams)(notify)
    service.on(WithdrawNotification, topic=COMMANDS, streams=streams)(withdraw)
    mailboxes = service.project(MAILBOXES)

    @service.answers(GET_MAILBOX)
    async def get_mailbox(request: GetMailbox) -> Mailbox:
        return await mailboxes.get(request.order_id) or Mailbox(request.order_id, ())

    @service.answers(LIST_MAILBOXES)
    async def list_mailboxes(request: ListMailboxes) -> MailboxPage:
        page = await mailboxes.page(after=request.after, limit=request.limit)
        more = page.documents[-1].order_id if page.full else None
        return MailboxPage(page.documents, more, page.lag_events)

    return service


def notify(command: NotifyBuyer, work: Work) -> None:
    """Tell the buyer, once; after a withdrawal nothing more is said."""
    notice = work.state(NOTICE, command.order_id)
    if notice.status == "none":
        sent = NotificationSent(command.order_id, confirmation(command))
        notice = work.record(NOTICE, command.order_id, sent)
    work.send(REPLIES, NotificationSent(command.order_id, notice.text))


def withdraw(command: WithdrawNotification, work: Work) -> None:
    """Take back what was said, if anything was."""
    notice = work.state(NOTICE, command.order_id)
    text = correction(notice, command.order_id)
    if notice.status != "withdrawn":
        work.record(NOTICE, command.order_id, NotificationWithdrawn(command.order_id, text))
    work.send(REPLIES, NotificationWithdrawn(command.order_id, text))
