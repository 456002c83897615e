"""Reads: who is logged in, who has an address."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.db import db


def user_of_session(session_id: str) -> User | None:
    """Return the user of a session cookie, or None where its sessions were ended."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()):
        return None
    user = db.session.get(User, int(user_id))
    return user if user and user.session_epoch == int(epoch) else None


def user_by_id(user_id: int) -> User | None:
    """Return the user with an id."""
    return db.session.get(User, user_id)


def user_by_email(email: str) -> User | None:
    """Return the user with an address, as normalised by the service."""
    return db.session.scalar(select(User).where(User.email == email))
