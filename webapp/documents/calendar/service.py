"""Commands: give an account a private calendar address, and take it away."""

from __future__ import annotations

import secrets

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.accounts.service import keep_open
from webapp.db import db
from webapp.documents.calendar.models import CalendarFeed


def renew_feed(user_id: int) -> CalendarFeed:
    """Give an account a new address; an earlier one stops working. Raises AccountClosed."""
    keep_open(user_id)
    feed = CalendarFeed(user_id=user_id, token=secrets.token_urlsafe(32), created_at=clock.now())
    try:
        with db.session.begin_nested():
            db.session.add(feed)
    except IntegrityError:  # There is an earlier one, perhaps of a click a moment ago.
        known = db.session.get_one(CalendarFeed, user_id, with_for_update=True)
        known.token, known.created_at = feed.token, feed.created_at
        return known
    return feed


def revoke_feed(user_id: int) -> None:
    """Take an account's address away. Safe to repeat."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))
