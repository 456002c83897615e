"""The promise about flights' times in UTC, held against the clocks of their airports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from webapp import clock
from webapp.db import db, in_one_text, instant_in, rows_in
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightEvent, Schedule
from webapp.flights.pending import waits_to_move
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.flights.service import WITH_SCHEDULE
from webapp.network.models import Airline, Airport

LOCAL_TIMES = "Flights of the next 30 days leave and arrive on local time, as their schedules say"
# No database knows our zones, so the flights are looked through here: some days of each airline.
_LOOKED_AHEAD, _A_DAY = timedelta(days=30), timedelta(days=1)
# What takes a flight from its schedule's times: it was made by hand, or boarded or left when the
# others of its schedule moved.
_OF_ITS_OWN = ("created", "boarding", "departed")


class _Flight(NamedTuple):
    """A flight as the database writes it; without a schedule it has times of its own."""

    airline_iata: str
    number: int
    origin_iata: str
    destination_iata: str
    departs_on: str
    departs_at: str
    arrives_at: str
    days: str | None
    departs_local: str
    arrives_local: str
    arrival_day_shift: int

    def by_schedule(self, zones: dict[str, str]) -> tuple[datetime, datetime] | None:
        """Return when it leaves and arrives by its schedule, None where that does not hold for it.

        Such as one that clocks which change at one end only would have turned round.
        """
        on = date.fromisoformat(self.departs_on)
        # A number may have a schedule of its own for some days of the week.
        if self.days is None or str(on.isoweekday()) not in self.days:
            return None
        departs, arrives = (
            time.fromisoformat(each) for each in (self.departs_local, self.arrives_local)
        )
        departs_at, arrives_at = LocalTimes(departs, arrives, self.arrival_day_shift).instants_on(
            on, zones[self.origin_iata], zones[self.destination_iata]
        )
        return (departs_at, arrives_at) if departs_at < arrives_at else None


def flights_off_their_times() -> Iterator[str]:
    """Yield the next flights that do not leave on their local day at their schedule's times."""
    airports = db.session.execute(select(Airport.iata, Airport.timezone))
    zones = {airport.iata: airport.timezone for airport in airports}
    for flight in _next_flights():
        times = instant_in(flight.departs_at), instant_in(flight.arrives_at)
        said = flight.by_schedule(zones)
        if times == said:
            continue
        named = f"{flight.airline_iata}{flight.number}/{flight.departs_on}/{flight.origin_iata}"
        leaves = times[0].astimezone(ZoneInfo(zones[flight.origin_iata]))
        if said:
            yield f"{named} flies {_words(times)}, but by its schedule {_words(said)}"
        elif leaves.date().isoformat() != flight.departs_on:
            yield f"{named} leaves at {leaves:%Y-%m-%d %H:%M}, local time"


def _next_flights() -> Iterator[_Flight]:
    """Yield the next flights, with what their schedules say.

    What has left stays as it flew, however clocks are set from then on.
    """
    now = clock.now()
    is_by_hand = FlightEvent.after[WITH_SCHEDULE].as_string().is_(None)
    own = select(FlightEvent.id).where(
        FlightEvent.flight_id == Flight.id,
        or_(
            FlightEvent.what.in_(_OF_ITS_OWN),
            and_(FlightEvent.what == "retimed", is_by_hand),
            waits_to_move(),
        ),
    )
    is_scheduled = and_(
        Schedule.airline_iata == Flight.airline_iata,
        Schedule.number == Flight.number,
        Schedule.origin_iata == Flight.origin_iata,
        Flight.departs_on.between(Schedule.operates_from, Schedule.generated_to),
        ~own.exists(),
    )
    columns: tuple[Any, ...] = (
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
    query = (
        select(in_one_text(*columns))
        .select_from(Flight)
        .outerjoin(Schedule, is_scheduled)
        .where(
            # Its local day may be the one before.
            Flight.departs_on.between((now - _A_DAY).date(), (now + _LOOKED_AHEAD).date()),
            Flight.departs_at > now,
            Flight.status.in_(BEFORE_DEPARTURE),
        )
    )
    for airline in db.session.scalars(select(Airline.iata)):
        for row in rows_in(db.session.scalar(query.where(Flight.airline_iata == airline))):
            yield _Flight(*row)


def _words(times: tuple[datetime, datetime]) -> str:
    return "from {:%Y-%m-%d %H:%M} to {:%Y-%m-%d %H:%M} UTC".format(*times)
