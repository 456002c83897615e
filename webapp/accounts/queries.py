"""Reads: who is logged in, who has an address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp import clock
from webapp.accounts.models import NO_PASSWORD, EmailChange, Role, User
from webapp.db import db

# So long the owner of an account's old address may put it back.
PUT_BACK_WITHIN = timedelta(days=7)


def user_of_session(session_id: str) -> User | None:
    """Return the user of a session cookie, or None where its sessions were ended."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()):
        return None
    user = db.session.get(User, int(user_id))
    return user if user and user.session_epoch == int(epoch) else None


def staff_among(emails: Collection[str]) -> set[str]:
    """Return those of some addresses that staff log in with."""
    query = select(User.email).where(User.email.in_(emails), User.role != Role.CUSTOMER)
    return set(db.session.scalars(query))


def staff_accounts() -> list[User]:
    """Return all who may work on the pages of staff: administrators, then by airline and address.

    Reads every account, for the one who asks now and then.
    """
    query = (
        select(User)
        .where(User.role != Role.CUSTOMER, User.password_hash != NO_PASSWORD)
        .order_by(User.airline_iata.is_not(None), User.airline_iata, User.email)
    )
    return list(db.session.scalars(query))


def user_by_id(user_id: int) -> User | None:
    """Return the user with an id."""
    return db.session.get(User, user_id)


def email_change_by_id(change_id: int) -> EmailChange | None:
    """Return a move of an account to another address."""
    return db.session.get(EmailChange, change_id)


def latest_change_from(user_id: int, address: str) -> EmailChange | None:
    """Return the latest move of an account away from an address."""
    query = select(EmailChange).where(EmailChange.user_id == user_id, EmailChange.before == address)
    return db.session.scalar(query.order_by(EmailChange.id.desc()).limit(1))


def moved_lately_to(user_id: int, address: str) -> bool:
    """Tell whether an account has an address for less than a week.

    One that may still be put back is known for longer: a thief who goes away from it, back and
    away again takes nothing from its owner.
    """
    since = clock.now() - PUT_BACK_WITHIN
    changes = select(EmailChange.id).where(
        EmailChange.user_id == user_id, EmailChange.changed_at > since
    )
    known = changes.where(EmailChange.before == address, EmailChange.put_back_at.is_(None))
    moved = changes.where(EmailChange.after == address)
    is_known = db.session.scalar(known.limit(1)) is not None
    return not is_known and db.session.scalar(moved.limit(1)) is not None


def put_back_until(user_id: int) -> datetime | None:
    """Return until when somebody may put an account back to an address that it had, if anybody."""
    query = select(func.max(EmailChange.changed_at)).where(
        EmailChange.user_id == user_id,
        EmailChange.put_back_at.is_(None),
        EmailChange.changed_at > clock.now() - PUT_BACK_WITHIN,
    )
    moved_at = db.session.scalar(query)
    return moved_at + PUT_BACK_WITHIN if moved_at else None


def is_kept_for_another(address: str, user_id: int | None) -> bool:
    """Tell whether an address may still be put back to an account that moved away from it."""
    query = select(EmailChange.user_id).where(
        EmailChange.before == address,
        EmailChange.put_back_at.is_(None),
        EmailChange.changed_at > clock.now() - PUT_BACK_WITHIN,
    )
    return any(owner_id != user_id for owner_id in db.session.scalars(query))


def user_by_email(email: str) -> User | None:
    """Return the user with an address, as normalised by the service."""
    return db.session.scalar(select(User).where(User.email == email))
