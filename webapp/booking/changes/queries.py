"""Reads: the flights that a journey can be changed for, and what one of them would cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp import clock
from webapp.booking import quotes
from webapp.booking.changes.errors import (
    DayNotOnSale,
    JourneysOverlap,
    OtherWay,
    PassengerGrown,
    SameFlights,
)
from webapp.booking.changes.rules import Exchange, Flights, exchange, require_fit
from webapp.booking.errors import QuoteOutdated
from webapp.booking.journeys import Journey
from webapp.booking.ledger import Group, grouped
from webapp.booking.models import Booking, Coupon, QuoteKind
from webapp.booking.quotes import Offered
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import Trip
from webapp.errors import DomainError
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import (
    SellableFlight,
    sellable_by_id,
    sellable_flights,
    sellable_onward,
)
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search import offers
from webapp.search.criteria import OneWay, read_criteria
from webapp.search.forms import SearchForm
from webapp.search.itineraries import (
    LONGEST_CONNECTION,
    Connector,
    Itinerary,
    itinerary,
    worth_showing,
)
from webapp.search.offers import Offer
from webapp.search.queries import flyable
from webapp.search.results import Journey as NewJourney
from webapp.search.results import journey_of
from webapp.search.ways import Comparison


@dataclass(frozen=True)
class Choice:
    """A way that a journey can be changed for, and what that costs the party in all.

    `elsewhere` says where it begins or ends at another airport than was booked.
    """

    way: NewJourney
    elsewhere: tuple[str, ...]
    exchange: Exchange
    total: Money
    token: str
    is_cheapest: bool = False
    is_fastest: bool = False

    def is_beaten_by(self, other: Choice) -> bool:
        """Tell whether another way is nowhere worse and somewhere better; no flight alone is."""
        ours, theirs = self._burdens, other._burdens
        return (
            self.way.stops > 0
            and ours != theirs
            and all(each <= own for each, own in zip(theirs, ours, strict=True))
        )

    @property
    def _burdens(self) -> tuple[float, ...]:
        way = self.way
        arrives, leaves = way.arrives_at.timestamp(), way.departs_at.timestamp()
        return self.total.minor, arrives, -leaves, way.stops, len(self.elsewhere)

    @property
    def groups(self) -> list[Group]:
        """What the total is made of."""
        return grouped(self.exchange.lines)


@dataclass(frozen=True)
class Choices:
    """The ways of a day that fit the trip; `in_the_way` is the journey that others overlap."""

    found: list[Choice]
    in_the_way: Journey | None = None


@dataclass(frozen=True)
class ChangeQuote:
    """A choice as it was quoted."""

    choice: Choice
    offered: Offered


def choices(trip: Trip, journey: Journey, day: date, network: Directory) -> Choices:
    """Return the flights of a day that fit the trip, by departure. Raises DayNotOnSale."""
    coupons = live_coupons(trip.booking)
    misfits = [
        (each, _misfit(trip, journey, each, network))
        for each in _found(trip, journey, day, network)
    ]
    # What does not fit must not push out what does.
    fitting = [each for each, misfit in misfits if misfit is None]
    found = [
        _choice(trip, journey, coupons, each.flights, network) for each in worth_showing(fitting)
    ]
    # Of a change that is free the fares say nothing, so times alone decide what is worth showing.
    worth = [each for each in found if not any(map(each.is_beaten_by, found))]
    others = [each.other for _, each in misfits if isinstance(each, JourneysOverlap)]
    return Choices(_tagged(worth), next(filter(None, others), None))


def _tagged(found: Sequence[Choice]) -> list[Choice]:
    """Return choices by departure; where all cost or take the same, none is the cheapest."""
    totals, times = {each.total for each in found}, {each.way.minutes for each in found}
    lowest = min(totals) if len(totals) > 1 else None
    shortest = min(times) if len(times) > 1 else None
    return [
        replace(each, is_cheapest=each.total == lowest, is_fastest=each.way.minutes == shortest)
        for each in sorted(found, key=lambda each: (each.way.departs_at, each.way.arrives_at))
    ]


def _misfit(
    trip: Trip, journey: Journey, found: Itinerary, network: Directory
) -> DomainError | None:
    try:
        require_fit(trip, journey, found.flights, network)
    except (OtherWay, SameFlights, QuoteOutdated, JourneysOverlap, PassengerGrown) as error:
        return error
    return None


def change_quote(trip: Trip, journey: Journey, offer: Offer, network: Directory) -> ChangeQuote:
    """Return the quote for an offer that stands as it was made.

    Raises NoSeatsLeft, and what require_fit() raises.
    """
    flights = sellable_in_order(trip.booking, journey, offer.flight_ids)
    require_fit(trip, journey, flights, network)
    choice = _choice(trip, journey, live_coupons(trip.booking), flights, network)
    offered = quotes.offer(
        trip.booking,
        QuoteKind.CHANGE,
        _plan(trip, journey, flights, choice.way.departs_at.date()),
        choice.exchange.lines,
        trip.seen_at,
    )
    return ChangeQuote(choice, offered)


def sellable_in_order(
    booking: Booking, journey: Journey, flight_ids: Sequence[int]
) -> list[SellableFlight]:
    """Return flights that have seats for a party, in the order they are flown.

    On those of the journey that is changed the party has seats of its own. Raises NoSeatsLeft
    where one is full, gone or closed.
    """
    cabin, seats = Cabin(booking.cabin), party_of(booking).seats
    own = {leg.segment.flight_id for leg in journey.legs}
    found = {
        each.id: each
        for each in sellable_by_id(flight_ids, cabin, 0)
        if each.id in own or each.seats_left >= seats
    }
    for flight_id in flight_ids:
        if flight_id not in found:
            raise NoSeatsLeft(flight_id)
    return [found[flight_id] for flight_id in flight_ids]


def party_of(booking: Booking) -> Party:
    """Return the party that still travels."""
    return Party(booking.adults, booking.children, booking.infants)


def positions_of(trip: Trip) -> list[int]:
    """Return the party of a trip, for a plan that is signed."""
    return [each.position for each in trip.passengers]


def times_of(flights: Flights) -> list[list[int]]:
    """Return the times at which flights are expected as a quote's plan bears them, in seconds."""
    return [
        [
            int(flight.expected_departs_at.timestamp()),
            int(flight.expected_arrives_at.timestamp()),
        ]
        for flight in flights
    ]


