"""Reads: every row that is kept about an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import EmailChange
from webapp.booking.models import Booking, BookingEvent, LedgerEntry, Passenger
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import db
from webapp.notifications.models import MailPreference, Notification
from webapp.search.recent.models import RecentSearch

Row = TypeVar("Row")


def email_changes_of(user_id: int) -> list[EmailChange]:
    """Return an account's moves to other addresses."""
    query = select(EmailChange).where(EmailChange.user_id == user_id).order_by(EmailChange.id)
    return list(db.session.scalars(query))


def mail_preference_of(user_id: int) -> MailPreference | None:
    """Return what an account chose to be mailed, None where it chose nothing."""
    return db.session.scalar(select(MailPreference).where(MailPreference.user_id == user_id))


def remembered_searches(user_id: int) -> list[RecentSearch]:
    """Return every search that is remembered, those too whose day is over."""
    query = select(RecentSearch).where(RecentSearch.user_id == user_id)
    return list(db.session.scalars(query.order_by(RecentSearch.searched_at, RecentSearch.id)))


def every_booking_of(user_id: int) -> list[Booking]:
    """Return all that an account ever held or booked, holds that ran out included."""
    query = select(Booking).where(Booking.user_id == user_id).order_by(Booking.id)
    return list(db.session.scalars(query))


def every_passenger_of(booking_ids: Collection[int]) -> dict[int, list[Passenger]]:
    """Return the parties of bookings with their coupons, those too who were cancelled."""
    query = (
        select(Passenger)
        .where(Passenger.booking_id.in_(booking_ids))
        .order_by(Passenger.position)
        .options(selectinload(Passenger.coupons))
    )
    return grouped(db.session.scalars(query), lambda each: each.booking_id)


def ledgers_of(booking_ids: Collection[int]) -> dict[int, list[LedgerEntry]]:
    """Return the charges, fees and refunds of bookings."""
    query = select(LedgerEntry).where(LedgerEntry.booking_id.in_(booking_ids))
    found = db.session.scalars(query.order_by(LedgerEntry.id))
    return grouped(found, lambda each: each.booking_id)


def histories_of(booking_ids: Collection[int]) -> dict[int, list[BookingEvent]]:
    """Return the lines of history of bookings."""
    query = select(BookingEvent).where(BookingEvent.booking_id.in_(booking_ids))
    found = db.session.scalars(query.order_by(BookingEvent.id))
    return grouped(found, lambda each: each.booking_id)


def schedule_changes_of(booking_ids: Collection[int]) -> dict[int, list[ScheduleChange]]:
    """Return what the airline moved of bookings, and what was answered."""
    query = select(ScheduleChange).where(ScheduleChange.booking_id.in_(booking_ids))
    found = db.session.scalars(query.order_by(ScheduleChange.id))
    return grouped(found, lambda each: each.booking_id)


def mails_about(user_id: int, booking_ids: Collection[int]) -> list[Notification]:
    """Return the mails about an account and about its bookings."""
    about_account = and_(Notification.user_id == user_id, Notification.booking_id.is_(None))
    query = select(Notification).where(or_(about_account, Notification.booking_id.in_(booking_ids)))
    return list(db.session.scalars(query.order_by(Notification.due_at, Notification.id)))


def grouped(rows: Iterable[Row], owner: Callable[[Row], int]) -> dict[int, list[Row]]:
    """Return rows by their owner, in the order in which they come."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[owner(row)].append(row)
    return found
