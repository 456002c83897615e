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


def saved_traveller(user_id: int, reference: str) -> SavedTraveller | None:
    """Return one of an account's travellers; what another account saved is none of them."""
    own = saved_travellers_of(user_id)
    return next((each for each in own if each.reference == reference), None)
