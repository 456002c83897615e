"""The links that let somebody who reads an account's mail set a new password, or put back its
address: each once, for an hour or a week.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp import clock
from webapp.accounts.errors import LinkExpired, LinkInvalid
from webapp.accounts.models import EmailChange, User
from webapp.accounts.queries import PUT_BACK_WITHIN, email_change_by_id, user_by_id

LIFETIME = timedelta(hours=1)


def reset_token(user: User) -> str:
    """Return what the link carries. It is written into the mail alone and kept nowhere."""
    return _signer("password-reset").dumps([user.id, int(clock.now().timestamp()), _state_of(user)])


def user_of_token(token: str) -> User:
    """Return whose password a link may set. Raises LinkInvalid and LinkExpired.

    A link is used up with the password that it set, and by any other change of the account.
    """
    try:
        user_id, written_at, state = _signer("password-reset").loads(token)
    except (BadData, ValueError) as error:
        raise LinkInvalid from error
    user = user_by_id(user_id)
    age = clock.now().timestamp() - written_at
    if user is None or state != _state_of(user) or age > LIFETIME.total_seconds():
        raise LinkExpired
    return user


def put_back_token(change: EmailChange) -> str:
    """Return what the link to put an address back carries."""
    return _signer("email-put-back").dumps([change.id])


def change_of_token(token: str) -> EmailChange:
    """Return the move that a link takes back. Raises LinkInvalid and LinkExpired."""
    try:
        (change_id,) = _signer("email-put-back").loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise LinkInvalid from error
    change = email_change_by_id(change_id)
    if change is None:
        raise LinkInvalid
    if change.put_back_at or clock.now() - change.changed_at > PUT_BACK_WITHIN:
        raise LinkExpired
    return change


def _state_of(user: User) -> str:
    known = f"{user.email}|{user.password_hash}|{user.session_epoch}"
    return hashlib.sha256(known.encode()).hexdigest()[:20]


def _signer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=salt)
