"""Connections against a slow and obvious search over every path, on random networks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from tests.builders import make_aircraft, make_airport, make_flight
from tests.search.slow_search import every_path, in_order, names, undominated
from webapp import clock
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.flights.queries import sellable_by_id
from webapp.network.models import Aircraft, Airport, Cabin
from webapp.network.queries import Directory, directory
from webapp.search.criteria import Criteria
from webapp.search.filters import Filters
from webapp.search.itineraries import Itinerary, worth_showing
from webapp.search.queries import flyable

# The clocks of New York change on this day; those of London and Zürich do a week before.
DAY = datetime(2026, 11, 1, tzinfo=UTC).date()
AIRPORTS = ("DEL", "BOM", "LHR", "LGW", "JFK", "ZRH")

# Enough for connections of every kind.
FLIGHTS = 70


def timetable_of(chance: Random) -> list[tuple[str, str, int, int, int, int]]:
    """Return flights: origin, destination, quarters of an hour from the day's begin and in the
    air, hundreds of dollars, seats.
    """
    return [
        (
            *chance.sample(AIRPORTS, 2),
            chance.randrange(0, 3 * 24 * 4),
            chance.choice([4, 8, 32, 60, 90]),
            chance.randint(1, 9),
            chance.choice([0, 1, 1, 1, 2]),
        )
        for _ in range(FLIGHTS)
    ]


@pytest.fixture
def network(app: Flask) -> Directory:
    """Return six airports in five cities, and a clock that stands long before the flights."""
    for iata in AIRPORTS:
        make_airport(iata)
    make_aircraft("X1")
    clock.move_to(datetime(2026, 10, 20, tzinfo=UTC))
    return directory()


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    # A smaller seed is no simpler network.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_the_search_finds_what_a_search_over_every_path_finds(
    app: Flask,
    network: Directory,
    seed: int,
) -> None:
    chance = Random(seed)
    timetable = timetable_of(chance)
    ends = chance.sample(["DEL", "BOM", "LON", "LGW", "NYC", "ZRH"], 2)
    origin, destination = network.place(ends[0]), network.place(ends[1])
    assert origin
    assert destination
    if set(origin.airports) & set(destination.airports):
        return
    ids = load(timetable)
    app.extensions.pop("routes_flown", None)
    criteria = Criteria(
        origin, destination, DAY, Party(), Cabin.ECONOMY, Filters(), sort="best", page=1
    )

    found = worth_showing(flyable(criteria.way_out, criteria.most_stops, network))

    every = sellable_by_id(ids, Cabin.ECONOMY, 1)
    wanted = undominated(every_path(every, criteria.way_out, network))
    assert [names(one) for one in found] == [names(one) for one in in_order(wanted)]


def load(
    timetable: list[tuple[str, str, int, int, int, int]], airlines: tuple[str, ...] = ("X1",)
) -> list[int]:
    """Put a timetable in place of the one before; return the ids of its flights.

    Every sixth flight is known to be late, by a quarter of an hour up to five hours.
    """
    begins_at = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    with transaction() as session:
        aircraft_id = session.scalars(select(Aircraft.id)).first()
        session.execute(delete(FlightCabin))
        session.execute(delete(Flight))
        for number, (origin, destination, starts, lasts, fare, seats) in enumerate(timetable, 1):
            departs_at = begins_at + timedelta(minutes=15 * starts)
            arrives_at = departs_at + timedelta(minutes=15 * lasts)
            late = timedelta(minutes=15 * (1 + 7 * number % 20)) if number % 6 == 0 else None
            zone = ZoneInfo(session.get_one(Airport, origin).timezone)
            session.execute(
                insert(Flight).values(
                    id=number,
                    airline_iata=airlines[number % len(airlines)],
                    number=number,
                    origin_iata=origin,
                    destination_iata=destination,
                    departs_on=departs_at.astimezone(zone).date(),
                    departs_at=departs_at,
                    arrives_at=arrives_at,
                    estimated_departs_at=late and departs_at + late,
                    estimated_arrives_at=late and arrives_at + late,
                    status="delayed" if late else "scheduled",
                    aircraft_id=aircraft_id,
                )
            )
            session.execute(
                insert(FlightCabin).values(
                    flight_id=number,
                    cabin="economy",
                    capacity=seats,
                    sellable=seats,
                    fare_minor=fare * 100_00,
                    currency="USD",
                )
            )
    db.session.remove()
    return list(range(1, len(timetable) + 1))


def test_a_change_of_airport_takes_two_hours_more(app: Flask, network: Directory) -> None:
    lands_at = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    make_flight(1, "ZRH", "LGW", departs_at=lands_at - timedelta(hours=2), minutes=120)
    early = make_flight(1, "LHR", "JFK", departs_at=lands_at + timedelta(minutes=194), number=1)
    assert not found_between("ZRH", "JFK", network)
    with transaction() as session:
        session.get_one(Flight, early.id).departs_at += timedelta(minutes=1)
    assert [one.stops for one in found_between("ZRH", "JFK", network)] == [1]


def test_a_pointless_detour_is_not_offered(app: Flask, network: Directory) -> None:
    leaves_at = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    make_flight(1, "ZRH", "DEL", departs_at=leaves_at, minutes=480)
    make_flight(1, "DEL", "LHR", departs_at=leaves_at + timedelta(hours=10), minutes=560)
    assert not found_between("ZRH", "LHR", network)


def found_between(origin: str, destination: str, network: Directory) -> list[Itinerary]:
    places = network.place(origin), network.place(destination)
    assert places[0]
    assert places[1]
    db.session.rollback()
    criteria = Criteria(*places, DAY, Party(), Cabin.ECONOMY, Filters(), sort="best", page=1)
    return worth_showing(flyable(criteria.way_out, criteria.most_stops, network))
