"""What a party that an airline gave a choice may still do."""

from __future__ import annotations

from webapp.booking.changes.rules import changeable_journeys
from webapp.booking.journeys import journey_of
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.trips import Trip, trip_of


def is_under_way(change: ScheduleChange) -> bool:
    """Tell whether the journey has begun: its money does not come back, and there is no time."""
    journey = journey_of(trip_of(change.booking), change.segment)
    return journey is not None and journey.has_left


def may_choose(change: ScheduleChange, trip: Trip) -> bool:
    """Tell whether the party can choose another flight; under way, only for what is broken."""
    return any(part.number == change.segment.journey for part in changeable_journeys(trip))
