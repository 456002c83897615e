"""The promise about flights' times in UTC, held against the clocks of their airports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from webapp import clock
from webapp.db import db
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightEvent, Schedule
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.network.models import Airline, Airport

LOCAL_TIMES = "Flights of the next 30 days leave and arrive on local time, as their schedules say"
# No database knows our zones, so the flights are looked through here: some days of each airline.
_LOOKED_AHEAD, _A_DAY = timedelta(days=30), timedelta(days=1)
# What takes a flight from its schedule's times: it has its own, waits for new ones, or boarded or
# left when the others of its schedule moved.
_OF_ITS_OWN = ("created", "retimed", "moving", "boarding", "departed")


def flights_off_their_times() -> Iterator[str]:
    """Yield the next flights that do not leave on their local day at their schedule's times."""
    airports = db.session.execute(select(Airport.iata, Airport.timezone))
    zones = {airport.iata: airport.timezone for airport in airports}
    for flight in _flights_to_come():
        origin, destination = zones[flight.origin_iata], zones[flight.destination_iata]
        named = f"{flight.airline_iata}{flight.number}/{flight.departs_on}/{flight.origin_iata}"
        times = _scheduled(flight, origin, destination)
        if times is None:
            leaves = flight.departs_at.astimezone(ZoneInfo(origin))
            if leaves.date() != flight.departs_on:
                yield f"{named} leaves at {leaves:%Y-%m-%d %H:%M}, local time"
        elif times != (flight.departs_at, flight.arrives_at):
            is_at = f"{flight.departs_at:%Y-%m-%d %H:%M} to {flight.arrives_at:%Y-%m-%d %H:%M}"
            said = f"{times[0]:%Y-%m-%d %H:%M} to {times[1]:%Y-%m-%d %H:%M}"
            yield f"{named} flies from {is_at} UTC, but by its schedule from {said} UTC"


def _scheduled(
    flight: Any, origin_zone: str, destination_zone: str
) -> tuple[datetime, datetime] | None:
    """Return when a flight leaves and arrives by its schedule, None where it has times of its own.

    Such as one that clocks which change at one end only would have turned round.
    """
    if flight.days is None:
        return None
    times = LocalTimes(flight.departs_local, flight.arrives_local, flight.arrival_day_shift)
    departs_at, arrives_at = times.instants_on(flight.departs_on, origin_zone, destination_zone)
    return (departs_at, arrives_at) if departs_at < arrives_at else None


def _flights_to_come() -> Iterator[Any]:
    """Yield the next flights, with what their schedules say.

    What has left stays as it flew, however clocks are set from then on.
    """
    now = clock.now()
    own = select(FlightEvent.id).where(
        FlightEvent.flight_id == Flight.id, FlightEvent.what.in_(_OF_ITS_OWN)
    )
    is_scheduled = and_(
        Schedule.airline_iata == Flight.airline_iata,
        Schedule.number == Flight.number,
        Schedule.origin_iata == Flight.origin_iata,
        Flight.departs_on.between(Schedule.operates_from, Schedule.generated_to),
        ~own.exists(),
    )
    query = (
        select(
            Flight.airline_iata,
            Flight.number,
            Flight.origin_iata,
            Flight.destination_iata,
            Flight.departs_on,
            Flight.departs_at,
            Flight.arrives_at,
            Schedule.days,
            Schedule.departs_local,
            Schedule.arrives_local,
            Schedule.arrival_day_shift,
        )
        .outerjoin(Schedule, is_scheduled)
        .where(
            # Its local day may be the one before.
            Flight.departs_on.between((now - _A_DAY).date(), (now + _LOOKED_AHEAD).date()),
            Flight.departs_at > now,
            Flight.status.in_(BEFORE_DEPARTURE),
        )
    )
    for airline in db.session.scalars(select(Airline.iata)):
        for row in db.session.execute(query.where(Flight.airline_iata == airline)):
            # A number may have a schedule of its own for some days of the week.
            if row.days is None or str(row.departs_on.isoweekday()) in row.days:
                yield row
