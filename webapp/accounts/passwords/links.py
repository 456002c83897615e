"""The link that lets somebody who reads an account's mail set a new password: once, for an hour."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp import clock
from webapp.accounts.errors import LinkExpired, LinkInvalid
from webapp.accounts.models import User
from webapp.accounts.queries import user_by_id

LIFETIME = timedelta(hours=1)


def reset_token(user: User) -> str:
    """Return what the link carries. It is written into the mail alone and kept nowhere."""
    return _signer().dumps([user.id, int(clock.now().timestamp()), _state_of(user)])


def user_of_token(token: str) -> User:
    """Return whose password a link may set. Raises LinkInvalid and LinkExpired.

    A link is used up with the password that it set, and by any other change of the account.
    """
    try:
        user_id, written_at, state = _signer().loads(token)
    except (BadData, ValueError) as error:
        raise LinkInvalid from error
    user = user_by_id(user_id)
    age = clock.now().timestamp() - written_at
    if user is None or state != _state_of(user) or age > LIFETIME.total_seconds():
        raise LinkExpired
    return user


def _state_of(user: User) -> str:
    known = f"{user.email}|{user.password_hash}|{user.session_epoch}"
    return hashlib.sha256(known.encode()).hexdigest()[:20]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="password-reset")
