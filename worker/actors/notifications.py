"""Delivery of one mail, decided again from the facts of the moment."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

import dramatiq
from sqlalchemy.exc import OperationalError

from webapp import clock
from webapp.booking.told import record_told
from webapp.db import retry_conflicts, transaction
from webapp.notifications import service
from webapp.notifications.delivery import Refused, hand_over
from webapp.notifications.models import Notification
from webapp.notifications.rendering import render_mail
from worker.broker import broker, settings
from worker.facts import read_facts
from worker.mails import Mail, Postponed, Withheld, decide

log = logging.getLogger("fairwind.mail")

# A mail: the mail server took it.
Outcome = Refused | Withheld | Postponed | Mail


@dramatiq.actor(broker=broker, queue_name="mail", time_limit=120_000, max_retries=0)
def deliver_notification(notification_id: int) -> None:
    """Send one mail, or write down why not.

    Safe to run twice: of two runs one finds the row `queued`. A run that dies leaves its lease,
    and the dispatcher hands the row out again; so the broker need not retry.
    """
    lease = timedelta(seconds=settings.delivery_lease)
    notification = retry_conflicts(lambda: _begin(notification_id, lease))
    if notification is None:
        return
    # What follows reads and sends outside a transaction: a mail server may take its time.
    outcome = _deliver(notification)
    _record_patiently(notification, outcome, clock.machine_now() + lease / 2)


def _deliver(notification: Notification) -> Outcome:
    try:
        facts = read_facts([notification])
        decision = decide(notification, facts)
        if not isinstance(decision, Mail):
            return decision
        locale = facts.preferences_of(notification).locale
        mail = render_mail(
            notification, decision.template, locale, decision.attached, **decision.context
        )
        hand_over(mail)
    except Refused as refusal:
        return refusal
    except Exception as error:
        # A mail that cannot be written is our own mistake. It is tried again like a refused one,
        # and then stands as failed for people to see, rather than coming back for ever.
        log.exception("mail %s could not be written", notification.key)
        return Refused(None, f"The mail could not be written: {error!r}")
    return decision


def _begin(notification_id: int, lease: timedelta) -> Notification | None:
    with transaction():
        return service.begin_delivery(notification_id, lease)


def _record_patiently(notification: Notification, outcome: Outcome, until: datetime) -> None:
    # The mail is out. A database that is away for a moment must not make it go out again, so this
    # waits for it, as long as the lease surely holds.
    while True:
        try:
            return retry_conflicts(lambda: _record(notification, outcome))
        except OperationalError:
            if clock.machine_now() > until:
                raise
            time.sleep(0.5)


def _record(notification: Notification, outcome: Outcome) -> None:
    with transaction():
        match outcome:
            case Mail(tells=tells):
                service.record_sent(notification)
                for told in tells:
                    record_told(told)
            case Withheld(reason):
                service.record_withheld(notification, reason)
            case Postponed(due_at):
                service.record_postponed(notification, due_at)
            case Refused():
                service.record_failure(notification, outcome.code, outcome.words)
    log.info(
        "mail %s id=%s attempt=%s outcome=%s",
        notification.key,
        notification.id,
        notification.attempts,
        "sent" if isinstance(outcome, Mail) else outcome,
    )
