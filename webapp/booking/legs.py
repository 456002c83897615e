"""One flight of a booking as its pages and mails show it, in the local times of its airports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from webapp import clock
from webapp.booking.checkin.windows import CLOSES_BEFORE
from webapp.booking.models import Segment
from webapp.flights.models import FlightStatus

# A schedule change beyond these gives the party a choice.
SIGNIFICANT_DOMESTIC, SIGNIFICANT_INTERNATIONAL = timedelta(hours=3), timedelta(hours=6)
_OF_ITS_DAY = {
    FlightStatus.BOARDING: "Boarding",
    FlightStatus.DEPARTED: "Departed",
    FlightStatus.ARRIVED: "Arrived",
}


def is_significant(segment: Segment, departs_at: datetime, arrives_at: datetime) -> bool:
    """Tell whether times are so far from what the party agreed to that it may choose what to do."""
    flight = segment.flight
    is_domestic = flight.origin.country == flight.destination.country
    limit = SIGNIFICANT_DOMESTIC if is_domestic else SIGNIFICANT_INTERNATIONAL
    return _shift(segment, departs_at, arrives_at) > limit


def _shift(segment: Segment, departs_at: datetime, arrives_at: datetime) -> timedelta:
    """Return how far times are from what the party agreed to, at the end that is further."""
    return max(
        abs(departs_at - segment.agreed_departs_at), abs(arrives_at - segment.agreed_arrives_at)
    )


@dataclass(frozen=True)
class TripLeg:
    """One flight of a trip, in the local times of its airports."""

    segment: Segment
    departs_at: datetime
    arrives_at: datetime

    @property
    def expected_departs_at(self) -> datetime:
        """When it leaves as far as is known, where it leaves."""
        return self.segment.flight.expected_departs_at.astimezone(self.departs_at.tzinfo)

    @property
    def expected_arrives_at(self) -> datetime:
        """When it arrives as far as is known, where it arrives."""
        return self.segment.flight.expected_arrives_at.astimezone(self.arrives_at.tzinfo)

    @property
    def is_international(self) -> bool:
        """Tell whether a border is crossed, so that a travel document is asked for."""
        flight = self.segment.flight
        return flight.origin.country != flight.destination.country

    @property
    def is_delayed(self) -> bool:
        """Tell whether it is expected at other times than it was planned for."""
        flight = self.segment.flight
        expected = flight.expected_departs_at, flight.expected_arrives_at
        return not self.is_cancelled and expected != (flight.departs_at, flight.arrives_at)

    @property
    def status_words(self) -> str:
        """What became of it on its day, nothing before it boards."""
        words = _OF_ITS_DAY.get(FlightStatus(self.segment.flight.status), "")
        return "Flown" if self.has_arrived and not words else words

    @property
    def has_left(self) -> bool:
        """Tell whether it has left, by its status or by the clock."""
        flight = self.segment.flight
        is_gone = flight.status in (FlightStatus.DEPARTED, FlightStatus.ARRIVED)
        return is_gone or flight.expected_departs_at <= clock.now()

    @property
    def has_arrived(self) -> bool:
        """Tell whether it was flown and is over, by its status or by the clock."""
        flight = self.segment.flight
        is_over = flight.status == FlightStatus.ARRIVED or flight.expected_arrives_at <= clock.now()
        return is_over and not self.is_cancelled

    @property
    def has_begun(self) -> bool:
        """Tell whether it boards already, or has left."""
        return bool(self.status_words) or self.has_left

    @property
    def is_significantly_moved(self) -> bool:
        """Tell whether it is so far from what the party agreed to that it may choose what to do."""
        flight = self.segment.flight
        return is_significant(self.segment, flight.expected_departs_at, flight.expected_arrives_at)

    @property
    def is_moved_from_agreed(self) -> bool:
        """Tell whether it is expected at other times than the party agreed to."""
        return not self.segment.is_agreed

    @property
    def minutes_from_agreed(self) -> int:
        """How far it is from what the party agreed to, at the end that was moved further."""
        flight = self.segment.flight
        shift = _shift(self.segment, flight.expected_departs_at, flight.expected_arrives_at)
        return round(shift.total_seconds() / 60)

    @property
    def agreed_departs_at(self) -> datetime:
        """When the party agreed that it leaves, where it leaves."""
        return self.segment.agreed_departs_at.astimezone(self.departs_at.tzinfo)

    @property
    def was_departs_at(self) -> datetime:
        """When it left as far as the party knows, where it leaves."""
        return self.segment.known_before[0].astimezone(self.departs_at.tzinfo)

    @property
    def was_arrives_at(self) -> datetime:
        """When it arrived as far as the party knows, where it arrives."""
        return self.segment.known_before[1].astimezone(self.arrives_at.tzinfo)

    @property
    def minutes(self) -> int:
        """The elapsed time in the air and on the ground."""
        # In UTC: Python takes two times of one zone apart by the clock on the wall, and would
        # lose the hour of a night on which the clocks change.
        flight = self.segment.flight
        return int((flight.arrives_at - flight.departs_at).total_seconds()) // 60

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days

    @property
    def expected_day_shift(self) -> int:
        """How many dates later (or earlier) than it leaves the flight is expected to arrive."""
        return (self.expected_arrives_at.date() - self.expected_departs_at.date()).days

    @property
    def expected_minutes(self) -> int:
        """The elapsed time from the expected departure to the expected arrival."""
        flight = self.segment.flight
        return int((flight.expected_arrives_at - flight.expected_departs_at).total_seconds()) // 60

    def minutes_until(self, onward: TripLeg) -> int:
        """Return the time until another flight, less than none where that one leaves first."""
        gap = onward.segment.flight.expected_departs_at - self.segment.flight.expected_arrives_at
        return int(gap.total_seconds()) // 60

    @property
    def days_ahead(self) -> int:
        """How many dates the departure is away, on the calendar of its place: 1 is tomorrow."""
        today = clock.now().astimezone(self.departs_at.tzinfo).date()
        return (self.expected_departs_at.date() - today).days

    @property
    def route(self) -> str:
        """The two cities of the flight."""
        flight = self.segment.flight
        return f"{flight.origin.city} to {flight.destination.city}"

    @property
    def check_in_closes_at(self) -> datetime:
        """When check-in ends, where the flight leaves."""
        instant = self.segment.flight.departs_at - CLOSES_BEFORE
        return instant.astimezone(self.departs_at.tzinfo)

    @property
    def is_cancelled(self) -> bool:
        """Tell whether the airline cancelled this flight."""
        return self.segment.flight.status == FlightStatus.CANCELLED


def route_of(legs: Sequence[TripLeg]) -> str:
    """Return the city where some flights in a row begin, and the one where they end."""
    origin, destination = legs[0].segment.flight.origin, legs[-1].segment.flight.destination
    return f"{origin.city} to {destination.city}"


def trip_leg(segment: Segment) -> TripLeg:
    """Return one flight of a booking in the local times of its airports."""
    flight = segment.flight
    return TripLeg(
        segment,
        flight.departs_at.astimezone(ZoneInfo(flight.origin.timezone)),
        flight.arrives_at.astimezone(ZoneInfo(flight.destination.timezone)),
    )
