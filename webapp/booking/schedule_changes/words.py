"""A schedule change as pages and mails show it: old and new times, local to the airports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from webapp import clock
from webapp.booking.connections import BrokenConnection, cannot_be_flown, connections_to_come
from webapp.booking.journeys import journey_of
from webapp.booking.legs import trip_leg
from webapp.booking.models import Booking
from webapp.booking.schedule_changes import links, rules
from webapp.booking.schedule_changes.models import (
    ASKED_AGAIN_AFTER,
    CALLED_BEFORE,
    ScheduleChange,
)
from webapp.booking.schedule_changes.refunds import Refund, refunds_of
from webapp.booking.trips import trip_of
from webapp.flights.models import Flight, FlightStatus


@dataclass(frozen=True)
class ShownChange:
    """A flight as the party knew it and as it is now, in local times, at one moment."""

    change: ScheduleChange
    was_departs_at: datetime
    was_arrives_at: datetime
    departs_at: datetime
    arrives_at: datetime
    seen_at: datetime

    @property
    def booking(self) -> Booking:
        """The booking that has to answer."""
        return self.change.booking

    @property
    def name(self) -> str:
        """Whom to ask for: who stands first in the booking."""
        trip = trip_of(self.booking)
        return trip.name_of(trip.passengers[0])

    @property
    def flight(self) -> Flight:
        """The flight that was changed."""
        return self.change.segment.flight

    @property
    def is_cancelled(self) -> bool:
        """Tell whether the airline cancelled the flight."""
        return self.flight.status == FlightStatus.CANCELLED

    @property
    def has_left(self) -> bool:
        """Tell whether the flight has left, by its status or by the clock."""
        return trip_leg(self.change.segment).has_left and not self.is_cancelled

    @property
    def can_be_accepted(self) -> bool:
        """Tell whether it can be flown at the new times, with what comes before and after."""
        trip = trip_of(self.booking)
        return not self.is_cancelled and not cannot_be_flown(trip, self.change.segment_id)

    @property
    def answer_by(self) -> datetime:
        """Until when it can be answered, on the clocks where the flight leaves."""
        return links.open_until(self.change).astimezone(self.departs_at.tzinfo)

    @property
    def is_under_way(self) -> bool:
        """Tell whether the party has begun the journey already."""
        return rules.is_under_way(self.change)

    @property
    def may_choose(self) -> bool:
        """Tell whether the party can choose another flight."""
        return rules.may_choose(self.change, trip_of(self.booking))

    @property
    def refunds(self) -> list[Refund]:
        """What the party may give back, what takes least first."""
        return refunds_of(self.change, trip_of(self.booking))

    @property
    def is_over(self) -> bool:
        """Tell whether it is too late for any answer, so that there is nothing to decide."""
        return links.open_until(self.change) <= self.seen_at

    @property
    def is_to_settle(self) -> bool:
        """Tell whether the party may still choose, or is on the way with flights to go."""
        journey = journey_of(trip_of(self.booking), self.change.segment)
        is_going_on = journey is not None and not all(leg.has_left for leg in journey.legs)
        if self.may_choose or (self.is_under_way and is_going_on):
            return True
        return not self.is_over and (self.can_be_accepted or bool(self.refunds))

    @property
    def connections(self) -> list[BrokenConnection]:
        """The connections with this flight that are lost, or short."""
        return [
            gap
            for gap in connections_to_come(trip_of(self.booking))
            if self.change.segment_id in (gap.arriving.segment.id, gap.departing.segment.id)
        ]

    @property
    def minutes_moved(self) -> int:
        """By how much the departure moved; less than nothing is earlier."""
        # Between instants: on some nights the clocks on the wall skip or repeat an hour.
        shift = self.flight.expected_departs_at - self.change.was_departs_at
        return round(shift.total_seconds() / 60)

    @property
    def minutes_waiting(self) -> int:
        """For how long the answer has been open."""
        return max(0, int((self.seen_at - self.change.opened_at).total_seconds()) // 60)

    @property
    def needs_a_call(self) -> bool:
        """Tell whether there is no time, or the last mail that asks again has been due."""
        if not self.is_to_settle:
            return False
        leaves_in = min(self.was_departs_at, self.departs_at) - self.seen_at
        was_asked_enough = self.seen_at - self.change.opened_at >= ASKED_AGAIN_AFTER[-1]
        return self.is_under_way or was_asked_enough or leaves_in <= CALLED_BEFORE

    @property
    def token(self) -> str:
        """The part of an address by which a page lets the party answer."""
        return links.sign(self.change, for_page=True)


def shown_change(change: ScheduleChange) -> ShownChange:
    """Return a change as it is at this moment."""
    flight = change.segment.flight
    leaves, arrives = ZoneInfo(flight.origin.timezone), ZoneInfo(flight.destination.timezone)
    return ShownChange(
        change,
        change.was_departs_at.astimezone(leaves),
        change.was_arrives_at.astimezone(arrives),
        flight.expected_departs_at.astimezone(leaves),
        flight.expected_arrives_at.astimezone(arrives),
        clock.now(),
    )
