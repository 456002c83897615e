"""Reads: whom an account books for."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.models import SavedTraveller
from webapp.db import db


def saved_travellers_of(user_id: int) -> list[SavedTraveller]:
    """Return the travellers of an account, in the order in which they were saved."""
    query = (
        select(SavedTraveller).where(SavedTraveller.user_id == user_id).order_by(SavedTraveller.id)
    )
    return list(db.session.scalars(query))
