"""What an airline does to its flights, by Sam's hand, each in a transaction of its own."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from webapp.booking import disruptions
from webapp.db import transaction
from webapp.flights.models import Flight, Reason


def cancel_flight(flight: Flight, reason: Reason | None = None) -> None:
    """Cancel a flight."""
    with transaction():
        disruptions.cancel_flight(flight.id, "sam", reason)


def delay(flight: Flight, by: timedelta, reason: Reason | None = None) -> None:
    """Expect a flight so much later than it is planned."""
    with transaction():
        departs_at, arrives_at = flight.departs_at + by, flight.arrives_at + by
        disruptions.delay_flight(flight.id, departs_at, arrives_at, "sam", reason)


def retime(flight: Flight, by: timedelta, reason: Reason | None = None) -> None:
    """Plan a flight so much later, or earlier, on the date that it is then at its origin."""
    with transaction():
        departs_at, arrives_at = flight.departs_at + by, flight.arrives_at + by
        day = departs_at.astimezone(ZoneInfo(flight.origin.timezone)).date()
        disruptions.retime_flight(flight.id, departs_at, arrives_at, day, "sam", reason)
