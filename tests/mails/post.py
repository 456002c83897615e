"""The post: what a worker does with the mails that are due, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from webapp import clock
from webapp.booking.told import record_told
from webapp.db import db, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification
from webapp.notifications.rendering import render_mail
from worker.mails import Decision, Mail, Postponed, decide

LEASE = timedelta(minutes=1)


@dataclass(frozen=True)
class Letter:
    """A mail as somebody reads it."""

    kind: Kind
    subject: str
    body: str


def taken() -> Iterator[Notification]:
    """Yield the mails that are due, each taken by a worker when it is asked for."""
    with transaction():
        together = outbox.claim_due(LEASE)
    for notification_id in chain(*together):
        with transaction():
            notifications = outbox.begin_delivery([notification_id], LEASE)
        db.session.expire_all()
        yield from notifications


def write_down(notification: Notification, decision: Decision) -> None:
    """Write down what became of a mail; one that is to be sent was taken by the server."""
    with transaction():
        if isinstance(decision, Mail):
            outbox.record_sent([(notification, "250 taken")])
            for told in decision.tells:
                record_told(told)
        elif isinstance(decision, Postponed):
            assert decision.due_at > clock.now()
            outbox.record_postponed(notification, decision.due_at)
        else:
            assert decision.reason
            outbox.record_withheld(notification, decision.reason)


def letter(notification: Notification, mail: Mail) -> Letter:
    """Return a mail as it reads."""
    written = render_mail(notification, mail.template, "en-GB", mail.attached, **mail.context)
    return Letter(Kind(notification.kind), written.subject, written.body)


def deliver() -> list[Letter]:
    """Send what is due; return it."""
    letters = []
    for notification in taken():
        decision = decide(notification)
        if isinstance(decision, Mail):
            letters.append(letter(notification, decision))
        write_down(notification, decision)
    db.session.expire_all()
    return letters
