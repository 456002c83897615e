"""Reads: the offers that answer a search, and routes worth a first look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import select

from webapp import clock
from webapp.db import db
from webapp.flights.demo import showcase
from webapp.flights.models import Flight
from webapp.flights.queries import (
    OPEN_STATUSES,
    SellableFlight,
    sellable_flights,
    sellable_onward,
)
from webapp.network.queries import Directory
from webapp.search import offers
from webapp.search.criteria import Criteria
from webapp.search.filters import Facet, narrow
from webapp.search.itineraries import (
    ENOUGH,
    LONGEST_CONNECTION,
    Connector,
    Itinerary,
    itinerary,
    worth_showing,
)
from webapp.search.results import Result, order, recommend, result_of
from webapp.search.routes import flown_routes, ways_via_one, ways_via_two

RESULTS_A_PAGE = 20
FEW_SEATS = 5
_SECONDS_KEPT = 300.0


@dataclass(frozen=True)
class ResultPage:
    """A page of what the filters leave of a search, and the filters with their counts."""

    results: list[Result]
    left: int
    total: int
    page: int
    pages: int
    facets: list[Facet]


def search_flights(criteria: Criteria, network: Directory) -> ResultPage:
    """Return a page of results, in the order that was asked for."""
    every = [
        result_of(found, criteria.party, network) for found in find_itineraries(criteria, network)
    ]
    recommend(every)
    results, facets = narrow(every, criteria.filters)
    results.sort(key=order(criteria.sort, every))
    pages = max(1, -(-len(results) // RESULTS_A_PAGE))
    page = min(criteria.page, pages)
    shown = results[(page - 1) * RESULTS_A_PAGE : page * RESULTS_A_PAGE]
    expires_at = clock.now() + offers.LIFETIME
    for result in shown:
        flight_ids = tuple(leg.flight_id for leg in result.legs)
        offer = offers.Offer(
            (flight_ids,), criteria.cabin, criteria.party, result.total, expires_at, result.times
        )
        result.token = offers.sign(offer)
    return ResultPage(shown, len(results), len(every), page, pages, facets)


def find_itineraries(criteria: Criteria, network: Directory) -> list[Itinerary]:
    """Return every itinerary worth showing, with up to two stops or as many as are asked for.

    Two queries for one stop and three for two; only routes that are flown are looked at.
    """
    most_stops = criteria.filters.stops if criteria.filters.stops is not None else 2
    routes = flown_routes() if most_stops else {}
    connector = Connector(network)
    origins, destinations = criteria.origin.airports, criteria.destination.airports
    via_one = ways_via_one(origins, destinations, routes, connector, network)
    hubs = {first for _, first, _, _ in via_one}
    first = _first_flights(criteria, [*destinations, *hubs])
    found = [itinerary((flight,)) for flight in first if flight.destination_iata in destinations]
    to_hubs = [flight for flight in first if flight.destination_iata in hubs]
    last = _onward(criteria, to_hubs, {(start, end) for _, _, start, end in via_one}, 1)
    found += map(itinerary, connector.paths(to_hubs, last))
    found = worth_showing(found)
    if most_stops < 2 or len(found) >= ENOUGH:
        return found
    found += map(itinerary, _with_two_stops(criteria, routes, connector, network))
    return worth_showing(found)


def routes_to_try(day: date, network: Directory, most: int = 6) -> list[tuple[str, str]]:
    """Return a few pairs of places that can be flown between on a day.

    The demo network names its own; of another one, each airline gives some of its flights, by a
    short walk along an index, and what was found is kept for some minutes.
    """
    known = network.airports.keys() | network.cities.keys()
    chosen = [(pair.origin, pair.destination) for pair in showcase(known)]
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
    criteria: Criteria, routes: dict[str, set[str]], connector: Connector, network: Directory
) -> list[tuple[SellableFlight, ...]]:
    ways = ways_via_two(
        criteria.origin.airports, criteria.destination.airports, routes, connector, network
    )
    to_first = {first for _, first, *_ in ways}
    middle = {(start, second) for _, _, start, second, _, _ in ways}
    final = {way[-2:] for way in ways}
    flights = _first_flights(criteria, sorted(to_first))
    return connector.paths(
        flights, _onward(criteria, flights, middle, 1), _onward(criteria, flights, final, 2)
    )


def _first_flights(criteria: Criteria, to: list[str]) -> list[SellableFlight]:
    return sellable_flights(
        criteria.origin.airports, to, criteria.depart, criteria.cabin, criteria.party.seats
    )


def _onward(
    criteria: Criteria, first: list[SellableFlight], routes: set[tuple[str, str]], changes: int
) -> list[SellableFlight]:
    if not first:
        return []
    arrivals = [flight.arrives_at for flight in first]
    # A second change comes after a flight that itself takes at most a day.
    latest = max(arrivals) + changes * LONGEST_CONNECTION + (changes - 1) * LONGEST_CONNECTION
    return sellable_onward(routes, min(arrivals), latest, criteria.cabin, criteria.party.seats)
