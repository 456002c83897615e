"""Commands: invite somebody to work here, move them to another airline, end what they may do."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from webapp.accounts.errors import EmailTaken, LastAdministrator, MovedLately, NotStaff
from webapp.accounts.models import Role, User
from webapp.accounts.queries import is_kept_for_another, put_back_until, user_by_email
from webapp.accounts.service import add_user, end_sessions, hash_of, locked_account, normal_email
from webapp.db import db, under_lock
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind


def invite_staff(email: str, airline_iata: str | None) -> tuple[User, bool]:
    """Let whoever reads an address work for an airline, or for all; tell whether it travelled.

    The account gets a password that nobody knows; the link in the mail sets another. That holds
    for the account of a traveller, too: a stranger may have made it with this address. Raises
    EmailTaken where the address is of staff or kept for another account, MovedLately, and
    AccountClosed. Locks the account.
    """
    email = normal_email(email)
    unknown = secrets.token_urlsafe(32)
    travels = user_by_email(email)
    if travels is None:
        if is_kept_for_another(email, None):
            raise EmailTaken
        user = add_user(email, unknown, _role_for(airline_iata), airline_iata)
    else:
        user = locked_account(travels.id)
        if user.is_staff or user.email != email:
            raise EmailTaken
        if put_back_until(user.id):
            raise MovedLately
        user.role, user.airline_iata = _role_for(airline_iata), airline_iata
        user.password_hash, user.email_verified_at = hash_of(unknown), None
        end_sessions(user)
    serial = secrets.token_hex(6)  # Who comes back after an end is invited anew.
    notifications.plan(Kind.STAFF_INVITED, None, user.email, user_id=user.id, serial=serial)
    return user, travels is not None


def move_staff(email: str, airline_iata: str | None) -> User:
    """Let somebody work for another airline, or for all. Raises NotStaff and LastAdministrator."""
    user = _locked_staff(email, stays_administrator=airline_iata is None)
    user.role, user.airline_iata = _role_for(airline_iata), airline_iata
    return user


def demote_staff(email: str) -> User:
    """Leave somebody the account of a traveller, and end its sessions at once.

    Raises NotStaff and LastAdministrator.
    """
    user = _locked_staff(email, stays_administrator=False)
    user.role, user.airline_iata = Role.CUSTOMER, None
    end_sessions(user)
    return user


def _role_for(airline_iata: str | None) -> Role:
    return Role.AIRLINE_STAFF if airline_iata else Role.ADMIN


def _locked_staff(email: str, stays_administrator: bool) -> User:
    # All administrators are locked, in the order of their ids: of two who end each other's rights
    # at once, the second finds nobody else left. Who has not answered an invitation does not count.
    meant = user_by_email(email)
    if meant is None:
        raise NotStaff
    administrators = db.session.scalars(select(User.id).where(User.role == Role.ADMIN))
    among = select(User).where(User.id.in_({meant.id, *administrators})).order_by(User.id)
    locked = {user.id: user for user in db.session.scalars(under_lock(among))}
    user = locked.pop(meant.id)
    if not user.is_staff or user.is_closed:
        raise NotStaff
    is_left = any(each.role == Role.ADMIN and each.email_verified_at for each in locked.values())
    if user.role == Role.ADMIN and not (stays_administrator or is_left):
        raise LastAdministrator
    return user
