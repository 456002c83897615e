"""The demo network's timetable: when its flights leave and arrive, with what, and how dear."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cache
from math import ceil
from typing import Any

from webapp.flights.fares import distance_fare
from webapp.flights.local_time import offset_on
from webapp.network.demo_data import AIRLINES, TYPES, DemoAirline, DemoType
from webapp.network.distance import great_circle_km

_DAY = 24 * 60
_TAXI_MINUTES = 30
_LONG_HAUL_MINUTES = 6 * 60
_FLYING_MINUTES_A_DAY = 14 * 60
# Seasons are laid out this far ahead, so that flights take as long after the clocks change.
_SEASON_DAYS = 540
_EVERY_DAY = "1234567"
_NOTATION = re.compile(r"(?P<to>[A-Z]{3})(\*(?P<times>\d))?(@(?P<days>[1-7]+))?(/(?P<at>\d{4}))?")
# Minutes after midnight at which a route flown so many times a day leaves its base.
_DEPARTURES = {
    1: (430, 580, 715, 860, 1025, 1150),
    2: (435, 1050),
    3: (410, 740, 1090),
    4: (400, 630, 880, 1130),
    5: (390, 570, 780, 990, 1190),
    6: (380, 520, 690, 870, 1040, 1210),
}
_LONG_HAUL_DEPARTURES = (1330, 630, 825, 1160, 1020, 500, 1420, 720, 930, 1250)


@dataclass(frozen=True)
class _Leg:
    """A base's route in the data's notation: where to, how often a day, on which days."""

    origin: str
    destination: str
    times: int
    days: str
    leaves_at: int | None


@dataclass
class Timetable:
    """Rows of `Schedule`, and the minutes that each airline's types are under way in a week."""

    schedules: list[dict[str, Any]] = field(default_factory=list)
    minutes: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def aircraft_needed(self, airline_iata: str, type_code: str) -> int:
        """Return the aircraft that fly a type's flights at fourteen hours a day, and a spare."""
        return ceil(self.minutes[airline_iata, type_code] / 7 / _FLYING_MINUTES_A_DAY) + 1


def plan_timetable(airports: Mapping[str, Mapping[str, Any]], starts_on: date) -> Timetable:
    """Work out every airline's schedules.

    Flights leave at the same local times whatever the day of loading; when they arrive follows
    from the clocks. The time from gate to gate is half an hour for taxiing and the distance at
    cruising speed. The last season laid out, a year and a half ahead, has no end.
    """
    plan = Timetable()
    for airline in AIRLINES:
        number = 101
        for leg in _legs(airline):
            for index in range(leg.times):
                _plan_rotation(plan, airline, airports, leg, index, number, starts_on)
                number += 2
    return plan


def _legs(airline: DemoAirline) -> Iterator[_Leg]:
    for base, network in airline.networks.items():
        for word in network.split():
            match = _NOTATION.fullmatch(word)
            if match is None:
                raise ValueError(f"{word!r} of {airline.name} cannot be read")
            at = match["at"]
            yield _Leg(
                base,
                match["to"],
                int(match["times"] or 1),
                match["days"] or _EVERY_DAY,
                int(at[:2]) * 60 + int(at[2:]) if at else None,
            )


