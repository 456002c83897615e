"""What a confirmation hands out: ticket numbers, and the lines that the party pays."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.booking.ledger import Line
from webapp.booking.models import (
    Booking,
    Coupon,
    EntryKind,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.party import party_of
from webapp.flights.families import family_of
from webapp.flights.fares import PASSENGER_PERCENT
from webapp.flights.models import Flight
from webapp.flights.taxes import taxes_in

_SERIALS = 10**10
# Without a factor in common with the number of serials, so that no two ids share a serial, and
# large, so that one ticket does not give away how many others there are.
_STEP = 7_368_787_871


def ticket_number(ticketing_code: str, passenger_id: int) -> str:
    """Return 13 digits: the airline's three, and a serial that is a passenger's alone."""
    return f"{ticketing_code}{passenger_id * _STEP % _SERIALS:010}"


def issue_tickets(coupons: Sequence[Coupon]) -> None:
    """Give everybody in the party a ticket of the airline that flies first. Safe to repeat."""
    airline = coupons[0].segment.flight.airline
    for passenger in party_of(coupons):
        passenger.ticket_number = passenger.ticket_number or ticket_number(
            airline.ticketing_code, passenger.id
        )


def purchase_lines(booking: Booking, coupons: Sequence[Coupon]) -> list[Line]:
    """Return what a party pays: for each passenger the fare, what is passed on, and seats."""
    lines = []
    for passenger in party_of(coupons):
        own = [each for each in coupons if each.passenger_id == passenger.id]
        taxes = sum(taxes_in(each.price_minor, passenger.kind) for each in own)
        fare = passenger.price_minor - taxes
        lines.append(
            Line(EntryKind.CHARGE, fare, f"Fare: {_name(passenger)}", _rule(booking, passenger))
        )
        lines.append(Line(EntryKind.CHARGE, taxes, f"Taxes and charges: {_name(passenger)}"))
        lines += [seat_line(each.segment, passenger, each, each.seat_price_minor) for each in own]
    return lines


def seat_line(segment: Segment, passenger: Passenger, coupon: Coupon, amount_minor: int) -> Line:
    """Return the line for a seat that somebody chose."""
    flight = segment.flight
    way = f"{flight.origin_iata} to {flight.destination_iata}"
    what = f"Seat {coupon.seat}, {way}: {_name(passenger)}"
    return Line(EntryKind.CHARGE, amount_minor, what, "Seat of your choice")


def lost_seat_line(passenger: Passenger, seat: str, flight: Flight, paid: int, why: str) -> Line:
    """Return the line for what comes back of choosing a seat that somebody cannot keep."""
    what = f"Seat of your choice: {_name(passenger)}, {seat} on {flight.designator}"
    return Line(EntryKind.REFUND, -paid, what, why)


def _rule(booking: Booking, passenger: Passenger) -> str:
    sold = f"{family_of(booking.family).name}, {passenger.kind}"
    if passenger.kind == PassengerKind.ADULT:
        return sold
    # The share is of the whole price: taxes stand on a line of their own, and infants have fewer.
    share = PASSENGER_PERCENT[passenger.kind]
    return f"{sold}: with taxes and charges, {share} % of what an adult pays"


def _name(passenger: Passenger) -> str:
    return f"{passenger.given_name} {passenger.family_name}"
