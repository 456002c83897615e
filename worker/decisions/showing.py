"""What the mails about a trip show beside their flights: the party, the seats, what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.booking.addresses import trip_address
from webapp.booking.connections import BrokenConnection, connections_to_come
from webapp.booking.legs import TripLeg
from webapp.booking.models import LedgerEntry, Passenger, PassengerKind
from webapp.booking.names.present import PresentNames
from webapp.booking.names.rules import first_booked
from webapp.booking.party import PassengerNames, laps
from webapp.booking.trip_card import trip_card
from webapp.booking.trips import Trip
from webapp.money import in_column

Row = tuple[str, str]


def shown(
    trip: Trip, leg: TripLeg | None = None, ahead: Sequence[TripLeg] = (), **more: Any
) -> dict[str, Any]:
    """Return the context of a mail about a trip, or about one leg of it with those ahead."""
    address = trip_address(trip.reference)
    return {
        "trip": trip,
        "leg": leg,
        "ahead": ahead,
        "trip_address": address,
        "check_in_address": f"{address}&go=check-in",
        "travellers": [_traveller(passenger, trip) for passenger in trip.passengers],
        "seats": _seats(trip, ahead or [leg]) if leg else [],
        "has_boarding_passes": leg is not None and trip.is_anybody_checked_in(leg),
        "broken": _connections_of(trip, leg),
        "card": trip_card(trip, address, ahead or ([leg] if leg else trip.legs)),
        **more,
    }


# What the lines of a receipt come to: less than nothing is money back.
_COMES_TO = {-1: "You get back", 0: "Nothing to pay, nothing back", 1: "You paid"}


def receipt_rows(trip: Trip, lines: list[LedgerEntry]) -> list[Row]:
    """Return the lines of a receipt with what they come to, none where nothing was written.

    Those of a cancellation begin with what comes back, and count towards that.
    """
    if not lines:
        return []
    total = sum(line.amount_minor for line in lines)
    sign = -1 if lines[0].amount_minor < 0 else 1
    words = _COMES_TO[(total > 0) - (total < 0)]
    names = PresentNames.of(trip.booking)
    rows = [
        (names.within(line.what), in_column(trip.money(sign * line.amount_minor))) for line in lines
    ]
    return [*rows, (words, in_column(trip.money(abs(total))))]


def corrected(trip: Trip) -> list[Row]:
    """Return those who are called otherwise than they were booked first, with how that was."""
    booked = first_booked(trip.booking)
    return [
        (trip.name_of(each), _as_booked(booked[each.position], trip.name_of(each)))
        for each in trip.passengers
        if booked[each.position] != PassengerNames.of(each)
    ]


def _as_booked(booked: PassengerNames, name: str) -> str:
    former = f"{booked.given_name} {booked.family_name}"
    return "booked with another date of birth" if former == name else f"booked as {former}"


def _connections_of(trip: Trip, leg: TripLeg | None) -> list[BrokenConnection]:
    """Return the broken connections that a mail speaks of: of the journey that it is about."""
    return [
        gap
        for gap in connections_to_come(trip)
        if leg is None
        or leg.segment.journey in (gap.arriving.segment.journey, gap.departing.segment.journey)
    ]


def _traveller(passenger: Passenger, trip: Trip) -> Row:
    name = f"{passenger.given_name} {passenger.family_name}"
    adult = laps(trip.passengers).get(passenger.id)
    facts = [
        passenger.kind.capitalize() + (f" on the lap of {trip.name_of(adult)}" if adult else "")
    ]
    for leg in trip.legs:
        on = f" on {leg.segment.flight.designator}" if len(trip.legs) > 1 else ""
        facts += [f"seat {seat}{on}" for seat in _seats_of(passenger, leg)]
        if _waits_for_a_seat(passenger, leg):
            facts.append(f"seat at check-in{on}")
    if passenger.ticket_number:
        facts.append(f"ticket {passenger.shown_ticket_number}")
    return name, " · ".join(facts)


def _seats(trip: Trip, legs: Sequence[TripLeg]) -> list[Row]:
    """Return who sits where on some flights, with whose lap it is; none before there are seats."""
    seats = {
        passenger.id: [
            f"{seat} on {leg.segment.flight.designator}" if len(legs) > 1 else seat
            for leg in legs
            for seat in _seats_of(passenger, leg)
        ]
        for passenger in trip.passengers
    }
    seats |= {
        infant_id: [f"on the lap of {trip.name_of(adult)}"]
        for infant_id, adult in laps(trip.passengers).items()
        if seats[adult.id]
    }
    return [
        (trip.name_of(passenger), " · ".join(seats[passenger.id]))
        for passenger in trip.passengers
        if seats[passenger.id]
    ]


def seats_and_before(trip: Trip, leg: TripLeg, was: Mapping[int, str]) -> list[Row]:
    """Return the seats of those who sat elsewhere, with where that was."""
    return [
        (
            f"{passenger.given_name} {passenger.family_name}",
            f"{coupon.seat or 'given at the gate'}, was {was[passenger.id]}",
        )
        for passenger in trip.passengers
        for coupon in passenger.coupons
        if coupon.segment_id == leg.segment.id
        and was.get(passenger.id, coupon.seat) not in (None, coupon.seat)
    ]


def _seats_of(passenger: Passenger, leg: TripLeg) -> list[str]:
    return [
        coupon.seat
        for coupon in passenger.coupons
        if coupon.segment_id == leg.segment.id and coupon.seat
    ]


def _waits_for_a_seat(passenger: Passenger, leg: TripLeg) -> bool:
    # Who has no ticket yet has not been seated either.
    is_seated = passenger.kind != PassengerKind.INFANT and passenger.ticket_number is not None
    return is_seated and not leg.is_cancelled and not _seats_of(passenger, leg)
