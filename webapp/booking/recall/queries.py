"""Read: the trips whose mail goes to an address."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from webapp import clock
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.queries import bookings_by_ids
from webapp.booking.trips import Trip, trip_of
from webapp.db import db
from webapp.notifications.models import Notification

# So long after its last flight a trip is still asked for: its receipt, say.
FLOWN_WITHIN = timedelta(weeks=4)


def trips_of_address(address: str) -> list[Trip]:
    """Return the booked trips whose mail goes to an address, the next first, and the flown last.

    Each has had a mail there, and those are found by an index.
    """
    told = select(Notification.booking_id).where(Notification.recipient == address)
    query = select(Booking.id).where(
        Booking.id.in_(told),
        Booking.contact_email == address,
        Booking.status == BookingStatus.CONFIRMED,
    )
    found = bookings_by_ids(db.session.scalars(query).all())
    trips = [trip_of(booking) for booking in found.values()]
    since = clock.now() - FLOWN_WITHIN
    kept = [trip for trip in trips if not trip.is_past or trip.legs[-1].expected_arrives_at > since]
    return sorted(kept, key=lambda trip: (trip.is_past, trip.next_departs_at))
