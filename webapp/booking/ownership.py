"""Commands: under which account a booking stands."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.service import keep_open
from webapp.booking.history import locked, record
from webapp.booking.models import Booking
from webapp.booking.service import release_hold
from webapp.db import db
from webapp.notifications import service as notifications
from webapp.notifications.queries import preferences_of
from webapp.notifications.reminders import remind_before


def add_to_account(booking_id: int, user_id: int, actor: str) -> bool:
    """Give a booking that nobody's account has to one; tell whether it is that account's now.

    Its mails that wait are the account's too, and so are the wishes for them. Safe to repeat.
    Raises AccountClosed. Locks the account against closing, then the booking.
    """
    keep_open(user_id)
    booking = locked(booking_id)
    if booking.user_id is None:
        booking.user_id = user_id
        lead = preferences_of(user_id, booking.contact_email or "").reminder_lead
        remind_before({each.id: each.flight.departs_at for each in booking.segments}, lead)
        notifications.give_waiting(booking_id, user_id)
        record(booking, actor, "added_to_account")
    return booking.user_id == user_id


def leave_account(user_id: int, actor: str) -> None:
    """Let an account's bookings be nobody's, and give back what it holds.

    What is booked stays booked, and is found by its reference and a family name; its mails still
    go out. Locks the bookings, in the order of ids.
    """
    own = select(Booking.id).where(Booking.user_id == user_id).order_by(Booking.id)
    for booking_id in db.session.scalars(own).all():
        release_hold(booking_id, actor)
        booking = locked(booking_id)
        booking.user_id = None
        record(booking, actor, "left_account")
    notifications.take_from(user_id)
