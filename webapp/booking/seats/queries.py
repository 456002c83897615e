"""Reads: a flight's map, and who sits where on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import contains_eager

from webapp import clock
from webapp.booking.checkin.windows import CLOSES_BEFORE
from webapp.booking.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Coupon,
    CouponStatus,
    Passenger,
    Segment,
)
from webapp.db import db
from webapp.flights.models import Flight
from webapp.flights.queries import OPEN_STATUSES
from webapp.network.models import Aircraft, CabinLayout
from webapp.network.seating import SeatMap, seat_map_of

# Built once, since composing them anew costs as much as running them.
_LAYOUT = (
    select(CabinLayout)
    .join(Aircraft, Aircraft.layout_id == CabinLayout.layout_id)
    .join(Flight, Flight.aircraft_id == Aircraft.id)
    .where(Flight.id == bindparam("flight_id"), CabinLayout.cabin == bindparam("cabin"))
)
_GIVEN = select(Coupon.seat).where(
    Coupon.flight_id == bindparam("flight_id"), Coupon.seat.is_not(None)
)
_LIVE = (
    select(Coupon)
    .join(Coupon.passenger)
    .join(Coupon.segment)
    .where(
        Passenger.booking_id == bindparam("booking_id"),
        Passenger.cancelled_at.is_(None),
        Segment.dropped_at.is_(None),
        Coupon.status != CouponStatus.CANCELLED,
    )
    .order_by(Segment.position, Passenger.position)
    .options(contains_eager(Coupon.passenger), contains_eager(Coupon.segment))
)


def seat_map(flight_id: int, cabin: str) -> SeatMap | None:
    """Return the map of a cabin of the aircraft that flies; None where it has no such cabin."""
    layout = db.session.scalar(_LAYOUT, {"flight_id": flight_id, "cabin": cabin})
    return seat_map_of(layout) if layout else None


def seat_maps(flight_id: int) -> dict[str, SeatMap]:
    """Return the maps of the aircraft that flies, by cabin."""
    query = (
        select(CabinLayout)
        .join(Aircraft, Aircraft.layout_id == CabinLayout.layout_id)
        .join(Flight, Flight.aircraft_id == Aircraft.id)
        .where(Flight.id == flight_id)
    )
    return {layout.cabin: seat_map_of(layout) for layout in db.session.scalars(query)}


def seats_given(flight_id: int) -> set[str]:
    """Return every seat of a flight that stands in somebody's row, lapsed holds included."""
    return {seat for seat in db.session.scalars(_GIVEN, {"flight_id": flight_id}) if seat}


def seats_taken(flight_id: int) -> set[str]:
    """Return the seats of a flight that belong to somebody at this moment."""
    return seats_given(flight_id) - {seat for seat, _ in lapsed_seats(flight_id)}


def lapsed_seats(flight_id: int) -> list[tuple[str, int]]:
    """Return the seats that holds past their time still name, each with its booking's id."""
    query = (
        select(Coupon.seat, Booking.id)
        .join(Segment, Segment.id == Coupon.segment_id)
        .join(Booking, Booking.id == Segment.booking_id)
        .where(Coupon.flight_id == flight_id, Coupon.seat.is_not(None), _has_lapsed())
        .order_by(Booking.id)
    )
    return [(seat, booking_id) for seat, booking_id in db.session.execute(query) if seat]


def live_coupons(booking: Booking) -> list[Coupon]:
    """Return the coupons of a booking that can be flown, by flight and then by passenger.

    Their segments and passengers come with them.
    """
    return list(db.session.scalars(_LIVE, {"booking_id": booking.id}))


@dataclass(frozen=True)
class ChosenSeat:
    """A seat that somebody of a party, by their position in it, chose on a flight."""

    flight_id: int
    passenger: int
    name: str
    price_minor: int


def seats_chosen(booking: Booking) -> list[ChosenSeat]:
    """Return what a party chose in the end, by flight, also where a hold that ended lost it."""
    chosen = {}
    for event in booking.events:
        if event.what == "seat_chosen" and "flight_id" in event.after:
            after = event.after
            place = after["flight_id"], after["passenger"]
            chosen[place] = ChosenSeat(*place, after["seat"], after["price_minor"])
    return [chosen[place] for place in sorted(chosen) if chosen[place].name]


@dataclass(frozen=True)
class SeatsMoved:
    """Where passengers of a flight sat before, by their ids, and what was paid back for it."""

    was: dict[int, str]
    paid_back_minor: int


def seats_moved(booking_id: int, flight_id: int, since: datetime | None) -> SeatsMoved:
    """Return whom another aircraft moved on a flight since a moment, from where."""
    query = select(BookingEvent).where(
        BookingEvent.booking_id == booking_id, BookingEvent.what == "seats_moved"
    )
    if since:
        query = query.where(BookingEvent.at > since)
    was: dict[int, str] = {}
    paid_back_minor = 0
    for event in db.session.scalars(query.order_by(BookingEvent.id)):
        if event.after.get("flight_id") == flight_id:
            was = {int(key): seat for key, seat in event.before["seats"].items()} | was
            paid_back_minor += event.after["paid_back_minor"]
    return SeatsMoved(was, paid_back_minor)


def are_seats_open(booking: Booking, segment: Segment) -> bool:
    """Tell whether seats on a flight of a booking may be chosen at this moment."""
    now = clock.now()
    return (
        booking.status_at(now) in (BookingStatus.HELD, BookingStatus.CONFIRMED)
        and segment.flight.status in OPEN_STATUSES
        and segment.flight.departs_at - CLOSES_BEFORE > now
    )


def _has_lapsed() -> ColumnElement[bool]:
    return and_(Booking.status == BookingStatus.HELD, Booking.expires_at <= clock.now())
