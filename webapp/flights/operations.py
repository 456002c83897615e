"""Commands of a flight's day: estimated times, the gate, boarding, departure, arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp import clock
from webapp.db import db
from webapp.flights.errors import FlightNotOpen
from webapp.flights.models import Flight, FlightStatus, Reason
from webapp.flights.queries import (
    BEFORE_DEPARTURE,
    OPEN_STATUSES,
    STANDS_AT_MOST,
    is_on_ground,
    recorded_at,
)
from webapp.flights.service import explain, lock_flight, record_event
from webapp.network.distance import fastest

# What may be written down next; past its time, an open flight has left though nobody said so.
_NEXT = {
    FlightStatus.SCHEDULED: (FlightStatus.BOARDING, FlightStatus.DEPARTED),
    FlightStatus.DELAYED: (FlightStatus.BOARDING, FlightStatus.DEPARTED),
    # Boarding may be broken off, or have been a slip of the hand.
    FlightStatus.BOARDING: (FlightStatus.SCHEDULED, FlightStatus.DELAYED, FlightStatus.DEPARTED),
    # That it left may have been a slip of the hand too, while it can still stand there.
    FlightStatus.DEPARTED: (FlightStatus.BOARDING, FlightStatus.ARRIVED),
    # And that it arrived.
    FlightStatus.ARRIVED: (FlightStatus.DEPARTED,),
}
# So long before the expected departure each can be true at the earliest.
_EARLIEST = {
    FlightStatus.SCHEDULED: timedelta.max,
    FlightStatus.DELAYED: timedelta.max,
    FlightStatus.BOARDING: timedelta(hours=3),
    FlightStatus.DEPARTED: timedelta(minutes=30),
    FlightStatus.ARRIVED: timedelta(),
}


def statuses_after(flight: Flight) -> tuple[FlightStatus, ...]:
    """Return what can be written down of a flight at this moment."""
    left = flight.expected_departs_at - clock.now()
    status = FlightStatus(flight.status)
    if left <= timedelta() and status in BEFORE_DEPARTURE:
        gone = (FlightStatus.DEPARTED, FlightStatus.ARRIVED)
        return tuple(each for each in gone if _can_have(each, flight))
    punctual = FlightStatus.DELAYED if flight.estimated_departs_at else FlightStatus.SCHEDULED
    return tuple(
        each
        for each in _NEXT.get(status, ())
        if left <= _EARLIEST[each]
        and (each not in OPEN_STATUSES or each == punctual)
        and (each not in BEFORE_DEPARTURE or -left < STANDS_AT_MOST)
        and _can_have(each, flight)
    )


def lands_at_earliest(flight: Flight) -> datetime:
    """Return before which instant no airliner that left as this one did can have landed."""
    left_at = None
    if flight.status == FlightStatus.DEPARTED:
        left_at = recorded_at(flight.id, FlightStatus.DEPARTED)
    return (left_at or flight.expected_departs_at) + fastest(flight.origin, flight.destination)


def _can_have(status: FlightStatus, flight: Flight) -> bool:
    """Tell whether a flight can have landed by now, or a landing still be taken back."""
    if status == FlightStatus.ARRIVED:
        return lands_at_earliest(flight) <= clock.now()
    if flight.status == FlightStatus.ARRIVED:
        landed_at = recorded_at(flight.id, FlightStatus.ARRIVED)
        return landed_at is not None and clock.now() - landed_at < STANDS_AT_MOST
    return True


def delay_flight(
    flight_id: int,
    departs_at: datetime,
    arrives_at: datetime,
    actor: str,
    reason: Reason | None = None,
) -> int | None:
    """Write down when a flight is expected, and why; return its line of history, None if it stays.

    Estimates that are the scheduled times take the delay away, and its reason. Another reason for
    the same delay has a line of its own. Raises FlightNotOpen.
    """
    flight = lock_flight(flight_id)
    before = flight.expected_departs_at, flight.expected_arrives_at
    is_on_time = (departs_at, arrives_at) == (flight.departs_at, flight.arrives_at)
    if before == (departs_at, arrives_at):
        if not is_on_time and flight.reason != reason:
            _require_operable(flight)
            record_event(flight_id, actor, "reason", *explain(flight, reason))
        return None
    _require_operable(flight)
    why_before, why = explain(flight, None if is_on_time else reason)
    flight.estimated_departs_at = None if is_on_time else departs_at
    flight.estimated_arrives_at = None if is_on_time else arrives_at
    if flight.status in OPEN_STATUSES:
        flight.status = FlightStatus.SCHEDULED if is_on_time else FlightStatus.DELAYED
    return record_event(
        flight_id,
        actor,
        "delayed",
        {"departs_at": before[0].isoformat(), "arrives_at": before[1].isoformat(), **why_before},
        {"departs_at": departs_at.isoformat(), "arrives_at": arrives_at.isoformat(), **why},
    )


def assign_gate(flight_id: int, terminal: str | None, gate: str | None, actor: str) -> int | None:
    """Set the terminal and the gate; return the line of history, None if nothing changes.

    Raises FlightNotOpen.
    """
    flight = lock_flight(flight_id)
    if (flight.terminal, flight.gate) == (terminal, gate):
        return None
    _require_operable(flight)
    before = {"terminal": flight.terminal, "gate": flight.gate}
    flight.terminal, flight.gate = terminal, gate
    return record_event(flight_id, actor, "gate", before, {"terminal": terminal, "gate": gate})


def record_status(flight_id: int, status: FlightStatus, actor: str) -> FlightStatus:
    """Write down that a flight boards or not, left, arrived or did not; return what was before.

    Safe to repeat: a status that it has already stays. Raises FlightNotOpen.
    """
    flight = lock_flight(flight_id)
    was = FlightStatus(flight.status)
    if was == status:
        return was
    if status not in statuses_after(flight):
        raise FlightNotOpen
    flight.status = status
    what = "not_boarding" if status in OPEN_STATUSES else status.value
    if was == FlightStatus.DEPARTED and status == FlightStatus.BOARDING:
        what = "not_departed"
    elif was == FlightStatus.ARRIVED:
        what = "not_arrived"
    record_event(flight_id, actor, what, {"status": was.value}, {"status": status.value})
    db.session.flush()  # What is decided from the status afterwards must see it.
    return was


def _require_operable(flight: Flight) -> None:
    if not is_on_ground(flight):
        raise FlightNotOpen
