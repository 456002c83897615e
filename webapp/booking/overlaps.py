"""Travellers who would be on two flights at once: worth a word before a booking, no refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.booking.legs import TripLeg
from webapp.booking.models import Passenger
from webapp.booking.queries import confirmed_in_the_air
from webapp.booking.trips import Trip, trip_of
from webapp.flights.models import FlightStatus


@dataclass(frozen=True)
class Overlap:
    """Those of this party who have another booking on a flight at the same time."""

    passengers: list[Passenger]
    trip: Trip
    leg: TripLeg


def overlapping_trips(trip: Trip, user_id: int | None, references: Sequence[str]) -> list[Overlap]:
    """Return who of a party is booked elsewhere at the same time, as far as the visitor may know.

    People are the same by names and date of birth. Only bookings that the visitor may see count:
    anything else would tell strangers who travels when.
    """
    first, last = trip.legs[0].segment.flight, trip.legs[-1].segment.flight
    found = confirmed_in_the_air(user_id, references, first.departs_at, last.arrives_at)
    others = [trip_of(booking) for booking in found if booking.id != trip.booking.id]
    return [
        Overlap(both, other, leg)
        for other in others
        if (both := _in_both(trip, other))
        for leg in other.legs
        if any(_at_once(leg, own) for own in trip.legs)
    ]


def _in_both(trip: Trip, other: Trip) -> list[Passenger]:
    theirs = {_identity(passenger) for passenger in other.passengers}
    return [passenger for passenger in trip.passengers if _identity(passenger) in theirs]


def _at_once(leg: TripLeg, own: TripLeg) -> bool:
    theirs, ours = leg.segment.flight, own.segment.flight
    if theirs.status == FlightStatus.CANCELLED:
        return False
    return theirs.departs_at < ours.arrives_at and ours.departs_at < theirs.arrives_at


def _identity(passenger: Passenger) -> tuple[str, str, object]:
    given_name, family_name = passenger.given_name or "", passenger.family_name or ""
    return given_name.casefold(), family_name.casefold(), passenger.born_on
