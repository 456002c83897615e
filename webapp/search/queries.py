"""Reads: the offers that answer a search, and routes worth a first look."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import current_app
from sqlalchemy import select

from webapp import clock
from webapp.db import db
from webapp.flights.demo import showcase
from webapp.flights.fares import Party, party_fare
from webapp.flights.models import Flight
from webapp.flights.queries import OPEN_STATUSES, SellableFlight, sellable_flights
from webapp.money import Money
from webapp.network.queries import AirportInfo, Directory
from webapp.search import offers
from webapp.search.criteria import Criteria

RESULTS_A_PAGE = 20
FEW_SEATS = 5
_SECONDS_KEPT = 300.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One flight as a traveller reads it: in the local times of its two airports."""

    flight_id: int
    airline_iata: str
    airline: str
    number: int
    origin: AirportInfo
    destination: AirportInfo
    departs_at: datetime
    arrives_at: datetime
    minutes: int

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days


@dataclass(slots=True)
class Result:
    """One way to travel, its price for the whole party, and the signed offer to take it."""

    leg: Leg
    total: Money
    seats_left: int
    token: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def time_class(self) -> str:
        """When it departs, in local time: night, morning, afternoon or evening."""
        hour = self.leg.departs_at.hour
        return ("night", "morning", "afternoon", "evening")[hour // 6]


@dataclass(frozen=True)
class ResultPage:
    """A page of the results of a search, and how many there are in all."""

    results: list[Result]
    total: int
    page: int
    pages: int


def search_flights(criteria: Criteria, network: Directory) -> ResultPage:
    """Return a page of non-stop results, in the order that was asked for."""
    flights = sellable_flights(
        criteria.origin.airports,
        criteria.destination.airports,
        criteria.depart,
        criteria.cabin,
        criteria.party.seats,
    )
    results = [_result(flight, criteria.party, network) for flight in flights]
    _tag(results)
    results.sort(key=_order(criteria.sort, results))
    pages = max(1, -(-len(results) // RESULTS_A_PAGE))
    page = min(criteria.page, pages)
    shown = results[(page - 1) * RESULTS_A_PAGE : page * RESULTS_A_PAGE]
    expires_at = clock.now() + offers.LIFETIME
    for result in shown:
        offer = offers.Offer(
            (result.leg.flight_id,), criteria.cabin, criteria.party, result.total, expires_at
        )
        result.token = offers.sign(offer)
    return ResultPage(shown, len(results), page, pages)


def leg_of(flight: SellableFlight, network: Directory) -> Leg:
    """Return a flight as a traveller reads it."""
    origin = network.airports[flight.origin_iata]
    destination = network.airports[flight.destination_iata]
    return Leg(
        flight.id,
        flight.airline_iata,
        network.airlines.get(flight.airline_iata, flight.airline_iata),
        flight.number,
        origin,
        destination,
        flight.departs_at.astimezone(origin.zone),
        flight.arrives_at.astimezone(destination.zone),
        int((flight.arrives_at - flight.departs_at).total_seconds()) // 60,
    )


def routes_to_try(day: date, network: Directory, most: int = 6) -> list[tuple[str, str]]:
    """Return a few pairs of places with non-stop flights on a day.

    The demo network names its own; of another one, each airline gives some of its flights, by a
    short walk along an index, and what was found is kept for some minutes.
    """
    known = network.airports.keys() | network.cities.keys()
    chosen = [(pair.origin, pair.destination) for pair in showcase(known) if pair.is_nonstop]
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


def _result(flight: SellableFlight, party: Party, network: Directory) -> Result:
    total = Money(party_fare(flight.fare_minor, party), flight.currency)
    return Result(leg_of(flight, network), total, flight.seats_left)


def _tag(results: list[Result]) -> None:
    if not results:
        return
    for tag, key in (("best", _score(results)), ("cheapest", _price), ("fastest", _minutes)):
        min(results, key=lambda result: (key(result), _departure(result))).tags.append(tag)


def _order(sort: str, results: list[Result]) -> Callable[[Result], tuple[float, ...]]:
    keys: dict[str, Callable[[Result], float]] = {
        "best": _score(results),
        "price": _price,
        "duration": _minutes,
        "departure": _departure,
        "arrival": lambda result: result.leg.arrives_at.timestamp(),
    }
    chosen = keys[sort]
    # The price, the departure and the id settle ties, so that a page holds the same results
    # each time it is asked for.
    return lambda result: (chosen(result), _price(result), _departure(result), result.leg.flight_id)


def _score(results: list[Result]) -> Callable[[Result], float]:
    # Twice the cheapest price weighs as much as twice the shortest time.
    cheapest = min((_price(result) for result in results), default=1)
    fastest = min((_minutes(result) for result in results), default=1)
    return lambda result: _price(result) / cheapest + _minutes(result) / fastest


def _price(result: Result) -> float:
    return result.total.minor


def _minutes(result: Result) -> float:
    return result.leg.minutes


def _departure(result: Result) -> float:
    return result.leg.departs_at.timestamp()
