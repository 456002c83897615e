"""Connections of a booked trip that its flights, as they stand, no longer allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from webapp.booking.models import Segment
from webapp.booking.trips import TripLeg
from webapp.network.queries import directory


@dataclass(frozen=True)
class BrokenConnection:
    """Two flights of one journey with too little time between them; less than none is too late."""

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


def broken_connections(legs: Sequence[TripLeg]) -> list[BrokenConnection]:
    """Return the connections that can no longer be made, as far as is known."""
    return [
        BrokenConnection(first, second, time, least)
        for first, second in pairwise(legs)
        if first.segment.journey == second.segment.journey
        and not (first.is_cancelled or second.is_cancelled)
        and (time := second.expected_departs_at - first.expected_arrives_at)
        < (least := minimum_connection(first.segment, second.segment))
    ]


def minimum_connection(first: Segment, second: Segment) -> timedelta:
    """Return the least time for the change between two segments."""
    return directory().minimum_connection(
        first.flight.origin_iata,
        first.flight.destination_iata,
        second.flight.origin_iata,
        second.flight.destination_iata,
    )
