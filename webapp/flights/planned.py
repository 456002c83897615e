"""Flights that are planned, and writing many of them with their cabins at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from webapp.db import Base
from webapp.flights.fares import fare_on
from webapp.flights.models import Flight, FlightCabin, FlightStatus

_flights = Base.metadata.tables[Flight.__tablename__]
_cabins = Base.metadata.tables[FlightCabin.__tablename__]

FlightKey = tuple[str, int, date, str]


class PlannedFlight(NamedTuple):
    """A dated flight before it has a row; `capacities` are the seats of each cabin."""

    airline_iata: str
    number: int
    departs_on: date
    origin_iata: str
    destination_iata: str
    departs_at: datetime
    arrives_at: datetime
    departs_local_hour: int
    aircraft_id: int
    capacities: tuple[tuple[str, int], ...]
    base_fare_minor: int
    currency: str

    @property
    def key(self) -> FlightKey:
        """What is unique among flights."""
        return self[:4]


def insert_flights(session: Session, planned: Sequence[PlannedFlight]) -> int:
    """Write the flights that are not there yet, with their cabins; return how many those were.

    A flight that exists (same airline, number, date and origin) is left as it is, whoever made
    it. Costs two reads of the planned airlines' days and two bulk inserts, so plan days together.
    """
    if not planned:
        return 0
    there = _ids_by_key(session, planned)
    missing = {flight.key: flight for flight in planned if flight.key not in there}
    if not missing:
        return 0
    connection = session.connection()
    connection.execute(insert(_flights), [_flight_row(flight) for flight in missing.values()])
    # MySQL has no RETURNING, and ids given out by hand would collide with staff's own flights.
    ids = _ids_by_key(session, planned)
    rows = [row for key, flight in missing.items() for row in _cabin_rows(ids[key], flight)]
    connection.execute(insert(_cabins), rows)
    return len(missing)


def _ids_by_key(session: Session, planned: Sequence[PlannedFlight]) -> dict[FlightKey, int]:
    days = {flight.departs_on for flight in planned}
    airlines = sorted({flight.airline_iata for flight in planned})
    columns = _flights.c
    query = select(
        columns.airline_iata, columns.number, columns.departs_on, columns.origin_iata, columns.id
    ).where(columns.airline_iata.in_(airlines), columns.departs_on.between(min(days), max(days)))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in session.execute(query)}


def _flight_row(flight: PlannedFlight) -> dict[str, object]:
    return {
        "airline_iata": flight.airline_iata,
        "number": flight.number,
        "origin_iata": flight.origin_iata,
        "destination_iata": flight.destination_iata,
        "departs_on": flight.departs_on,
        "departs_at": flight.departs_at,
        "arrives_at": flight.arrives_at,
        "status": FlightStatus.SCHEDULED.value,
        "aircraft_id": flight.aircraft_id,
    }


def _cabin_rows(flight_id: int, flight: PlannedFlight) -> list[dict[str, object]]:
    return [
        {
            "flight_id": flight_id,
            "cabin": cabin,
            "capacity": seats,
            "sellable": seats,
            "sold": 0,
            "held": 0,
            "fare_minor": fare_on(
                flight.base_fare_minor,
                cabin,
                flight.departs_on,
                flight.departs_local_hour,
                flight.number,
            ),
            "currency": flight.currency,
        }
        for cabin, seats in flight.capacities
    ]
