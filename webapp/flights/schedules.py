"""Commands: let a schedule end, and what becomes of the flights that it had made beyond."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select

from webapp.db import db, under_lock
from webapp.flights import inventory
from webapp.flights.errors import ScheduleEndsBefore
from webapp.flights.models import Flight, FlightCabin, FlightEvent, Schedule, SeatClaim
from webapp.flights.pending import ENDING, flights_beyond
from webapp.flights.service import locked_cabins, record_event


def end_schedule(schedule_id: int, last_day: date, actor: str) -> None:
    """Let a schedule fly for the last time on a day, local to its origin.

    Flights of later days that nobody ever wanted are taken out, so that another schedule can fly
    on those days. The others are sold no more from this moment on; the worker cancels them one by
    one and tells their travellers. Safe to repeat. Raises ScheduleEndsBefore. Locks the schedule,
    then the cabins in the order of flights.
    """
    schedule = locked_schedule(schedule_id)
    if schedule.operates_to == last_day and schedule.ended_by is not None:
        return
    if schedule.operates_to is not None and schedule.operates_to < last_day:
        raise ScheduleEndsBefore(schedule.operates_to)
    schedule.operates_to, schedule.ended_by = last_day, actor
    for flight in flights_beyond(schedule, last_day):
        _take_off_sale(flight.id, actor)
    schedule.generated_to = min(schedule.generated_to, last_day)


def locked_schedule(schedule_id: int) -> Schedule:
    """Return a schedule as it is now, and let nobody else change it or roll it on."""
    query = select(Schedule).where(Schedule.id == schedule_id)
    return db.session.scalars(under_lock(query)).one()


def _take_off_sale(flight_id: int, actor: str) -> None:
    inventory.expire_claims_of(flight_id)
    cabins = locked_cabins(flight_id)
    claims = select(SeatClaim.id).where(SeatClaim.flight_id == flight_id)
    if db.session.scalar(claims.limit(1)) is None:
        for table, flight in (
            (FlightEvent, FlightEvent.flight_id),
            (FlightCabin, FlightCabin.flight_id),
            (Flight, Flight.id),
        ):
            db.session.execute(delete(table).where(flight == flight_id))
        return
    for cabin in cabins:
        cabin.sellable, cabin.is_closed = cabin.sold + cabin.held, True
    record_event(flight_id, actor, ENDING)
