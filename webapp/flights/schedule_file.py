"""Commands: import schedules from a file of comma-separated values, and make their flights."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.db import db, transaction
from webapp.errors import DomainError
from webapp.flights.generation import DAYS_AHEAD, extend_schedules
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightStatus, Schedule
from webapp.money import minor_per_unit
from webapp.network.distance import fastest
from webapp.network.models import Aircraft, Airline, Airport

COLUMNS = (
    "airline",
    "number",
    "origin",
    "destination",
    "operates_from",
    "operates_to",
    "days",
    "departs",
    "arrives",
    "day_shift",
    "aircraft_type",
    "fare",
)
_HIGHEST_FARE = Decimal(100_000)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:00)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_AMOUNT = re.compile(r"\d{1,6}(\.\d{1,4})?", re.ASCII)
_MOST_QUOTED = 40
_YEARS = range(2000, 3000)
_DAY_SHIFTS = ("", "-1", "0", "1", "2")
_DELIMITERS = ",;\t"
_CODES = ("airline", "origin", "destination", "aircraft_type")


class FileRefused(DomainError):
    """The file was not imported, not even in part; `errors` say why, each with its line."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class SchedulesImported:
    """How many schedules are new, how many were there as they are, and the flights made."""

    new: int
    there: int
    flights: int


@dataclass(frozen=True)
class SchedulesInFile:
    """The schedules that a file would add, and how many of it are there as they are."""

    new: list[Schedule]
    there: int


@dataclass(frozen=True)
class _Known:
    """What lines may name; `airlines` are those whose schedules may be brought, None for all."""

    currencies: dict[str, str]
    airports: dict[str, Airport]
    fleets: set[tuple[str, str]]
    airlines: Collection[str] | None


def import_schedules(
    content: bytes, days_ahead: int = DAYS_AHEAD, airlines: Collection[str] | None = None
) -> SchedulesImported:
    """Import every line of a file or none, and make flights for `days_ahead` days.

    Owns its transaction. Safe to repeat, also at once: a schedule that is there with the same
    content stays. Raises FileRefused, for what schedules_in() says.
    """
    try:
        return _import(content, days_ahead, airlines)
    except IntegrityError:  # The file was sent twice, and the other one was first.
        return _import(content, days_ahead, airlines)


def _import(content: bytes, days_ahead: int, airlines: Collection[str] | None) -> SchedulesImported:
    with transaction() as session:
        found = schedules_in(content, airlines)
        session.add_all(found.new)
        session.flush()  # The flights are made from the rows.
        flights = extend_schedules(session, clock.now().date() + timedelta(days=days_ahead))
    return SchedulesImported(len(found.new), found.there, flights)


def schedules_in(content: bytes, airlines: Collection[str] | None = None) -> SchedulesInFile:
    """Return what importing a file would add. Raises FileRefused.

    Where `airlines` are given, no other one's schedules are taken. A schedule that is there with
    other content is refused, since its flights may be booked, and so is one that would fly on a
    day on which another of its number does, or a flight that staff made. Where such a flight is
    cancelled, that day stays without one.
    """
    rows, errors = _read(content)
    known = _known(airlines)
    parsed = {line: _parsed(line, row, known, errors) for line, row in rows}
    there = _there()
    new: dict[tuple[Any, ...], Schedule] = {}
    by_number: dict[tuple[Any, ...], list[Schedule]] = defaultdict(list)
    for known_one in there.values():
        by_number[_number(known_one)].append(known_one)
    for line, schedule in parsed.items():
        if schedule is None:
            continue
        key = _key(schedule)
        twin = there.get(key) or new.get(key)
        if twin is None:
            others = by_number[_number(schedule)]
            errors += [f"line {line}: {trouble}" for trouble in _clashes(schedule, others)]
            new[key] = schedule
            others.append(schedule)
        elif _content(twin) != _content(schedule):
            errors.append(
                f"line {line}: this flight is scheduled from this day already, "
                "with other times, days or fares"
            )
    if errors:
        raise FileRefused(errors)
    return SchedulesInFile(list(new.values()), len(parsed) - len(new))


def _clashes(schedule: Schedule, others: Collection[Schedule]) -> Iterator[str]:
    if not _ever_flies(schedule):
        yield "it has no day of operation that is still to come"
    for other in others:
        if _overlap(schedule, other):
            yield (
                f"this number flies on some of these days already, "
                f"in the schedule from {other.operates_from}"
            )
    flown = _days_flown(schedule)
    if flown:
        yield f"a flight of this number leaves there on {flown[0]} already"


