"""Reads: bookings that fly with an airline, by what staff are told on the telephone."""

from __future__ import annotations

import re

from sqlalchemy import select

from webapp.booking.models import BOOKED, Booking, BookingEvent, Passenger
from webapp.booking.queries import booking_by_reference, bookings_by_ids, flies_with
from webapp.booking.references import joined
from webapp.booking.trips import Trip, trip_of
from webapp.db import db
from webapp.notifications.models import Notification

_MOST_LISTED = 50
_MOST_OF_ADDRESS = 500
_TICKET = re.compile(r"\d{13}", re.ASCII)


def trips_found_by(words: str, airline: str | None) -> list[Trip]:
    """Return the trips with a reference, a ticket or an address that mail of them went to.

    The latest first, _MOST_LISTED at most; those that fly with an airline, or all of them (None).
    """
    query = select(Booking.id).where(
        Booking.id.in_(_meant_by(words.strip())), Booking.status.in_(BOOKED)
    )
    if airline:
        query = query.where(flies_with(airline))
    ids = list(db.session.scalars(query.order_by(Booking.id.desc()).limit(_MOST_LISTED)))
    found = bookings_by_ids(ids)
    return [trip_of(found[each]) for each in ids]


def trip_at(reference: str, airline: str | None) -> Trip | None:
    """Return a trip that was booked, if it flies with an airline (None: with any)."""
    booking = booking_by_reference(reference)
    if booking is None or booking.status not in BOOKED:
        return None
    is_theirs = airline is None or any(
        each.flight.airline_iata == airline for each in booking.segments
    )
    return trip_of(booking) if is_theirs else None


def history_of(booking_id: int) -> list[BookingEvent]:
    """Return what was done to a booking, the latest first."""
    query = select(BookingEvent).where(BookingEvent.booking_id == booking_id)
    return list(db.session.scalars(query.order_by(BookingEvent.id.desc())))


def _meant_by(words: str) -> list[int]:
    # The ids first and alone: as part of a larger query they may be looked for in every booking.
    reference = joined(words).upper()
    query = select(Booking.id).where(Booking.reference == reference)
    is_ticket = _TICKET.fullmatch(reference)
    if "@" in words:
        told = select(Notification.booking_id).where(Notification.recipient == words.lower())
        latest = told.distinct().order_by(Notification.booking_id.desc()).limit(_MOST_OF_ADDRESS)
        return [each for each in db.session.scalars(latest) if each]
    if is_ticket:
        query = select(Passenger.booking_id).where(Passenger.ticket_number == reference)
    # MariaDB refuses to compare other letters with a column that holds ASCII alone.
    return list(db.session.scalars(query)) if reference.isascii() else []
