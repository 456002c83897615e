"""Reads: the itineraries between two places on a day, and routes worth a first look."""

from __future__ import annotations

import time
from datetime import date

from flask import current_app
from sqlalchemy import select

from webapp.db import db
from webapp.flights.models import Flight
from webapp.flights.queries import (
    OPEN_STATUSES,
    SellableFlight,
    sellable_flights,
    sellable_onward,
)
from webapp.network.demo_data import showcase
from webapp.network.queries import Directory
from webapp.search.criteria import OneWay
from webapp.search.itineraries import (
    ENOUGH,
    LONGEST_CONNECTION,
    Connector,
    Itinerary,
    itinerary,
    worth_showing,
)
from webapp.search.routes import flown_routes, ways_via_one, ways_via_two

_SECONDS_KEPT = 300.0


def flyable(way: OneWay, most_stops: int, network: Directory) -> list[Itinerary]:
    """Return every itinerary from one place to another on a day, also those that others beat.

    Two queries for one stop and three for two; only routes that are flown are looked at.
    """
    routes = flown_routes(network) if most_stops else {}
    connector = Connector(network)
    origins, destinations = way.origin.airports, way.destination.airports
    via_one = ways_via_one(origins, destinations, routes, connector, network)
    hubs = {first for _, first, _, _ in via_one}
    first = _first_flights(way, [*destinations, *hubs])
    found = [itinerary((flight,)) for flight in first if flight.destination_iata in destinations]
    to_hubs = [flight for flight in first if flight.destination_iata in hubs]
    last = _onward(way, to_hubs, {(start, end) for _, _, start, end in via_one}, 1)
    found += map(itinerary, connector.paths(to_hubs, last))
    if most_stops == 2 and not _are_enough(found):
        found += map(itinerary, _with_two_stops(way, routes, connector, network))
    return found


def _are_enough(found: list[Itinerary]) -> bool:
    # Non-stop flights are always shown, and where they are enough nothing is to be compared.
    nonstop = sum(1 for one in found if not one.stops)
    return nonstop >= ENOUGH or len(worth_showing(found)) >= ENOUGH


def routes_to_try(day: date, network: Directory, most: int = 6) -> list[tuple[str, str]]:
    """Return a few pairs of places that can be flown between on a day.

    The demo network names its own; of another one, each airline gives some of its flights, by a
    short walk along an index, and what was found is kept for some minutes.
    """
    known = network.airports.keys() | network.cities.keys()
    chosen = showcase(known)
    if chosen:
        return chosen
    kept = current_app.extensions.get("routes_to_try")
    if isinstance(kept, tuple) and kept[0] == day and time.monotonic() < kept[1]:
        return list(kept[2])
    routes = _routes_of_day(day, network, most)
    if routes:
        until = time.monotonic() + _SECONDS_KEPT
        current_app.extensions["routes_to_try"] = (day, until, routes)
    return routes


def _routes_of_day(day: date, network: Directory, most: int) -> list[tuple[str, str]]:
    routes: set[tuple[str, str]] = set()
    for airline in sorted(network.airlines):
        query = (
            select(Flight.origin_iata, Flight.destination_iata)
            .where(
                Flight.airline_iata == airline,
                Flight.departs_on == day,
                Flight.status.in_(OPEN_STATUSES),
            )
            .limit(2)
        )
        routes.update((row[0], row[1]) for row in db.session.execute(query))
    return sorted(routes)[:most]


def _with_two_stops(
    way: OneWay, routes: dict[str, set[str]], connector: Connector, network: Directory
) -> list[tuple[SellableFlight, ...]]:
    ways = ways_via_two(way.origin.airports, way.destination.airports, routes, connector, network)
    to_first = {first for _, first, *_ in ways}
    middle = {(start, second) for _, _, start, second, _, _ in ways}
    final = {each[-2:] for each in ways}
    flights = _first_flights(way, sorted(to_first))
    return connector.paths(
        flights, _onward(way, flights, middle, 1), _onward(way, flights, final, 2)
    )


def _first_flights(way: OneWay, to: list[str]) -> list[SellableFlight]:
    return sellable_flights(way.origin.airports, to, way.depart, way.cabin, way.seats)


def _onward(
    way: OneWay, first: list[SellableFlight], routes: set[tuple[str, str]], changes: int
) -> list[SellableFlight]:
    if not first:
        return []
    arrivals = [flight.expected_arrives_at for flight in first]
    # A second change comes after a flight that itself takes at most a day.
    latest = max(arrivals) + changes * LONGEST_CONNECTION + (changes - 1) * LONGEST_CONNECTION
    return sellable_onward(routes, min(arrivals), latest, way.cabin, way.seats)
