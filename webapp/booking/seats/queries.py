"""Reads: a flight's map, and who sits where on it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select

from webapp import clock
from webapp.booking.models import Booking, BookingStatus, Coupon, CouponStatus, Segment
from webapp.db import db
from webapp.flights.models import Flight
from webapp.flights.queries import OPEN_STATUSES
from webapp.network.models import Aircraft, CabinLayout
from webapp.network.seating import SeatMap, seat_map_of

CHOICE_CLOSES = timedelta(minutes=60)


def seat_map(flight_id: int, cabin: str) -> SeatMap | None:
    """Return the map of a cabin of the aircraft that flies; None where it has no such cabin."""
    query = (
        select(CabinLayout)
        .join(Aircraft, Aircraft.layout_id == CabinLayout.layout_id)
        .join(Flight, Flight.aircraft_id == Aircraft.id)
        .where(Flight.id == flight_id, CabinLayout.cabin == cabin)
    )
    layout = db.session.scalar(query)
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
    query = select(Coupon.seat).where(Coupon.flight_id == flight_id, Coupon.seat.is_not(None))
    return {seat for seat in db.session.scalars(query) if seat}


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
    """Return the coupons of a booking that can be flown, by flight and then by passenger."""
    segments = {segment.id: segment.position for segment in booking.segments}
    passengers = {passenger.id: passenger.position for passenger in booking.passengers}
    query = select(Coupon).where(
        Coupon.segment_id.in_(segments), Coupon.status != CouponStatus.CANCELLED
    )
    found = [each for each in db.session.scalars(query) if each.passenger_id in passengers]
    return sorted(found, key=lambda one: (segments[one.segment_id], passengers[one.passenger_id]))


def are_seats_open(booking: Booking, segment: Segment) -> bool:
    """Tell whether seats on a flight of a booking may be chosen at this moment."""
    now = clock.now()
    return (
        booking.status_at(now) in (BookingStatus.HELD, BookingStatus.CONFIRMED)
        and segment.flight.status in OPEN_STATUSES
        and segment.flight.departs_at - CHOICE_CLOSES > now
    )


def _has_lapsed() -> ColumnElement[bool]:
    return and_(Booking.status == BookingStatus.HELD, Booking.expires_at <= clock.now())
