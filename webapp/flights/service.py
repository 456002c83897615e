"""Commands on flights: create, retime, cancel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from webapp import clock
from webapp.db import db, under_lock
from webapp.flights.errors import FlightChanged, FlightExists, FlightNotOpen
from webapp.flights.models import Flight, FlightCabin, FlightEvent, FlightStatus, Reason
from webapp.flights.queries import is_on_ground, last_line_of
from webapp.network.models import Aircraft, Cabin

# Says in a line of history that a flight moved with its schedule.
WITH_SCHEDULE = "with_schedule"
# Built once, since composing it anew costs as much as running it.
_KEPT_UNCHANGED = under_lock(
    select(Flight)
    .where(Flight.id.in_(bindparam("ids", expanding=True)))
    .order_by(Flight.id)
    .options(joinedload(Flight.airline, innerjoin=True), joinedload(Flight.origin, innerjoin=True)),
    read=True,
)


@dataclass(frozen=True)
class NewFlight:
    """What staff say of a flight that no schedule makes; fares are per adult, in minor units."""

    airline_iata: str
    number: int
    origin_iata: str
    destination_iata: str
    departs_on: date
    departs_at: datetime
    arrives_at: datetime
    aircraft_id: int
    fares: dict[Cabin, int]
    currency: str

    def is_made_by(self, flight: Flight) -> bool:
        """Tell whether a flight of this number and day is already what staff say."""
        return flight.status == FlightStatus.SCHEDULED and (
            self.destination_iata,
            self.departs_at,
            self.arrives_at,
            self.aircraft_id,
            self.fares,
        ) == (
            flight.destination_iata,
            flight.departs_at,
            flight.arrives_at,
            flight.aircraft_id,
            {cabin.cabin: cabin.fare_minor for cabin in flight.cabins},
        )


def create_flight(new: NewFlight, actor: str) -> Flight:
    """Put one flight on sale, with the cabins of its aircraft. Raises FlightExists."""
    aircraft = db.session.get_one(Aircraft, new.aircraft_id)
    flight = Flight(
        airline_iata=new.airline_iata,
        number=new.number,
        origin_iata=new.origin_iata,
        destination_iata=new.destination_iata,
        departs_on=new.departs_on,
        departs_at=new.departs_at,
        arrives_at=new.arrives_at,
        aircraft_id=aircraft.id,
    )
    flight.cabins = [
        FlightCabin(
            cabin=cabin,
            capacity=capacity,
            sellable=capacity,
            fare_minor=new.fares[cabin],
            currency=new.currency,
        )
        for cabin, capacity in aircraft.layout.capacities().items()
    ]
    db.session.add(flight)
    try:
        db.session.flush()  # Assigns flight.id; the unique key is the last word.
    except IntegrityError as error:
        raise FlightExists from error
    record_event(flight.id, actor, "created")
    return flight


def retime_flight(
    flight_id: int,
    departs_at: datetime,
    arrives_at: datetime,
    departs_on: date,
    actor: str,
    reason: Reason | None = None,
    *,
    is_by_hand: bool = True,
) -> int | None:
    """Move a flight in time; return the id of its new line of history, None if it stays.

    One that moves with its schedule, and not by hand, goes on keeping to it. Raises FlightNotOpen
    and FlightExists.
    """
    flight = lock_flight(flight_id)
    if (flight.departs_at, flight.arrives_at) == (departs_at, arrives_at):
        return None
    _require_open(flight)
    why_before, why = explain(flight, reason)
    before = _times(flight) | why_before
    flight.departs_at, flight.arrives_at = departs_at, arrives_at
    flight.departs_on = departs_on
    # What was estimated, was estimated of the old times.
    flight.estimated_departs_at = flight.estimated_arrives_at = None
    flight.status = FlightStatus.SCHEDULED
    try:
        db.session.flush()  # A flight number flies once per date and origin.
    except IntegrityError as error:
        raise FlightExists from error
    after = _times(flight) | why
    if not is_by_hand:
        after[WITH_SCHEDULE] = True
    return record_event(flight_id, actor, "retimed", before, after)


def cancel_flight(flight_id: int, actor: str, reason: Reason | None = None) -> bool:
    """Cancel a flight; tell whether it was not cancelled yet. Raises FlightNotOpen."""
    flight = lock_flight(flight_id)
    if flight.status == FlightStatus.CANCELLED:
        return False
    _require_open(flight)
    why_before, why = explain(flight, reason)
    before = {"status": flight.status, **why_before}
    flight.status = FlightStatus.CANCELLED
    record_event(flight_id, actor, "cancelled", before, {"status": flight.status, **why})
    return True


def explain(flight: Flight, reason: Reason | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say why a flight is as it is from now on; return what its history says before and after."""
    before, flight.reason = flight.reason, reason
    return _why(before), _why(reason)


