"""What each mail says, decided at the moment it goes out from how things stand then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp import clock
from webapp.booking.models import BookingStatus
from webapp.booking.queries import booking_by_id
from webapp.booking.trips import Trip, trip_of
from webapp.flights.models import FlightStatus
from webapp.notifications.models import Kind, Notification
from webapp.notifications.service import REMINDER_LEAD


@dataclass(frozen=True)
class Mail:
    """Send this."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Withheld:
    """Send nothing, for this reason."""

    reason: str


@dataclass(frozen=True)
class Postponed:
    """Ask again then."""

    due_at: datetime


Decision = Mail | Withheld | Postponed


def decide(notification: Notification) -> Decision:
    """Return what becomes of a mail that is due, from the present state of its booking."""
    booking = booking_by_id(notification.booking_id)
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
    leg = next(leg for leg in trip.legs if leg.segment.id == notification.segment_id)
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
    decision = _about_a_flight(notification, trip, "flight_retimed")
    leg = next(leg for leg in trip.legs if leg.segment.id == notification.segment_id)
    if leg.segment.flight.departs_at.isoformat() != notification.facts["departs_at"]:
        return Withheld("retimed again")
    return decision


def _flight_cancellation(notification: Notification, trip: Trip) -> Decision:
    return _about_a_flight(notification, trip, "flight_cancelled")


def _about_a_flight(notification: Notification, trip: Trip, template: str) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = next(leg for leg in trip.legs if leg.segment.id == notification.segment_id)
    zone = leg.departs_at.tzinfo
    before = notification.facts.get("departed_at")
    was = datetime.fromisoformat(before).astimezone(zone) if before else None
    return Mail(template, {"trip": trip, "leg": leg, "was": was})


_DECISIONS: dict[Kind, Callable[[Notification, Trip], Decision]] = {
    Kind.BOOKING_CONFIRMED: _confirmation,
    Kind.BOOKING_CANCELLED: _cancellation,
    Kind.DEPARTURE_REMINDER: _reminder,
    Kind.FLIGHT_RETIMED: _retiming,
    Kind.FLIGHT_CANCELLED: _flight_cancellation,
}
