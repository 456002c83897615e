"""Trips out and back, filters and their counts, against trying every pair, on random networks."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from tests.builders import make_aircraft, make_airline, make_airport
from tests.search.slow_search import (
    arrival,
    departure,
    every_path,
    is_reachable,
    names,
    undominated,
)
from tests.search.test_itineraries import AIRPORTS, DAY, load
from webapp import clock
from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import SellableFlight, sellable_by_id
from webapp.network.models import Cabin
from webapp.network.queries import Directory, directory
from webapp.search.answers import RESULTS_A_PAGE, answer
from webapp.search.classes import Scale
from webapp.search.criteria import Criteria
from webapp.search.facets import best_removal, facets
from webapp.search.filters import Class, Filters, Found
from webapp.search.itineraries import Itinerary
from webapp.search.matches import Matches
from webapp.search.orders import Measure, minutes, price
from webapp.search.pairs import Trip

PARTY = Party(2, 1, 1)
AIRLINES = ("X1", "Y2", "Z3")
AIRPORTS_OF = {
    ("DEL", "LON"): [("DEL",), ("LHR", "LGW")],
    ("NYC", "ZRH"): [("JFK",), ("ZRH",)],
    ("BOM", "LHR"): [("BOM",), ("LHR",)],
}


@pytest.fixture
def network(app: Flask) -> Directory:
    """Return the small network that these searches are in."""
    return small_network()


def small_network() -> Directory:
    """Return six airports in five cities, three airlines, and a clock long before the flights."""
    for iata in AIRPORTS:
        make_airport(iata)
    for iata in AIRLINES:
        make_airline(iata)
    make_aircraft("X1")
    clock.move_to(datetime(2026, 10, 20, tzinfo=UTC))
    return directory()


@dataclass(frozen=True)
class Case:
    """A search on a random network, with every path out and back."""

    criteria: Criteria
    outs: list[Itinerary]
    backs: list[Itinerary] | None


def cases(app: Flask, network: Directory, examples: int, seed: int) -> Iterator[Case]:
    chance = Random(seed)
    for number in range(examples):
        codes = chance.choice(list(AIRPORTS_OF))
        # Few or many fly from end to end, and the way back is none, early or late, in turn.
        flights = flights_of(app, chance, AIRPORTS_OF[codes], directs=(0, 40, 120)[number % 3])
        origin, destination = map(network.place, codes)
        assert origin
        assert destination
        stay = (2, None, 1, 0)[number % 4]
        return_on = None if stay is None else DAY + timedelta(days=stay)
        criteria = Criteria(
            *(origin, destination, DAY, PARTY, Cabin.ECONOMY, Filters(), "best", 1, return_on)
        )
        way_back = criteria.way_back
        yield Case(
            criteria,
            every_path(flights, criteria.way_out, network),
            every_path(flights, way_back, network) if way_back else None,
        )


def flights_of(
    app: Flask, chance: Random, ends: list[tuple[str, ...]], directs: int
) -> list[SellableFlight]:
    """Put a random timetable of four days in place of the one before; some fly from end to end."""
    routes = [chance.sample(AIRPORTS, 2) for _ in range(220)]
    routes += [[*map(chance.choice, chance.sample(ends, 2))] for _ in range(directs)]
    timetable = [
        (
            *route,
            chance.randrange(0, 4 * 24 * 4),
            chance.choice([4, 8, 32, 60]),
            chance.randint(1, 9),
            chance.choice([0, 3, 3, 9]),
        )
        for route in routes
    ]
    ids = load(timetable, AIRLINES)
    for kept in ("routes_flown", "price_ranges"):
        app.extensions.pop(kept, None)
    return sellable_by_id(ids, Cabin.ECONOMY, PARTY.seats)


def some_filters(chance: Random, is_return: bool) -> Filters:
    every = {
        "stops": chance.choice([0, 1, 2]),
        "max_price": chance.randrange(500, 4500, 100),
        "max_duration": chance.randrange(600, 5000, 60),
        "max_layover": chance.choice([120, 240, 480]),
        "airline": chance.choice(AIRLINES),
        "via": chance.choice(AIRPORTS),
        "overnight": chance.choice(["no", "yes"]),
        "price_class": chance.choice(["low", "typical", "high"]),
        "time_class": chance.choice(["night", "morning", "afternoon", "evening"]),
        "duration_class": chance.choice(["short", "medium", "long"]),
        "depart_from": time(chance.randrange(24)),
        "depart_to": time(chance.randrange(24), 30),
        "arrive_from": time(chance.randrange(24)),
        "arrive_to": time(chance.randrange(24)),
    }
    if is_return:
        every |= {
            "return_depart_from": time(chance.randrange(24)),
            "return_depart_to": time(chance.randrange(24)),
            "return_arrive_from": time(chance.randrange(24)),
            "return_arrive_to": time(chance.randrange(24)),
        }
    chosen = chance.sample(sorted(every), chance.randrange(1, 4))
    return Filters(**{name: every[name] for name in chosen})


# By hand


def fits(one: Itinerary, filters: Filters, network: Directory, is_back: bool) -> bool:
    flights = one.flights
    departs = flights[0].departs_at.astimezone(network.airports[flights[0].origin_iata].zone)
    arrives = flights[-1].arrives_at.astimezone(network.airports[flights[-1].destination_iata].zone)
    lands = arrives.astimezone(departs.tzinfo)
    waits = [
        (after.departs_at - before.expected_arrives_at) // timedelta(minutes=1)
        for before, after in itertools.pairwise(flights)
    ]
    touched = {flight.destination_iata for flight in flights[:-1]}
    touched |= {flight.origin_iata for flight in flights[1:]}
    word = "return_" if is_back else ""
    refusals = [
        filters.stops is not None and len(flights) - 1 > filters.stops,
        filters.max_layover is not None and any(wait > filters.max_layover for wait in waits),
        filters.airline and all(flight.airline_iata != filters.airline for flight in flights),
        filters.via and filters.via not in touched,
        filters.overnight == "no" and lands.date() > departs.date(),
        filters.overnight == "yes" and lands.date() <= departs.date(),
        not is_back and filters.time_class and time_class(departs) != filters.time_class,
    ]
    for name, local in (("depart", departs), ("arrive", arrives)):
        earliest = getattr(filters, f"{word}{name}_from")
        latest = getattr(filters, f"{word}{name}_to")
        refusals += [
            earliest is not None and local.time() < earliest,
            latest is not None and local.time() > latest,
        ]
    return not any(refusals)


def time_class(local: datetime) -> str:
    if local.hour < 6:
        return "night"
    if local.hour < 12:
        return "morning"
    return "afternoon" if local.hour < 18 else "evening"


def trips_by_hand(
    case: Case, filters: Filters, scale: Scale, network: Directory, *, every: bool = False
) -> list[tuple[Itinerary, ...]]:
    """Return what fits some filters of what is listed, or of every trip."""
    return [
        trip
        for trip in (every_trip(case, network) if every else listed_trips(case, network))
        if all(fits(way, filters, network, bool(number)) for number, way in enumerate(trip))
        and is_within(trip, filters, scale)
    ]


def listed_trips(case: Case, network: Directory) -> list[tuple[Itinerary, ...]]:
    """Return every trip of ways that none beats."""
    if case.backs is None:
        return every_trip(replace(case, outs=undominated(case.outs)), network)
    # A dearer way may alone be in time, by its airports, for a way of the other direction.
    outs = undominated(case.outs, lambda one: turn_of_out(one, network))
    backs = undominated(case.backs, lambda one: turn_of_back(one, network))
    return every_trip(replace(case, outs=outs, backs=backs), network)


def every_trip(case: Case, network: Directory) -> list[tuple[Itinerary, ...]]:
    """Return every trip, also those that others beat."""
    if case.backs is None:
        return [(out,) for out in case.outs]
    return [
        (out, back)
        for out in case.outs
        for back in case.backs
        if is_reachable(out.flights[-1], back.flights[0], network)
    ]


def turn_of_out(one: Itinerary, network: Directory) -> tuple[str, str]:
    last = one.flights[-1]
    return last.destination_iata, network.airports[last.origin_iata].country


def turn_of_back(one: Itinerary, network: Directory) -> tuple[str, str]:
    first = one.flights[0]
    return first.origin_iata, network.airports[first.destination_iata].country


def is_within(trip: tuple[Itinerary, ...], filters: Filters, scale: Scale) -> bool:
    fare, taken = sum(way.fare_minor for way in trip), sum(way.minutes for way in trip)
    return not (
        (filters.max_price is not None and cost(trip) > 100 * filters.max_price)
        or (filters.max_duration is not None and taken > filters.max_duration)
        or (filters.price_class and price_class(fare, scale) != filters.price_class)
        or (filters.duration_class and duration_class(taken, scale) != filters.duration_class)
    )


def price_class(fare: int, scale: Scale) -> str:
    if scale.prices is None:
        return "typical"
    if fare < scale.prices.low_minor:
        return "low"
    return "high" if fare > scale.prices.high_minor else "typical"


def duration_class(taken: int, scale: Scale) -> str:
    if taken <= int(1.25 * scale.fastest_minutes):
        return "short"
    return "medium" if taken <= int(1.75 * scale.fastest_minutes) else "long"


def cost(trip: tuple[Itinerary, ...]) -> int:
    return sum(party_fare(flight.fare_minor, PARTY) for way in trip for flight in way.flights)


KEYS: dict[str, Callable[[tuple[Itinerary, ...]], Any]] = {
    "price": cost,
    "duration": lambda trip: sum(way.minutes for way in trip),
    "departure": lambda trip: departure(trip[0]),
    "arrival": lambda trip: arrival(trip[-1]),
}


def score(trip: tuple[Itinerary, ...], cheapest: int, fastest: int, network: Directory) -> float:
    total = cost(trip) / cheapest + sum(way.minutes for way in trip) / fastest
    for way in trip:
        ends = [
            departure(way).astimezone(network.airports[way.flights[0].origin_iata].zone),
            arrival(way).astimezone(network.airports[way.flights[-1].destination_iata].zone),
        ]
        crossings = sum(
            before.destination_iata != after.origin_iata
            for before, after in itertools.pairwise(way.flights)
        )
        small_hours = sum(end.hour in range(6) for end in ends)
        total += 0.25 * way.stops + 0.25 * crossings + 0.1 * small_hours
    return total


def ids(trip: tuple[Itinerary, ...] | Trip) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(flight.id for flight in way.flights) for way in trip)


def in_order(found: Found, filters: Filters, sort: str, is_return: bool) -> list[Trip]:
    if not found.count(filters):
        return []
    measure = Measure(next(found.in_order(filters, price)), next(found.in_order(filters, minutes)))
    return list(found.in_order(filters, *measure.costs(sort, is_return)))


# Held against it


def test_filters_leave_what_trying_every_pair_leaves(app: Flask, network: Directory) -> None:
    chance, seen = Random(5), Counter[str]()
    for case in cases(app, network, examples=12, seed=11):
        is_return = case.criteria.return_on is not None
        wanting_every = replace(case.criteria, every=True)
        matches, every = Matches(case.criteria, network), Matches(wanting_every, network).listed
        found = matches.listed
        for filters in (Filters(), *(some_filters(chance, is_return) for _ in range(20))):
            wanted = trips_by_hand(case, filters, found.scale, network)
            trips = in_order(found, filters, "price", is_return)
            assert sorted(map(ids, trips)) == sorted(map(ids, wanted)), filters
            assert found.count(filters) == len(wanted)
            anyhow = trips_by_hand(case, filters, found.scale, network, every=True)
            trips = in_order(every, filters, "price", is_return)
            assert sorted(map(ids, trips)) == sorted(map(ids, anyhow)), filters
            assert matches.count_left_out(filters) == len(anyhow) - len(wanted)
            seen["some" if wanted else "none"] += 1
            seen["return"] += is_return and len(wanted) > 1
            seen["left out"] += len(anyhow) > len(wanted)
    assert all(seen[kind] >= 10 for kind in ("some", "none", "return", "left out")), seen


def test_each_choice_counts_what_trying_every_pair_leaves(app: Flask, network: Directory) -> None:
    chance, seen = Random(6), 0
    for case in cases(app, network, examples=8, seed=12):
        matches = Matches(case.criteria, network)
        found, most_stops = matches.listed, matches.most_stops
        filters = some_filters(chance, case.criteria.return_on is not None)
        for facet in facets(found, filters, most_stops, Cabin.ECONOMY, network):
            for choice in facet.choices:
                if choice.count is None:
                    continue
                asked = filters._replace(**choice.changes)
                wanted = trips_by_hand(case, asked, found.scale, network)
                assert choice.count == len(wanted), (facet.label, choice.label)
                seen += 1
        counts = {
            name: len(trips_by_hand(case, filters._replace(**{name: None}), found.scale, network))
            for name in filters.asked()
        }
        best = best_removal(found, filters)
        assert (best[1] if best else 0) == max(counts.values())
        assert best is None or counts[best[0]] == best[1]
    assert seen > 60


def test_trips_stand_in_the_order_that_sorting_every_pair_gives(
    app: Flask, network: Directory
) -> None:
    most = 0
    for case in cases(app, network, examples=9, seed=13):
        is_return = case.criteria.return_on is not None
        found = Matches(case.criteria, network).listed
        wanted = trips_by_hand(case, Filters(), found.scale, network)
        most = max(most, len(wanted))
        for sort, key in KEYS.items():
            trips = in_order(found, Filters(), sort, is_return)
            wanted.sort(
                key=lambda trip: (
                    key(trip),
                    cost(trip),
                    [departure(way) for way in trip],
                    [names(way) for way in trip],
                )
            )
            assert [ids(trip) for trip in trips] == [ids(trip) for trip in wanted], sort
        trips = in_order(found, Filters(), "best", is_return)
        assert sorted(map(ids, trips)) == sorted(map(ids, wanted))
        by_ids = {ids(trip): trip for trip in wanted}
        cheapest = min(map(cost, wanted), default=1)
        fastest = min(map(KEYS["duration"], wanted), default=1)
        scores = [score(by_ids[ids(trip)], cheapest, fastest, network) for trip in trips]
        assert all(after - before > -1e-5 for before, after in itertools.pairwise(scores))
    assert most > 100


def test_pages_and_groups_hold_each_trip_once(app: Flask, network: Directory) -> None:
    pages_seen = 0
    for case in cases(app, network, examples=6, seed=14):
        found = Matches(case.criteria, network).listed
        every = found.count(Filters())
        for group in (None, "price_class", "time_class", "duration_class"):
            shown: list[tuple[str, tuple[str, ...]]] = []
            first = answer(replace(case.criteria, group=group), network)
            for page in range(1, first.pages + 1):
                part = answer(replace(case.criteria, group=group, page=page), network)
                shown += [
                    (each.name, tuple(journey.flight_names for journey in result.journeys))
                    for each in part.groups
                    for result in each.results
                ]
                assert len(part.results) <= RESULTS_A_PAGE
                if group:
                    for each in part.groups:
                        assert {getattr(result, group) for result in each.results} == {each.name}
                        assert each.count == found.count(Filters(), Class(group, each.name))
            assert len({flights for _, flights in shown}) == len(shown) == every
            # A group is not left before it is over.
            assert len(list(itertools.groupby(shown, key=lambda each: each[0]))) <= 4
            pages_seen += first.pages
    assert pages_seen > 40
