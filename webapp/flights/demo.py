"""Commands: load the demo network, whose timetable is worked out from the distances."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp import clock
from webapp.db import Base, retry_conflicts, transaction
from webapp.flights.generation import DAYS_AHEAD, extend_schedules, in_portions
from webapp.flights.models import Flight, Schedule
from webapp.flights.timetable import Timetable, plan_timetable
from webapp.network.demo_data import AIRLINES, TYPES
from webapp.network.models import (
    Aircraft,
    AircraftType,
    Airline,
    Airport,
    CabinLayout,
    SeatLayout,
)
from webapp.network.places import airport_rows

_CURRENCY = "USD"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Loaded:
    """How much of each the database holds after loading, and how many flights are new."""

    airports: int
    airlines: int
    aircraft: int
    schedules: int
    flights: int
    new_flights: int


def load_demo(progress: Progress, days_ahead: int = DAYS_AHEAD) -> Loaded:
    """Load the demo network and its flights from today to `days_ahead` days from now.

    Owns its transactions: one for the network with its schedules, one for every few days of
    flights. Safe to repeat: what is there stays, and schedules are only rolled on. `progress` is
    called with the days done, the days in all and what is being made.
    """
    today = clock.now().date()
    days = days_ahead + 1
    progress(0, days, "network")
    # Where the rows are there at the last moment, another run has just loaded the same network.
    with suppress(IntegrityError), transaction() as session:
        if session.get(Airline, AIRLINES[0].iata) is None:
            _write_network(session, today)
    new_flights = 0
    for until in in_portions(today, days_ahead):
        progress((until - today).days, days, "flights")
        new_flights += retry_conflicts(partial(_extend, until))
    progress(days, days, "flights")
    with transaction() as session:
        return _count(session, new_flights)


def _extend(until: date) -> int:
    with transaction() as session:
        return extend_schedules(session, until)


def _write_network(session: Session, today: date) -> None:
    codes = sorted({code for airline in AIRLINES for code in _airports_of(airline.networks)})
    airports = {row["iata"]: row for row in airport_rows(codes)}
    plan = plan_timetable(airports, today)
    there = set(session.scalars(select(Airport.iata)))
    _insert(session, Airport, [row for code, row in airports.items() if code not in there])
    _insert(
        session,
        Airline,
        [
            {
                "iata": airline.iata,
                "name": airline.name,
                "ticketing_code": airline.ticketing_code,
                "currency": _CURRENCY,
            }
            for airline in AIRLINES
        ],
    )
    layouts = _write_types(session)
    _write_fleets(session, plan, layouts, today)
    _insert(session, Schedule, plan.schedules)


def _airports_of(networks: dict[str, str]) -> set[str]:
    return set(networks) | {leg[:3] for legs in networks.values() for leg in legs.split()}


def _write_types(session: Session) -> dict[str, int]:
    there = set(session.scalars(select(AircraftType.code)))
    rows: list[dict[str, Any]] = [
        {"code": type_.code, "name": type_.name} for type_ in TYPES if type_.code not in there
    ]
    _insert(session, AircraftType, rows)
    layouts = {}
    for type_ in TYPES:
        layout = SeatLayout(
            name=type_.layout,
            cabins=[CabinLayout(**vars(cabin)) for cabin in type_.cabins],
        )
        session.add(layout)
        session.flush()  # Assigns layout.id.
        layouts[type_.code] = layout.id
    return layouts


def _write_fleets(session: Session, plan: Timetable, layouts: dict[str, int], today: date) -> None:
    rows = []
    for airline in AIRLINES:
        tails = 0
        for type_code in airline.types:
            for _ in range(plan.aircraft_needed(airline.iata, type_code)):
                rows.append(
                    {
                        "tail": _tail(airline.tails, tails),
                        "type_code": type_code,
                        "airline_iata": airline.iata,
                        "layout_id": layouts[type_code],
                        "built_in": today.year - 1 - tails * 7 % 15,
                    }
                )
                tails += 1
    _insert(session, Aircraft, rows)


def _tail(pattern: str, index: int) -> str:
    letters = chr(ord("A") + index // 26) + chr(ord("A") + index % 26)
    return pattern.replace("@@", letters).replace("#", str(101 + index))


def _insert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    table: Table = Base.metadata.tables[model.__tablename__]
    if rows:
        session.connection().execute(insert(table), rows)


def _count(session: Session, new_flights: int) -> Loaded:
    def rows(model: type[Base]) -> int:
        return session.scalar(select(func.count()).select_from(model)) or 0

    return Loaded(
        rows(Airport), rows(Airline), rows(Aircraft), rows(Schedule), rows(Flight), new_flights
    )
