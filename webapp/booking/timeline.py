"""A trip from the first hold to the last landing: what was done, and what is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.booking.checkin.windows import OPENS_BEFORE
from webapp.booking.models import BookingEvent, BookingStatus
from webapp.booking.trips import Trip, TripLeg

What = Literal["event", "check_in", "departure", "arrival"]


@dataclass(frozen=True)
class Moment:
    """Something that happened to a trip, or will, on the clocks of the place where it does."""

    at: datetime
    what: What
    is_past: bool
    event: BookingEvent | None = None
    leg: TripLeg | None = None


def timeline_of(trip: Trip) -> list[Moment]:
    """Return a trip's moments in the order of time."""
    moments = [
        Moment(trip.local(event.at), "event", is_past=True, event=event)
        for event in trip.booking.events
    ]
    if trip.status == BookingStatus.CONFIRMED:
        moments += [moment for leg in trip.legs for moment in _of(leg, trip.seen_at)]
    # Python's sort is stable: what was done in one moment stays in the order in which it was done.
    return sorted(moments, key=lambda moment: moment.at)


def _of(leg: TripLeg, now: datetime) -> list[Moment]:
    if leg.is_cancelled:
        return []
    # Counted in UTC: a day on the wall has 23 or 25 hours when the clocks change.
    opens_at = leg.segment.flight.departs_at - OPENS_BEFORE
    times: list[tuple[datetime, What]] = [
        (opens_at.astimezone(leg.departs_at.tzinfo), "check_in"),
        (leg.expected_departs_at, "departure"),
        (leg.expected_arrives_at, "arrival"),
    ]
    return [Moment(at, what, at <= now, leg=leg) for at, what in times]
