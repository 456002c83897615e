"""Reads: bookings that fly with an airline, by what staff are told on the telephone."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from webapp.booking.models import BOOKED, Booking, BookingEvent, Passenger
from webapp.booking.passengers.phones import phones_meant
from webapp.booking.queries import booking_by_reference, bookings_by_ids, flies_with
from webapp.booking.references import joined
from webapp.booking.trips import Trip, trip_of
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.spelling import on_file
from webapp.titles import without_titles

MOST_LISTED = 50
_MOST_OF_ADDRESS = 500
# What is shorter is looked for as a whole name alone.
_FEWEST_LETTERS = 3
_BETWEEN_NAMES = re.compile(r"[\s,/]+")
_TICKET = re.compile(r"\d{13}", re.ASCII)


def trips_found_by(words: str, airline: str | None) -> list[Trip]:
    """Return the trips with a reference, a ticket, an address of their mails, a number or a name.

    The latest first, MOST_LISTED at most; those that fly with an airline, or all of them (None).
    """
    query = select(Booking.id).where(
        Booking.id.in_(_meant_by(words.strip(), airline)), Booking.status.in_(BOOKED)
    )
    if airline:
        query = query.where(flies_with(airline))
    ids = list(db.session.scalars(query.order_by(Booking.id.desc()).limit(MOST_LISTED)))
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


def _meant_by(words: str, airline: str | None) -> list[int]:
    # The ids first and alone: as part of a larger query they may be looked for in every booking.
    if "@" in words:
        told = select(Notification.booking_id).where(Notification.recipient == words.lower())
        latest = told.distinct().order_by(Notification.booking_id.desc()).limit(_MOST_OF_ADDRESS)
        return [each for each in db.session.scalars(latest) if each]
    reference = joined(words).upper()
    query = select(Booking.id).where(Booking.reference == reference)
    if _TICKET.fullmatch(reference):
        query = select(Passenger.booking_id).where(Passenger.ticket_number == reference)
    # MariaDB refuses to compare other letters with a column that holds ASCII alone.
    known = list(db.session.scalars(query)) if reference.isascii() else []
    phones = phones_meant(words)
    if phones:
        return known + _with_phones(phones, airline)
    # Müller has six letters, as a reference has.
    return known + _bookings_of(words, airline)


def _with_phones(numbers: Collection[str], airline: str | None) -> list[int]:
    query = select(Booking.id).where(Booking.contact_phone.in_(numbers), Booking.status.in_(BOOKED))
    if airline:
        query = query.where(flies_with(airline))
    return list(db.session.scalars(query.order_by(Booking.id.desc()).limit(MOST_LISTED)))


def _bookings_of(words: str, airline: str | None) -> list[int]:
    """Return the bookings of whoever is called so, or else of those whose family name begins so."""
    parts = _BETWEEN_NAMES.split(without_titles(words))
    called = [
        on_file(" ".join(family), " ".join(given))
        for place in range(1, len(parts) + 1)
        # Either name comes first, and each may have several words.
        for family, given in ((parts[:place], parts[place:]), (parts[-place:], parts[:-place]))
    ]
    found = _with_filed_names([each for each in called if not each.startswith("/")], airline)
    begun = on_file(" ".join(parts), "").rstrip("/")
    if found or len(begun) < _FEWEST_LETTERS:
        return found
    return _with_filed_names([begun], airline)


def _with_filed_names(begun: Sequence[str], airline: str | None) -> list[int]:
    if not begun:
        return []
    query = (
        select(Passenger.booking_id)
        .join(Booking, Booking.id == Passenger.booking_id)
        .where(
            # A name has no letter beyond Z; SQLite finds LIKE by no index.
            or_(*(Passenger.filed_name.between(each, f"{each}~") for each in begun)),
            Booking.status.in_(BOOKED),
        )
    )
    if airline:
        query = query.where(flies_with(airline))
    latest = query.distinct().order_by(Passenger.booking_id.desc()).limit(MOST_LISTED)
    return list(db.session.scalars(latest))
