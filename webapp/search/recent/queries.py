"""Reads: a user's recent searches."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, select

from webapp import clock
from webapp.db import db
from webapp.retention import PORTION
from webapp.search.recent.models import RecentSearch

SHOWN = 5


def recent_searches(user_id: int) -> list[RecentSearch]:
    """Return the searches that a user made last and whose day is still to come."""
    query = (
        select(RecentSearch)
        .where(RecentSearch.user_id == user_id, ~is_out_of_time())
        .order_by(RecentSearch.searched_at.desc(), RecentSearch.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))


def searches_out_of_time() -> list[int]:
    """Return the ids of searches whose day is over, of whomever."""
    return list(db.session.scalars(select(RecentSearch.id).where(is_out_of_time()).limit(PORTION)))


def is_out_of_time() -> ColumnElement[bool]:
    """Return the condition that a search's day is over: nobody is shown it any more."""
    # A day is over last where the sun is latest, twelve hours behind UTC.
    return RecentSearch.depart < (clock.now() - timedelta(hours=12)).date()
