"""Names as documents print them."""

from __future__ import annotations

from webapp.booking.models import Passenger
from webapp.spelling import is_of_known_script, on_ticket


def ticket_name(passenger: Passenger) -> str:
    """Return a passenger's name as on the ticket: MEIER/ALICE."""
    return on_ticket(passenger.family_name or "", passenger.given_name or "")


def shown_name(passenger: Passenger) -> str:
    """Return a name as it was typed, or as on the ticket where a PDF's font lacks its script."""
    typed = f"{passenger.given_name} {passenger.family_name}"
    return typed if is_of_known_script(typed) else ticket_name(passenger)
