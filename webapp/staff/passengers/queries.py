"""Reads: the passengers of a flight, where they come from and go on to, what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, groupby

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from webapp.booking.connections import BrokenConnection, connections_to_come
from webapp.booking.models import (
    Booking,
    Coupon,
    CouponStatus,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.passengers.phones import phone_words
from webapp.booking.queries import flies_on
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.schedule_changes.queries import last_changes_on
from webapp.booking.schedule_changes.words import ShownChange, shown_change
from webapp.booking.trips import trip_of
from webapp.db import db
from webapp.flights.models import Flight
from webapp.network.matching import plain_words


@dataclass(frozen=True)
class Booked:
    """A passenger of a flight, and the flights of the journey just before and after it.

    With the connections that are lost between them, and the last change of this flight that gave
    the party a choice.
    """

    passenger: Passenger
    coupon: Coupon
    booking: Booking
    before: Flight | None
    after: Flight | None
    lost_before: BrokenConnection | None
    lost_after: BrokenConnection | None
    change: ShownChange | None

    @property
    def is_checked_in(self) -> bool:
        """Tell whether there is a boarding pass."""
        return self.coupon.status == CouponStatus.CHECKED_IN

    @property
    def checked_bags(self) -> int:
        """How many bags the fare lets them check in; whoever sits on a lap has none."""
        if self.passenger.kind == PassengerKind.INFANT:
            return 0
        bags: int = self.booking.sold_conditions["checked_bags"]
        return bags

    @property
    def phone(self) -> str:
        """Where to call, as people write it; nothing where no number was given."""
        return phone_words(self.booking.contact_phone) if self.booking.contact_phone else ""


@dataclass(frozen=True)
class PassengerList:
    """Everybody whom confirmed bookings bring onto a flight, by name."""

    everybody: list[Booked]

    @property
    def checked_in(self) -> int:
        """How many have a boarding pass, infants included."""
        return sum(each.is_checked_in for each in self.everybody)

    @property
    def checked_bags(self) -> int:
        """How many bags they may check in, all together."""
        return sum(each.checked_bags for each in self.everybody)

    def parties_in(self, cabin: str) -> list[list[Booked]]:
        """Return those who sit in a cabin, each party by itself."""
        seated = [each for each in self.everybody if each.booking.cabin == cabin]
        return [list(party) for _, party in groupby(seated, key=lambda each: each.booking.id)]

    def of_kind(self, kind: str) -> int:
        """Return how many adults, children or infants there are."""
        return sum(each.passenger.kind == kind for each in self.everybody)

    @property
    def without_seat(self) -> int:
        """How many have a place to sit on, and do not know which."""
        return sum(
            not each.coupon.seat and each.passenger.kind != PassengerKind.INFANT
            for each in self.everybody
        )


def passengers_of(flight_id: int) -> PassengerList:
    """Return who is booked on a flight, ordered by family name; parties stay together."""
    query = (
        select(Coupon)
        .join(Coupon.passenger)
        .join(Coupon.segment)
        .join(Segment.booking)
        .where(flies_on(flight_id), Coupon.status != CouponStatus.CANCELLED)
        .options(
            contains_eager(Coupon.passenger),
            contains_eager(Coupon.segment)
            .contains_eager(Segment.booking)
            .selectinload(Booking.segments)
            .joinedload(Segment.flight),
        )
    )
    coupons = db.session.scalars(query).all()
    changes = last_changes_on(flight_id)
    booked = [
        _booked(coupon, changes.get(coupon.segment_id))
        for coupon in coupons
        # The flights of the bookings are read after that: whoever has left this one meanwhile
        # is on it no more.
        if coupon.segment in coupon.segment.booking.segments
    ]
    booked.sort(key=lambda each: (each.booking.id, each.passenger.position))
    parties = [list(party) for _, party in groupby(booked, key=lambda each: each.booking.id)]
    parties.sort(key=lambda party: plain_words(party[0].passenger.family_name or ""))
    return PassengerList(list(chain.from_iterable(parties)))


def _booked(coupon: Coupon, change: ScheduleChange | None) -> Booked:
    booking, segment = coupon.segment.booking, coupon.segment
    journey = [each for each in booking.segments if each.journey == segment.journey]
    place = journey.index(segment)
    gaps = connections_to_come(trip_of(booking)) if len(journey) > 1 else []
    return Booked(
        coupon.passenger,
        coupon,
        booking,
        journey[place - 1].flight if place else None,
        journey[place + 1].flight if place + 1 < len(journey) else None,
        next((gap for gap in gaps if gap.departing.segment is segment), None),
        next((gap for gap in gaps if gap.arriving.segment is segment), None),
        shown_change(change) if change else None,
    )