def _plan_rotation(
    plan: Timetable,
    airline: DemoAirline,
    airports: Mapping[str, Mapping[str, Any]],
    leg: _Leg,
    index: int,
    number: int,
    starts_on: date,
) -> None:
    """Add the flight out from the base and, after a turnaround, the same aircraft's flight back."""
    origin, destination = airports[leg.origin], airports[leg.destination]
    distance_km = great_circle_km(
        origin["latitude"], origin["longitude"], destination["latitude"], destination["longitude"]
    )
    salt = zlib.crc32(f"{airline.iata} {leg.origin} {leg.destination}".encode())
    type_ = _type_for(airline, distance_km, leg.times, salt)
    block = ceil((_TAXI_MINUTES + distance_km / type_.cruise_km_h * 60) / 5) * 5
    turnaround = 100 if block >= _LONG_HAUL_MINUTES else 45
    fare = distance_fare(distance_km) * airline.fare_percent * (95 + salt % 11) // 1_000_000 * 100
    winter = date(starts_on.year, 1, 15)
    eastward = _ahead(origin["timezone"], destination["timezone"], winter)

    leaves = _departure(leg, index, salt, block, eastward)
    arrives = leaves + block + eastward
    # The same aircraft goes back as soon as it is ready, at an hour that people travel at.
    returns = arrives + turnaround
    while not _is_sensible(returns, block, -eastward):
        returns += 5
    common = {
        "airline_iata": airline.iata,
        "aircraft_type": type_.code,
        "base_fare_minor": fare,
    }
    back_days = _shift_days(leg.days, returns // _DAY)
    for from_, to, row_number, days, at in (
        (origin, destination, number, leg.days, leaves),
        (destination, origin, number + 1, back_days, returns),
    ):
        for season in _seasons(from_, to, starts_on, at % _DAY, block):
            plan.schedules.append({**common, "number": row_number, "days": days, **season})
    plan.minutes[airline.iata, type_.code] += 2 * (block + turnaround) * len(leg.days)


def _type_for(airline: DemoAirline, distance_km: float, times: int, salt: int) -> DemoType:
    types = {type_.code: type_ for type_ in TYPES if type_.code in airline.types}
    reaching = [type_ for type_ in types.values() if type_.range_km > distance_km]
    small = [type_ for type_ in reaching if type_.range_km < 6_000]
    if distance_km < 1_600 and times < 3 and "E190" in types and salt % 2:
        return types["E190"]
    narrow = [type_ for type_ in small if type_.code != "E190"]
    if narrow and distance_km < 4_600:
        return narrow[salt % len(narrow)]
    wide = [type_ for type_ in reaching if type_ not in small]
    return wide[salt % len(wide)]


def _departure(leg: _Leg, index: int, salt: int, block: int, eastward: int) -> int:
    if leg.leaves_at is not None:
        return leg.leaves_at
    jitter = (salt >> 4) % 9 * 5 - 20
    if block < _LONG_HAUL_MINUTES:
        times = _DEPARTURES[leg.times]
        start = salt % len(times) if leg.times == 1 else index
        return times[start] + jitter
    # Long flights leave so that both ends are at an hour that people travel at.
    times = _LONG_HAUL_DEPARTURES
    turned = [times[(salt + step) % len(times)] + jitter for step in range(len(times))]
    sensible = [at for at in turned if _is_sensible(at, block, eastward)] or turned
    return sorted(sensible[: leg.times])[index % len(sensible)]


def _is_sensible(leaves: int, block: int, ahead: int) -> bool:
    departs, arrives = leaves % _DAY, (leaves + block + ahead) % _DAY
    if block < _LONG_HAUL_MINUTES:
        return 360 <= departs <= 1350 and not 30 < arrives < 300
    # Long flights have few hours to choose from, so only the dead of the night is left out.
    return not 15 < departs < 390 and not 60 < arrives < 290


def _seasons(
    origin: Mapping[str, Any],
    destination: Mapping[str, Any],
    starts_on: date,
    leaves: int,
    block: int,
) -> Iterator[dict[str, Any]]:
    """Yield the columns of one schedule for every stretch in which both ends' clocks keep step."""
    stretches = _stretches(origin["timezone"], destination["timezone"], starts_on)
    for position, (from_, ahead) in enumerate(stretches):
        is_last = position == len(stretches) - 1
        arrives = leaves + block + ahead
        yield {
            "origin_iata": origin["iata"],
            "destination_iata": destination["iata"],
            "operates_from": from_,
            "operates_to": None if is_last else stretches[position + 1][0] - timedelta(days=1),
            "departs_local": time(leaves // 60, leaves % 60),
            "arrives_local": time(arrives % _DAY // 60, arrives % 60),
            "arrival_day_shift": arrives // _DAY,
            "generated_to": from_ - timedelta(days=1),
        }


@cache
def _stretches(origin_zone: str, destination_zone: str, starts_on: date) -> list[tuple[date, int]]:
    """Return the days on which the difference between two zones changes, with the difference."""
    found: list[tuple[date, int]] = []
    for day in range(_SEASON_DAYS):
        on = starts_on + timedelta(days=day)
        ahead = _ahead(origin_zone, destination_zone, on)
        if not found or found[-1][1] != ahead:
            found.append((on, ahead))
    return found


@cache
def _offset_minutes(zone: str, on: date) -> int:
    return int(offset_on(on, zone).total_seconds()) // 60


def _ahead(origin_zone: str, destination_zone: str, on: date) -> int:
    return _offset_minutes(destination_zone, on) - _offset_minutes(origin_zone, on)


def _shift_days(days: str, by: int) -> str:
    return "".join(sorted(str((int(day) - 1 + by) % 7 + 1) for day in days))
