"""Reads: the mails of an airline's bookings, or all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, selectinload

from webapp import clock
from webapp.booking.models import Booking, Segment
from webapp.booking.references import joined
from webapp.db import db
from webapp.flights.models import Flight
from webapp.notifications.models import REFUSED, Notification, NotificationEvent, State

PAGE_SIZE = 50
_FLIGHT = re.compile(r"(?P<airline>[A-Z0-9]{2}) ?(?P<number>\d{1,4})")
# The flight that a mail is about, beside those that decide who may see it.
_On, _Of = aliased(Segment), aliased(Flight)
# What people call sending begins when a mail is handed out.
_SENDING = (State.QUEUED, State.SENDING)
# Mails in whatever state.
ANY = "any"
FAILED_DAYS = 7
# What is due is handed out within seconds, as long as anybody hands it out.
LATE_MINUTES = 2


@dataclass(frozen=True)
class Asked:
    """Which mails staff ask for; empty texts are no restriction, but for those not sent.

    What was not sent is left out until its state, or ANY, is asked for: it needs nobody.
    `airline` is None for an administrator, who also sees the mails that belong to no booking.
    """

    airline: str | None
    booking: str = ""
    state: str = ""
    kind: str = ""
    page: int = 1


@dataclass(frozen=True)
class LoggedMail:
    """A mail, the reference of its booking and the flight that it is about, if there are any."""

    mail: Notification
    reference: str | None
    flight: str | None


@dataclass(frozen=True)
class MailPage:
    """A page of the log, and whether another follows."""

    mails: list[LoggedMail]
    has_more: bool


@dataclass(frozen=True)
class Delivery:
    """How the mails of an airline go: what needs somebody to look at it.

    `failed` are those of the last FAILED_DAYS; `late` were not handed out for LATE_MINUTES.
    """

    waiting: int
    failed: int
    late: int
    refused_since: datetime | None


def delivery_of(airline: str | None) -> Delivery:
    """Return how the mails that an airline sees go, for an administrator (None) all of them."""
    now = clock.now()
    counts = (
        select(Notification.state, func.count())
        .where(
            or_(
                Notification.state == State.RETRY,
                _is(State.FAILED, Notification.due_at > now - timedelta(days=FAILED_DAYS)),
                _is(State.DUE, Notification.due_at <= now - timedelta(minutes=LATE_MINUTES)),
            ),
            _is_seen_by(airline),
        )
        .group_by(Notification.state)
    )
    refused = (
        select(func.min(NotificationEvent.at))
        .join(Notification, Notification.id == NotificationEvent.notification_id)
        .where(
            Notification.state == State.RETRY,
            NotificationEvent.what == REFUSED,
            _is_seen_by(airline),
        )
    )
    of = dict(db.session.execute(counts).all())
    waiting = of.get(State.RETRY, 0)
    since = db.session.scalar(refused) if waiting else None
    return Delivery(waiting, of.get(State.FAILED, 0), of.get(State.DUE, 0), since)


def logged_mails(asked: Asked) -> MailPage:
    """Return a page of the log, the latest mails first."""
    query = _visible(asked.airline).options(selectinload(Notification.events))
    words = asked.booking.strip()
    if "@" in words:
        query = query.where(Notification.recipient == words.lower())
    elif words:
        query = query.where(_is_about(words.upper()))
    if not asked.state:
        query = query.where(Notification.state != State.WITHHELD)
    elif asked.state != ANY:
        states = _SENDING if asked.state == "sending" else (State(asked.state),)
        query = query.where(Notification.state.in_(states))
    if asked.kind:
        query = query.where(Notification.kind == asked.kind)
    query = (
        query.order_by(Notification.id.desc())
        .offset((asked.page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    found = [
        LoggedMail(mail, reference, f"{airline} {number}" if airline else None)
        for mail, reference, airline, number in db.session.execute(query)
    ]
    return MailPage(found[:PAGE_SIZE], len(found) > PAGE_SIZE)


def visible_mail(airline: str | None, key: str) -> Notification | None:
    """Return a mail by its key, if it may be seen."""
    if not key.isascii():
        return None
    mail: Notification | None = db.session.scalar(_visible(airline).where(Notification.key == key))
    return mail


def _is_about(words: str) -> ColumnElement[bool]:
    # MariaDB refuses to compare other letters with a column that holds ASCII alone.
    reference = joined(words)
    if not reference.isascii():
        return false()
    is_booking = Booking.reference == reference
    flight = _FLIGHT.fullmatch(words)
    if not flight:
        return is_booking
    number = int(flight["number"])
    return or_(is_booking, and_(_Of.airline_iata == flight["airline"], _Of.number == number))


def _visible(airline: str | None) -> Select[Notification, str, str, int]:
    return (
        select(Notification, Booking.reference, _Of.airline_iata, _Of.number)
        .outerjoin(Booking, Booking.id == Notification.booking_id)
        .outerjoin(_On, _On.id == Notification.segment_id)
        .outerjoin(_Of, _Of.id == _On.flight_id)
        .where(_is_seen_by(airline))
    )


def _is_seen_by(airline: str | None) -> ColumnElement[bool]:
    if airline is None:
        return true()
    # A trip may fly with two airlines: the mails about one flight are those of its airline alone,
    # and those about all of it are for the airlines that it flies with now.
    flown = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(
            Segment.booking_id == Notification.booking_id,
            or_(
                and_(Notification.segment_id.is_(None), Segment.dropped_at.is_(None)),
                Notification.segment_id == Segment.id,
            ),
            Flight.airline_iata == airline,
        )
    )
    return exists(flown)


def _is(state: State, when: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Notification.state == state, when)
