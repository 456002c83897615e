"""Delivery of mails, each decided again from the facts of the moment."""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import dramatiq
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.db import abandon, in_transaction
from webapp.notifications import outbox
from webapp.notifications.delivery import Refused, Unreachable, hand_over
from webapp.notifications.mime import Message
from webapp.notifications.models import Notification
from webapp.notifications.pace import Later, Pace
from webapp.notifications.rendering import render_mail, site_addresses
from worker.broker import broker, settings
from worker.facts import NO_FACTS, Facts, read_facts
from worker.mails import Mail, Postponed, decide
from worker.outage import database_answers
from worker.presence import Presence
from worker.recorder import Outcome, Recorder, Sent

log = logging.getLogger("fairwind.mail")

# What was read longer ago is read again before a mail is decided from it; so no more is read at
# once than goes out meanwhile.
_FACTS_HOLD_SECONDS = 1.0
_FACTS_AT_ONCE = 20
# An actor that is cut off may be so between the server's yes and our record of it; no hand-over
# begins so late that it could be.
_ROUND_LIMIT = 600
_ROUND_ENDS = _ROUND_LIMIT / 2
_RETRY_UNREACHABLE = timedelta(seconds=outbox.RETRY_SERVER[0])

_lease = timedelta(seconds=settings.delivery_lease)
_recorder = Recorder()
_mail_server = Presence("mail_server")
_pace = Pace(settings.mail_rate, settings.mail_domain_rate)


@dramatiq.actor(broker=broker, queue_name="mail", time_limit=_ROUND_LIMIT * 1_000)
def deliver_notifications(notification_ids: list[int]) -> None:
    """Send mails one after the other, or write down why not.

    Safe to run twice: each row is found `queued` once. A run that dies leaves its leases, and the
    dispatcher hands the rows out again; so the broker need not retry. Several ids come together
    because what they are decided from is read ten times cheaper at once.
    """
    taken = in_transaction(lambda: outbox.begin_delivery(notification_ids, _lease))
    if taken:
        with site_addresses():
            _Round(taken).run()


@dataclass(frozen=True)
class Composed:
    """A mail that is ready to be handed over."""

    decision: Mail
    message: Message


class _Round:
    """Mails in the hands of one worker thread.

    What it reads and sends is outside any transaction that writes: a mail server may take its
    time.
    """

    def __init__(self, taken: list[Notification]) -> None:
        self._waiting = deque(taken)
        self._facts = NO_FACTS
        self._read_at = 0.0
        self._told: set[int | None] = set()
        self._ends_at = time.monotonic() + _ROUND_ENDS
        self._last: Future[None] | None = None

    def run(self) -> None:
        """Deliver one after the other; what is written down runs beside it."""
        while self._waiting:
            notification = self._waiting.popleft()
            if not self._knows(notification):
                self._settle()  # What was told is written down before it is read again.
                self._facts = NO_FACTS
            composed = self._composed(notification)
            # Not before the last one is written down: a crash may leave one mail that went out
            # and nobody knows of, but no more.
            self._settle()
            if not self._keeps(notification):
                continue  # It took so long to write that somebody else has it by now.
            outcome = (
                _hand_over(notification, composed) if isinstance(composed, Composed) else composed
            )
            self._last = _recorder.write(notification, outcome)
            if isinstance(outcome, Sent) and outcome.mail.tells:
                self._told.add(notification.booking_id)
            if isinstance(outcome, Unreachable):
                # The others would only wait for the same, each a time limit long.
                self._give_back(clock.now() + _RETRY_UNREACHABLE, outcome.words)
            elif time.monotonic() > self._ends_at:
                self._give_back(clock.now(), None)
        self._settle()

    def _keeps(self, notification: Notification) -> bool:
        # Handing over may take most of a lease, so it begins with a lease that is nearly whole.
        if _remaining(notification) > _lease * 3 / 4:
            return True
        mine = [notification, *self._waiting]
        kept = in_transaction(lambda: outbox.renew_leases(mine, _lease))
        self._waiting = deque(each for each in self._waiting if each in kept)
        self._facts = NO_FACTS  # The transaction let go of them.
        return notification in kept

    def _knows(self, notification: Notification) -> bool:
        # What a party has just been told is news no more, so it is looked at again.
        is_fresh = time.monotonic() - self._read_at <= _FACTS_HOLD_SECONDS
        is_told = notification.booking_id in self._told
        return is_fresh and not is_told and self._facts.are_of(notification)

    def _composed(self, notification: Notification) -> Composed | Outcome:
        try:
            facts = self._facts_of(notification)
            decision = decide(notification, facts)
            if not isinstance(decision, Mail):
                return decision
            locale = facts.preferences_of(notification).locale
            message = render_mail(
                notification, decision.template, locale, decision.attached, **decision.context
            )
            return Composed(decision, message)
        except Exception as error:
            if isinstance(error, DBAPIError) and not database_answers():
                raise  # Its lease brings the mail back, untouched.
            # A mail that cannot be written is our own mistake. It is tried again like a refused
            # one, and then stands as failed for people to see, rather than coming back for ever.
            log.exception("mail %s could not be written", notification.key)
            abandon()
            return Refused(None, f"The mail could not be written: {error!r}")

    def _facts_of(self, notification: Notification) -> Facts:
        if not self._facts.are_of(notification):
            abandon()  # Or the session would go on seeing what it saw before.
            others = islice(self._waiting, _FACTS_AT_ONCE - 1)
            self._told.clear()
            self._read_at = time.monotonic()
            self._facts = read_facts([notification, *others])
        return self._facts

    def _settle(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def _give_back(self, due_at: datetime, words: str | None) -> None:
        waiting, self._waiting = list(self._waiting), deque()
        if waiting:
            in_transaction(lambda: outbox.give_back(waiting, due_at, words))


def _hand_over(notification: Notification, composed: Composed) -> Outcome:
    turn = _pace.turn(notification.recipient)
    if isinstance(turn, Later):
        return Postponed(clock.now() + timedelta(seconds=turn.seconds))
    if turn.seconds:
        time.sleep(turn.seconds)
    try:
        # The rest of the lease is for writing down what became of it.
        patience = _remaining(notification) * 2 / 3
        answer = hand_over(composed.message, patience.total_seconds())
    except Unreachable as refusal:
        _mail_server.note_away(f"{refusal.code or ''} {refusal.words}".strip())
        return refusal
    except Refused as refusal:
        _mail_server.note_back()
        return refusal
    except ValueError as error:
        # An address or a header that no server can be told: left to itself it would come back
        # for ever, and take along the mails that came with it.
        log.exception("mail %s could not be addressed", notification.key)
        return Refused(None, f"The mail could not be addressed: {error!r}")
    _mail_server.note_back()
    return Sent(composed.decision, answer)


def _remaining(notification: Notification) -> timedelta:
    assert notification.lease_until is not None
    return notification.lease_until - clock.machine_now()
