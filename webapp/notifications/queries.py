"""Reads: a booking's mails, what waits, how late the oldest is, who wants which mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select

from webapp import clock
from webapp.db import db
from webapp.notifications.models import (
    DEFAULT_LOCALE,
    DEFAULT_REMINDER_HOURS,
    IN_HANDS,
    WAITING,
    MailPreference,
    Notification,
    State,
)


@dataclass(frozen=True)
class Preferences:
    """What the reader of a mail wants: kinds left out, when to be reminded, how dates look."""

    muted: frozenset[str] = frozenset()
    reminder_lead: timedelta = timedelta(hours=DEFAULT_REMINDER_HOURS)
    locale: str = DEFAULT_LOCALE


def preferences_of(user_id: int | None, address: str) -> Preferences:
    """Return what an account wants, without the kinds that its address was taken off.

    Whoever unsubscribed by the link in a mail gets none of that kind, whose booking it may be.
    """
    query = select(MailPreference).where(
        or_(MailPreference.user_id == user_id, MailPreference.address == address.lower())
    )
    muted: set[str] = set()
    hours, locale = DEFAULT_REMINDER_HOURS, DEFAULT_LOCALE
    for wish in db.session.scalars(query):
        muted.update(wish.muted)
        if wish.user_id is not None:
            hours, locale = wish.reminder_hours, wish.locale
    return Preferences(frozenset(muted), timedelta(hours=hours), locale)


def mails_of(booking_id: int) -> list[Notification]:
    """Return a booking's mails, in the order they fall due."""
    query = (
        select(Notification)
        .where(Notification.booking_id == booking_id)
        .order_by(Notification.due_at, Notification.id)
    )
    return list(db.session.scalars(query))


def counts_by_state() -> dict[str, int]:
    """Return how many mails are in each state."""
    query = select(Notification.state, func.count()).group_by(Notification.state)
    counts = {state.value: 0 for state in State}
    counts.update(dict(db.session.execute(query).all()))
    return counts


def dispatch_lag() -> timedelta:
    """Return for how long the oldest mail that is due has been waiting, zero if none is."""
    query = select(func.min(Notification.due_at)).where(
        Notification.state.in_((*WAITING, *IN_HANDS)), Notification.due_at <= clock.now()
    )
    oldest = db.session.scalar(query)
    return clock.now() - oldest if oldest else timedelta()
