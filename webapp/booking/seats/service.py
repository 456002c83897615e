"""Commands: assign seats, choose them, give them back.

Who gives seats on a flight holds its cabin's row, so two that do wait for each other and neither
picks what the other has; the unique seat of a flight is the last word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from webapp import clock
from webapp.booking.models import Booking, BookingStatus, Coupon, PassengerKind, Segment
from webapp.booking.party import laps
from webapp.booking.seats.assignment import Sitter, assigned
from webapp.booking.seats.queries import lapsed_seats, live_coupons, seat_map, seats_given
from webapp.db import db

_ATTEMPTS = 3


def assign_seats(booking: Booking, coupons: Sequence[Coupon] | None = None) -> None:
    """Give a seat to everybody in the party who has none on a flight, free of charge.

    Where the cabin is full, or has fewer seats than are sold, somebody stays without: a seat is
    then found at check-in. The caller has moved the counts of the cabins, so their rows are
    locked. Safe to repeat: who has a seat keeps it.
    """
    by_flight: dict[int, list[Coupon]] = defaultdict(list)
    for coupon in live_coupons(booking) if coupons is None else coupons:
        by_flight[coupon.flight_id].append(coupon)
    for flight_id, theirs in sorted(by_flight.items()):
        _assign_on(flight_id, booking, theirs)


def give_back_seats(coupons: Collection[Coupon]) -> None:
    """Let go of seats, all at once and without a condition."""
    _write_seats({coupon: None for coupon in coupons if coupon.seat is not None})


def release_lapsed_seats(flight_id: int) -> bool:
    """Let go of the seats that holds past their time still name; tell whether there were any.

    A hold that somebody has under lock at this moment is passed over.
    """
    lapsed = {booking_id for _, booking_id in lapsed_seats(flight_id)}
    if not lapsed:
        return False
    still = (
        select(Booking.id)
        .where(
            Booking.id.in_(lapsed),
            Booking.status == BookingStatus.HELD,
            Booking.expires_at <= clock.now(),
        )
        .with_for_update(skip_locked=True)
    )
    theirs = select(Segment.id).where(Segment.booking_id.in_(db.session.scalars(still).all()))
    segment_ids = db.session.scalars(theirs).all()
    freed = (
        update(Coupon)
        .where(Coupon.flight_id == flight_id, Coupon.segment_id.in_(segment_ids))
        .values(seat=None)
    )
    db.session.execute(freed, execution_options={"synchronize_session": False})
    return bool(segment_ids)


def _assign_on(flight_id: int, booking: Booking, coupons: Sequence[Coupon]) -> None:
    kinds = {passenger.id: passenger.kind for passenger in booking.passengers}
    seated = [each for each in coupons if kinds[each.passenger_id] != PassengerKind.INFANT]
    if all(each.seat for each in seated):
        return
    cabin = seat_map(flight_id, booking.cabin)
    if cabin is None:
        return
    with_infant = {adult.id for adult in laps(booking.passengers).values()}
    for _ in range(_ATTEMPTS):
        sitters = [
            Sitter(
                each.id,
                kinds[each.passenger_id] == PassengerKind.CHILD,
                each.passenger_id in with_infant,
                each.seat,
            )
            for each in seated
        ]
        found = assigned(cabin, seats_given(flight_id), sitters)
        is_short = len(found) < sum(each.seat is None for each in seated)
        if is_short and release_lapsed_seats(flight_id):
            found = assigned(cabin, seats_given(flight_id), sitters)
        if _write_seats({each: found[each.id] for each in seated if each.id in found}):
            return


def _write_seats(seats: dict[Coupon, str | None]) -> bool:
    """Write seats down, one by one; tell whether nobody had taken one of them meanwhile."""
    for coupon, seat in seats.items():
        # A plain UPDATE: one that breaks a unique key leaves the transaction usable.
        given = update(Coupon).where(Coupon.id == coupon.id).values(seat=seat)
        try:
            db.session.execute(given, execution_options={"synchronize_session": False})
        except IntegrityError:
            return False
        set_committed_value(coupon, "seat", seat)
    return True
