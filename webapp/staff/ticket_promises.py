"""The promises about coupons, seats, tickets and the ledger, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    CouponStatus,
    EntryKind,
    LedgerEntry,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.flights.models import Flight

Rows = Select[*tuple[Any, ...]]

_IS_LIVE = Coupon.status != CouponStatus.CANCELLED


def _seats_given_twice() -> Rows:
    # By the segment's flight: the coupon's own has a constraint that sees to it.
    return (
        select(
            Coupon.seat,
            Flight.airline_iata.label("airline"),
            Flight.number,
            Flight.departs_on,
            func.count(Coupon.id).label("passengers"),
        )
        .join(Segment, Segment.id == Coupon.segment_id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(Coupon.seat.is_not(None))
        .group_by(
            Segment.flight_id, Coupon.seat, Flight.airline_iata, Flight.number, Flight.departs_on
        )
        .having(func.count(Coupon.id) > 1)
    )


def _seats_of_nobody() -> Rows:
    return (
        select(Booking.reference, Coupon.seat)
        .join(Segment, Segment.id == Coupon.segment_id)
        .join(Booking, Booking.id == Segment.booking_id)
        .join(Passenger, Passenger.id == Coupon.passenger_id)
        .where(
            Coupon.seat.is_not(None),
            or_(
                Booking.status.in_((BookingStatus.CANCELLED, BookingStatus.EXPIRED)),
                Segment.dropped_at.is_not(None),
                Passenger.cancelled_at.is_not(None),
                Passenger.kind == PassengerKind.INFANT,
            ),
        )
    )


def _stray_coupons() -> Rows:
    return (
        select(Booking.reference, Segment.position, Passenger.position.label("passenger"))
        .join(Segment, Segment.booking_id == Booking.id)
        .join(Coupon, Coupon.segment_id == Segment.id)
        .join(Passenger, Passenger.id == Coupon.passenger_id)
        .where(
            or_(
                Coupon.flight_id != Segment.flight_id,
                Passenger.booking_id != Segment.booking_id,
            )
        )
    )


def _missing_coupons() -> Rows:
    own = and_(Coupon.segment_id == Segment.id, Coupon.passenger_id == Passenger.id, _IS_LIVE)
    return (
        select(Booking.reference, Segment.position, Passenger.position.label("passenger"))
        .join(Segment, Segment.booking_id == Booking.id)
        .join(Passenger, Passenger.booking_id == Booking.id)
        .outerjoin(Coupon, own)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Segment.dropped_at.is_(None),
            Passenger.cancelled_at.is_(None),
            Coupon.id.is_(None),
        )
    )


def _missing_tickets() -> Rows:
    return (
        select(Booking.reference, Passenger.position.label("passenger"))
        .join(Passenger, Passenger.booking_id == Booking.id)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Passenger.cancelled_at.is_(None),
            Passenger.ticket_number.is_(None),
        )
    )


def _prices_unlike_coupons() -> Rows:
    coupons = func.coalesce(func.sum(Coupon.price_minor), 0)
    return (
        select(
            Booking.reference,
            Passenger.position.label("passenger"),
            Passenger.price_minor.label("price"),
            coupons.label("coupons"),
        )
        .join(Passenger, Passenger.booking_id == Booking.id)
        .outerjoin(Coupon, and_(Coupon.passenger_id == Passenger.id, _IS_LIVE))
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Passenger.cancelled_at.is_(None),
        )
        .group_by(Booking.reference, Passenger.position, Passenger.price_minor)
        .having(Passenger.price_minor != coupons)
    )


def _ledgers_unlike_prices() -> Rows:
    paid = (
        select(
            LedgerEntry.booking_id,
            func.sum(
                case((LedgerEntry.kind != EntryKind.FEE, LedgerEntry.amount_minor), else_=0)
            ).label("prices"),
        )
        .group_by(LedgerEntry.booking_id)
        .subquery()
    )
    seats = (
        select(Segment.booking_id, func.sum(Coupon.seat_price_minor).label("prices"))
        .join(Coupon, Coupon.segment_id == Segment.id)
        .where(_IS_LIVE)
        .group_by(Segment.booking_id)
        .subquery()
    )
    total = Booking.total_minor + func.coalesce(seats.c.prices, 0)
    charged = func.coalesce(paid.c.prices, 0)
    return (
        select(Booking.reference, total.label("total"), charged.label("charged"))
        .outerjoin(paid, paid.c.booking_id == Booking.id)
        .outerjoin(seats, seats.c.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.CONFIRMED, total != charged)
    )


def _more_given_back_than_paid() -> Rows:
    balance = func.sum(LedgerEntry.amount_minor)
    return (
        select(Booking.reference, balance.label("balance"))
        .join(LedgerEntry, LedgerEntry.booking_id == Booking.id)
        .group_by(Booking.reference)
        .having(balance < 0)
    )


TICKET_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "A seat on a flight belongs to at most one passenger": (
        _seats_given_twice,
        "{airline}{number}/{departs_on}: seat {seat} has {passengers} passengers",
    ),
    "Whoever does not fly, or sits on a lap, has no seat": (
        _seats_of_nobody,
        "{reference} still has seat {seat}",
    ),
    "Every place on a flight belongs to a passenger of the booking that the flight is in": (
        _stray_coupons,
        "{reference}, flight {position}, passenger {passenger}: the place is elsewhere",
    ),
    "Every passenger of a confirmed booking has a place on each of its flights": (
        _missing_coupons,
        "{reference}, flight {position}: passenger {passenger} has none",
    ),
    "A passenger's price is the sum of what their flights cost": (
        _prices_unlike_coupons,
        "{reference}, passenger {passenger}: {price}, but {coupons} for the flights",
    ),
    "Every passenger of a confirmed booking has a ticket": (
        _missing_tickets,
        "{reference}: passenger {passenger} has none",
    ),
    "What a confirmed booking was charged, less refunds, is the price of its tickets and seats": (
        _ledgers_unlike_prices,
        "{reference}: {charged} charged for {total}",
    ),
    "Nobody got back more than was paid": (
        _more_given_back_than_paid,
        "{reference}: a balance of {balance}",
    ),
}
