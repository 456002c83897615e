"""What a change of flights costs, each line with the rule that it follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.booking.changes.errors import (
    FareNotChangeable,
    JourneysOverlap,
    NotChangeable,
    OtherWay,
    PassengerGrown,
    SameFlights,
)
from webapp.booking.connections import are_connected
from webapp.booking.coupons import paid_for
from webapp.booking.errors import QuoteOutdated
from webapp.booking.flown import fees_for_flown
from webapp.booking.journeys import FREE_WITHIN, Journey, journeys_of, stranded_part
from webapp.booking.ledger import Line
from webapp.booking.models import Booking, BookingStatus, Coupon, EntryKind, Passenger
from webapp.booking.party import kind_on
from webapp.booking.trips import Trip
from webapp.flights.families import family_of
from webapp.flights.fares import passenger_fare
from webapp.flights.queries import SellableFlight
from webapp.money import format_money, minor_per_unit
from webapp.network.queries import Directory

Flights = Sequence[SellableFlight]


@dataclass(frozen=True)
class Exchange:
    """What a change costs, and the price of each passenger's new coupons, flight by flight.

    `reason` says what the airline did where the change is free of charge for it.
    """

    lines: list[Line]
    prices: dict[int, list[int]]
    reason: str | None = None


def changeable_journeys(trip: Trip) -> list[Journey]:
    """Return the journeys of a booked trip that can be changed, or what of them can.

    All of one that has not left and does not board; of one under way what is ahead, if the airline
    broke it, for as long as another flight would be free.
    """
    if trip.status != BookingStatus.CONFIRMED:
        return []
    parts = [
        journey if not journey.is_closed else stranded_part(trip, journey)
        for journey in journeys_of(trip)
    ]
    return [part for part in parts if part]


def is_change_sold(trip: Trip, journey: Journey) -> bool:
    """Tell whether the fare allows a change, or what the airline did to the journey does."""
    return bool(journey.disruption or trip.booking.sold_conditions["change"]["is_allowed"])


def changeable_journey(trip: Trip, number: int) -> Journey:
    """Return a journey that may be changed. Raises NotChangeable and FareNotChangeable."""
    found = [journey for journey in changeable_journeys(trip) if journey.number == number]
    if not found:
        raise NotChangeable
    if not is_change_sold(trip, found[0]):
        raise FareNotChangeable
    return found[0]


def require_fit(trip: Trip, journey: Journey, flights: Flights, network: Directory) -> None:
    """Hold new flights against the rest of the trip.

    Raises OtherWay, SameFlights, QuoteOutdated, JourneysOverlap and PassengerGrown.
    """
    booked = [leg.segment.flight for leg in journey.legs]
    ends = [(booked[0].origin_iata, flights[0].origin_iata)]
    ends.append((booked[-1].destination_iata, flights[-1].destination_iata))
    city = {iata: network.airports[iata].city_code for end in ends for iata in end}
    if any(city[old] != city[new] for old, new in ends):
        raise OtherWay
    if {each.currency for each in flights} != {trip.booking.currency}:
        raise OtherWay  # Nothing converts, so there is no difference to pay.
    if [each.id for each in booked] == [each.id for each in flights]:
        raise SameFlights
    if not are_connected(flights):
        raise QuoteOutdated  # A delay of the day has broken what the search found.
    flown = [leg.segment.flight for leg in journey.flown]
    if flown and not are_connected([flown[-1], flights[0]]):
        raise JourneysOverlap
    for other in journeys_of(trip):
        theirs = [leg.segment.flight for leg in other.legs]
        is_before = other.number < journey.number and not are_connected([theirs[-1], flights[0]])
        is_after = other.number > journey.number and not are_connected([flights[-1], theirs[0]])
        if is_before or is_after:
            raise JourneysOverlap(other)
    # Ages count on the last day of travel, as they did when the trip was booked.
    others = [leg.departs_at.date() for leg in trip.legs if leg.segment.journey != journey.number]
    last = flights[-1]
    new_day = last.departs_at.astimezone(network.airports[last.origin_iata].zone).date()
    day = max([new_day, *others])
    if any(each.born_on and kind_on(day, each.born_on) != each.kind for each in trip.passengers):
        raise PassengerGrown


def exchange(trip: Trip, journey: Journey, coupons: Sequence[Coupon], flights: Flights) -> Exchange:
    """Return what it costs to fly these instead of a journey's flights.

    `coupons` are the live ones of the trip; those of the journey are given back at what was paid
    for them and their seats, and new ones are charged at the fares of this moment.
    """
    booking = trip.booking
    segment_ids = {leg.segment.id for leg in journey.legs}
    old = [coupon for coupon in coupons if coupon.segment_id in segment_ids]
    shift = flights[0].departs_at - journey.legs[0].segment.agreed_departs_at
    flown = [
        line for each in trip.passengers for line in fees_for_flown(trip, each, _of(each, old))
    ]
    if journey.disruption and abs(shift) <= FREE_WITHIN:
        return _free_exchange(trip, journey, old, len(flights), flown)
    family = family_of(booking.family)
    prices = {
        passenger.id: [
            passenger_fare(family.fare(flight.fare_minor), passenger.kind) for flight in flights
        ]
        for passenger in trip.passengers
    }
    lines: list[Line] = []
    for passenger in trip.passengers:
        own = _of(passenger, old)
        lines += _lines_of(booking, passenger, journey, own, sum(prices[passenger.id]))
    return Exchange(lines + flown, prices)


def _of(passenger: Passenger, coupons: Sequence[Coupon]) -> list[Coupon]:
    return [coupon for coupon in coupons if coupon.passenger_id == passenger.id]


def _lines_of(
    booking: Booking, passenger: Passenger, journey: Journey, old: Sequence[Coupon], price: int
) -> list[Line]:
    who = f"{passenger.given_name} {passenger.family_name}, {journey.words}"
    conditions = booking.sold_conditions
    family = family_of(conditions["family"]).name
    paid, seats = paid_for(old), sum(coupon.seat_price_minor for coupon in old)
    lines = [
        Line(
            EntryKind.CHARGE,
            price,
            f"New flights: {who}",
            f"{family} fares of this moment, taxes included",
        ),
        Line(
            EntryKind.REFUND,
            seats - paid,
            f"Old flights: {who}",
            "What was paid for them counts towards the new ones",
        ),
        Line(
            EntryKind.REFUND,
            -seats,
            f"Old seats: {who}",
            "What was paid for them counts as well; more legroom is chosen anew",
        ),
    ]
    if journey.disruption:
        return lines
    if price < paid and not conditions["refund"]["is_allowed"]:
        rule = f"{family}: nothing is given back for cheaper flights"
        lines.append(Line(EntryKind.FEE, paid - price, f"Difference, kept: {who}", rule))
    fee = conditions["change"]["fee_units"] * minor_per_unit(booking.currency)
    if fee:
        amount = format_money(fee, booking.currency)
        rule = f"{family}: {amount} per passenger and journey, and never more than what was paid"
        lines.append(Line(EntryKind.FEE, min(fee, paid), f"Change fee: {who}", rule))
    return lines


def _free_exchange(
    trip: Trip, journey: Journey, old: Sequence[Coupon], flights: int, flown: list[Line]
) -> Exchange:
    """The new coupons cost what the old ones did; seats that were paid for are given back."""
    prices, lines = {}, [*flown]
    for passenger in trip.passengers:
        own = _of(passenger, old)
        share, rest = divmod(sum(coupon.price_minor for coupon in own), flights)
        prices[passenger.id] = [share + (rest if place == 0 else 0) for place in range(flights)]
        seats = sum(coupon.seat_price_minor for coupon in own)
        if seats:
            who = f"{passenger.given_name} {passenger.family_name}, {journey.words}"
            rule = f"{journey.disruption}: more legroom is chosen anew"
            lines.append(Line(EntryKind.REFUND, -seats, f"Seats: {who}", rule))
    return Exchange(lines, prices, journey.disruption)
