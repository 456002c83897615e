"""Reads: changes that wait for an answer, of a trip and of an airline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp import clock
from webapp.booking.journeys import journeys_of
from webapp.booking.legs import is_significant
from webapp.booking.models import (
    CANCELLED_FOR,
    Booking,
    BookingEvent,
    BookingStatus,
    Passenger,
    Segment,
)
from webapp.booking.queries import NewTimes, bookings_by_ids, confirmed_segments_of
from webapp.booking.schedule_changes.models import (
    ASKED_AGAIN_AFTER,
    CALLED_BEFORE,
    Answer,
    ScheduleChange,
)
from webapp.booking.trips import trip_of
from webapp.db import db
from webapp.flights.models import Flight, FlightStatus
from webapp.notifications.models import NEW_TIMES, Kind, Notification

MOST_LISTED = 200
_LONG_GONE = timedelta(hours=24)
# The mails that offer a choice.
_ASKING = (*NEW_TIMES, Kind.FLIGHT_CANCELLED, Kind.SCHEDULE_CHANGE_OPEN)


def change_by_id(change_id: int) -> ScheduleChange | None:
    """Return a change with its segment and flight."""
    query = select(ScheduleChange).where(ScheduleChange.id == change_id).options(*_whole())
    return db.session.scalar(query)


def was_address_left(change: ScheduleChange) -> bool:
    """Tell whether a party has asked for its mail elsewhere since a change was first mailed."""
    query = select(BookingEvent).where(
        BookingEvent.booking_id == change.booking_id,
        BookingEvent.what == "contact_changed",
        BookingEvent.at >= change.opened_at,
    )
    moves = db.session.scalars(query)
    return any(each.before["contact_email"] != each.after["contact_email"] for each in moves)


def open_changes_of(booking_id: int) -> list[ScheduleChange]:
    """Return what a booking's party has not answered yet, in the order of the flights."""
    query = (
        select(ScheduleChange)
        .join(Segment, Segment.id == ScheduleChange.segment_id)
        .where(ScheduleChange.booking_id == booking_id, ScheduleChange.answer == Answer.OPEN)
        .order_by(Segment.position)
        .options(*_whole())
    )
    return list(db.session.scalars(query))


def open_change_of_segment(segment_id: int) -> ScheduleChange | None:
    """Return the change of a segment that waits for an answer."""
    query = select(ScheduleChange).where(ScheduleChange.open_segment_id == segment_id)
    return db.session.scalar(query.options(*_whole()))


def was_withdrawn(segment_id: int, since: datetime) -> bool:
    """Tell whether the airline took a change back since a moment that its party had heard of."""
    query = (
        select(ScheduleChange.id)
        .join(Notification, Notification.segment_id == ScheduleChange.segment_id)
        .where(
            ScheduleChange.segment_id == segment_id,
            ScheduleChange.answer == Answer.WITHDRAWN,
            ScheduleChange.answered_at >= since,
            Notification.kind.in_(_ASKING),
            Notification.sent_at >= ScheduleChange.opened_at,
        )
    )
    return db.session.scalar(query.limit(1)) is not None


def open_change_at(airlines: Sequence[str], reference: str, position: int) -> ScheduleChange | None:
    """Return the open change of a booking's segment, if some airlines' staff may see it."""
    query = (
        select(ScheduleChange)
        .join(Segment, Segment.id == ScheduleChange.segment_id)
        .join(Flight, Flight.id == Segment.flight_id)
        .join(Booking, Booking.id == ScheduleChange.booking_id)
        .where(
            Booking.reference == reference,
            Segment.position == position,
            ScheduleChange.answer == Answer.OPEN,
            Flight.airline_iata.in_(airlines),
        )
    )
    return db.session.scalar(query)


def last_changes_on(flight_id: int) -> dict[int, ScheduleChange]:
    """Return the last change of each segment of a flight that gave its party a choice, by id."""
    query = (
        select(ScheduleChange)
        .join(Segment, Segment.id == ScheduleChange.segment_id)
        .where(Segment.flight_id == flight_id)
        .order_by(ScheduleChange.id)
        .options(*_whole())
    )
    return {change.segment_id: change for change in db.session.scalars(query)}


