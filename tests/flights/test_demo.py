"""The demo network: as large as it says, plausible, and safe to load again."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.service import log_in
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.flights.demo import Loaded, load_demo
from webapp.flights.local_time import instant_of
from webapp.flights.models import Flight, FlightCabin
from webapp.flights.timetable import Timetable, plan_timetable
from webapp.network.demo_data import AIRLINES, TYPES, showcase
from webapp.network.models import Aircraft, Airport, CabinLayout
from webapp.network.places import airport_rows

DAYS_AHEAD = 8
CONTINENTS = ("Europe", "Asia", "Africa", "America", "Australia")
WITH_A_CONNECTION = (("EDI", "DEL"), ("CPT", "NYC"))
OVERNIGHT = (("NYC", "LON"),)
SHORTEST_CONNECTION = timedelta(minutes=60)
LONGEST_CONNECTION = timedelta(hours=24)


def airports() -> dict[str, dict[str, Any]]:
    codes = {
        code
        for airline in AIRLINES
        for base, legs in airline.networks.items()
        for code in (base, *(leg[:3] for leg in legs.split()))
    }
    return {row["iata"]: row for row in airport_rows(sorted(codes))}


@pytest.fixture(scope="module")
def plan() -> Timetable:
    return plan_timetable(airports(), date(2027, 1, 4))


@pytest.fixture
def loaded(app: Flask) -> Loaded:
    return load_demo(lambda done, total, what: None, days_ahead=DAYS_AHEAD)


def routes(plan: Timetable) -> set[tuple[Any, Any]]:
    return {(row["origin_iata"], row["destination_iata"]) for row in plan.schedules}


def test_there_are_sixty_airports_on_five_continents() -> None:
    found = airports()
    assert len(found) >= 60
    zones = Counter(row["timezone"].split("/")[0] for row in found.values())
    assert all(zones[continent] for continent in CONTINENTS)


def test_there_are_250_routes_and_each_is_flown_both_ways(plan: Timetable) -> None:
    flown = routes(plan)
    assert len(flown) >= 2 * 250
    assert all((destination, origin) in flown for origin, destination in flown)


def test_there_are_six_airlines_and_some_routes_have_several(plan: Timetable) -> None:
    on_route = defaultdict(set)
    for row in plan.schedules:
        on_route[row["origin_iata"], row["destination_iata"]].add(row["airline_iata"])
    assert len({airline for airlines in on_route.values() for airline in airlines}) == 6
    assert sum(len(airlines) > 1 for airlines in on_route.values()) >= 20


def test_a_flight_number_leaves_an_airport_once_a_day(plan: Timetable) -> None:
    keys = Counter(
        (row["airline_iata"], row["number"], row["origin_iata"], row["operates_from"])
        for row in plan.schedules
    )
    assert set(keys.values()) == {1}


def test_departures_are_at_hours_that_people_travel_at(plan: Timetable) -> None:
    in_the_night = [
        row for row in plan.schedules if time(0, 30) < row["departs_local"] < time(5, 45)
    ]
    assert in_the_night == []


def test_there_are_daily_and_weekday_schedules(plan: Timetable) -> None:
    days = {row["days"] for row in plan.schedules}
    assert {"1234567", "12345"} <= days


def test_city_names_are_what_travellers_say() -> None:
    found = airports()
    names = {code: found[code]["city"] for code in ("EWR", "DEL", "GRU", "NRT", "CTS", "YYZ")}
    assert names == {
        "EWR": "New York",
        "DEL": "Delhi",
        "GRU": "São Paulo",
        "NRT": "Tokyo",
        "CTS": "Sapporo",
        "YYZ": "Toronto",
    }


def test_cities_with_several_airports_are_served_at_more_than_one(plan: Timetable) -> None:
    cities = defaultdict(set)
    for code, row in airports().items():
        cities[row["city_code"]].add(code)
    assert {city for city, codes in cities.items() if len(codes) > 1} >= {
        "LON",
        "NYC",
        "TYO",
        "PAR",
    }


def test_layouts_hold_what_their_names_say() -> None:
    for type_ in TYPES:
        capacities = [CabinLayout(**vars(cabin)).capacity for cabin in type_.cabins]
        assert f"{sum(capacities)} seats" in type_.layout
        for cabin in type_.cabins:
            special = f"{cabin.exit_rows},{cabin.extra_legroom_rows}".split(",")
            assert all(cabin.first_row <= int(row) <= cabin.last_row for row in special if row)


@pytest.mark.usefixtures("loaded")
def test_flights_take_as_long_as_their_distance_says() -> None:
    minutes = [
        int((flight.arrives_at - flight.departs_at).total_seconds()) // 60
        for flight in db.session.scalars(select(Flight))
    ]
    assert min(minutes) >= 45
    assert max(minutes) <= 16 * 60


def test_flights_take_as_long_after_the_clocks_change(plan: Timetable) -> None:
    zones = {code: row["timezone"] for code, row in airports().items()}
    taken: dict[tuple[str, int], set[timedelta]] = defaultdict(set)
    for row in plan.schedules:
        # Some days into each season; on the very night of a change local times are kept, and a
        # flight under way takes an hour more or less.
        on = row["operates_from"] + timedelta(days=3)
        if row["operates_to"] and row["operates_to"] - on < timedelta(days=3):
            continue
        departs = instant_of(on, row["departs_local"], zones[row["origin_iata"]])
        lands_on = on + timedelta(days=row["arrival_day_shift"])
        arrives = instant_of(lands_on, row["arrives_local"], zones[row["destination_iata"]])
        taken[row["airline_iata"], row["number"]].add(arrives - departs)
    assert len(plan.schedules) > len(taken)
    assert {len(times) for times in taken.values()} == {1}


@pytest.mark.usefixtures("loaded")
def test_some_flights_arrive_on_the_day_after_and_some_on_the_day_before() -> None:
    shifts: Counter[int] = Counter()
    destinations = {code: row["timezone"] for code, row in airports().items()}
    for flight in db.session.scalars(select(Flight)):
        arrives = flight.arrives_at.astimezone(ZoneInfo(destinations[flight.destination_iata]))
        shifts[(arrives.date() - flight.departs_on).days] += 1
    assert shifts[1] > 100
    assert shifts[-1] > 0


def test_a_second_load_changes_nothing(loaded: Loaded) -> None:
    again = load_demo(lambda done, total, what: None, days_ahead=DAYS_AHEAD)
    assert loaded.new_flights == loaded.flights > 0
    assert again.new_flights == 0
    assert again.flights == loaded.flights
    assert again.aircraft == loaded.aircraft


def test_a_later_load_rolls_the_flights_on(loaded: Loaded) -> None:
    again = load_demo(lambda done, total, what: None, days_ahead=DAYS_AHEAD + 1)
    assert 0 < again.new_flights < loaded.flights / DAYS_AHEAD * 1.5
    last = db.session.scalar(select(func.max(Flight.departs_on)))
    assert last == clock.now().date() + timedelta(days=DAYS_AHEAD + 1)


def test_airports_that_are_there_already_stay_as_they_are(app: Flask) -> None:
    with transaction() as session:
        row = airport_rows(["JFK"])[0]
        session.add(Airport(**{**row, "name": "Our own name"}))
    load_demo(lambda done, total, what: None, days_ahead=0)
    kept = db.session.get(Airport, "JFK")
    assert kept is not None
    assert kept.name == "Our own name"


def test_progress_ends_with_everything_done(app: Flask) -> None:
    calls = []
    load_demo(lambda done, total, what: calls.append((done, total)), days_ahead=2)
    assert calls == sorted(calls)
    assert calls[-1] == (3, 3)


@pytest.mark.usefixtures("loaded")
def test_flights_are_flown_by_their_own_airlines_aircraft_with_its_seats() -> None:
    foreign = select(func.count()).select_from(Flight).join(Aircraft)
    foreign = foreign.where(Aircraft.airline_iata != Flight.airline_iata)
    assert db.session.scalar(foreign) == 0
    flight = db.session.scalars(select(Flight).order_by(Flight.id)).first()
    assert flight is not None
    assert {cabin.cabin: cabin.sellable for cabin in flight.cabins} == (
        flight.aircraft.layout.capacities()
    )


@pytest.mark.usefixtures("loaded")
def test_each_search_of_the_showcase_is_what_it_says_on_every_day() -> None:
    known = airports()
    cities = {row["city_code"] for row in known.values()}
    pairs = showcase(set(known) | cities)
    assert len(pairs) == 6
    for pair in pairs:
        origins, destinations = map(_airports_of, pair)
        # On the day of loading the last flight may have left already; a night's connection to
        # the last day would leave after it.
        for day in range(1, DAYS_AHEAD - 1):
            on = clock.now().date() + timedelta(days=day)
            nonstop = _nonstop(origins, destinations, on)
            if pair in WITH_A_CONNECTION:
                assert not nonstop, (pair, on)
                assert _has_connection(origins, destinations, on), (pair, on)
            else:
                assert nonstop, (pair, on)
                assert any(map(_is_overnight, nonstop)) == (pair in OVERNIGHT), (pair, on)


def test_the_showcase_leaves_out_what_is_not_there(app: Flask) -> None:
    assert showcase(set()) == []
    assert showcase({"DEL", "BOM", "LON"}) == [("DEL", "BOM")]


@pytest.mark.usefixtures("loaded")
def test_every_cabin_has_a_fare_in_whole_dollars() -> None:
    query = select(func.count()).select_from(FlightCabin)
    assert db.session.scalar(query.where(FlightCabin.fare_minor % 100 != 0)) == 0
    assert db.session.scalar(query.where(FlightCabin.currency != "USD")) == 0


def test_the_command_loads_once_and_names_the_accounts(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["demo", "load", "--days", "1", "--if-empty"])
    assert first.exit_code == 0, first.output
    assert "traveller@example.com" in first.output
    assert "(0 new)" not in first.output
    again = runner.invoke(args=["demo", "load", "--days", "1", "--if-empty"])
    assert "(0 new)" in again.output
    assert log_in("staff@example.com", "demo-password").airline_iata == AIRLINES[0].iata


def test_the_command_leaves_another_network_alone_if_told_to(app: Flask) -> None:
    with transaction() as session:
        session.add_all(Airport(**row) for row in airport_rows(["JFK"]))
    result = app.test_cli_runner().invoke(args=["demo", "load", "--if-empty"])
    assert result.exit_code == 0
    assert "nothing was loaded" in result.output
    assert db.session.scalar(select(func.count()).select_from(Flight)) == 0


def _airports_of(code: str) -> list[str]:
    found = airports()
    return [iata for iata, row in found.items() if code in (iata, row["city_code"])]


def _nonstop(origins: list[str], destinations: list[str], on: date) -> list[Flight]:
    query = select(Flight).where(
        Flight.origin_iata.in_(origins),
        Flight.destination_iata.in_(destinations),
        Flight.departs_on == on,
    )
    return list(db.session.scalars(query))


def _is_overnight(flight: Flight) -> bool:
    return flight.arrives_at.astimezone(ZoneInfo(flight.destination.timezone)).date() > (
        flight.departs_on
    )


def _has_connection(origins: list[str], destinations: list[str], on: date) -> bool:
    first, second = aliased(Flight), aliased(Flight)
    query = (
        select(first.arrives_at, second.departs_at)
        .join(second, second.origin_iata == first.destination_iata)
        .where(
            first.origin_iata.in_(origins),
            second.destination_iata.in_(destinations),
            first.departs_on == on,
            second.departs_on.between(on, on + timedelta(days=2)),
        )
    )
    return any(
        SHORTEST_CONNECTION <= departs - arrives <= LONGEST_CONNECTION
        for arrives, departs in db.session.execute(query)
    )


def test_a_public_site_gets_no_account_whose_password_is_published(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = replace(settings, base_url="https://fairwind.example")
    monkeypatch.setitem(app.config, "SETTINGS", public)
    result = app.test_cli_runner().invoke(args=["demo", "load", "--days", "0"])
    assert result.exit_code == 0
    assert "No demo accounts were made" in result.output
    assert db.session.query(User).count() == 0
