"""What staff changed of schedules, done to each booked flight in a transaction of its own."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from webapp.booking import disruptions
from webapp.db import abandon, in_transaction
from webapp.flights.errors import FlightNotOpen
from webapp.flights.pending import next_move, to_be_cancelled, to_be_moved
from webapp.flights.service import lock_flight


def cancel_beyond_ends() -> None:
    """Cancel what is left beyond the ends of schedules, and tell whoever is booked on it."""
    found = to_be_cancelled()
    abandon()  # Each transaction reads afresh.
    for flight_id, actor in found:
        with suppress(FlightNotOpen):
            in_transaction(partial(disruptions.cancel_flight, flight_id, actor))


def move_to_new_times() -> None:
    """Move what is to fly at its schedule's new times, and tell whoever is booked on it."""
    found = to_be_moved()
    abandon()  # Each transaction reads afresh.
    for flight_id in found:
        with suppress(FlightNotOpen):
            in_transaction(partial(_move, flight_id))


def _move(flight_id: int) -> None:
    flight = lock_flight(flight_id)
    move = next_move(flight_id)
    if move is not None:
        disruptions.retime_flight(
            flight_id,
            move.departs_at,
            move.arrives_at,
            flight.departs_on,
            move.actor,
            is_by_hand=False,
        )
