"""The link of the mail about a hold, which lets a party go on in any browser, logged in or not."""

from __future__ import annotations

from itsdangerous import BadData

from webapp.booking.models import Booking
from webapp.booking.queries import booking_by_id
from webapp.signing import signer


def token_of(booking: Booking) -> str:
    """Return the word that stands for a hold in the address that its party is sent."""
    return signer("hold").dumps([booking.id, booking.address_mark])


def booking_of(token: str) -> Booking | None:
    """Return the booking that a word stands for, None where we did not make it.

    One that went to an address which the party has left opens nothing: a stranger may read there.
    """
    try:
        booking_id, mark = signer("hold").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    booking = booking_by_id(booking_id)
    return booking if booking and booking.address_mark == mark else None
