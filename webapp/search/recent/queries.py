"""Reads: a user's recent searches."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from webapp import clock
from webapp.db import db
from webapp.search.recent.models import RecentSearch

SHOWN = 5


def recent_searches(user_id: int) -> list[RecentSearch]:
    """Return the searches that a user made last and whose day is still to come."""
    # A day is over last where the sun is latest, twelve hours behind UTC.
    today = (clock.now() - timedelta(hours=12)).date()
    query = (
        select(RecentSearch)
        .where(RecentSearch.user_id == user_id, RecentSearch.depart >= today)
        .order_by(RecentSearch.searched_at.desc(), RecentSearch.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))