def unanswered_changes(airlines: Sequence[str]) -> list[ScheduleChange]:
    """Return open changes of some airlines' flights that nobody has handled.

    Those who need a call come first, then those whose flight leaves soonest; what left more than
    a day ago is nobody's next call. Of flights that left, only those are here whose party may have
    lost a connection, and of cancelled ones those that may be answered: nothing is left to choose
    of the others.
    """
    now = clock.now()
    needs_a_call = or_(
        ScheduleChange.opened_at <= now - ASKED_AGAIN_AFTER[-1],
        ScheduleChange.was_departs_at <= now + CALLED_BEFORE,
        Flight.expected_departs_at <= now + CALLED_BEFORE,
        _is_under_way(now),
    )
    query = (
        select(ScheduleChange)
        .join(Segment, Segment.id == ScheduleChange.segment_id)
        .join(Flight, Flight.id == Segment.flight_id)
        .join(Booking, Booking.id == ScheduleChange.booking_id)
        .where(
            ScheduleChange.answer == Answer.OPEN,
            ScheduleChange.handled_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
            Flight.airline_iata.in_(airlines),
            or_(
                Flight.expected_departs_at > now,
                and_(Flight.expected_departs_at > now - CANCELLED_FOR, _may_be_stranded()),
            ),
        )
        .order_by(
            case((needs_a_call, 0), else_=1),
            case((Flight.expected_departs_at > now - _LONG_GONE, 0), else_=1),
            Flight.expected_departs_at,
            ScheduleChange.id,
        )
        .limit(MOST_LISTED)
        .options(*_whole())
    )
    return list(db.session.scalars(query))


def _is_under_way(now: datetime) -> ColumnElement[bool]:
    """Return rules.is_under_way() as a condition, beside the change's own segment."""
    flown, flight = aliased(Segment), aliased(Flight)
    return (
        select(flown.id)
        .join(flight, flight.id == flown.flight_id)
        .where(
            flown.booking_id == Segment.booking_id,
            flown.journey == Segment.journey,
            flown.dropped_at.is_(None),
            flight.status != FlightStatus.CANCELLED,
            or_(
                flight.status.in_((FlightStatus.DEPARTED, FlightStatus.ARRIVED)),
                flight.expected_departs_at <= now,
            ),
        )
        .exists()
    )


def _may_be_stranded() -> ColumnElement[bool]:
    """Tell whether a change's flight never left, or had another one beside it on the same way."""
    beside = aliased(Segment)
    connects = (
        select(beside.id)
        .where(
            beside.booking_id == Segment.booking_id,
            beside.id != Segment.id,
            beside.dropped_at.is_(None),
        )
        .exists()
    )
    return or_(Flight.status == FlightStatus.CANCELLED, connects)


def _whole() -> list[ORMOption]:
    segment = joinedload(ScheduleChange.segment).joinedload(Segment.flight)
    booking = joinedload(ScheduleChange.booking)
    return [
        booking.selectinload(Booking.segments).joinedload(Segment.flight),
        booking.selectinload(Booking.passengers).selectinload(Passenger.coupons),
        segment.joinedload(Flight.origin),
        segment.joinedload(Flight.destination),
    ]


def under_way_on(flight_id: int) -> int:
    """Return how many travellers of a flight have begun their journey with another one already."""
    booking_ids = [segment.booking_id for segment in confirmed_segments_of(flight_id)]
    trips = [trip_of(booking) for booking in bookings_by_ids(booking_ids).values()]
    return sum(
        trip.booking.travellers
        for trip in trips
        for journey in journeys_of(trip)
        if journey.has_left and flight_id in [leg.segment.flight_id for leg in journey.legs]
    )


def choices_owed(new: NewTimes) -> int:
    """Return how many times a booking could choose what to do if flights had these times.

    A connection that is lost gives a choice too; connections_lost() counts those.
    """
    segments = confirmed_segments_of(*new)
    return sum(is_significant(segment, *new[segment.flight_id]) for segment in segments)
