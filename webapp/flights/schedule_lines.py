"""A schedule file's lines: what each says, or in words what is wrong with it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from webapp import clock
from webapp.db import db
from webapp.errors import DomainError
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Schedule
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


class FileUnreadable(FileRefused):
    """What was sent has no lines of schedules at all; its one error says of the file why."""

    def __init__(self, error: str) -> None:
        super().__init__([error])


@dataclass(frozen=True)
class Known:
    """What lines may name; `airlines` are those whose schedules may be brought, None for all."""

    currencies: dict[str, str]
    airports: dict[str, Airport]
    fleets: set[tuple[str, str]]
    airlines: Collection[str] | None


def read_lines(content: bytes) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows of a file with their lines, and what is wrong with those that are none.

    Raises FileRefused where it is no file of such rows at all.
    """
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
        raise FileUnreadable("the file is not text in UTF-8; save it as “CSV UTF-8”") from error
    except csv.Error as error:
        raise FileUnreadable(
            f"the file cannot be read as comma-separated values: {error}"
        ) from error
    if not rows:
        raise FileUnreadable("the file has a header and no schedules")
    longer = [line for line, row in rows if None in row]
    return (
        [(line, _values(row)) for line, row in rows if None not in row],
        [f"line {line}: it has more values than there are columns" for line in longer],
    )


def _check_header(names: list[str]) -> None:
    if not names:
        raise FileUnreadable("the file is empty")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise FileRefused([f"line 1: the column {name} is missing" for name in missing])
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise FileRefused([f"line 1: the column {name} is there twice" for name in twice])


def _values(row: Mapping[str, str | None]) -> dict[str, str]:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    return values | {name: values[name].upper() for name in _CODES}


def known_to(airlines: Collection[str] | None) -> Known:
    """Return what the lines of those who may bring some airlines' schedules may name."""
    fleets = select(Aircraft.airline_iata, Aircraft.type_code).distinct()
    return Known(
        {
            row.iata: row.currency
            for row in db.session.execute(select(Airline.iata, Airline.currency))
        },
        {airport.iata: airport for airport in db.session.scalars(select(Airport))},
        {(row.airline_iata, row.type_code) for row in db.session.execute(fleets)},
        airlines,
    )


def parsed_line(
    line: int, row: Mapping[str, str], known: Known, errors: list[str]
) -> Schedule | None:
    """Return what a line says; None, with what is wrong added to the errors, where it cannot be."""
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


def _troubles(row: Mapping[str, str], known: Known) -> Iterator[str]:
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


def _wrong_times(row: Mapping[str, str], known: Known) -> Iterator[str]:
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


def _wrong_duration(row: Mapping[str, str], on: date, known: Known) -> Iterator[str]:
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


def _wrong_fare(row: Mapping[str, str], known: Known) -> Iterator[str]:
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
