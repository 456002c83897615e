"""A booking as schema.org data, from which mail programs make a card of the trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.booking.legs import TripLeg
from webapp.booking.models import BOOKED, BookingStatus, Passenger
from webapp.booking.trips import Trip
from webapp.network.models import Airport

_CONTEXT = "http://schema.org"


def trip_card(trip: Trip, address: str, legs: Sequence[TripLeg]) -> list[dict[str, Any]]:
    """Return a FlightReservation for each traveller and each of some flights.

    A hold is none: nothing is reserved by it for longer than minutes.
    """
    if trip.status not in BOOKED:
        return []
    return [
        _reservation(trip, passenger, each, address)
        for each in legs
        for passenger in trip.passengers
    ]


def _reservation(trip: Trip, passenger: Passenger, leg: TripLeg, address: str) -> dict[str, Any]:
    is_off = trip.status == BookingStatus.CANCELLED or leg.is_cancelled
    coupon = next((each for each in passenger.coupons if each.segment_id == leg.segment.id), None)
    reservation = {
        "@context": _CONTEXT,
        "@type": "FlightReservation",
        "reservationNumber": trip.reference,
        "reservationStatus": f"{_CONTEXT}/Reservation{'Cancelled' if is_off else 'Confirmed'}",
        "underName": {
            "@type": "Person",
            "name": f"{passenger.given_name} {passenger.family_name}",
        },
        "bookingAgent": {"@type": "Organization", "name": "Fairwind"},
        "url": address,
        "modifyReservationUrl": address,
        "checkinUrl": f"{address}&go=check-in",
        "reservationFor": _flight(leg),
    }
    if passenger.ticket_number:
        reservation["ticketNumber"] = passenger.ticket_number
    if coupon and coupon.seat:
        reservation["airplaneSeat"] = coupon.seat
    return reservation


def _flight(leg: TripLeg) -> dict[str, Any]:
    flight = leg.segment.flight
    facts = {
        "@type": "Flight",
        "flightNumber": f"{flight.airline_iata}{flight.number}",
        "airline": {
            "@type": "Airline",
            "name": flight.airline.name,
            "iataCode": flight.airline_iata,
        },
        "departureAirport": _airport(flight.origin),
        "departureTime": leg.expected_departs_at.isoformat(),
        "arrivalAirport": _airport(flight.destination),
        "arrivalTime": leg.expected_arrives_at.isoformat(),
    }
    if flight.terminal:
        facts["departureTerminal"] = flight.terminal
    if flight.gate:
        facts["departureGate"] = flight.gate
    return facts


def _airport(airport: Airport) -> dict[str, str]:
    return {"@type": "Airport", "name": airport.name, "iataCode": airport.iata}
