"""The lowest fares of many days against a search of each of those days, on random networks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import update

from tests.airline import delay
from tests.builders import make_aircraft, make_airport, make_flight
from tests.search.test_itineraries import load
from webapp import clock
from webapp.db import transaction
from webapp.flights.fares import Party, party_fare
from webapp.flights.models import FlightCabin
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.network.queries import Directory, directory
from webapp.search.criteria import Criteria
from webapp.search.filters import Filters
from webapp.search.itineraries import ENOUGH, Itinerary, worth_showing
from webapp.search.lowest_fares import lowest_fares, lowest_return_fares
from webapp.search.queries import flyable
from webapp.search.travel import Travel

FIRST, LAST = date(2026, 10, 31), date(2026, 11, 4)
AIRPORTS = ("JFK", "LHR", "LGW", "ZRH", "DEL", "BOM")


def timetable_of(chance: Random) -> list[tuple[str, str, int, int, int, int]]:
    """Return flights as `load` takes them, few or many, mostly eastward and not from end to end.

    From west to east the airports lie roughly on a line, so that many ways are no detour.
    """
    flights: list[tuple[str, str, int, int, int, int]] = []
    wanted, directs = chance.choice([60, 150, 500]), chance.choice([0.0, 0.1, 1.0])
    while len(flights) < wanted:
        west, east = sorted(chance.sample(range(len(AIRPORTS)), 2))
        if east - west > 3 and chance.random() > directs:
            continue
        starts, lasts = chance.randrange(0, 4 * 24 * 4), chance.choice([4, 8, 12, 40, 90])
        # Short hops are cheap, so that two stops can be the cheapest way.
        fare, seats = (
            (east - west) ** 2 * chance.choice([1, 3, 5, 9, 9]),
            chance.choice([0, 1, 3, 3]),
        )
        flights.append((AIRPORTS[west], AIRPORTS[east], starts, lasts, fare, seats))
    return flights


@pytest.fixture
def network(app: Flask) -> Directory:
    """Return six airports in five cities, and a clock that stands long before the flights."""
    for iata in AIRPORTS:
        make_airport(iata)
    make_aircraft("X1")
    clock.move_to(datetime(2026, 10, 20, tzinfo=UTC))
    return directory()


def test_each_day_has_the_price_that_its_search_finds(app: Flask, network: Directory) -> None:
    seen: Counter[object] = Counter()
    for seed in range(20):
        chance = Random(seed)
        load(timetable_of(chance))
        app.extensions.pop("routes_flown", None)
        codes = chance.choice([("JFK", "BOM"), ("NYC", "BOM"), ("LON", "BOM"), ("JFK", "DEL")])
        party = chance.choice([Party(), Party(2, 1, 1)])

        found = lowest_fares(travel_of(*codes, party, network), FIRST, LAST, network)

        for shift in range((LAST - FIRST).days + 1):
            day = FIRST + timedelta(days=shift)
            answers = answers_of(*codes, day, party, network)
            lowest = min((price(one, party) for one in answers), default=None)
            assert (found[day].total.minor if day in found else None) == lowest, f"seed {seed}"
            if lowest:
                seen[found[day].stops] += 1
                seen["enough"] += len(answers) >= ENOUGH
    # A run in which none of this happens proves nothing.
    assert all(seen[kind] >= 5 for kind in (0, 1, 2, "enough")), seen


def test_each_pair_of_days_has_the_price_of_the_cheapest_pair_of_journeys_that_can_be_flown(
    app: Flask, network: Directory
) -> None:
    apart = 0
    for seed in range(12):
        chance = Random(seed)
        load([flight for flight in timetable_of(chance) for flight in both_ways(flight)])
        app.extensions.pop("routes_flown", None)
        codes = chance.choice([("LON", "BOM"), ("LON", "DEL"), ("ZRH", "BOM"), ("LHR", "ZRH")])
        party = chance.choice([Party(), Party(2, 1, 1)])
        days = [FIRST + timedelta(days=shift) for shift in range(4)]
        trips = [(there, home) for there in days for home in days if there <= home]

        found = lowest_return_fares(travel_of(*codes, party, network), trips, network)

        outs = {day: answers_of(*codes, day, party, network) for day in days}
        backs = {day: answers_of(*codes[::-1], day, party, network) for day in days}
        for there, home in trips:
            prices = [
                price(out, party) + price(back, party)
                for out in outs[there]
                for back in backs[home]
                if can_follow(out, back, network)
            ]
            lowest = min(prices, default=None)
            fare = found.get((there, home))
            assert (fare.total.minor if fare else None) == lowest, f"seed {seed}"
            if outs[there] and backs[home]:
                # The cheapest of each day are not always the cheapest pair.
                cheapest = [
                    min(price(one, party) for one in of) for of in (outs[there], backs[home])
                ]
                apart += lowest != sum(cheapest)
    assert apart >= 5


def test_a_way_back_that_a_delay_leaves_no_time_for_has_no_price(app: Flask) -> None:
    out = make_flight(departs_at=clock.now() + timedelta(hours=3))
    back = make_flight(
        origin="BOM", destination="DEL", departs_at=out.arrives_at + timedelta(hours=3)
    )
    travel, days = (
        travel_of("DEL", "BOM", Party(), directory()),
        [(out.departs_on, back.departs_on)],
    )
    assert lowest_return_fares(travel, days, directory())
    late = timedelta(hours=4)
    delay(out, late)
    assert lowest_return_fares(travel, days, directory()) == {}


def test_a_day_has_the_lowest_price_in_the_usual_currency(app: Flask) -> None:
    flights = [make_flight(fare=fare) for fare in (100_00, 110_00, 80_00)]
    with transaction() as session:
        rupees = update(FlightCabin).where(FlightCabin.flight_id == flights[2].id)
        session.execute(rupees.values(currency="INR"))
    travel, day = travel_of("DEL", "BOM", Party(), directory()), flights[0].departs_on
    for currency, lowest in ((None, Money(100_00, "USD")), ("INR", Money(80_00, "INR"))):
        found = lowest_fares(replace(travel, currency=currency), day, day, directory())
        assert found[day].total == lowest


def test_a_day_that_is_sold_in_another_currency_alone_has_a_price(app: Flask) -> None:
    flights = [make_flight(), make_flight()]
    flights.append(make_flight(departs_at=flights[0].departs_at + timedelta(days=1)))
    with transaction() as session:
        rupees = update(FlightCabin).where(FlightCabin.flight_id == flights[2].id)
        session.execute(rupees.values(currency="INR"))
    travel, days = travel_of("DEL", "BOM", Party(), directory()), [f.departs_on for f in flights]
    fares = lowest_fares(travel, days[0], days[2], directory())
    assert [fares[day].total.currency for day in (days[0], days[2])] == ["USD", "INR"]


def test_flights_that_lead_nowhere_do_not_choose_the_currency(app: Flask) -> None:
    first = [make_flight() for _ in range(4)]
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=first[0].arrives_at + timedelta(hours=3)
    )
    with transaction() as session:
        rupees = update(FlightCabin).where(FlightCabin.flight_id.in_([first[0].id, onward.id]))
        session.execute(rupees.values(currency="INR"))
    travel, day = travel_of("DEL", "LHR", Party(), directory()), first[0].departs_on
    assert lowest_fares(travel, day, day, directory())[day].total.currency == "INR"


def both_ways(
    flight: tuple[str, str, int, int, int, int],
) -> list[tuple[str, str, int, int, int, int]]:
    origin, destination, starts, lasts, fare, seats = flight
    return [flight, (destination, origin, (starts + 37) % (4 * 24 * 4), lasts, fare + 1, seats)]


def can_follow(out: Itinerary, back: Itinerary, network: Directory) -> bool:
    last, first = out.flights[-1], back.flights[0]
    countries = {
        network.airports[airport].country
        for flight in (last, first)
        for airport in (flight.origin_iata, flight.destination_iata)
    }
    least = timedelta(minutes=45 if len(countries) == 1 else 75)
    if last.destination_iata != first.origin_iata:
        least += timedelta(hours=2)
    return first.departs_at - last.arrives_at >= least


def travel_of(origin: str, destination: str, party: Party, network: Directory) -> Travel:
    places = network.place(origin), network.place(destination)
    assert places[0]
    assert places[1]
    return Travel(*places, party, Cabin.ECONOMY)


def answers_of(
    origin: str, destination: str, day: date, party: Party, network: Directory
) -> list[Itinerary]:
    travel = travel_of(origin, destination, party, network)
    criteria = Criteria(
        travel.origin, travel.destination, day, party, Cabin.ECONOMY, Filters(), "price", 1
    )
    return worth_showing(flyable(criteria.way_out, criteria.most_stops, network))


def price(one: Itinerary, party: Party) -> int:
    """Return what a party pays for an answer."""
    return sum(party_fare(flight.fare_minor, party) for flight in one.flights)
