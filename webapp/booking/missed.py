"""Flights that left without a party, what it may do about them, and how a trip ended."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from webapp.booking.changes.rules import changeable_journeys
from webapp.booking.connections import (
    BrokenConnection,
    connections_lost_on,
    connections_to_come,
    out_of_reach,
)
from webapp.booking.journeys import Journey
from webapp.booking.models import BookingStatus
from webapp.booking.trips import Trip


class Missed(StrEnum):
    """Why a flight left without a party: it could not get there, or nobody was checked in."""

    CONNECTION = "connection"
    CHECK_IN = "check_in"


class Ending(StrEnum):
    """What a party flew of a trip in the end."""

    FLOWN = "flown"
    PARTLY_FLOWN = "partly_flown"
    NOT_FLOWN = "not_flown"


def missed_flights(trip: Trip) -> dict[int, Missed]:
    """Return the flights of a booked trip that left without its party, by the segments' ids."""
    if trip.status != BookingStatus.CONFIRMED:
        return {}
    left = [leg for leg in trip.legs if leg.has_left and not leg.is_cancelled]
    beyond = out_of_reach(trip)
    return {
        leg.segment.id: Missed.CONNECTION if leg.segment.id in beyond else Missed.CHECK_IN
        for leg in left
        if leg.segment.id in beyond or not trip.is_anybody_checked_in(leg)
    }


def lost_connections(trip: Trip, changeable: Sequence[Journey]) -> list[BrokenConnection]:
    """Return the broken connections that a trip's page speaks of.

    Of those that nobody made, the ones whose way on may still be chosen.
    """
    numbers = {each.number for each in changeable}
    missed = [
        gap
        for gap in connections_lost_on(trip)
        if gap.departing.has_left
        and gap.cannot_be_made
        and gap.departing.segment.journey in numbers
    ]
    return connections_to_come(trip) + missed


def is_stranded(trip: Trip) -> bool:
    """Tell whether a party may still choose a flight instead of one that left without it."""
    return any(part.has_left for part in changeable_journeys(trip))


def ending_of(trip: Trip) -> Ending | None:
    """Return how a booked trip ended; None while there is something to fly or to choose."""
    if not trip.is_past or is_stranded(trip):
        return None
    missed = missed_flights(trip)
    flown = [leg.segment.id not in missed and not leg.is_cancelled for leg in trip.legs]
    if all(flown):
        return Ending.FLOWN
    return Ending.PARTLY_FLOWN if any(flown) else Ending.NOT_FLOWN
