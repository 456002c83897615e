"""Flights that ended schedules had made already, cancelled each in a transaction of its own."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from webapp.booking import disruptions
from webapp.db import abandon, retry_conflicts, transaction
from webapp.flights.errors import FlightNotOpen
from webapp.flights.schedules import to_be_cancelled


def cancel_beyond_ends() -> None:
    """Cancel what is left beyond the ends of schedules, and tell whoever is booked on it."""
    found = to_be_cancelled()
    abandon()  # Each transaction reads afresh.
    for flight_id, actor in found:
        retry_conflicts(partial(_cancel, flight_id, actor))


def _cancel(flight_id: int, actor: str) -> None:
    with suppress(FlightNotOpen), transaction():
        disruptions.cancel_flight(flight_id, actor)
