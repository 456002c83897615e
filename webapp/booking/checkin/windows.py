"""When check-in is open: from 24 hours to 1 hour before departure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.booking.models import Segment
from webapp.flights.models import FlightStatus
from webapp.flights.queries import SALES_CLOSE

OPENS_BEFORE = timedelta(hours=24)
# So whoever may still book may still check in.
CLOSES_BEFORE = SALES_CLOSE

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
    checks in once; each closes by its own departure. One that follows more than a day after the
    last, for somebody who was stranded, opens by itself.
    """
    starts: dict[int, datetime] = {}
    before: Segment | None = None
    for segment in segments:
        departs_at = segment.flight.departs_at
        if before and _go_together(before, segment):
            departs_at = starts[before.id]
        starts[segment.id] = departs_at
        if segment.flight.status != FlightStatus.CANCELLED:
            before = segment
    return {
        segment.id: Window(
            starts[segment.id] - OPENS_BEFORE,
            segment.flight.departs_at - CLOSES_BEFORE,
            FlightStatus(segment.flight.status),
        )
        for segment in segments
    }


def _go_together(first: Segment, second: Segment) -> bool:
    wait = second.flight.departs_at - first.flight.arrives_at
    return first.journey == second.journey and wait <= OPENS_BEFORE
