"""A trip's journeys, out and back, as what is cancelled or changed: each as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from webapp import clock
from webapp.booking.checkin.windows import CLOSES_BEFORE
from webapp.booking.connections import BrokenConnection, connections_lost_on
from webapp.booking.legs import TripLeg
from webapp.booking.models import Segment
from webapp.booking.trips import Trip
from webapp.flights.models import FlightStatus
from webapp.formats import duration

# Whom the airline moved or cancelled flies free of charge within so many days of what was booked.
FREE_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Journey:
    """The live flights of one way, and the connections of theirs that the airline broke.

    One that the party took as it is, or a longer one, is none of those. `flown` are flights of the
    same way that left before them. `stranded_by` says what the airline did to the way there, on
    which the party is stranded.
    """

    number: int
    legs: tuple[TripLeg, ...]
    flown: tuple[TripLeg, ...]
    lost: tuple[BrokenConnection, ...]
    is_checked_in: bool
    is_boarding: bool
    stranded_by: str | None = None

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

        From then on nothing of it is given back, and what is ahead is changed only if the airline
        broke it.
        """
        return self.legs[0].has_left and not self.legs[0].is_cancelled

    @property
    def ahead(self) -> Journey | None:
        """What a party that flew all it could has still to fly; None where that is nothing."""
        for place, leg in enumerate(self.legs):
            if leg.is_cancelled or not leg.has_left or self._is_missed(leg):
                legs, flown = self.legs[place:], self.legs[:place]
                lost = tuple(gap for gap in self.lost if _is_of(gap, legs))
                return replace(self, legs=legs, flown=flown, lost=lost)
        return None

    def _is_missed(self, leg: TripLeg) -> bool:
        return any(gap.departing == leg and gap.cannot_be_made for gap in self.lost)

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
        # Whoever comes there late, or never, has no use for the way back as it was booked.
        return self.stranded_by


def journeys_of(trip: Trip) -> list[Journey]:
    """Return a trip's journeys in the order in which they are flown."""
    gaps = connections_lost_on(trip)
    journeys: list[Journey] = []
    for number, group in groupby(trip.legs, key=lambda leg: leg.segment.journey):
        legs = tuple(group)
        lost = tuple(gap for gap in gaps if _is_of(gap, legs))
        is_checked_in = any(map(trip.is_anybody_checked_in, legs))
        is_boarding = _is_boarding(trip, legs[0])
        journey = Journey(number, legs, (), lost, is_checked_in, is_boarding)
        stranded = stranded_part(trip, journeys[-1]) if journeys else None
        if stranded and not (is_checked_in or journey.has_left):
            journey = replace(journey, stranded_by=f"{stranded.disruption}, on the way there")
        journeys.append(journey)
    return journeys


def stranded_part(trip: Trip, journey: Journey) -> Journey | None:
    """Return what a party under way still has to fly, if the airline broke that, for a while."""
    ahead = journey.ahead if journey.has_left else None
    if ahead is None or not ahead.disruption:
        return None
    since = trip.seen_at - ahead.legs[0].segment.agreed_departs_at
    return ahead if since <= FREE_WITHIN else None


def _is_of(gap: BrokenConnection, legs: tuple[TripLeg, ...]) -> bool:
    return gap.arriving in legs or gap.departing in legs


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
