"""Commands: plan mails, each in the transaction of the fact that it tells."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from flask import current_app
from sqlalchemy import ColumnElement, bindparam, delete, select, update

from webapp import clock
from webapp.config import Settings
from webapp.db import Base, change_rows, db, insert_row, insert_rows
from webapp.notifications.mime import mailbox_address
from webapp.notifications.models import NOT_BEGUN, Kind, Notification, NotificationEvent, State

# Where a session keeps id, key and time of each mail that it planned, for the log after its commit.
PLANNED = "planned_mails"
_notifications = Base.metadata.tables[Notification.__tablename__]
# Built once, since composing it anew costs more than running it.
_WITH_KEYS = select(_notifications.c.id, _notifications.c.key, _notifications.c.due_at).where(
    _notifications.c.key.in_(bindparam("keys", expanding=True))
)


class Details(TypedDict, total=False):
    """What else is known of a mail that is planned.

    `user_id` is the account whose preferences count, `about` the owner of a mail that belongs to no
    booking, such as "alert:17", and `serial` tells this fact from others of its kind. It is due now
    where no time is given; with `late`, a reason, one that is due already is never sent.
    """

    segment_id: int | None
    user_id: int | None
    about: str | None
    serial: str
    due_at: datetime
    late: str
    repeats_id: int


def plan(kind: Kind, booking_id: int | None, recipient: str, **details: Unpack[Details]) -> int:
    """Plan a mail in the transaction of the fact that it tells, and return its id.

    This is how every capability sends: it adds a Kind, plans a row here, and the worker decides
    from the row what to say (worker/mails.py) when it falls due.
    """
    row = planned(kind, booking_id, recipient, **details)
    row_id = insert_row(Notification, **row)
    _note([(row_id, row["key"], row["due_at"])])
    return row_id


def plan_each(rows: Sequence[dict[str, Any]]) -> None:
    """Plan the mails that `planned` made, all by one statement, and by one to learn their ids."""
    if rows:
        insert_rows(Notification, rows)
        found = db.session.execute(_WITH_KEYS, {"keys": [row["key"] for row in rows]})
        _note([(id_, key, due_at) for id_, key, due_at in found])


def planned(
    kind: Kind, booking_id: int | None, recipient: str, **details: Unpack[Details]
) -> dict[str, Any]:
    """Return the row of a mail, for one of many that are planned together."""
    segment_id, user_id = details.get("segment_id"), details.get("user_id")
    owner = booking_id or details.get("about") or (user_id and f"user-{user_id}")
    key = _key(kind, owner, segment_id, details.get("serial", ""))
    now = clock.now()
    due_at, late = details.get("due_at", now), details.get("late")
    is_late = late is not None and due_at <= now
    return {
        "key": key,
        "kind": kind,
        "booking_id": booking_id,
        "segment_id": segment_id,
        "user_id": user_id,
        "about": details.get("about"),
        "repeats_id": details.get("repeats_id"),
        "recipient": recipient,
        "due_at": due_at,
        "state": State.WITHHELD if is_late else State.DUE,
        "reason": late if is_late else None,
        "message_id": _message_id(key),
        "created_at": now,
    }


def _note(mails: list[tuple[int, str, datetime]]) -> None:
    db.session().info.setdefault(PLANNED, []).extend(mails)


def redirect_waiting(booking_id: int, old: str, new: str) -> None:
    """Send a booking's mails that wait for an address to another one.

    What says that mails go elsewhere stays with the address that it is for.
    """
    is_told_there = Notification.kind == Kind.CONTACT_CHANGED
    _change_waiting(booking_id, Notification.recipient == old, ~is_told_there, recipient=new)


def redirect_alerts(user_id: int, address: str) -> None:
    """Send the mails about prices that an account follows, and that wait, to its new address."""
    is_alert = Notification.kind == Kind.PRICE_ALERT
    waits = Notification.state.in_(NOT_BEGUN)
    _change(Notification.user_id == user_id, is_alert, waits, recipient=address)


def withhold_waiting(kind: Kind, booking_id: int, recipients: Collection[str], reason: str) -> None:
    """Let a booking's mails of a kind that wait not go to some addresses."""
    meant = Notification.kind == kind, Notification.recipient.in_(recipients)
    _change_waiting(booking_id, *meant, state=State.WITHHELD, reason=reason, lease_until=None)


def give_waiting(booking_id: int, user_id: int) -> None:
    """Let a booking's mails that wait be those of an account."""
    _change_waiting(booking_id, user_id=user_id)


def take_from(user_id: int) -> None:
    """Let the mails about an account's bookings be nobody's; they go out all the same."""
    of_bookings = Notification.user_id == user_id, Notification.booking_id.is_not(None)
    _change(*of_bookings, user_id=None)


def forget_mails_of(booking_ids: Collection[int]) -> None:
    """Take the mails about bookings out of the log, with what was done to them by hand."""
    query = select(Notification.id).where(Notification.booking_id.in_(booking_ids))
    # By their ids: MariaDB would look through the whole table for a question within a DELETE.
    ids = db.session.scalars(query).all()
    for gone in (
        delete(NotificationEvent).where(NotificationEvent.notification_id.in_(ids)),
        delete(Notification).where(Notification.id.in_(ids)),
    ):
        change_rows(gone)


def _change_waiting(booking_id: int, *meant: ColumnElement[bool], **values: object) -> None:
    waits = Notification.state.in_(NOT_BEGUN)
    _change(Notification.booking_id == booking_id, waits, *meant, **values)


def _change(*meant: ColumnElement[bool], **values: object) -> None:
    change_rows(update(Notification).where(*meant).values(**values))


def message_id_of(kind: Kind, booking_id: int) -> str:
    """Return the Message-ID of the one mail of a kind that a booking has."""
    return _message_id(_key(kind, booking_id))


def serial_of(notification: Notification) -> str:
    """Return what tells the fact of a segment's mail from others of its kind, as it was planned."""
    return ":".join(notification.key.split(":")[3:])


def _key(*parts: object) -> str:
    return ":".join(str(part) for part in parts if part)


def _message_id(key: str) -> str:
    # Made from the fact, so that each attempt carries the same one, and signed instead of told:
    # the rows' keys would say how many bookings there are.
    secret = hashlib.sha256(str(current_app.secret_key).encode()).digest()
    signed = hashlib.blake2b(key.encode(), key=secret, person=b"message-id", digest_size=12)
    settings: Settings = current_app.config["SETTINGS"]
    domain = mailbox_address(settings.mail_from).partition("@")[2]
    return f"<{key.partition(':')[0]}.{signed.hexdigest()}@{domain}>"
