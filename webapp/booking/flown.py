"""Flights that somebody flew although the airline had cancelled one before them on the same way."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.booking.coupons import paid_for
from webapp.booking.ledger import Line
from webapp.booking.models import Coupon, CouponStatus, EntryKind, Passenger
from webapp.booking.trips import Trip


def fees_for_flown(trip: Trip, passenger: Passenger, coupons: Sequence[Coupon]) -> list[Line]:
    """Return what is kept of a passenger's coupons, which are given back as a whole.

    A cancellation takes the check-in for what follows back. Whoever is checked in when that leaves
    came to it by other ways.
    """
    flown = [
        (leg, coupon)
        for leg in trip.legs
        if leg.has_left and not leg.is_cancelled and trip.follows_cancelled(leg)
        for coupon in coupons
        if coupon.segment_id == leg.segment.id and coupon.status == CouponStatus.CHECKED_IN
    ]
    name = f"{passenger.given_name} {passenger.family_name}"
    return [
        Line(
            EntryKind.FEE,
            paid_for([coupon]),
            f"Flown, kept: {name}, {leg.segment.flight.designator}",
            "You were checked in when it left, although the airline had cancelled the one before",
        )
        for leg, coupon in flown
    ]
