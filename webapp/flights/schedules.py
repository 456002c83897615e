"""Commands: let a schedule end, and what becomes of the flights that it had made beyond."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select

from webapp import clock
from webapp.db import db, under_lock
from webapp.flights import inventory
from webapp.flights.errors import ScheduleEndsBefore
from webapp.flights.models import Flight, FlightCabin, FlightEvent, Schedule, SeatClaim
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.flights.service import locked_cabins, record_event

# The line of history of a flight that is to be cancelled because its schedule ends before it.
_MARK = "ending"
_MARKED = (
    select(FlightEvent.flight_id, FlightEvent.actor)
    .join(Flight, Flight.id == FlightEvent.flight_id)
    .where(FlightEvent.what == _MARK, Flight.status.in_(BEFORE_DEPARTURE))
)


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
    query = _MARKED.where(Flight.departs_at > clock.now()).order_by(Flight.id)
    return [(flight_id, actor) for flight_id, actor in db.session.execute(query)]


def are_left_of(schedule: Schedule) -> bool:
    """Tell whether flights beyond a schedule's end wait to be cancelled."""
    query = _MARKED.where(
        Flight.airline_iata == schedule.airline_iata,
        Flight.number == schedule.number,
        Flight.origin_iata == schedule.origin_iata,
        Flight.departs_on > (schedule.operates_to or date.max),
    )
    return db.session.execute(query.limit(1)).first() is not None


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
    record_event(flight_id, actor, _MARK)
