"""Reads: whom new times would be news to."""

from __future__ import annotations

from datetime import datetime

from webapp.booking.queries import confirmed_segments_of
from webapp.staff.queries import Carried


def told_of(flight_id: int, departs_at: datetime, arrives_at: datetime) -> Carried:
    """Return the bookings, and the people they bring, that were told other times than these."""
    bookings = [
        segment.booking
        for segment in confirmed_segments_of(flight_id)
        if not segment.is_told_of(departs_at, arrives_at)
    ]
    return Carried(
        len(bookings), sum(each.adults + each.children + each.infants for each in bookings)
    )
