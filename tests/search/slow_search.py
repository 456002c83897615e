"""A slow and obvious search: every path, held against every rule, one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from webapp.flights.queries import SellableFlight
from webapp.network.queries import Directory
from webapp.search.criteria import OneWay
from webapp.search.itineraries import DETOUR_FACTOR, DETOUR_KM, ENOUGH, Itinerary


def every_path(every: list[SellableFlight], way: OneWay, network: Directory) -> list[Itinerary]:
    """Return every itinerary of up to two flights, and of three where few of those are good."""
    short = paths(every, way, network, 1) + paths(every, way, network, 2)
    if len(undominated(short)) >= ENOUGH:
        return short
    return short + paths(every, way, network, 3)


def paths(
    every: list[SellableFlight], way: OneWay, network: Directory, length: int
) -> list[Itinerary]:
    found = [(flight,) for flight in every if starts(flight, way, network)]
    for _ in range(length - 1):
        found = [
            (*path, after)
            for path in found
            for after in every
            if connects(path[-1], after, network)
        ]
    return [
        Itinerary(path, sum(flight.fare_minor for flight in path))
        for path in found
        if is_allowed(path, way, network)
    ]


def starts(flight: SellableFlight, way: OneWay, network: Directory) -> bool:
    zone = network.airports[flight.origin_iata].zone
    is_on_the_day = flight.departs_at.astimezone(zone).date() == way.depart
    return is_on_the_day and flight.origin_iata in way.origin.airports


def is_allowed(path: tuple[SellableFlight, ...], way: OneWay, network: Directory) -> bool:
    airports = [path[0].origin_iata, *(flight.destination_iata for flight in path)]
    cities = [network.airports[airport].city_code for airport in airports]
    flown = sum(network.km(*pair) for pair in itertools.pairwise(airports))
    is_near = flown <= DETOUR_FACTOR * network.km(airports[0], airports[-1]) + DETOUR_KM
    return (
        airports[-1] in way.destination.airports
        and len(set(cities)) == len(cities)
        and (len(path) == 1 or is_near)
    )


def connects(before: SellableFlight, after: SellableFlight, network: Directory) -> bool:
    wait = after.departs_at - before.expected_arrives_at
    return is_reachable(before, after, network) and wait <= timedelta(hours=24)


def is_reachable(before: SellableFlight, after: SellableFlight, network: Directory) -> bool:
    here, there = network.airports[before.destination_iata], network.airports[after.origin_iata]
    if here.city_code != there.city_code:
        return False
    countries = {
        network.airports[airport].country
        for flight in (before, after)
        for airport in (flight.origin_iata, flight.destination_iata)
    }
    least = timedelta(minutes=45 if len(countries) == 1 else 75)
    if here.iata != there.iata:
        least += timedelta(hours=2)
    return least <= after.departs_at - before.expected_arrives_at


def undominated(
    found: list[Itinerary], turn: Callable[[Itinerary], object] = lambda _one: None
) -> list[Itinerary]:
    """Return what nothing else beats that turns at the same place, in the same time."""
    return [
        one
        for one in found
        if one.stops == 0
        or not any(
            beats(other, one) for other in found if other is not one and turn(other) == turn(one)
        )
    ]


def beats(other: Itinerary, one: Itinerary) -> bool:
    is_as_good = (
        other.stops <= one.stops
        and other.fare_minor <= one.fare_minor
        and leaves_at(other) >= leaves_at(one)
        and lands_at(other) <= lands_at(one)
    )
    is_equal = (other.stops, other.fare_minor, leaves_at(other), lands_at(other)) == (
        one.stops,
        one.fare_minor,
        leaves_at(one),
        lands_at(one),
    )
    return is_as_good and (not is_equal or names(other) < names(one))


def leaves_at(one: Itinerary) -> datetime:
    return one.flights[0].expected_departs_at


def lands_at(one: Itinerary) -> datetime:
    return one.flights[-1].expected_arrives_at


def departure(one: Itinerary) -> datetime:
    return one.flights[0].departs_at


def arrival(one: Itinerary) -> datetime:
    return one.flights[-1].arrives_at


def names(one: Itinerary) -> tuple[int, ...]:
    return tuple(flight.id for flight in one.flights)


def in_order(found: list[Itinerary]) -> list[Itinerary]:
    """Return itineraries with the fewest stops first, then the cheapest, the earliest to arrive."""
    return sorted(
        found,
        key=lambda one: (
            one.stops,
            one.fare_minor,
            lands_at(one),
            -leaves_at(one).timestamp(),
            names(one),
        ),
    )
