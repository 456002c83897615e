"""What an offer's flights cost its party at present, under a fare family."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.booking.connections import are_connected
from webapp.booking.errors import FareChanged, TimesChanged
from webapp.booking.models import PassengerKind
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FareFamily
from webapp.flights.fares import party_fare, passenger_fare
from webapp.flights.queries import SellableFlight, sellable_by_id
from webapp.money import Money
from webapp.search.offers import Offer


@dataclass(frozen=True)
class Terms:
    """The flights of an offer in their order, and for each passenger the price of each flight."""

    flights: list[SellableFlight]
    prices: list[tuple[PassengerKind, list[int]]]

    @property
    def total_minor(self) -> int:
        """What the whole party pays."""
        return sum(sum(each) for _, each in self.prices)


def terms_of(offer: Offer, family: FareFamily) -> Terms:
    """Return what an offer's flights cost now. Raises NoSeatsLeft, TimesChanged, FareChanged."""
    found = {
        flight.id: flight
        for flight in sellable_by_id(offer.flight_ids, offer.cabin, offer.party.seats)
    }
    for flight_id in offer.flight_ids:
        if flight_id not in found:
            raise NoSeatsLeft(flight_id)
    flights = [found[flight_id] for flight_id in offer.flight_ids]
    for flight, (departs_at, arrives_at) in zip(flights, offer.times, strict=True):
        shift = max(abs(flight.departs_at - departs_at), abs(flight.arrives_at - arrives_at))
        if shift.total_seconds() >= 1:  # An offer counts in seconds.
            raise TimesChanged
    if not are_connected(flights):  # A delay of the day may have broken what the search found.
        raise TimesChanged
    currency = offer.total.currency
    if {flight.currency for flight in flights} != {currency}:
        raise FareChanged(offer.total, offer.total)
    fares = [family.fare(flight.fare_minor) for flight in flights]
    prices = [(kind, [passenger_fare(fare, kind) for fare in fares]) for kind in _kinds(offer)]
    terms = Terms(flights, prices)
    light_minor = sum(party_fare(flight.fare_minor, offer.party) for flight in flights)
    if light_minor != offer.total.minor:
        raise FareChanged(Money(light_minor, currency), Money(terms.total_minor, currency))
    return terms


def _kinds(offer: Offer) -> list[PassengerKind]:
    party = offer.party
    return (
        [PassengerKind.ADULT] * party.adults
        + [PassengerKind.CHILD] * party.children
        + [PassengerKind.INFANT] * party.infants
    )
