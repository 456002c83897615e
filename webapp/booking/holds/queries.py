"""Reads: what an earlier hold, or an offer that is too old, would be offered for now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select

from webapp import clock
from webapp.booking.errors import FareChanged
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.terms import terms_of
from webapp.db import db
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FareFamily, family_of
from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import sellable_by_id
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.network.queries import directory
from webapp.retention import HOLDS_KEPT, PORTION
from webapp.search.itineraries import itinerary
from webapp.search.offers import LIFETIME, Offer
from webapp.search.results import Journey, journey_of
from webapp.search.ways import Comparison


@dataclass(frozen=True)
class OfferAgain:
    """Flights, a cabin and a party of before, at the price of this moment."""

    offer: Offer
    family: FareFamily
    total: Money


def offer_again(booking: Booking) -> OfferAgain | None:
    """Return what a hold that ended could be held for again; None where that cannot be sold."""
    journeys: dict[int, list[int]] = {}
    for segment in booking.segments:
        journeys.setdefault(segment.journey, []).append(segment.flight_id)
    flight_ids = [flight_id for number in sorted(journeys) for flight_id in journeys[number]]
    party = Party(booking.adults, booking.children, booking.infants)
    cabin, family = Cabin(booking.cabin), family_of(booking.family)
    found = {each.id: each for each in sellable_by_id(flight_ids, cabin, party.seats)}
    if not flight_ids or any(flight_id not in found for flight_id in flight_ids):
        return None
    flights = [found[flight_id] for flight_id in flight_ids]
    if {each.currency for each in flights} != {booking.currency}:
        return None
    light = sum(party_fare(each.fare_minor, party) for each in flights)
    total = sum(party_fare(family.fare(each.fare_minor), party) for each in flights)
    offer = Offer(
        tuple(tuple(journeys[number]) for number in sorted(journeys)),
        cabin,
        party,
        Money(light, booking.currency),
        clock.now() + LIFETIME,
        tuple((each.departs_at, each.arrives_at) for each in flights),
    )
    return OfferAgain(offer, family, Money(total, booking.currency))


def renewed(offer: Offer, family: FareFamily) -> OfferAgain:
    """Return what an offer that is too old costs now. Raises NoSeatsLeft and TimesChanged."""
    try:
        light, total = offer.total, Money(terms_of(offer, family).total_minor, offer.total.currency)
    except FareChanged as changed:
        light, total = changed.light_total, changed.total
    return OfferAgain(replace(offer, total=light, expires_at=clock.now() + LIFETIME), family, total)


def ways_of(offer: Offer) -> list[Journey]:
    """Return the flights of an offer as results show them, one way each. Raises NoSeatsLeft."""
    network = directory()
    comparison = Comparison(offer.party, network)
    found = {
        each.id: each for each in sellable_by_id(offer.flight_ids, offer.cabin, offer.party.seats)
    }
    for flight_id in offer.flight_ids:
        if flight_id not in found:
            raise NoSeatsLeft(flight_id)
    return [
        journey_of(comparison.way_of(itinerary(tuple(found[each] for each in ids))), network)
        for ids in offer.journeys
    ]


def is_given_up(booking: Booking) -> bool:
    """Tell whether a hold that ended was given up before its time; later that only tidies."""
    released = (event for event in booking.events if event.what == "released")
    return any(event.at < booking.expires_at for event in released)


def holds_to_forget() -> list[int]:
    """Return the ids of holds that ended so long ago that nobody takes them over any more."""
    query = select(Booking.id).where(*ended_long_ago()).limit(PORTION)
    return list(db.session.scalars(query))


def ended_long_ago() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that what was typed into a hold is to be forgotten and is not yet."""
    return (
        Booking.status == BookingStatus.EXPIRED,
        Booking.forgotten_at.is_(None),
        Booking.expires_at <= clock.now() - HOLDS_KEPT,
    )
