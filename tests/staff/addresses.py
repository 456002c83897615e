"""Where the staff pages are."""

from __future__ import annotations

from webapp.flights.models import Flight


def address(flight: Flight) -> str:
    """Return the address of a flight's page for staff."""
    return (
        f"/staff/flights/{flight.airline_iata}{flight.number}/{flight.departs_on}"
        f"/{flight.origin_iata}"
    )
