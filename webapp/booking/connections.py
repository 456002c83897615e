"""Connections of a booked trip that its flights, as they stand, no longer allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from webapp.booking.legs import TripLeg
from webapp.booking.models import TOLD_FROM, BookingStatus
from webapp.booking.queries import NewTimes, bookings_by_ids, confirmed_segments_of
from webapp.booking.trips import Trip
from webapp.flights.models import Flight
from webapp.flights.queries import SellableFlight
from webapp.network.queries import directory

# An aircraft's doors are closed so long before it leaves: whoever comes later stays behind, however
# near the gates are.
DOORS_CLOSE_BEFORE = timedelta(minutes=15)


@dataclass(frozen=True)
class BrokenConnection:
    """Two flights in a row with too little time between them; less than none is too late.

    The last one out and the first one back count as well.
    """

    arriving: TripLeg
    departing: TripLeg
    time: timedelta
    least: timedelta

    @property
    def minutes(self) -> int:
        """The time that is left, less than none where the second flight leaves first."""
        return int(self.time.total_seconds()) // 60

    @property
    def least_minutes(self) -> int:
        """The time that the change needs."""
        return int(self.least.total_seconds()) // 60

    @property
    def cannot_be_made(self) -> bool:
        """Tell whether nobody can make it, however they hurry."""
        return self.time < DOORS_CLOSE_BEFORE

    @property
    def is_agreed(self) -> bool:
        """Tell whether the party took its flights although they left no more time than this."""
        agreed = self.departing.segment.agreed_departs_at - self.arriving.segment.agreed_arrives_at
        return agreed < self.least and self.time > agreed - TOLD_FROM


def broken_connections(legs: Sequence[TripLeg]) -> list[BrokenConnection]:
    """Return the connections that can no longer be made, as far as is known."""
    return [
        BrokenConnection(first, second, time, least)
        for first, second in pairwise(legs)
        if not (first.is_cancelled or second.is_cancelled)
        # Between instants: the wall clocks of a zone hide the hour that a night adds or skips.
        and (
            time := second.segment.flight.expected_departs_at
            - first.segment.flight.expected_arrives_at
        )
        < (least := _minimum(first.segment.flight, second.segment.flight))
    ]


def are_connected(flights: Sequence[Flight | SellableFlight]) -> bool:
    """Tell whether each of some flights can be reached from the one before, as far as is known."""
    return all(
        second.expected_departs_at - first.expected_arrives_at >= _minimum(first, second)
        for first, second in pairwise(flights)
    )


def connections_to_come(trip: Trip) -> list[BrokenConnection]:
    """Return the broken connections of a booked trip that somebody may still hope to make."""
    if trip.status != BookingStatus.CONFIRMED:
        return []
    return [gap for gap in broken_connections(trip.legs) if not gap.departing.has_left]


def connections_lost_on(trip: Trip) -> list[BrokenConnection]:
    """Return the connections of a trip that the airline broke, those of days gone by included.

    One that the party took as it is, or a longer one, is none of those.
    """
    return [gap for gap in broken_connections(trip.legs) if not gap.is_agreed]


def out_of_reach(trip: Trip) -> set[int]:
    """Return the ids of the segments behind a connection that nobody can make, on the same way."""
    lost = {gap.departing.segment.id for gap in connections_lost_on(trip) if gap.cannot_be_made}
    found: set[int] = set()
    for legs in trip.journeys:
        ids = [leg.segment.id for leg in legs]
        first = next((place for place, id_ in enumerate(ids) if id_ in lost), len(ids))
        found.update(ids[first:])
    return found


def cannot_be_flown(trip: Trip, segment_id: int) -> bool:
    """Tell whether a flight closes its doors on the one ahead of it, or finds the next one's so."""
    return any(
        gap.cannot_be_made and segment_id in (gap.arriving.segment.id, gap.departing.segment.id)
        for gap in connections_to_come(trip)
    )


def connections_lost(new: NewTimes) -> int:
    """Return how many bookings would lose a connection if flights had these times.

    Those that have lost it already do not count.
    """
    booking_ids = [segment.booking_id for segment in confirmed_segments_of(*new)]
    return sum(
        any(_is_lost_by(first.flight, second.flight, new) for first, second in pairwise(segments))
        for segments in (each.segments for each in bookings_by_ids(booking_ids).values())
    )


def _is_lost_by(first: Flight, second: Flight, new: NewTimes) -> bool:
    least = _minimum(first, second)
    if second.expected_departs_at - first.expected_arrives_at < least:
        return False
    _, lands_at = new.get(first.id, (None, first.expected_arrives_at))
    leaves_at, _ = new.get(second.id, (second.expected_departs_at, None))
    return leaves_at - lands_at < least


def _minimum(first: Flight | SellableFlight, second: Flight | SellableFlight) -> timedelta:
    return directory().minimum_connection(
        first.origin_iata, first.destination_iata, second.origin_iata, second.destination_iata
    )
