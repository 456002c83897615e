"""Commands: give an account a private calendar address, and take it away."""

from __future__ import annotations

import secrets

from sqlalchemy import delete

from webapp import clock
from webapp.db import db
from webapp.documents.calendar.models import CalendarFeed


def renew_feed(user_id: int) -> CalendarFeed:
    """Give an account a new address; an earlier one stops working."""
    revoke_feed(user_id)
    feed = CalendarFeed(user_id=user_id, token=secrets.token_urlsafe(32), created_at=clock.now())
    db.session.add(feed)
    return feed


def revoke_feed(user_id: int) -> None:
    """Take an account's address away. Safe to repeat."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
