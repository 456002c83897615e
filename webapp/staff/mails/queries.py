"""Reads: the mails of an airline's bookings, or all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import aliased, selectinload

from webapp.booking.models import Booking, Segment
from webapp.booking.references import joined
from webapp.db import db
from webapp.flights.models import Flight
from webapp.notifications.models import Notification, State

PAGE_SIZE = 50
_FLIGHT = re.compile(r"(?P<airline>[A-Z0-9]{2}) ?(?P<number>\d{1,4})")
# The flight that a mail is about, beside those that decide who may see it.
_On, _Of = aliased(Segment), aliased(Flight)
# What people call sending begins when a mail is handed out.
_STATES = {"sending": (State.QUEUED, State.SENDING)}


@dataclass(frozen=True)
class Asked:
    """Which mails staff ask for; empty texts are no restriction.

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


def logged_mails(asked: Asked) -> MailPage:
    """Return a page of the log, the latest mails first."""
    query = _visible(asked.airline).options(selectinload(Notification.events))
    words = asked.booking.strip()
    if "@" in words:
        query = query.where(Notification.recipient == words.lower())
    elif words:
        query = query.where(_is_about(words.upper()))
    if asked.state:
        states = _STATES.get(asked.state, (State(asked.state),))
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
    query = (
        select(Notification, Booking.reference, _Of.airline_iata, _Of.number)
        .outerjoin(Booking, Booking.id == Notification.booking_id)
        .outerjoin(_On, _On.id == Notification.segment_id)
        .outerjoin(_Of, _Of.id == _On.flight_id)
    )
    if airline is None:
        return query
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
    return query.where(exists(flown))
