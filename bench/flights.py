"""A network of 100,000 flights: 200 routes, ten flights a day on each, for 50 days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, permutations

from sqlalchemy import Engine, insert

from webapp import clock
from webapp.db import Base
from webapp.network.places import airport_rows

ROUTES, FLIGHTS_A_DAY, DAYS = 200, 10, 50
SEATS = 30_000
_FIRST_DAY_AHEAD = 2
_CODES = "ATL AMS BCN BKK BOM CDG DEL DXB FRA HND JFK LHR MEX SIN SYD"
_AIRLINE, _TYPE = "X1", "A320"


def load_flights(engine: Engine) -> int:
    """Write the network into an empty, migrated database; return how many flights it has."""
    airports = airport_rows(_CODES.split())
    layout = {"layout_id": 1, "cabin": "economy", "first_row": 1, "last_row": 30}
    airline = {"iata": _AIRLINE, "name": "Bench Air", "ticketing_code": "901", "currency": "USD"}
    aircraft = {"id": 1, "tail": "N1BA", "type_code": _TYPE, "airline_iata": _AIRLINE}
    with engine.begin() as connection:
        for table, rows in (
            ("airports", airports),
            ("airlines", [airline]),
            ("aircraft_types", [{"code": _TYPE, "name": "Airbus A320"}]),
            ("seat_layouts", [{"id": 1, "name": "bench"}]),
            ("cabin_layouts", [{**layout, "letters": "ABC DEF"}]),
            ("aircraft", [{**aircraft, "layout_id": 1}]),
        ):
            connection.execute(insert(Base.metadata.tables[table]), rows)
    made = 0
    for shift in range(DAYS):
        flights = _flights_of_day(_day(shift), made + 1)
        with engine.begin() as connection:
            connection.execute(insert(Base.metadata.tables["flights"]), flights)
            connection.execute(
                insert(Base.metadata.tables["flight_cabins"]),
                [_cabin(flight["id"]) for flight in flights],
            )
        made += len(flights)
    return made


def searches(most: int, *, day: int = DAYS // 2) -> list[str]:
    """Return the addresses of searches on one day, each of another route; each has ten results."""
    on = _day(day).isoformat()
    return [
        f"/flights?origin={origin}&destination={destination}&depart={on}"
        for origin, destination in _routes()[:most]
    ]


def _routes() -> list[tuple[str, str]]:
    return list(islice(permutations(_CODES.split(), 2), ROUTES))


def _day(shift: int) -> date:
    return clock.now().date() + timedelta(days=_FIRST_DAY_AHEAD + shift)


def _flights_of_day(day: date, first_id: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for position, (origin, destination) in enumerate(_routes()):
        for turn in range(FLIGHTS_A_DAY):
            departs_at = datetime.combine(day, time(6 + turn, 5 * (position % 12)), UTC)
            rows.append(
                {
                    "id": first_id + len(rows),
                    "airline_iata": _AIRLINE,
                    "number": 1 + position * FLIGHTS_A_DAY + turn,
                    "origin_iata": origin,
                    "destination_iata": destination,
                    "departs_on": day,
                    "departs_at": departs_at,
                    "arrives_at": departs_at + timedelta(minutes=100 + 7 * turn + position),
                    "status": "scheduled",
                    "aircraft_id": 1,
                }
            )
    return rows


def _cabin(flight_id: object) -> dict[str, object]:
    assert isinstance(flight_id, int)
    return {
        "flight_id": flight_id,
        "cabin": "economy",
        "capacity": SEATS,
        "sellable": SEATS,
        "sold": 0,
        "held": 0,
        "fare_minor": 80_00 + flight_id * 37 % 40_000,
        "currency": "USD",
    }
