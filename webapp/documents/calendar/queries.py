"""Reads: an account's feed, every segment of some bookings, when a flight was last changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.booking.models import BOOKED, Booking, Segment
from webapp.db import db
from webapp.documents.calendar.models import CalendarFeed
from webapp.flights.models import Flight, FlightEvent


def feed_of(user_id: int) -> CalendarFeed | None:
    """Return an account's private address, None where it has none."""
    return db.session.get(CalendarFeed, user_id)


def feed_by_token(token: str) -> CalendarFeed | None:
    """Return the feed that a token opens."""
    if not token.isascii():
        return None  # MariaDB refuses to compare it with a column that holds ASCII alone.
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.token == token))


def booked_trips_of(user_id: int) -> list[int]:
    """Return the ids of what an account ever booked, cancelled trips included."""
    query = (
        select(Booking.id)
        .where(
            Booking.user_id == user_id,
            Booking.status.in_(BOOKED),
        )
        .order_by(Booking.id)
    )
    return list(db.session.scalars(query))


def every_segment_of(booking_ids: Collection[int]) -> list[Segment]:
    """Return all segments of some bookings, those too that were dropped for others."""
    flight = joinedload(Segment.flight)
    query = (
        select(Segment)
        .where(Segment.booking_id.in_(booking_ids))
        .order_by(Segment.booking_id, Segment.position)
        .options(
            flight.joinedload(Flight.origin),
            flight.joinedload(Flight.destination),
            flight.joinedload(Flight.airline),
            joinedload(Segment.booking).selectinload(Booking.events),
        )
    )
    return list(db.session.scalars(query))


def last_changes_of(flight_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each of some flights was last changed; those never changed are left out."""
    query = (
        select(FlightEvent.flight_id, func.max(FlightEvent.at).label("at"))
        .where(FlightEvent.flight_id.in_(flight_ids))
        .group_by(FlightEvent.flight_id)
    )
    return {row.flight_id: row.at for row in db.session.execute(query)}
