"""Commands: remember a search, forget it, forget all, forget those whose day is over."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.accounts.service import keep_open
from webapp.db import change_rows, db
from webapp.search.criteria import Criteria
from webapp.search.recent.models import RecentSearch
from webapp.search.recent.queries import is_out_of_time
from webapp.search.travel import travel_of

KEPT = 10


def key_of(criteria: Criteria) -> str:
    """Return what tells a search from others, whatever its filters and its order."""
    return travel_of(criteria).key(criteria.depart, criteria.return_on)


def remember_search(user_id: int, criteria: Criteria) -> None:
    """Put a search on top of a user's list; the oldest of many are forgotten.

    Two statements for a search that is on the list already. Raises AccountClosed.
    """
    keep_open(user_id)
    key = key_of(criteria)
    again = update(RecentSearch).where(RecentSearch.user_id == user_id, RecentSearch.key == key)
    if change_rows(again.values(searched_at=clock.now())):
        return
    try:
        with db.session.begin_nested():
            db.session.add(
                RecentSearch(
                    user_id=user_id,
                    key=key,
                    origin=criteria.origin.code,
                    destination=criteria.destination.code,
                    depart=criteria.depart,
                    return_on=criteria.return_on,
                    adults=criteria.party.adults,
                    children=criteria.party.children,
                    infants=criteria.party.infants,
                    cabin=criteria.cabin.value,
                    searched_at=clock.now(),
                )
            )
    except IntegrityError:
        return  # The same search in another window has just been remembered.
    too_many = (
        select(RecentSearch.id)
        .where(RecentSearch.user_id == user_id)
        .order_by(RecentSearch.searched_at.desc(), RecentSearch.id.desc())
        .offset(KEPT)
        .limit(KEPT)
    )
    forgotten = list(db.session.scalars(too_many))
    if forgotten:
        change_rows(delete(RecentSearch).where(RecentSearch.id.in_(forgotten)))


def forget_searches(user_id: int) -> None:
    """Forget all that a user searched."""
    change_rows(delete(RecentSearch).where(RecentSearch.user_id == user_id))


def forget_search(user_id: int, key: str) -> None:
    """Take a search from a user's list, if it is on it."""
    change_rows(
        delete(RecentSearch).where(RecentSearch.user_id == user_id, RecentSearch.key == key)
    )


def forget_past_searches(ids: Collection[int]) -> None:
    """Forget searches whose day is over.

    Safe to repeat, also where SQLite has given an id to a new search meanwhile: the day decides.
    """
    change_rows(delete(RecentSearch).where(RecentSearch.id.in_(ids), is_out_of_time()))
