"""Reads: the flights that schedules which were changed have still to cancel or to move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import aliased

from webapp import clock
from webapp.db import db
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightEvent, FlightStatus, Schedule
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.network.models import Airport

A_DAY = timedelta(days=1)
# The lines of history of flights that are to be cancelled because their schedule ends before them,
# and of booked ones that are to move with it.
ENDING, MOVING = "ending", "moving"
_ENDING = (
    select(FlightEvent.flight_id, FlightEvent.actor)
    .join(Flight, Flight.id == FlightEvent.flight_id)
    .where(FlightEvent.what == ENDING, Flight.status.in_(BEFORE_DEPARTURE))
)
_later = aliased(FlightEvent)


@dataclass(frozen=True)
class Move:
    """A flight with the times that it is to have, and who wants it so."""

    flight: Flight
    departs_at: datetime
    arrives_at: datetime
    actor: str


def flights_beyond(schedule: Schedule, last_day: date) -> list[Flight]:
    """Return the flights that a schedule has made for days after one, and that can be cancelled.

    One that was moved to another day of the week is on its own.
    """
    query = (
        select(Flight)
        .where(
            Flight.airline_iata == schedule.airline_iata,
            Flight.number == schedule.number,
            Flight.origin_iata == schedule.origin_iata,
            Flight.departs_on > last_day,
            Flight.departs_on >= schedule.operates_from,
            Flight.departs_on <= schedule.generated_to,
            Flight.departs_at > clock.now(),
            Flight.status.in_(BEFORE_DEPARTURE),
        )
        .order_by(Flight.id)
    )
    flights = db.session.scalars(query)
    return [each for each in flights if str(each.departs_on.isoweekday()) in schedule.days]


def to_be_cancelled() -> list[tuple[int, str]]:
    """Return the flights that are left of schedules that were ended, and who ended each."""
    query = _ENDING.where(Flight.departs_at > clock.now()).order_by(Flight.id)
    return [(flight_id, actor) for flight_id, actor in db.session.execute(query)]


def are_left_of(schedule: Schedule) -> bool:
    """Tell whether flights beyond a schedule's end wait to be cancelled."""
    query = _ENDING.where(
        Flight.airline_iata == schedule.airline_iata,
        Flight.number == schedule.number,
        Flight.origin_iata == schedule.origin_iata,
        Flight.departs_on > (schedule.operates_to or date.max),
    )
    return db.session.execute(query.limit(1)).first() is not None


def moves_of(
    schedule: Schedule, first_day: date, times: LocalTimes, actor: str = ""
) -> Iterator[Move]:
    """Yield the flights of a schedule from a day on, with the times that others would give them.

    One that staff moved by hand is on its own, and so is one that boards, and one that clocks which
    change at one end only would turn round.
    """
    zones = _zone_of(schedule.origin_iata), _zone_of(schedule.destination_iata)
    for flight in flights_beyond(schedule, first_day - A_DAY):
        present = schedule.times.instants_on(flight.departs_on, *zones)
        departs_at, arrives_at = times.instants_on(flight.departs_on, *zones)
        # In a night of a clock change other times may be the same instants.
        is_moved = present != (departs_at, arrives_at)
        is_on_time = present == (flight.departs_at, flight.arrives_at)
        boards = flight.status == FlightStatus.BOARDING
        if is_moved and is_on_time and departs_at < arrives_at and not boards:
            yield Move(flight, departs_at, arrives_at, actor)


def to_be_moved() -> list[int]:
    """Return the ids of the flights that are still to move with their schedules."""
    return list(db.session.scalars(_waiting(FlightEvent.flight_id).distinct()))


def next_move(flight_id: int) -> Move | None:
    """Return the move that a flight waits for, None where nobody wants it any more.

    It is not moved into the past, for it did not leave while the worker was away, nor when it
    boards.
    """
    query = _waiting(FlightEvent).where(Flight.id == flight_id).order_by(FlightEvent.id.desc())
    mark: FlightEvent | None = db.session.scalar(query.limit(1))
    if mark is None:
        return None
    flight = db.session.get_one(Flight, flight_id)
    departs_at, arrives_at = (
        datetime.fromisoformat(mark.after[each]) for each in ("departs_at", "arrives_at")
    )
    if departs_at <= clock.now() or flight.status == FlightStatus.BOARDING:
        return None
    return Move(flight, departs_at, arrives_at, mark.actor)


def are_moving(schedule: Schedule) -> bool:
    """Tell whether flights of a schedule are still to move to its times."""
    query = _waiting(FlightEvent.id).where(
        Flight.airline_iata == schedule.airline_iata,
        Flight.number == schedule.number,
        Flight.origin_iata == schedule.origin_iata,
        Flight.departs_on >= schedule.operates_from,
        Flight.departs_on <= (schedule.operates_to or date.max),
    )
    return db.session.scalar(query.limit(1)) is not None


def waits_to_move() -> ColumnElement[bool]:
    """Return the condition that a line of history lets its flight move with its schedule.

    One that was moved since, by hand or by the worker, waits no more.
    """
    is_settled = exists().where(
        _later.flight_id == FlightEvent.flight_id,
        _later.id > FlightEvent.id,
        _later.what == "retimed",
    )
    return and_(FlightEvent.what == MOVING, ~is_settled)


def _zone_of(airport: str) -> str:
    return db.session.get_one(Airport, airport).timezone


def _waiting(what: Any) -> Select[Any]:
    return (
        select(what)
        .join(Flight, Flight.id == FlightEvent.flight_id)
        .where(
            waits_to_move(),
            Flight.status.in_(BEFORE_DEPARTURE),
            Flight.departs_at > clock.now(),
        )
    )