def _why(reason: str | None) -> dict[str, Any]:
    return {"reason": reason} if reason else {}


def keep_unchanged(flight_ids: Sequence[int]) -> list[Flight]:
    """Let nobody retime or cancel these flights before the transaction ends; return them afresh.

    Their airlines and origins come with them. A shared lock: bookings of one flight do not wait
    for each other, only a change of it does.
    """
    return list(db.session.scalars(_KEPT_UNCHANGED, {"ids": list(flight_ids)}))


def keep_others_out(flight_ids: Collection[int]) -> None:
    """Let nobody else check in on these flights, or change them, before the transaction ends.

    Locks the flights in the order of ids, and reads them afresh.
    """
    query = select(Flight).where(Flight.id.in_(flight_ids)).order_by(Flight.id)
    db.session.execute(under_lock(query)).all()


def _require_open(flight: Flight) -> None:
    if not is_on_ground(flight):
        raise FlightNotOpen


def require_as_seen(flight_id: int, seen: str | None, is_done: Callable[[Flight], bool]) -> None:
    """Lock a flight to which nothing was done since a page showed it. Raises FlightChanged.

    `seen` is the last line of its history that the page knew; None where no page was shown. Where
    the flight is as is asked for already, a form was sent twice, and nobody is in the way. A swap
    of the aircraft locks its bookings after this; whoever holds one and waits for the flight makes
    a deadlock of it, and the view runs again.
    """
    flight = lock_flight(flight_id)
    if seen is not None and seen != str(last_line_of(flight_id)) and not is_done(flight):
        raise FlightChanged


def lock_flight(flight_id: int) -> Flight:
    """Return a flight as it is now, locked until the transaction ends.

    Raises FlightNotOpen where its schedule was ended meanwhile, and took it out.
    """
    flight = db.session.scalar(under_lock(select(Flight).where(Flight.id == flight_id)))
    if flight is None:
        raise FlightNotOpen
    return flight


def locked_cabins(flight_id: int) -> list[FlightCabin]:
    """Return a flight's cabins as they are now, locked until the transaction ends."""
    query = (
        select(FlightCabin).where(FlightCabin.flight_id == flight_id).order_by(FlightCabin.cabin)
    )
    return list(db.session.scalars(under_lock(query)))


def _times(flight: Flight) -> dict[str, Any]:
    times = {"departs_at": flight.departs_at, "arrives_at": flight.arrives_at}
    if flight.estimated_departs_at and flight.estimated_arrives_at:
        times["expected_departs_at"] = flight.estimated_departs_at
        times["expected_arrives_at"] = flight.estimated_arrives_at
    return {name: at.isoformat() for name, at in times.items()}


def record_event(
    flight_id: int,
    actor: str,
    what: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """Add a line to a flight's history, and return its id."""
    event = FlightEvent(
        flight_id=flight_id,
        at=clock.now(),
        actor=actor,
        what=what,
        before=before or {},
        after=after or {},
    )
    db.session.add(event)
    db.session.flush()  # Assigns event.id.
    return event.id
