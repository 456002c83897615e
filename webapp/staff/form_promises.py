"""The promises about forms that are sent twice, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from webapp.booking.models import Booking, BookingEvent
from webapp.staff.ticket_promises import Rows

# What is done to a booking once, however often a form that asks for it is sent.
_DONE_ONCE = ("held", "confirmed", "cancelled", "released", "expired")


def _keys_of_several_bookings() -> Rows:
    return (
        select(
            func.min(Booking.reference).label("one"),
            func.max(Booking.reference).label("other"),
            func.count(Booking.id).label("bookings"),
        )
        .group_by(Booking.idempotency_key)
        .having(func.count(Booking.id) > 1)
    )


def _done_more_than_once() -> Rows:
    times = func.count(BookingEvent.id)
    return (
        select(Booking.reference, BookingEvent.what, times.label("times"))
        .select_from(Booking)
        .join(BookingEvent, BookingEvent.booking_id == Booking.id)
        .where(BookingEvent.what.in_(_DONE_ONCE))
        .group_by(Booking.reference, BookingEvent.what)
        .having(times > 1)
    )


# Each promise with the query for what breaks it, and the words for one such row.
FORM_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "A button made one booking, however often it was pressed": (
        _keys_of_several_bookings,
        "{bookings} bookings were made at one press of a button, such as {one} and {other}",
    ),
    "No booking was held, confirmed, cancelled or let go more than once": (
        _done_more_than_once,
        "{reference} was {what} {times} times",
    ),
}