def _read(content: bytes) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows of a file with their lines, and what is wrong with those that are none."""
    try:
        text = content.decode("utf-8-sig")
        header = text.partition("\n")[0]
        # Where a comma is the sign of decimals, spreadsheets write semicolons between values.
        reader = csv.DictReader(
            io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=header.count)
        )
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        _check_header(names)
        reader.fieldnames = names
        rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise FileRefused(["the file is not text in UTF-8: save it as “CSV UTF-8”"]) from error
    except csv.Error as error:
        raise FileRefused(
            [f"the file cannot be read as comma-separated values: {error}"]
        ) from error
    if not rows:
        raise FileRefused(["the file has a header and no schedules"])
    longer = [line for line, row in rows if None in row]
    return (
        [(line, _values(row)) for line, row in rows if None not in row],
        [f"line {line}: it has more values than there are columns" for line in longer],
    )


def _check_header(names: list[str]) -> None:
    if not names:
        raise FileRefused(["the file is empty"])
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise FileRefused([f"line 1: the column {name} is missing" for name in missing])
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise FileRefused([f"line 1: the column {name} is there twice" for name in twice])


def _values(row: Mapping[str, str | None]) -> dict[str, str]:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    return values | {name: values[name].upper() for name in _CODES}


def _known(airlines: Collection[str] | None) -> _Known:
    fleets = select(Aircraft.airline_iata, Aircraft.type_code).distinct()
    return _Known(
        {
            row.iata: row.currency
            for row in db.session.execute(select(Airline.iata, Airline.currency))
        },
        {airport.iata: airport for airport in db.session.scalars(select(Airport))},
        {(row.airline_iata, row.type_code) for row in db.session.execute(fleets)},
        airlines,
    )


def _there() -> dict[tuple[Any, ...], Schedule]:
    return {_key(schedule): schedule for schedule in db.session.scalars(select(Schedule))}


def _key(schedule: Schedule) -> tuple[Any, ...]:
    return (
        schedule.airline_iata,
        schedule.number,
        schedule.origin_iata,
        schedule.operates_from,
    )


def _number(schedule: Schedule) -> tuple[Any, ...]:
    return schedule.airline_iata, schedule.number, schedule.origin_iata


def _ever_flies(schedule: Schedule) -> bool:
    """Tell whether a schedule has a day that is not over."""
    first = max(schedule.operates_from, clock.now().date())
    # A week has every day of the week.
    week = (first + timedelta(days=shift) for shift in range(7))
    last = schedule.operates_to or date.max
    return any(day <= last and str(day.isoweekday()) in schedule.days for day in week)


def _overlap(one: Schedule, other: Schedule) -> bool:
    """Tell whether two schedules have a day of operation in common."""
    first = max(one.operates_from, other.operates_from)
    last = min(one.operates_to or date.max, other.operates_to or date.max)
    # A week from the first day has every day of the week.
    days = (first + timedelta(days=shift) for shift in range(7))
    common = {*one.days} & {*other.days}
    return any(day <= last and str(day.isoweekday()) in common for day in days)


def _days_flown(schedule: Schedule) -> list[date]:
    """Return the days of a new schedule on which a flight of its number leaves there already."""
    query = select(Flight.departs_on).where(
        Flight.airline_iata == schedule.airline_iata,
        Flight.number == schedule.number,
        Flight.origin_iata == schedule.origin_iata,
        Flight.departs_on >= max(schedule.operates_from, clock.now().date()),
        Flight.departs_on <= (schedule.operates_to or date.max),
        Flight.status != FlightStatus.CANCELLED,
    )
    flown = db.session.scalars(query.order_by(Flight.departs_on))
    return [day for day in flown if str(day.isoweekday()) in schedule.days]


def _content(schedule: Schedule) -> tuple[Any, ...]:
    return (
        schedule.destination_iata,
        schedule.operates_to,
        schedule.days,
        schedule.departs_local,
        schedule.arrives_local,
        schedule.arrival_day_shift,
        schedule.aircraft_type,
        schedule.base_fare_minor,
    )


def _parsed(line: int, row: Mapping[str, str], known: _Known, errors: list[str]) -> Schedule | None:
    troubles = list(_troubles(row, known))
    errors += [f"line {line}: {trouble}" for trouble in troubles]
    if troubles:
        return None
    operates_from = date.fromisoformat(row["operates_from"])
    per_unit = minor_per_unit(known.currencies[row["airline"]])
    return Schedule(
        airline_iata=row["airline"],
        number=int(row["number"]),
        origin_iata=row["origin"],
        destination_iata=row["destination"],
        operates_from=operates_from,
        operates_to=date.fromisoformat(row["operates_to"]) if row["operates_to"] else None,
        days="".join(sorted(row["days"])),
        departs_local=time.fromisoformat(row["departs"]),
        arrives_local=time.fromisoformat(row["arrives"]),
        arrival_day_shift=int(row["day_shift"] or 0),
        aircraft_type=row["aircraft_type"],
        base_fare_minor=int(Decimal(row["fare"]) * per_unit),
        # Days that are over yield no flights.
        generated_to=max(operates_from, clock.now().date()) - timedelta(days=1),
    )


def _troubles(row: Mapping[str, str], known: _Known) -> Iterator[str]:
    """Yield what is wrong with a line, in words that name the column and the value."""
    if row["airline"] not in known.currencies:
        yield f"airline {_quoted(row['airline'])} is not in the network"
    elif known.airlines is not None and row["airline"] not in known.airlines:
        yield f"airline {_quoted(row['airline'])} is not one that you work for"
    for name in ("origin", "destination"):
        if row[name] not in known.airports:
            yield f"{name} {_quoted(row[name])} is not an airport of the network"
    if row["origin"] == row["destination"]:
        yield "origin and destination are the same"
    if not (_NUMBER.fullmatch(row["number"]) and int(row["number"])):
        yield f"number {_quoted(row['number'])} is not from 1 to 9999"
    days = set(row["days"])
    if not days or not days <= set("1234567") or len(days) != len(row["days"]):
        yield f"days {_quoted(row['days'])} are not among 1234567, Monday being 1"
    if row["day_shift"] not in _DAY_SHIFTS:
        yield f"day_shift {_quoted(row['day_shift'])} is not -1, 0, 1 or 2"
    if (
        row["airline"] in known.currencies
        and (
            row["airline"],
            row["aircraft_type"],
        )
        not in known.fleets
    ):
        yield f"the airline has no aircraft of type {_quoted(row['aircraft_type'])}"
    yield from _wrong_times(row, known)
    yield from _wrong_fare(row, known)


def _wrong_times(row: Mapping[str, str], known: _Known) -> Iterator[str]:
    are_times = True
    for name in ("departs", "arrives"):
        if not _TIME.fullmatch(row[name]):
            are_times = False
            yield f"{name} {_quoted(row[name])} is no time like 08:05"
    try:
        first = _day(row["operates_from"])
    except ValueError:
        yield f"operates_from {_quoted(row['operates_from'])} is no day like 2026-12-01"
        return
    try:
        last = _day(row["operates_to"]) if row["operates_to"] else first
    except ValueError:
        yield f"operates_to {_quoted(row['operates_to'])} is no day like 2026-12-01"
        return
    if last < first:
        yield "operates_to is before operates_from"
    elif are_times and row["day_shift"] in _DAY_SHIFTS:
        yield from _wrong_duration(row, first, known)


def _wrong_duration(row: Mapping[str, str], on: date, known: _Known) -> Iterator[str]:
    origin, destination = (known.airports.get(row[name]) for name in ("origin", "destination"))
    if origin is None or destination is None:
        return
    times = LocalTimes(
        time.fromisoformat(row["departs"]),
        time.fromisoformat(row["arrives"]),
        int(row["day_shift"] or 0),
    )
    leaves, arrives = times.instants_on(on, origin.timezone, destination.timezone)
    if arrives <= leaves:
        yield "it arrives before it leaves: both times are local, and day_shift counts the days"
    elif arrives - leaves < fastest(origin, destination):
        yield "no airliner gets there in so little time: both times are local"
    elif arrives - leaves >= timedelta(days=1):
        yield "it takes 24 hours or more: look at day_shift"


def _wrong_fare(row: Mapping[str, str], known: _Known) -> Iterator[str]:
    fare = Decimal(row["fare"]) if _AMOUNT.fullmatch(row["fare"]) else Decimal()
    if not 0 < fare <= _HIGHEST_FARE:
        yield f"fare {_quoted(row['fare'])} is not an amount above 0"
        return
    currency = known.currencies.get(row["airline"])
    if currency and (fare * minor_per_unit(currency)) % 1:
        yield f"fare {_quoted(row['fare'])} has too many decimals for {currency}"


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError(text)
    return day


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}…")
