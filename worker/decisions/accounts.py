"""Mails about an account: welcome, links for address and password, what was changed, the end."""

from __future__ import annotations

from typing import Any

from flask import current_app

from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.passwords.links import (
    LIFETIME,
    put_back_token,
    reset_token,
    verification_token,
)
from webapp.accounts.queries import latest_change_from
from webapp.config import Settings
from webapp.network.queries import directory
from webapp.notifications.models import Notification
from worker.decisions.outcome import Decision, Mail, Withheld


def welcome(notification: Notification, user: User) -> Decision:
    """Greet a new account, and ask it to confirm its address."""
    return Mail(notification.kind, _to_verify(notification, user))


def email_verification(notification: Notification, user: User) -> Decision:
    """Send the link that confirms the address once more."""
    if notification.recipient != user.email:
        return Withheld("the account has another address now")
    if user.email_verified_at:
        return Withheld("the address is confirmed already")
    return Mail(notification.kind, _to_verify(notification, user))


def password_reset(notification: Notification, user: User) -> Decision:
    """Send the link; it is made here, so that it stands in the mail and nowhere else."""
    if clock.now() - notification.created_at > LIFETIME:
        return Withheld("asked for too long ago")
    if notification.recipient != user.email:
        return Withheld("the account has another address now")
    address = f"{_site()}/password/reset/{reset_token(user)}"
    return Mail(notification.kind, _shown(user, reset_address=address))


def password_changed(notification: Notification, user: User) -> Decision:
    """Tell that the password was changed."""
    return Mail(notification.kind, _shown(user))


def email_changed(notification: Notification, user: User) -> Decision:
    """Tell the old and the new address that the account moved; the new one is to confirm it."""
    if notification.recipient == user.email:
        return Mail(notification.kind, _to_verify(notification, user))
    # Made here, so that it stands in the mail and nowhere else.
    change = latest_change_from(user.id, notification.recipient)
    is_open = change is not None and change.put_back_at is None
    address = f"{_site()}/account/put-back/{put_back_token(change)}" if change and is_open else None
    return Mail(notification.kind, _shown(user, put_back_address=address))


def staff_invited(notification: Notification, user: User) -> Decision:
    """Send who is to work here the link to a password of their own, made here alone."""
    if notification.recipient != user.email:
        return Withheld("the account has another address now")
    if not user.is_staff:
        return Withheld("the invitation was taken back")
    airline = user.airline_iata and directory().airlines[user.airline_iata]
    address = f"{_site()}/password/reset/{reset_token(user)}"
    return Mail(notification.kind, _shown(user, airline=airline, reset_address=address))


def account_closed(notification: Notification, _user: User) -> Decision:
    """Tell whose the account was that it is closed; nothing else is left to tell."""
    return Mail(
        notification.kind,
        {"find_address": f"{_site()}/trip", "register_address": f"{_site()}/register"},
    )


def _to_verify(notification: Notification, user: User) -> dict[str, Any]:
    # Made here, so that it stands in the mail and nowhere else. A mail that comes after the account
    # has moved on, or was confirmed, tells its news without it.
    is_open = notification.recipient == user.email and user.email_verified_at is None
    address = f"{_site()}/account/verify/{verification_token(user)}" if is_open else None
    return _shown(user, verification_address=address)


def _shown(user: User, **more: Any) -> dict[str, Any]:
    return {
        "user": user,
        "account_address": f"{_site()}/account",
        "forgot_address": f"{_site()}/password/forgot",
        **more,
    }


def _site() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.base_url
