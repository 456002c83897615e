"""Commands: reach a party elsewhere."""

from __future__ import annotations

from webapp import clock
from webapp.booking.errors import NotBooked
from webapp.booking.history import by_form, locked, record
from webapp.booking.models import BookingStatus
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind


def change_contact(
    booking_id: int, email: str, phone: str | None, actor: str, key: str | None = None
) -> None:
    """Reach a booked party by another address and telephone from now on.

    Mails that wait follow, and a mail at the old and at the new address says so. Safe to repeat:
    what is known already is told to nobody. `key` is that of the form, which history keeps.
    Raises NotBooked. Locks the booking.
    """
    booking = locked(booking_id)
    if booking.status != BookingStatus.CONFIRMED or booking.contact_email is None:
        raise NotBooked
    before = {"contact_email": booking.contact_email, "contact_phone": booking.contact_phone}
    after = {"contact_email": email, "contact_phone": phone}
    if before == after:
        return
    old = booking.contact_email
    booking.contact_email, booking.contact_phone = email, phone
    record(booking, actor, "contact_changed", before, after | by_form(key))
    if email == old:
        return
    notifications.redirect_waiting(booking_id, old, email)
    notifications.withhold_waiting(Kind.CONTACT_CHANGED, booking_id, (old, email), "changed again")
    moment = int(clock.now().timestamp() * 1_000)
    for place, address in (("old", old), ("new", email)):
        notifications.plan(
            Kind.CONTACT_CHANGED,
            booking_id,
            address,
            user_id=booking.user_id,
            serial=f"{moment}:{place}",
        )
