"""Commands: ask for a link, set a new password, confirm an address, move to another one."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.accounts.errors import EmailTaken, WrongCredentials
from webapp.accounts.models import EmailChange, User
from webapp.accounts.passwords.links import change_of_token, user_of_token, user_to_verify
from webapp.accounts.queries import (
    is_kept_for_another,
    moved_lately_to,
    user_by_email,
)
from webapp.accounts.service import (
    end_sessions,
    hash_of,
    is_password_of,
    locked_account,
    normal_email,
)
from webapp.db import db
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind
from webapp.notifications.preferences import keep_unsubscribed
from webapp.notifications.queries import planned_lately

HOUR = timedelta(hours=1)
LINKS_AN_HOUR = 6


def ask_for_link(email: str) -> None:
    """Plan the mail with the link, where there is such an account; nobody is told whether.

    Anybody can type an address.
    """
    user = user_by_email(normal_email(email))
    if user is not None:
        _send_link(user, Kind.PASSWORD_RESET)


def ask_to_verify(user_id: int) -> bool:
    """Plan the mail with the link that confirms an account's address; tell whether it goes out.

    Raises AccountClosed. Locks the account.
    """
    return _send_link(locked_account(user_id), Kind.EMAIL_VERIFICATION)


def verify_email(token: str) -> User:
    """Confirm the address of an account by the link in the mail. Raises LinkInvalid, LinkExpired.

    Locks the account: of two who follow one link at once, the second finds it used up.
    """
    db.session.refresh(user_to_verify(token), with_for_update=True)
    user = user_to_verify(token)
    _verify(user)
    return user


def reset_password(token: str, password: str) -> None:
    """Set a new password by the link in the mail. Raises LinkInvalid and LinkExpired.

    Locks the account: of two who follow one link at once, the second finds it used up.
    """
    db.session.refresh(user_of_token(token), with_for_update=True)
    user = user_of_token(token)
    _verify(user)
    set_password(user, password)


def set_password(user: User, password: str) -> None:
    """Give an account a new password, end its sessions, and tell its owner."""
    user.password_hash = hash_of(password)
    end_sessions(user)
    _tell(user, Kind.PASSWORD_CHANGED, user.email)


def change_password(user: User, present: str, password: str) -> None:
    """Set a new password, for whoever knows the present one.

    Raises WrongCredentials and AccountClosed. Locks the account: of a form that is sent twice at
    once, the second knows the old one.
    """
    locked_account(user.id)
    if not is_password_of(user, present):
        raise WrongCredentials
    set_password(user, password)


def change_email(user: User, password: str, email: str) -> None:
    """Move an account to another address, which is to confirm it; both are told.

    The address that it leaves may be put back, unless the account moved there a few days ago: it
    may have been mistyped, and whoever reads its mail a stranger. Raises WrongCredentials,
    EmailTaken and AccountClosed. Locks the account.
    """
    locked_account(user.id)
    if not is_password_of(user, password):
        raise WrongCredentials
    before, after = user.email, normal_email(email)
    if after == before:
        return
    if is_kept_for_another(after, user.id):
        raise EmailTaken
    is_proven = not moved_lately_to(user.id, before)
    _move(user, after)
    now = clock.now()
    change = EmailChange(user_id=user.id, before=before, after=after, changed_at=now)
    if not is_proven:
        change.put_back_at = now  # As good as used: there is no way back to it.
    db.session.add(change)
    keep_unsubscribed(user.id, before)
    for address in (before, after):
        _tell(user, Kind.EMAIL_CHANGED, address)


def put_back(token: str, password: str) -> None:
    """Move an account back to the address that it had, with a new password.

    What was changed since is over: the links of later moves, which somebody else may have made,
    work no more. Raises LinkInvalid, LinkExpired, EmailTaken and AccountClosed. Locks the account.
    """
    user = locked_account(change_of_token(token).user_id)
    change = change_of_token(token)
    later = update(EmailChange).where(
        EmailChange.user_id == user.id,
        EmailChange.id >= change.id,
        EmailChange.put_back_at.is_(None),
    )
    before = change.before
    db.session.execute(later.values(put_back_at=clock.now()))
    _move(user, before)
    _verify(user)
    set_password(user, password)


def _verify(user: User) -> None:
    # Who has a link of a mail reads the mail of the address.
    user.email_verified_at = user.email_verified_at or clock.now()


def _move(user: User, address: str) -> None:
    notifications.redirect_alerts(user.id, address)
    user.email, user.email_verified_at = address, None
    end_sessions(user)
    try:
        db.session.flush()  # The unique address is the last word on whose it is.
    except IntegrityError as error:
        raise EmailTaken from error


def _send_link(user: User, kind: Kind) -> bool:
    # Once LINKS_AN_HOUR are on their way no more are sent, and those still work.
    if planned_lately(kind, user.email, HOUR) >= LINKS_AN_HOUR:
        return False
    _tell(user, kind, user.email)
    return True


def _tell(user: User, kind: Kind, address: str) -> None:
    # Each is a fact of its own, however often it happens.
    notifications.plan(kind, None, address, user_id=user.id, serial=secrets.token_hex(6))
