"""Reads: a booking's mails, what waits, how late the oldest is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from webapp import clock
from webapp.db import db
from webapp.notifications.models import IN_HANDS, WAITING, Notification, State


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