def _plan(trip: Trip, journey: Journey, flights: Flights, departs_on: date) -> dict[str, Any]:
    return {
        "passengers": positions_of(trip),
        "journey": journey.number,
        "depart": departs_on.isoformat(),
        "flights": [flight.id for flight in flights],
        "times": times_of(flights),
    }


def _found(trip: Trip, journey: Journey, day: date, network: Directory) -> list[Itinerary]:
    booking = trip.booking
    first, last = journey.legs[0].segment.flight, journey.legs[-1].segment.flight
    asked = {
        "origin": network.airports[first.origin_iata].city_code,
        "destination": network.airports[last.destination_iata].city_code,
        "depart": day.isoformat(),
        "adults": str(booking.adults),
        "children": str(booking.children),
        "infants": str(booking.infants),
        "cabin": booking.cabin,
    }
    form = SearchForm(MultiDict(asked))
    criteria = read_criteria(form, network)
    if criteria is None:
        raise DayNotOnSale([str(error) for error in form.depart.errors])
    keeping = _keeping_some(booking, journey, criteria.way_out, network)
    return [*flyable(criteria.way_out, criteria.most_stops, network), *keeping]


def _keeping_some(
    booking: Booking, journey: Journey, way: OneWay, network: Directory
) -> list[Itinerary]:
    """Return itineraries that keep the first or the last of a journey's flights.

    The search asks for free seats on every flight, and the party needs none where it has its own.
    """
    own_ids = [leg.segment.flight_id for leg in journey.legs]
    own = {each.id: each for each in sellable_by_id(own_ids, way.cabin, 0)}
    connector, found = Connector(network), []
    for first_ids, last_ids in ((own_ids[:cut], own_ids[cut:]) for cut in range(1, len(own_ids))):
        first, last = ([own[each] for each in ids if each in own] for ids in (first_ids, last_ids))
        if len(first) == len(first_ids) and _leaves_on(first[0], way.depart, network):
            here, then = first[-1].destination_iata, first[-1].arrives_at
            routes = {(here, end) for end in way.destination.airports}
            until = then + LONGEST_CONNECTION
            onward = sellable_onward(routes, then, until, way.cabin, way.seats)
            found += connector.paths(first[:1], *([each] for each in first[1:]), onward)
        if len(last) == len(last_ids):
            there = [last[0].origin_iata]
            inward = sellable_flights(way.origin.airports, there, way.depart, way.cabin, way.seats)
            found += connector.paths(inward, *([each] for each in last))
    return [itinerary(path) for path in found]


def _leaves_on(flight: SellableFlight, day: date, network: Directory) -> bool:
    return flight.departs_at.astimezone(network.airports[flight.origin_iata].zone).date() == day


def _choice(
    trip: Trip,
    journey: Journey,
    coupons: Sequence[Coupon],
    flights: Flights,
    network: Directory,
) -> Choice:
    cost = exchange(trip, journey, coupons, flights)
    party = party_of(trip.booking)
    offer = Offer(
        (tuple(flight.id for flight in flights),),
        Cabin(trip.booking.cabin),
        party,
        Money(sum(party_fare(flight.fare_minor, party) for flight in flights), flights[0].currency),
        clock.now() + offers.LIFETIME,
        tuple((flight.departs_at, flight.arrives_at) for flight in flights),
    )
    way = Comparison(party, network).way_of(itinerary(tuple(flights)))
    return Choice(
        journey_of(way, network),
        tuple(_elsewhere(journey, flights)),
        cost,
        quotes.total_of(trip.booking, cost.lines),
        offers.sign(offer),
    )


def _elsewhere(journey: Journey, flights: Flights) -> Iterator[str]:
    booked = [leg.segment.flight for leg in journey.legs]
    if flights[0].origin_iata != booked[0].origin_iata:
        yield f"Leaves from {flights[0].origin_iata}, not {booked[0].origin_iata}"
    if flights[-1].destination_iata != booked[-1].destination_iata:
        yield f"Lands at {flights[-1].destination_iata}, not {booked[-1].destination_iata}"
