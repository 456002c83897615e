"""Commands: plan mails, hand them out, record what became of them.

Hand-out is fenced twice: a row moves to `queued` and to `sending` by guarded updates, so that of
two dispatchers or two workers one wins; and the number of attempts names the hand-over, so that
a worker whose lease ran out can record nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, update

from webapp import clock
from webapp.db import db
from webapp.notifications.models import IN_HANDS, WAITING, Kind, Notification, State

# Seconds to wait before each new attempt: for a server that could not be reached or asked us to
# come back, and for one that refused this recipient for now.
_RETRY_SERVER = (10, 30, 60, 300, 900)
_RETRY_RECIPIENT = (60, 300, 600, 1200, 1800)
_SERVER_CODES = {421, 450, 451, 452}


def plan(
    kind: Kind,
    booking_id: int | None,
    recipient: str,
    *,
    segment_id: int | None = None,
    user_id: int | None = None,
    about: str | None = None,
    serial: str = "",
    due_at: datetime | None = None,
) -> Notification:
    """Plan a mail in the transaction of the fact that it tells; due now where no time is given.

    This is how every capability sends: it adds a Kind, plans a row here, and the worker decides
    from the row what to say (worker/mails.py) when it falls due. `user_id` is the account whose
    preferences count, `about` the owner of a mail that belongs to no booking, such as "alert:17",
    and `serial` tells this fact from others of its kind.
    """
    owner = booking_id or about or (user_id and f"user-{user_id}")
    key = _key(kind, owner, segment_id, serial)
    notification = Notification(
        key=key,
        kind=kind,
        booking_id=booking_id,
        segment_id=segment_id,
        user_id=user_id,
        about=about,
        recipient=recipient,
        due_at=due_at or clock.now(),
        message_id=_message_id(key),
        created_at=clock.now(),
    )
    db.session.add(notification)
    return notification


def message_id_of(kind: Kind, booking_id: int) -> str:
    """Return the Message-ID of the one mail of a kind that a booking has."""
    return _message_id(_key(kind, booking_id))


def is_anything_due() -> bool:
    """Tell whether claim_due() would find anything, without taking a lock."""
    return any(
        db.session.scalar(select(Notification.id).where(*conditions).limit(1)) is not None
        for conditions in _claimable()
    )


def claim_due(lease: timedelta, most: int = 200) -> list[int]:
    """Claim what is due, and what a dead worker left behind; return the ids for the broker.

    Rows that another dispatcher is claiming are skipped, not waited for.
    """
    ids: list[int] = []
    for conditions in _claimable():
        query = (
            select(Notification.id)
            .where(*conditions)
            .order_by(Notification.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        ids += db.session.scalars(query).all()
    _change(
        [Notification.id.in_(ids)],
        state=State.QUEUED,
        lease_until=clock.machine_now() + lease,
    )
    return ids


def return_unpublished(ids: list[int]) -> None:
    """Make rows due again whose ids the broker did not take."""
    _change(
        [Notification.id.in_(ids), Notification.state == State.QUEUED],
        state=State.DUE,
        lease_until=None,
    )


def begin_delivery(notification_id: int, lease: timedelta) -> Notification | None:
    """Take a queued row for sending; None where somebody else has it or it is settled.

    Safe to call twice with one id: only one call finds the row `queued`.
    """
    taken = _change(
        [Notification.id == notification_id, Notification.state == State.QUEUED],
        state=State.SENDING,
        attempts=Notification.attempts + 1,
        lease_until=clock.machine_now() + lease,
    )
    if not taken:
        return None
    return db.session.get(Notification, notification_id, populate_existing=True)


def record_sent(notification: Notification) -> None:
    """Record that the mail server took the mail."""
    _settle(notification, state=State.SENT, sent_at=clock.now(), reason=None)


def record_withheld(notification: Notification, reason: str) -> None:
    """Record why the mail will not be sent."""
    _settle(notification, state=State.WITHHELD, reason=reason)


def record_postponed(notification: Notification, due_at: datetime) -> None:
    """Put the mail back to a later time: what it is about has moved."""
    _settle(notification, state=State.DUE, due_at=due_at)


def record_failure(notification: Notification, code: int | None, words: str) -> None:
    """Record a refusal, and plan the next attempt where there may be one.

    `code` is the mail server's reply, None where it could not be reached.
    """
    steps = _retry_steps(code)
    if notification.attempts > len(steps):
        _settle(notification, state=State.FAILED, reason=words[:500])
        return
    wait = timedelta(seconds=steps[notification.attempts - 1])
    _settle(notification, state=State.RETRY, reason=words[:500], due_at=clock.now() + wait)


def _key(*parts: object) -> str:
    return ":".join(str(part) for part in parts if part)


def _message_id(key: str) -> str:
    # Made from the fact, so that each attempt carries the same one.
    return f"<{key.replace(':', '.')}@fairwind.example>"


def _claimable() -> list[list[ColumnElement[bool]]]:
    is_due = [Notification.state.in_(WAITING), Notification.due_at <= clock.now()]
    is_left_behind = [
        Notification.state.in_(IN_HANDS),
        Notification.lease_until <= clock.machine_now(),
    ]
    # Two queries rather than an OR: each walks an index of its own.
    return [is_due, is_left_behind]


def _retry_steps(code: int | None) -> tuple[int, ...]:
    if code is None or code in _SERVER_CODES:
        return _RETRY_SERVER
    return _RETRY_RECIPIENT if 400 <= code < 500 else ()


def _settle(notification: Notification, **values: object) -> None:
    _change(
        [
            Notification.id == notification.id,
            Notification.state == State.SENDING,
            Notification.attempts == notification.attempts,
        ],
        lease_until=None,
        **values,
    )


def _change(conditions: list[ColumnElement[bool]], **values: object) -> bool:
    statement = update(Notification).where(*conditions).values(**values)
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount > 0
