"""The mail that says a hold is about to run out, to a party that has said where its mail goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update

from webapp.booking.models import Booking
from webapp.db import Base, change_rows, db
from webapp.notifications import service as notifications
from webapp.notifications.models import NOT_BEGUN, WAITING, Kind, Notification, State

# Enough to come back and finish, and late enough that most have.
WARNED_BEFORE = timedelta(minutes=5)
_TOO_LATE = "named after it was due"
_notifications = Base.metadata.tables[Notification.__tablename__]
# Built once, since composing them anew costs more than running them.
_OF_BOOKING = and_(
    _notifications.c.booking_id == bindparam("of_booking"),
    _notifications.c.kind == Kind.HOLD_EXPIRING,
)
_PLANNED = select(_notifications.c.id).where(_OF_BOOKING)
_NOT_BEGUN = update(_notifications).where(_OF_BOOKING, _notifications.c.state.in_(NOT_BEGUN))
_REDIRECT = _NOT_BEGUN.values(recipient=bindparam("address"))
_WITHHOLD = _NOT_BEGUN.values(state=State.WITHHELD, reason=bindparam("why"), lease_until=None)


def plan_hold_warning(booking: Booking) -> None:
    """Plan the warning, or send the one that is planned to the address of this moment."""
    assert booking.contact_email is not None
    if db.session.scalar(_PLANNED, {"of_booking": booking.id}):
        change_rows(_REDIRECT, of_booking=booking.id, address=booking.contact_email)
        return
    notifications.plan(
        Kind.HOLD_EXPIRING,
        booking.id,
        booking.contact_email,
        user_id=booking.user_id,
        due_at=warned_at(booking),
        late=_TOO_LATE,
    )


def put_off_hold_warning(booking: Booking) -> None:
    """Let a warning that nobody has sent wait for the new end of its hold.

    One that is with a worker already is put off by what it finds.
    """
    mine = [Notification.booking_id == booking.id, Notification.kind == Kind.HOLD_EXPIRING]
    is_unsent = or_(
        Notification.state.in_(WAITING),
        and_(Notification.state == State.WITHHELD, Notification.reason == _TOO_LATE),
    )
    later = update(Notification).where(*mine, is_unsent)
    change_rows(later.values(state=State.DUE, reason=None, due_at=warned_at(booking)))


def warned_at(booking: Booking) -> datetime:
    """Return when a party is warned that its hold is about to run out."""
    return booking.expires_at - WARNED_BEFORE


def withhold_hold_warning(booking_id: int, reason: str) -> None:
    """Let a warning that still waits die, with its reason: the hold is no more."""
    change_rows(_WITHHOLD, of_booking=booking_id, why=reason)
