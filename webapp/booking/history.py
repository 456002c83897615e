"""A booking while it is changed: its row under a lock, and a line of history for what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from webapp import clock
from webapp.booking.models import Booking, BookingEvent
from webapp.db import db, insert_row, insert_rows, under_lock

# Under this name a line keeps the key of the form that wrote it, for whoever sends that twice.
FORM_KEY = "form_key"
# Built once, since composing it anew costs as much as running it.
_LOCKED = under_lock(select(Booking).where(Booking.id == bindparam("booking_id")))


def locked(booking_id: int) -> Booking:
    """Return a booking as it is now, and let nobody else change it before the commit."""
    return db.session.execute(_LOCKED, {"booking_id": booking_id}).scalar_one()


def who_travels(booking: Booking) -> dict[str, Any]:
    """Return a party and where mail about it goes, as a line of history says it."""
    names = [f"{each.given_name or ''} {each.family_name or ''}" for each in booking.passengers]
    return {
        "passengers": [name.strip() for name in names],
        "born_on": [str(each.born_on or "") for each in booking.passengers],
        "contact_email": booking.contact_email,
        "contact_phone": booking.contact_phone,
    }


def by_form(key: str | None) -> dict[str, Any]:
    """Return what a line of history keeps of the form by which something was done."""
    return {FORM_KEY: key} if key else {}


def record(
    booking: Booking,
    actor: str,
    what: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down who did what, from what to what."""
    insert_row(BookingEvent, **_line(booking, actor, what, before, after))


def record_each(lost: Mapping[Booking, dict[str, Any]], actor: str, what: str) -> None:
    """Write down for each of some bookings what one act took from it."""
    insert_rows(BookingEvent, [_line(each, actor, what, before) for each, before in lost.items()])


def _line(
    booking: Booking,
    actor: str,
    what: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "booking_id": booking.id,
        "at": clock.now(),
        "actor": actor,
        "what": what,
        "before": before or {},
        "after": after or {},
    }


def last_given_up(booking: Booking) -> str:
    """Return what was cancelled last of a booking that goes on, in words: a way, or some names."""
    parts = (
        each.after["given_up"] for each in reversed(booking.events) if "given_up" in each.after
    )
    return next(parts, "")
