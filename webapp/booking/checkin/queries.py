"""Reads: where check-in for a trip stands, and who can check in now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import contains_eager

from webapp import clock
from webapp.booking.checkin.windows import Phase, windows_of
from webapp.booking.connections import out_of_reach
from webapp.booking.legs import TripLeg
from webapp.booking.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Coupon,
    CouponStatus,
    Passenger,
    Segment,
)
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import Trip
from webapp.db import db
from webapp.flights.models import Flight
from webapp.retention import DOCUMENTS_KEPT, PORTION


@dataclass(frozen=True)
class Boarding:
    """One passenger on one flight of the trip."""

    passenger: Passenger
    coupon: Coupon

    @property
    def is_checked_in(self) -> bool:
        """Tell whether the passenger may board."""
        return self.coupon.status == CouponStatus.CHECKED_IN


@dataclass(frozen=True)
class CheckInLeg:
    """A flight of the trip with its window, in the local time of its departure.

    `follows_cancelled` tells whether the airline cancelled one before it on the same way.
    """

    leg: TripLeg
    phase: Phase
    opens_at: datetime
    closes_at: datetime
    boardings: tuple[Boarding, ...]
    follows_cancelled: bool


@dataclass(frozen=True)
class CheckIn:
    """Check-in for a trip, at the moment that the trip was seen."""

    legs: tuple[CheckInLeg, ...]
    travellers: tuple[Passenger, ...]
    open_legs: tuple[CheckInLeg, ...]

    @property
    def open_positions(self) -> list[int]:
        """The positions of the flights that are open."""
        return [each.leg.segment.position for each in self.open_legs]

    @property
    def asks_for_documents(self) -> bool:
        """Tell whether a flight that is open crosses a border."""
        return any(each.leg.is_international for each in self.open_legs)

    @property
    def travels_until(self) -> date:
        """The local day on which the last open flight arrives, or a later one that crosses a
        border, such as the way back: documents must last until then.
        """
        later = [
            each for each in self.legs if each.phase == Phase.EARLY and each.leg.is_international
        ]
        return max(each.leg.arrives_at for each in (*self.open_legs, *later)).date()


def leg_to_check_in(trip: Trip) -> TripLeg | None:
    """Return the first flight for which check-in is open and somebody is not checked in.

    None behind a connection that is lost: it leaves without them.
    """
    waiting = (leg for leg in _within_reach(Phase.OPEN, trip) if not trip.is_checked_in(leg))
    return next(waiting, None)


def leg_missed(trip: Trip) -> TripLeg | None:
    """Return a flight to come for which check-in closed while somebody was not checked in."""
    closed = (leg for leg in _within_reach(Phase.CLOSED, trip) if not leg.has_left)
    return next((leg for leg in closed if not trip.is_checked_in(leg)), None)


def has_passes(trip: Trip) -> bool:
    """Tell whether anybody has a boarding pass for a flight to come."""
    return any(trip.is_anybody_checked_in(leg) and not leg.has_left for leg in trip.legs)


def has_pass_ahead(trip: Trip, passenger: Passenger) -> bool:
    """Tell whether a passenger has a boarding pass for what is still to be flown."""
    ahead = {leg.segment.id for leg in trip.legs if not (leg.has_left or leg.is_cancelled)}
    return any(
        coupon.segment_id in ahead and coupon.status == CouponStatus.CHECKED_IN
        for coupon in passenger.coupons
    )


def _within_reach(phase: Phase, trip: Trip) -> list[TripLeg]:
    windows, beyond = windows_of(trip.booking.segments), out_of_reach(trip)
    return [
        leg
        for leg in trip.legs
        if windows[leg.segment.id].phase(trip.seen_at) == phase and leg.segment.id not in beyond
    ]


def check_in_of(trip: Trip) -> CheckIn:
    """Return where check-in for a trip stands."""
    windows = windows_of(trip.booking.segments)
    legs = tuple(
        CheckInLeg(
            leg,
            windows[leg.segment.id].phase(trip.seen_at),
            windows[leg.segment.id].opens_at.astimezone(leg.departs_at.tzinfo),
            windows[leg.segment.id].closes_at.astimezone(leg.departs_at.tzinfo),
            tuple(_boardings(trip, leg)),
            trip.follows_cancelled(leg),
        )
        for leg in trip.legs
    )
    is_booked = trip.status == BookingStatus.CONFIRMED
    open_legs = tuple(leg for leg in legs if is_booked and leg.phase == Phase.OPEN)
    waiting = {
        boarding.passenger.id
        for leg in open_legs
        for boarding in leg.boardings
        if not boarding.is_checked_in
    }
    travellers = tuple(each for each in trip.passengers if each.id in waiting)
    return CheckIn(legs, travellers, open_legs)


def _boardings(trip: Trip, leg: TripLeg) -> Iterator[Boarding]:
    for passenger in trip.passengers:
        if coupon := trip.coupon(leg, passenger):
            yield Boarding(passenger, coupon)


def documents_of_owner(
    history: Iterable[BookingEvent], passengers: Sequence[Passenger], owner_id: int
) -> set[int]:
    """Return the ids of the passengers whose travel documents a booking's owner gave last.

    A companion may have typed their own, and who put a trip into an account need not travel: what
    somebody else gave is for no other eyes. An address tells nobody from others, for it may be a
    stranger's by now. The oldest lines of history do not say whose account it was.
    """
    givers = {
        position: event.after.get("account")
        for event in history
        if event.what == "documents_given"
        for position in event.after.get("positions", ())
    }
    return {each.id for each in passengers if givers.get(each.position) == owner_id}


def last_boarding_number(flight_id: int) -> int:
    """Return the highest boarding number that a flight has given, 0 where it gave none."""
    query = select(func.max(Coupon.boarding_sequence)).where(Coupon.flight_id == flight_id)
    return db.session.scalar(query) or 0


def checked_in_of(booking_ids: Collection[int]) -> list[Coupon]:
    """Return the coupons of bookings for which somebody is checked in, with their bookings."""
    booking = contains_eager(Coupon.segment).joinedload(Segment.booking)
    query = (
        select(Coupon)
        .join(Coupon.segment)
        .where(Segment.booking_id.in_(booking_ids), Coupon.status == CouponStatus.CHECKED_IN)
        .options(
            booking.selectinload(Booking.passengers),
            booking.selectinload(Booking.segments).joinedload(Segment.flight),
        )
        .order_by(Coupon.id)
    )
    return list(db.session.scalars(query))


def fully_checked_in(booking: Booking) -> list[int]:
    """Return the ids of the segments for which the whole party is checked in."""
    waiting = {
        coupon.segment_id
        for coupon in live_coupons(booking)
        if coupon.status != CouponStatus.CHECKED_IN
    }
    return [segment.id for segment in booking.segments if segment.id not in waiting]


def documents_to_forget() -> list[int]:
    """Return the ids of passengers whose travel documents are needed no more."""
    query = select(Passenger.id).where(*has_old_documents()).limit(PORTION)
    return list(db.session.scalars(query))


def has_old_documents() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a passenger's travel documents are needed no more.

    They were given before the last departure, so the first condition, which has an index, leaves
    out nearly all that are still needed.
    """
    before = clock.now() - DOCUMENTS_KEPT
    left_later = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(
            Segment.booking_id == Booking.id,
            Segment.dropped_at.is_(None),
            Flight.expected_departs_at > before,
        )
    )
    is_over = select(Booking.id).where(
        Booking.id == Passenger.booking_id,
        or_(
            Booking.cancelled_at <= before,
            Passenger.cancelled_at <= before,
            ~left_later.exists(),
        ),
    )
    return Passenger.document_given_at <= before, is_over.exists()
