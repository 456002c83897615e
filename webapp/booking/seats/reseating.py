"""Passengers who cannot stay where they sit: the aircraft is another, or an infant on their lap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import select

from webapp.booking import ledger
from webapp.booking.history import locked, record
from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    Passenger,
    Segment,
)
from webapp.booking.party import kept_off_exits
from webapp.booking.seats.queries import are_seats_open, live_coupons, seat_map, seat_maps
from webapp.booking.seats.service import assign_seats, give_back_seats
from webapp.booking.tickets import lost_seat_line
from webapp.db import db
from webapp.flights import inventory
from webapp.network.models import Aircraft
from webapp.network.seating import SeatMap, seat_map_of

AT_EXIT = "Nobody with an infant on the lap, or alone with children, sits in an exit row"


def lock_bookings(flight_id: int) -> list[Booking]:
    """Lock every live booking of a flight, in the order of ids, before its cabins are touched."""
    query = (
        select(Booking.id)
        .join(Segment, Segment.booking_id == Booking.id)
        .where(
            Segment.flight_id == flight_id,
            Segment.dropped_at.is_(None),
            Booking.status.in_((BookingStatus.HELD, BookingStatus.CONFIRMED)),
        )
        .order_by(Booking.id)
    )
    return [locked(booking_id) for booking_id in db.session.scalars(query).all()]


def displaced_by(flight_id: int, aircraft: Aircraft) -> int:
    """Return how many passengers have a seat on a flight that this aircraft does not offer them."""
    before = seat_maps(flight_id)
    after = {layout.cabin: seat_map_of(layout) for layout in aircraft.layout.cabins}
    query = (
        select(Passenger, Coupon, Booking.cabin)
        .join(Coupon, Coupon.passenger_id == Passenger.id)
        .join(Booking, Booking.id == Passenger.booking_id)
        .where(
            Coupon.flight_id == flight_id,
            Passenger.cancelled_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
        )
        .order_by(Passenger.booking_id, Passenger.position)
    )
    displaced = 0
    for _, party in groupby(db.session.execute(query), key=lambda row: row.Passenger.booking_id):
        rows = list(party)
        barred = kept_off_exits([row.Passenger for row in rows])
        displaced += sum(
            row.Coupon.seat is not None
            and not _can_stay(
                row.Coupon, before.get(row.cabin), after.get(row.cabin), row.Passenger.id in barred
            )
            for row in rows
        )
    return displaced


def reseat(
    bookings: Sequence[Booking], flight_id: int, before: Mapping[str, SeatMap], why: str, actor: str
) -> list[Segment]:
    """Find other seats for those who cannot stay on theirs, on a flight as it is now.

    `before` are the maps of the aircraft in which the seats were chosen, `why` is the rule by
    which what was paid for choosing one is paid back. Returns the segments of confirmed bookings
    on which somebody moved. The caller has locked the bookings and the cabins.
    """
    moves = [(booking, _displaced(booking, flight_id, before)) for booking in bookings]
    # Everybody stands up before anybody sits down, so nobody finds a seat taken that will be free.
    had = {each.id: each.seat for _, coupons in moves for each in coupons}
    for _, coupons in moves:
        give_back_seats(coupons)
    moved = []
    for booking, coupons in moves:
        if not coupons:
            continue
        if booking.status == BookingStatus.CONFIRMED:
            theirs = live_coupons(booking)
            assign_seats(booking, [each for each in theirs if each.flight_id == flight_id])
            moved.append(next(each for each in booking.segments if each.flight_id == flight_id))
        paid_back = _pay_back(booking, coupons, had, why)
        was = {str(each.passenger_id): had[each.id] for each in coupons}
        seats = {str(each.passenger_id): each.seat for each in coupons}
        after = {"flight_id": flight_id, "seats": seats, "paid_back_minor": paid_back}
        record(booking, actor, "seats_moved", {"seats": was}, after)
    return moved


def clear_exits(booking: Booking, actor: str) -> None:
    """Find other seats for who may sit in an exit row no longer, on flights that are still open.

    The caller has locked the booking. Locks the cabins, in the order of the flights' ids.
    """
    open_flights = [each.flight_id for each in booking.segments if are_seats_open(booking, each)]
    for flight_id in sorted(open_flights):
        inventory.lock_cabin(flight_id, booking.cabin)
        reseat([booking], flight_id, seat_maps(flight_id), AT_EXIT, actor)


def _displaced(booking: Booking, flight_id: int, before: Mapping[str, SeatMap]) -> list[Coupon]:
    was, cabin = before.get(booking.cabin), seat_map(flight_id, booking.cabin)
    barred = kept_off_exits(booking.passengers)
    return [
        coupon
        for coupon in live_coupons(booking)
        if coupon.flight_id == flight_id
        and coupon.seat
        and not _can_stay(coupon, was, cabin, coupon.passenger_id in barred)
    ]


def _can_stay(
    coupon: Coupon, before: SeatMap | None, after: SeatMap | None, keeps_off_exits: bool
) -> bool:
    seat = after.seats.get(coupon.seat or "") if after else None
    if seat is None or (seat.is_exit and keeps_off_exits):
        return False
    chosen = before.seats.get(seat.name) if before else None
    paid_for_legroom = coupon.seat_price_minor > 0 and chosen is not None and chosen.has_legroom
    return seat.has_legroom or not paid_for_legroom


def _pay_back(
    booking: Booking, coupons: Sequence[Coupon], had: Mapping[int, str | None], why: str
) -> int:
    """Pay back what choosing a seat cost: nobody chose those that they have now. Return the sum."""
    sum_minor = 0
    for coupon in coupons:
        paid, coupon.seat_price_minor = coupon.seat_price_minor, 0
        sum_minor += paid
        if booking.status == BookingStatus.CONFIRMED:
            flight, seat = coupon.segment.flight, had[coupon.id] or ""
            line = lost_seat_line(coupon.passenger, seat, flight, paid, why)
            ledger.write(booking, [line])
    return sum_minor
