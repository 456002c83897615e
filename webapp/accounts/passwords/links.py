"""The links that let somebody who reads an account's mail set a new password, confirm its address,
or put it back: each once, for an hour or a week.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from itsdangerous import BadData

from webapp import clock
from webapp.accounts.errors import LinkExpired, LinkInvalid
from webapp.accounts.models import EmailChange, User
from webapp.accounts.queries import (
    PUT_BACK_WITHIN,
    email_change_by_id,
    latest_change_from,
    user_by_id,
)
from webapp.signing import signer

LIFETIME = timedelta(hours=1)
VERIFY_WITHIN = timedelta(days=7)


def reset_token(user: User) -> str:
    """Return what the link carries. It is written into the mail alone and kept nowhere."""
    return _token("password-reset", user, _state_of(user))


def user_of_token(token: str) -> User:
    """Return whose password a link may set. Raises LinkInvalid and LinkExpired.

    A link is used up with the password that it set, and by any other change of the account.
    """
    return _read("password-reset", token, LIFETIME, _state_of)


def verification_token(user: User) -> str:
    """Return what the link that confirms an account's address carries."""
    return _token("email-verification", user, _address_of(user))


def user_to_verify(token: str) -> User:
    """Return whose address a link confirms. Raises LinkInvalid and LinkExpired.

    A link is used up once the address is confirmed, and where the account leaves it. It outlives
    sessions: who logs out may read the mail elsewhere.
    """
    return _read("email-verification", token, VERIFY_WITHIN, _address_of)


def put_back_token(change: EmailChange) -> str:
    """Return what the link to put an address back carries."""
    return signer("email-put-back").dumps([change.id])


def change_of_token(token: str) -> EmailChange:
    """Return the move that a link takes back. Raises LinkInvalid and LinkExpired."""
    try:
        (change_id,) = signer("email-put-back").loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise LinkInvalid from error
    change = email_change_by_id(change_id)
    if change is None:
        raise LinkInvalid
    if change.put_back_at or clock.now() - change.changed_at > PUT_BACK_WITHIN:
        raise LinkExpired
    return change


def _token(salt: str, user: User, state: str) -> str:
    return signer(salt).dumps([user.id, int(clock.now().timestamp()), state])


def _read(salt: str, token: str, lifetime: timedelta, state_of: Callable[[User], str]) -> User:
    try:
        user_id, written_at, state = signer(salt).loads(token)
    except (BadData, ValueError) as error:
        raise LinkInvalid from error
    user = user_by_id(user_id)
    age = clock.now().timestamp() - written_at
    if user is None or state != state_of(user) or age > lifetime.total_seconds():
        raise LinkExpired
    return user


def _state_of(user: User) -> str:
    return _digest(f"{user.email}|{user.password_hash}|{user.session_epoch}")


def _address_of(user: User) -> str:
    left = latest_change_from(user.id, user.email)  # An address that it came back to is another.
    return _digest(f"{user.email}|{user.email_verified_at}|{left.id if left else None}")


def _digest(known: str) -> str:
    return hashlib.sha256(known.encode()).hexdigest()[:20]
