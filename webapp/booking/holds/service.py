"""Commands: take an earlier hold's place."""

from __future__ import annotations

from webapp.booking.history import locked, record, who_travels
from webapp.booking.hold_warning import plan_hold_warning
from webapp.booking.models import Booking
from webapp.booking.party import kind_on
from webapp.booking.trips import trip_of


def take_over(earlier_id: int, booking: Booking, actor: str) -> None:
    """Write what was typed for an earlier hold into a new one for a party of the same kinds.

    Whose age is of another kind by the day of these flights is asked again. Safe to repeat: who
    has a name already keeps it. Locks the earlier booking.
    """
    earlier = locked(earlier_id)
    kinds = [passenger.kind for passenger in earlier.passengers]
    if booking.contact_email or kinds != [passenger.kind for passenger in booking.passengers]:
        return
    before = who_travels(booking)
    last_day = trip_of(booking).last_day
    for passenger, known in zip(booking.passengers, earlier.passengers, strict=True):
        passenger.given_name = known.given_name
        passenger.family_name = known.family_name
        if known.born_on and kind_on(last_day, known.born_on) == passenger.kind:
            passenger.born_on = known.born_on
    booking.contact_email = earlier.contact_email
    booking.contact_phone = earlier.contact_phone
    if booking.contact_email:
        plan_hold_warning(booking)
    if (after := who_travels(booking)) != before:
        record(booking, actor, "named", before, after)
