"""What each mail says, decided at the moment it goes out from how things stand then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp import clock
from webapp.booking.models import BookingStatus
from webapp.booking.trips import Trip, TripLeg, trip_of
from webapp.flights.models import FlightStatus
from webapp.notifications.models import Kind, Notification
from webapp.notifications.service import REMINDER_LEAD
from worker.facts import Facts, read_facts


@dataclass(frozen=True)
class Mail:
    """Send this; `tells` are the segments whose departure and arrival the party then knows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    tells: tuple[tuple[int, datetime, datetime], ...] = ()


@dataclass(frozen=True)
class Withheld:
    """Send nothing, for this reason."""

    reason: str


@dataclass(frozen=True)
class Postponed:
    """Ask again then."""

    due_at: datetime


Decision = Mail | Withheld | Postponed


def decide(notification: Notification, facts: Facts | None = None) -> Decision:
    """Return what becomes of a mail that is due, from the present state of what it is about.

    `facts` are those of mails that go out together, read a moment ago.
    """
    facts = facts or read_facts([notification])
    is_muted = notification.kind in facts.preferences_of(notification).muted
    if is_muted and notification.repeats_id is None:  # A copy is sent to whoever asks for it.
        return Withheld("unsubscribed")
    booking = facts.booking_of(notification)
    if booking is None:
        return Withheld("the booking does not exist")
    return _DECISIONS[Kind(notification.kind)](notification, trip_of(booking))


def _confirmation(notification: Notification, trip: Trip) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"the booking is {trip.status}")
    return Mail("booking_confirmed", {"trip": trip})


def _cancellation(notification: Notification, trip: Trip) -> Decision:
    return Mail("booking_cancelled", {"trip": trip})


def _reminder(notification: Notification, trip: Trip) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = _leg(notification, trip)
    flight = leg.segment.flight
    if flight.status == FlightStatus.CANCELLED:
        return Withheld("flight cancelled")
    now = clock.now()
    if flight.departs_at <= now or flight.status in (FlightStatus.DEPARTED, FlightStatus.ARRIVED):
        return Withheld("already left")
    # The flight may have been moved while this mail was on its way through the broker.
    if flight.departs_at - REMINDER_LEAD > now:
        return Postponed(flight.departs_at - REMINDER_LEAD)
    return Mail("departure_reminder", {"trip": trip, "leg": leg})


def _retiming(notification: Notification, trip: Trip) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = _leg(notification, trip)
    if leg.is_cancelled:
        return Withheld("flight cancelled")
    # Several moves in a row make one mail about where the flight stands now; and one that was
    # moved back makes none.
    if leg.segment.is_told:
        return Withheld("told already")
    flight = leg.segment.flight
    tells = ((leg.segment.id, flight.departs_at, flight.arrives_at),)
    return Mail("flight_retimed", {"trip": trip, "leg": leg}, tells)


def _flight_cancellation(notification: Notification, trip: Trip) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    return Mail("flight_cancelled", {"trip": trip, "leg": _leg(notification, trip)})


def _leg(notification: Notification, trip: Trip) -> TripLeg:
    return next(leg for leg in trip.legs if leg.segment.id == notification.segment_id)


_DECISIONS: dict[Kind, Callable[[Notification, Trip], Decision]] = {
    Kind.BOOKING_CONFIRMED: _confirmation,
    Kind.BOOKING_CANCELLED: _cancellation,
    Kind.DEPARTURE_REMINDER: _reminder,
    Kind.FLIGHT_RETIMED: _retiming,
    Kind.FLIGHT_CANCELLED: _flight_cancellation,
}
