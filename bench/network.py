"""Networks of 100,000, 1,000,000 and 10,000,000 flights over 200 airports and 365 days.

Hubs are joined to each other by ten flights a day; every other airport is joined to some hubs, by
a few flights a day or one every few days. The flights of a day are described once, in a table, and
written by the server itself day by day, as a timetable is rolled on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import islice, permutations
from random import Random
from zoneinfo import ZoneInfo

from airportsdata import load
from sqlalchemy import Connection, Engine, insert, text

from webapp import clock
from webapp.db import Base
from webapp.network.distance import great_circle_km
from webapp.network.places import airport_rows

AIRPORTS, DAYS, FLIGHTS_A_DAY = 200, 365, 10
SEATS = 30_000
# Sales end 330 days ahead; what lies further is there to be in the way.
_FIRST_DAY_AHEAD, DAYS_ON_SALE = 2, 320
_HUB_CODES = (
    "ATL AMS BCN BKK BOM CDG DEL DXB FRA HND JFK LHR MEX SIN SYD GRU ICN HKG LAX ORD DFW MAD FCO"
    " IST DOH ZRH VIE CPH OSL ARN HEL LIS DUB WAW ATH CAI JNB NBO LIM BOG"
)
_HUBS = _HUB_CODES.split()
_AIRLINE, _TYPE = "X1", "A320"
_TEMPLATE = (
    "CREATE TABLE bench_day (position INT PRIMARY KEY, number INT, origin CHAR(3),"
    " destination CHAR(3), departs_minute INT, minutes INT, fare_minor INT, every INT)"
)
_FLIGHTS = text(
    "INSERT INTO flights (id, airline_iata, number, origin_iata, destination_iata, departs_on,"
    " departs_at, arrives_at, status, aircraft_id)"
    f" SELECT :base + position, '{_AIRLINE}', number, origin, destination, :day,"
    " TIMESTAMP(:day) + INTERVAL departs_minute MINUTE,"
    " TIMESTAMP(:day) + INTERVAL departs_minute + minutes MINUTE, 'scheduled', 1"
    " FROM bench_day WHERE MOD(position + :shift, every) = 0"
)
_CABINS = text(
    "INSERT INTO flight_cabins"
    " (flight_id, cabin, capacity, sellable, sold, held, fare_minor, currency)"
    f" SELECT :base + position, 'economy', {SEATS}, {SEATS}, 0, 0,"
    " fare_minor + 100 * MOD(position * 37 + :shift * 113, 40), 'USD'"
    " FROM bench_day WHERE MOD(position + :shift, every) = 0"
)


@dataclass(frozen=True)
class Network:
    """A network: how many hubs, how many of them each other airport is joined to, how often.

    `often` flights leave for each of them on every `every`th day.
    """

    name: str
    hubs: int
    joined_to: int
    often: int
    every: int

    @cached_property
    def trunks(self) -> list[tuple[str, str]]:
        """The routes between hubs: ten flights a day each."""
        return list(permutations(_HUBS[: self.hubs], 2))

    @cached_property
    def spokes(self) -> list[tuple[str, str]]:
        """The routes between hubs and the other airports."""
        random = Random(self.hubs)
        found = []
        for airport in _small_airports(AIRPORTS - self.hubs):
            for hub in random.sample(_HUBS[: self.hubs], self.joined_to):
                found += [(airport, hub), (hub, airport)]
        return found

    def load(self, engine: Engine) -> int:
        """Write the network into an empty, migrated database; return how many flights it has."""
        made = 0
        template = list(self._template())
        with engine.begin() as connection:
            _insert_airline(connection, [*_HUBS[: self.hubs], *self._small()])
            connection.execute(text(_TEMPLATE))
            columns = ", ".join(f":{name}" for name in template[0])
            connection.execute(text(f"INSERT INTO bench_day VALUES ({columns})"), template)
        with engine.connect() as connection:
            # What is written follows the constraints by the way it is made.
            connection.execute(text("SET foreign_key_checks = 0, unique_checks = 0"))
            for shift in range(DAYS):
                values = {"base": shift * len(template), "day": _day(shift), "shift": shift}
                made += connection.execute(_FLIGHTS, values).rowcount
                connection.execute(_CABINS, values)
                connection.commit()
            connection.execute(text("ANALYZE TABLE flights, flight_cabins"))
            connection.execute(text("SET foreign_key_checks = 1, unique_checks = 1"))
        return made

    def searches(self, most: int, *, seed: int = 1) -> list[str]:
        """Return the addresses of searches with ten non-stop results each, no two alike."""
        return _spread(self.trunks, most, seed)

    def searches_anywhere(self, most: int, *, seed: int = 1) -> list[str]:
        """Return the addresses of searches between any two of the airports."""
        pairs = list(permutations([*_HUBS[: self.hubs], *self._small()], 2))
        return _spread(Random(seed).sample(pairs, min(len(pairs), most)), most, seed)

    def searches_far(self, most: int, *, seed: int = 1) -> list[str]:
        """Return the addresses of searches between two airports that are no hubs."""
        pairs = list(permutations(self._small(), 2))
        return _spread(Random(seed).sample(pairs, min(len(pairs), most)), most, seed)

    def _small(self) -> list[str]:
        return list(dict.fromkeys(airport for airport, _ in self.spokes[::2]))

    def _template(self) -> Iterator[dict[str, object]]:
        random = Random(self.hubs)
        rows = airport_rows([*_HUBS[: self.hubs], *self._small()])
        airports = {row["iata"]: row for row in rows}
        departures = [
            (route, 360 + 90 * turn + random.randrange(60), 1)
            for route in self.trunks
            for turn in range(FLIGHTS_A_DAY)
        ] + [
            (route, random.randrange(300, 1380), self.every)
            for route in self.spokes
            for _ in range(self.often)
        ]
        for position, ((origin, destination), local_minute, every) in enumerate(departures, 1):
            here, there = airports[origin], airports[destination]
            km = great_circle_km(
                here["latitude"], here["longitude"], there["latitude"], there["longitude"]
            )
            yield {
                "position": position,
                "number": position,
                "origin": origin,
                "destination": destination,
                "departs_minute": local_minute - _minutes_ahead_of_utc(here["timezone"]),
                "minutes": 40 + int(km / 13),
                "fare_minor": 5_000 + int(km) * 6,
                "every": every,
            }


SIZES = {
    network.name: network
    for network in (
        Network("100k", hubs=5, joined_to=1, often=1, every=5),
        Network("1m", hubs=12, joined_to=2, often=2, every=1),
        Network("10m", hubs=40, joined_to=12, often=3, every=1),
    )
}


def _spread(pairs: list[tuple[str, str]], most: int, seed: int) -> list[str]:
    random = Random(seed)
    every = [(shift, pair) for shift in range(DAYS_ON_SALE) for pair in pairs]
    return [
        f"/flights?origin={origin}&destination={destination}&depart={_day(shift).isoformat()}"
        for shift, (origin, destination) in random.sample(every, most)
    ]


def _small_airports(most: int) -> list[str]:
    """Return airports that are the only one of their city, from all over the world."""
    codes = sorted(load("IATA"))
    Random(2).shuffle(codes)
    alone = (row["iata"] for row in airport_rows(codes) if row["city_code"] == row["iata"])
    return list(islice((iata for iata in alone if iata not in _HUBS), most))


def _minutes_ahead_of_utc(zone: str) -> int:
    ahead = clock.now().astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(ahead.total_seconds()) // 60


def _day(shift: int) -> date:
    return clock.now().date() + timedelta(days=_FIRST_DAY_AHEAD + shift)


def _insert_airline(connection: Connection, codes: list[str]) -> None:
    layout = {"layout_id": 1, "cabin": "economy", "first_row": 1, "last_row": 30}
    airline = {"iata": _AIRLINE, "name": "Bench Air", "ticketing_code": "901", "currency": "USD"}
    aircraft = {"id": 1, "tail": "N1BA", "type_code": _TYPE, "airline_iata": _AIRLINE}
    for table, rows in (
        ("airports", airport_rows(codes)),
        ("airlines", [airline]),
        ("aircraft_types", [{"code": _TYPE, "name": "Airbus A320"}]),
        ("seat_layouts", [{"id": 1, "name": "bench"}]),
        ("cabin_layouts", [{**layout, "letters": "ABC DEF"}]),
        ("aircraft", [{**aircraft, "layout_id": 1}]),
    ):
        connection.execute(insert(Base.metadata.tables[table]), rows)
