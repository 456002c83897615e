"""A trip's journeys, out and back, as what is cancelled or changed: each as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from webapp import clock
from webapp.booking.checkin.windows import CLOSES_BEFORE
from webapp.booking.connections import BrokenConnection, broken_connections
from webapp.booking.legs import TripLeg
from webapp.booking.models import Segment
from webapp.booking.trips import Trip
from webapp.flights.models import FlightStatus
from webapp.formats import duration


@dataclass(frozen=True)
class Journey:
    """The live flights of one way, and the connections of theirs that the airline broke.

    One that the party took as it is, or a longer one, is none of those.
    """

    number: int
    legs: tuple[TripLeg, ...]
    lost: tuple[BrokenConnection, ...]
    is_checked_in: bool
    is_boarding: bool

    @property
    def words(self) -> str:
        """Where it goes: Delhi to Mumbai."""
        return f"{self.legs[0].segment.flight.origin.city} to {self.destination}"

    @property
    def destination(self) -> str:
        """The city where it ends."""
        return self.legs[-1].segment.flight.destination.city

    @property
    def has_left(self) -> bool:
        """Tell whether its first flight has left; one that was cancelled never does.

        From then on nothing of it is changed or given back here: who is under way and stranded
        needs people.
        """
        return self.legs[0].has_left and not self.legs[0].is_cancelled

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing of it is changed or given back any more.

        Once it boards its travellers may be on the aircraft already, so the gate's staff see to
        them; what the airline did to it is put right all the same.
        """
        return self.has_left or (self.is_boarding and not self.disruption)

    @property
    def disruption(self) -> str | None:
        """What the airline did to it that gives the traveller a choice free of charge."""
        for leg in self.legs:
            if leg.is_cancelled:
                return f"The airline cancelled {leg.segment.flight.designator}"
            if leg.is_significantly_moved:
                moved = duration(leg.minutes_from_agreed)
                return f"The airline moved {leg.segment.flight.designator} by {moved}"
        for gap in self.lost:
            return f"The connection in {gap.departing.segment.flight.origin.city} is lost"
        return None


def journeys_of(trip: Trip) -> list[Journey]:
    """Return a trip's journeys in the order in which they are flown."""
    gaps = [gap for gap in broken_connections(trip.legs) if not gap.is_agreed]
    journeys = []
    for number, group in groupby(trip.legs, key=lambda leg: leg.segment.journey):
        legs = tuple(group)
        lost = tuple(gap for gap in gaps if gap.arriving in legs or gap.departing in legs)
        is_checked_in = any(map(trip.is_anybody_checked_in, legs))
        journeys.append(Journey(number, legs, lost, is_checked_in, _is_boarding(trip, legs[0])))
    return journeys


def _is_boarding(trip: Trip, first: TripLeg) -> bool:
    """Tell whether a flight boards, or somebody waits to with a pass that is taken back no more."""
    flight = first.segment.flight
    if flight.status == FlightStatus.BOARDING:
        return True
    return flight.departs_at - clock.now() <= CLOSES_BEFORE and trip.is_anybody_checked_in(first)


def journey_of(trip: Trip, segment: Segment) -> Journey | None:
    """Return the journey that a segment is part of, None where it is no longer part of the trip."""
    found = (each for each in journeys_of(trip) if each.number == segment.journey)
    return next(found, None) if trip.leg_of(segment.id) else None
