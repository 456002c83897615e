"""Commands: what people do to mails by hand, each with a line of the mail's history."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from webapp import clock
from webapp.db import change_rows, db, under_lock
from webapp.notifications import service
from webapp.notifications.errors import NotSendable, TooOften
from webapp.notifications.models import (
    NOT_BEGUN,
    SETTLED,
    Kind,
    Notification,
    NotificationEvent,
    State,
)

_MOST_REPEATS_A_DAY = 5
_PAUSE = timedelta(minutes=1)


def send_again(notification_id: int, actor: str, recipient: str | None = None) -> Notification:
    """Plan a mail once more, as a row of its own that is decided anew, to where its first went.

    `recipient` is where mail goes by now, where that is known. Only a mail whose fate is settled is
    sent again; one that waits is on its way already. Raises NotSendable and TooOften.
    """
    # Under the lock of the first one: whoever asks for a copy of it or of its copies waits here.
    first = func.coalesce(Notification.repeats_id, Notification.id)
    first_id = db.session.scalars(select(first).where(Notification.id == notification_id)).one()
    _locked(first_id)
    asked = _locked(notification_id)
    if asked.state not in SETTLED:
        raise NotSendable
    repeats = _repeats_of(asked, first_id)
    now = clock.now()
    if any(now - at < _PAUSE for at in repeats):
        raise TooOften
    if sum(now - at < timedelta(days=1) for at in repeats) >= _MOST_REPEATS_A_DAY:
        raise TooOften
    again_id = service.plan(
        Kind(asked.kind),
        asked.booking_id,
        recipient or asked.recipient,
        segment_id=asked.segment_id,
        user_id=asked.user_id,
        about=asked.about,
        serial=f"again-{first_id}-{len(repeats) + 1}",
        repeats_id=first_id,
    )
    _note(asked, actor, "sent again")
    return db.session.get_one(Notification, again_id)


def retry(notification_id: int, actor: str) -> None:
    """Try a mail at once that waits for its next attempt or failed. Raises NotSendable."""
    asked = _locked(notification_id)
    if asked.state not in (State.RETRY, State.FAILED):
        raise NotSendable
    # The attempts go on counting: they tell a worker that lost its lease from the one to come.
    asked.state, asked.due_at = State.DUE, clock.now()
    _note(asked, actor, "retried")


def withdraw(notification_id: int, actor: str) -> None:
    """Let a mail that waits not be sent. Raises NotSendable where it is out or settled."""
    taken = change_rows(
        update(Notification)
        .where(Notification.id == notification_id, Notification.state.in_(NOT_BEGUN))
        .values(state=State.WITHHELD, reason="withdrawn by the airline", lease_until=None)
    )
    if not taken:
        raise NotSendable
    _note(_locked(notification_id), actor, "withdrawn")


def _locked(notification_id: int) -> Notification:
    query = select(Notification).where(Notification.id == notification_id)
    return db.session.scalars(under_lock(query)).one()


def _repeats_of(asked: Notification, first_id: int) -> list[datetime]:
    # Among the owner's mails, which an index finds.
    if asked.booking_id is not None:
        is_owners = Notification.booking_id == asked.booking_id
    elif asked.about is not None:
        is_owners = Notification.about == asked.about
    else:
        is_owners = Notification.user_id == asked.user_id
    query = select(Notification.created_at).where(is_owners, Notification.repeats_id == first_id)
    return list(db.session.scalars(query))


def _note(notification: Notification, actor: str, what: str) -> None:
    db.session.add(
        NotificationEvent(
            notification_id=notification.id,
            at=clock.now(),
            actor=actor,
            what=what,
            words=notification.reason,
        )
    )
