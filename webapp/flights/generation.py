"""Commands: roll schedules on, so that they yield dated flights."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from webapp import clock
from webapp.db import Base, change_rows
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Schedule
from webapp.flights.planned import PlannedFlight, insert_flights
from webapp.network.models import Aircraft, Airline, Airport, SeatLayout

# How many days ahead flights can be booked.
DAYS_AHEAD = 120
_DAYS_A_PORTION = 15

_log = logging.getLogger(__name__)
_schedules = Base.metadata.tables[Schedule.__tablename__]
_move_on = (
    update(_schedules)
    .where(
        _schedules.c.id == bindparam("schedule_id"),
        _schedules.c.generated_to == bindparam("seen"),
        # Staff may have let it end meanwhile, or fly at other times from some day on.
        _schedules.c.operates_to.is_not_distinct_from(bindparam("ends_on")),
        _schedules.c.departs_local == bindparam("departs"),
        _schedules.c.arrives_local == bindparam("arrives"),
        _schedules.c.arrival_day_shift == bindparam("shift"),
    )
    .values(generated_to=bindparam("last"))
)


@dataclass(frozen=True)
class _FleetAircraft:
    id: int
    capacities: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class _Network:
    """What flights are made with: zones, currencies, and the aircraft of an airline and type."""

    zones: dict[str, str]
    currencies: dict[str, str]
    fleets: dict[tuple[str, str], list[_FleetAircraft]]


def in_portions(today: date, days_ahead: int) -> Iterator[date]:
    """Yield the days up to which schedules are rolled, one after the other, to `days_ahead`.

    Each is a transaction of its own, and a short one: whoever else writes keeps their turn.
    """
    for ahead in range(_DAYS_A_PORTION - 1, days_ahead, _DAYS_A_PORTION):
        yield today + timedelta(days=ahead)
    yield today + timedelta(days=days_ahead)


def extend_schedules(session: Session, until: date) -> int:
    """Make the flights of every schedule up to and including `until`; return how many were made.

    Safe to repeat, and safe against another run at the same time: each schedule's `generated_to`
    is moved on by an UPDATE that holds only while nobody has changed the schedule, its row count
    says who makes the flights, and they are made in the same transaction, the caller's. Schedules
    are locked in id order. A schedule whose airline has no aircraft of its type stays where it
    is. Days that are over everywhere get no flights, however long nobody rolled.
    """
    due = _due(session, until)
    if not due:
        return 0
    network = _read_network(session)
    planned: list[PlannedFlight] = []
    for schedule in due:
        fleet = network.fleets.get((schedule.airline_iata, schedule.aircraft_type))
        if not fleet:
            _log.warning(
                "%s %s makes no flights: the airline has no aircraft of type %s",
                schedule.airline_iata,
                schedule.number,
                schedule.aircraft_type,
            )
            continue
        last = min(until, schedule.operates_to or until)
        if _claim(schedule, last):
            planned.extend(_flights_of(schedule, last, fleet, network))
    return insert_flights(session, planned)


def _due(session: Session, until: date) -> list[Row[Any]]:
    columns = _schedules.c
    query = (
        select(_schedules)
        .where(
            columns.generated_to < until,
            columns.operates_from <= until,
            # A schedule whose period is lengthened later goes on from where it stood.
            or_(columns.operates_to.is_(None), columns.generated_to < columns.operates_to),
        )
        .order_by(columns.id)
    )
    return list(session.execute(query).all())


def _claim(schedule: Row[Any], last: date) -> bool:
    moved = change_rows(
        _move_on,
        schedule_id=schedule.id,
        seen=schedule.generated_to,
        ends_on=schedule.operates_to,
        departs=schedule.departs_local,
        arrives=schedule.arrives_local,
        shift=schedule.arrival_day_shift,
        last=last,
    )
    return moved == 1


def _flights_of(
    schedule: Row[Any], last: date, fleet: list[_FleetAircraft], network: _Network
) -> Iterator[PlannedFlight]:
    origin_zone = network.zones[schedule.origin_iata]
    destination_zone = network.zones[schedule.destination_iata]
    times = LocalTimes(schedule.departs_local, schedule.arrives_local, schedule.arrival_day_shift)
    yesterday = clock.now().date() - timedelta(days=1)
    first = max(schedule.operates_from, schedule.generated_to + timedelta(days=1), yesterday)
    for on in _days_of_operation(first, last, schedule.days):
        departs_at, arrives_at = times.instants_on(on, origin_zone, destination_zone)
        if arrives_at <= departs_at:
            # Its other days, and everybody else's flights, are made all the same.
            _log.warning(
                "%s %s would arrive before it leaves on %s, so it is not made",
                schedule.airline_iata,
                schedule.number,
                on,
            )
            continue
        # An odd number goes out and the even one above it comes back: one aircraft flies both.
        aircraft = fleet[((schedule.number + 1) // 2 + on.toordinal()) % len(fleet)]
        yield PlannedFlight(
            airline_iata=schedule.airline_iata,
            number=schedule.number,
            departs_on=on,
            origin_iata=schedule.origin_iata,
            destination_iata=schedule.destination_iata,
            departs_at=departs_at,
            arrives_at=arrives_at,
            departs_local_hour=schedule.departs_local.hour,
            aircraft_id=aircraft.id,
            capacities=aircraft.capacities,
            base_fare_minor=schedule.base_fare_minor,
            currency=network.currencies[schedule.airline_iata],
        )


def _days_of_operation(first: date, last: date, days: str) -> Iterator[date]:
    on = first
    while on <= last:
        if str(on.isoweekday()) in days:
            yield on
        on += timedelta(days=1)


def _read_network(session: Session) -> _Network:
    zones = session.execute(select(Airport.iata, Airport.timezone))
    currencies = session.execute(select(Airline.iata, Airline.currency))
    capacities = {
        layout.id: tuple((str(cabin), seats) for cabin, seats in layout.capacities().items())
        for layout in session.scalars(select(SeatLayout))
    }
    fleets: dict[tuple[str, str], list[_FleetAircraft]] = defaultdict(list)
    aircraft = select(Aircraft.id, Aircraft.airline_iata, Aircraft.type_code, Aircraft.layout_id)
    for row in session.execute(aircraft.order_by(Aircraft.id)):
        fleets[row.airline_iata, row.type_code].append(
            _FleetAircraft(row.id, capacities[row.layout_id])
        )
    return _Network(
        {row.iata: row.timezone for row in zones},
        {row.iata: row.currency for row in currencies},
        dict(fleets),
    )
