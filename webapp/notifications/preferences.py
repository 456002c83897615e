"""Commands: what the readers of mails want; and the links that take an address off a kind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from webapp.db import change_rows, db, under_lock
from webapp.notifications.models import (
    NOT_BEGUN,
    OPTIONAL,
    UNSUBSCRIBED,
    Kind,
    MailPreference,
    Notification,
    State,
)
from webapp.notifications.reminders import change_lead
from webapp.signing import keys

REMINDER_HOURS = (24, 12, 3)
LOCALES = {
    "en-GB": "English, United Kingdom",
    "en-US": "English, United States",
    "en-AU": "English, Australia",
    "en-IN": "English, India",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt-BR": "Portuguese, Brazil",
    "pl": "Polish",
    "sv": "Swedish",
    "ja": "Japanese",
}


def set_preferences(
    user_id: int, address: str, wanted: Collection[str], reminder_hours: int, locale: str
) -> None:
    """Set what an account wants; of its optional kinds, those that are not `wanted` are muted.

    Reminders that wait move with the lead. What the address was taken off by a link is asked for
    again here by its owner.
    """
    wish = _known_or_added(MailPreference.user_id == user_id, user_id=user_id)
    before = timedelta(hours=wish.reminder_hours)
    wish.muted = [kind for kind in OPTIONAL if kind not in wanted]
    wish.reminder_hours, wish.locale = reminder_hours, locale
    for kind in wanted:
        subscribe(address, Kind(kind))
    change_lead(user_id, before, timedelta(hours=reminder_hours))


def unsubscribe(address: str, kind: Kind) -> None:
    """Take an address off a kind. Safe to repeat."""
    address = address.lower()
    wish = _known_or_added(MailPreference.address == address, address=address)
    wish.muted = sorted({*wish.muted, kind})


def forget_preferences(user_id: int) -> None:
    """Forget what an account wants; of the mails that wait, those it muted are not sent."""
    wish = _wish(MailPreference.user_id == user_id)
    if wish is None:
        return
    unwanted = update(Notification).where(
        Notification.user_id == user_id,
        Notification.kind.in_(wish.muted),
        Notification.state.in_(NOT_BEGUN),
    )
    change_rows(unwanted.values(state=State.WITHHELD, reason=UNSUBSCRIBED, lease_until=None))
    db.session.delete(wish)


def keep_unsubscribed(user_id: int, address: str) -> None:
    """Let an account that leaves an address stay off what that was taken off by a link."""
    left = _of_address(address)
    if left is not None and left.muted:
        wish = _known_or_added(MailPreference.user_id == user_id, user_id=user_id)
        wish.muted = sorted({*wish.muted, *left.muted})


def subscribe(address: str, kind: Kind, user_id: int | None = None) -> None:
    """Let an address have a kind again, and the account that it may belong to."""
    wishes = [_of_address(address)]
    if user_id is not None:
        wishes.append(_wish(MailPreference.user_id == user_id))
    for wish in wishes:
        if wish is not None:
            wish.muted = [each for each in wish.muted if each != kind]


def unsubscribe_token(address: str, kind: Kind) -> str:
    """Return what the link in a mail carries."""
    # A bare signature, since a serializer would cost a tenth of what the whole mail does.
    return base64_encode(_signer().sign(f"{kind}/{address}")).decode()


def read_token(token: str) -> tuple[str, Kind] | None:
    """Return the address and the kind of such a link, None for one that is not ours."""
    try:
        kind, _, address = _signer().unsign(base64_decode(token)).decode().partition("/")
        return address, Kind(kind)
    except (BadData, ValueError):
        return None


def _of_address(address: str) -> MailPreference | None:
    return _wish(MailPreference.address == address.lower())


def _wish(condition: ColumnElement[bool]) -> MailPreference | None:
    # Locked: what is wanted next follows from what is wanted now.
    return db.session.scalar(under_lock(select(MailPreference).where(condition)))


def _known_or_added(condition: ColumnElement[bool], **owner: Any) -> MailPreference:
    known = _wish(condition)
    if known is not None:
        return known
    added = MailPreference(**owner, muted=[])
    try:
        with db.session.begin_nested():
            db.session.add(added)
    except IntegrityError:  # The form was sent twice, and the other one was first.
        known = _wish(condition)
        assert known is not None
        return known
    return added


def _signer() -> Signer:
    return Signer(keys(), salt="unsubscribe")
