"""When check-in is open: from 24 hours to 1 hour before departure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.booking.models import Segment
from webapp.flights.models import FlightStatus

OPENS_BEFORE = timedelta(hours=24)
CLOSES_BEFORE = timedelta(hours=1)

_NEVER = (FlightStatus.CANCELLED, FlightStatus.DEPARTED, FlightStatus.ARRIVED)


class Phase(StrEnum):
    """Where check-in for a flight stands."""

    EARLY = "early"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Window:
    """When check-in for one flight of a booking opens and closes."""

    opens_at: datetime
    closes_at: datetime
    status: FlightStatus

    def phase(self, instant: datetime) -> Phase:
        """Return where check-in stands at an instant."""
        if self.status == FlightStatus.CANCELLED:
            return Phase.CANCELLED
        if self.status in _NEVER or instant >= self.closes_at:
            return Phase.CLOSED
        return Phase.OPEN if instant >= self.opens_at else Phase.EARLY


def windows_of(segments: Sequence[Segment]) -> dict[int, Window]:
    """Return the window of each segment of a booking, by id.

    The flights of one journey open together, with the first of them, so that who changes planes
    checks in once; each closes by its own departure.
    """
    starts: dict[int, datetime] = {}
    for segment in segments:
        if segment.flight.status != FlightStatus.CANCELLED:
            departs_at = segment.flight.departs_at
            starts[segment.journey] = min(departs_at, starts.get(segment.journey, departs_at))
    return {
        segment.id: Window(
            starts.get(segment.journey, segment.flight.departs_at) - OPENS_BEFORE,
            segment.flight.departs_at - CLOSES_BEFORE,
            FlightStatus(segment.flight.status),
        )
        for segment in segments
    }
