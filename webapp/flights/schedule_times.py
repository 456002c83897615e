"""Commands: let a schedule fly at other times from a day on, and its flights with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from webapp import clock
from webapp.db import db
from webapp.flights.errors import ScheduleBegins, ScheduleChanged, ScheduleEndsBefore
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import (
    ClaimStatus,
    Flight,
    FlightEvent,
    FlightStatus,
    Schedule,
    SeatClaim,
)
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.flights.schedules import flights_beyond, locked_schedule
from webapp.flights.service import keep_others_out, record_event, retime_flight
from webapp.network.models import Airport

# The line of history of a booked flight that is to move with its schedule.
_MARK = "moving"
_DAY = timedelta(days=1)
_later = aliased(FlightEvent)


@dataclass(frozen=True)
class Move:
    """A flight with the times that it is to have, and who wants it so."""

    flight: Flight
    departs_at: datetime
    arrives_at: datetime
    actor: str


def retime_schedule(
    schedule_id: int, first_day: date, times: LocalTimes, seen: str | None, actor: str
) -> Schedule:
    """Let a schedule fly at other times from a day on, local to its origin; return what flies then.

    From its first day on it changes itself, later on another schedule takes over. Flights that
    nobody has booked move at once; the worker moves the others one by one and tells their
    travellers. `seen` are the times, in writing, that a page showed before; None where none did.
    Safe to repeat. Raises ScheduleEndsBefore, ScheduleChanged and ScheduleBegins. Locks the
    schedule, then its flights in the order of ids.
    """
    schedule = locked_schedule(schedule_id)
    begins_then = _beginning_on(schedule, first_day)
    if (begins_then or schedule).times == times:
        return begins_then or schedule
    if schedule.operates_to is not None and schedule.operates_to < first_day:
        raise ScheduleEndsBefore(schedule.operates_to)
    if begins_then not in (None, schedule):
        raise ScheduleBegins
    if seen not in (None, str(schedule.times)) or are_moving(schedule):
        raise ScheduleChanged
    keep_others_out([flight.id for flight in flights_beyond(schedule, first_day - _DAY)])
    moves = list(moves_of(schedule, first_day, times, actor))
    flying = begins_then or _taking_over(schedule, first_day)
    flying.times = times
    booked = _booked(moves)
    for move in moves:
        if move.flight.id in booked:
            _mark(move)
        else:
            on = move.flight.departs_on
            retime_flight(
                move.flight.id, move.departs_at, move.arrives_at, on, actor, is_by_hand=False
            )
    return flying


def moves_of(
    schedule: Schedule, first_day: date, times: LocalTimes, actor: str = ""
) -> Iterator[Move]:
    """Yield the flights of a schedule from a day on, with the times that others would give them.

    One that staff moved by hand is on its own, and so is one that boards, and one that clocks which
    change at one end only would turn round.
    """
    zones = _zone_of(schedule.origin_iata), _zone_of(schedule.destination_iata)
    for flight in flights_beyond(schedule, first_day - _DAY):
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
    return and_(FlightEvent.what == _MARK, ~is_settled)


def _beginning_on(schedule: Schedule, first_day: date) -> Schedule | None:
    """Return what begins to fly on a day under a schedule's number, if anything does."""
    if first_day <= schedule.operates_from:
        return schedule
    query = select(Schedule).where(
        Schedule.airline_iata == schedule.airline_iata,
        Schedule.number == schedule.number,
        Schedule.origin_iata == schedule.origin_iata,
        Schedule.operates_from == first_day,
    )
    return db.session.scalar(query)


def _taking_over(schedule: Schedule, first_day: date) -> Schedule:
    """Return the rest of a schedule from a day on as one of its own."""
    rest = Schedule(
        airline_iata=schedule.airline_iata,
        number=schedule.number,
        origin_iata=schedule.origin_iata,
        destination_iata=schedule.destination_iata,
        operates_from=first_day,
        operates_to=schedule.operates_to,
        days=schedule.days,
        times=schedule.times,
        aircraft_type=schedule.aircraft_type,
        base_fare_minor=schedule.base_fare_minor,
        generated_to=schedule.generated_to,
        ended_by=schedule.ended_by,
    )
    schedule.operates_to, schedule.ended_by = first_day - _DAY, None
    schedule.generated_to = min(schedule.generated_to, first_day - _DAY)
    db.session.add(rest)
    try:
        db.session.flush()  # A file may have brought the same number from the same day on.
    except IntegrityError as error:
        raise ScheduleBegins from error
    return rest


def _booked(moves: Iterable[Move]) -> set[int]:
    query = select(SeatClaim.flight_id).where(
        SeatClaim.flight_id.in_([move.flight.id for move in moves]),
        SeatClaim.status == ClaimStatus.SOLD,
    )
    return set(db.session.scalars(query.distinct()))


def _mark(move: Move) -> None:
    times = {"departs_at": move.departs_at, "arrives_at": move.arrives_at}
    after = {name: at.isoformat() for name, at in times.items()}
    record_event(move.flight.id, move.actor, _MARK, after=after)


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
