"""Commands: let a schedule fly at other times from a day on, and its flights with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.db import db
from webapp.flights.errors import ScheduleBegins, ScheduleChanged, ScheduleEndsBefore
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import ClaimStatus, Schedule, SeatClaim
from webapp.flights.pending import A_DAY, MOVING, Move, are_moving, flights_beyond, moves_of
from webapp.flights.schedules import locked_schedule
from webapp.flights.service import keep_others_out, record_event, retime_flight


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
    keep_others_out([flight.id for flight in flights_beyond(schedule, first_day - A_DAY)])
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
    schedule.operates_to, schedule.ended_by = first_day - A_DAY, None
    schedule.generated_to = min(schedule.generated_to, first_day - A_DAY)
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
    record_event(move.flight.id, move.actor, MOVING, after=after)
