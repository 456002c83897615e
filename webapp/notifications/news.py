"""News: mails about something that changed, several of which within minutes make one mail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from webapp import clock
from webapp.db import change_rows, db
from webapp.notifications import service
from webapp.notifications.models import (
    NEW_TIMES,
    NOT_SETTLED,
    WAITING,
    Kind,
    Notification,
    State,
)

# So long a mail waits for what else changes, counted from the first of several changes.
COALESCED_FOR = timedelta(minutes=5)
# The mail that tells one of these says the other as well.
_TOLD_TOGETHER = (Kind.GATE_CHANGED, *NEW_TIMES)


@dataclass(frozen=True)
class Hearer:
    """Whom a change of one segment concerns, and where their mail goes."""

    booking_id: int
    segment_id: int
    recipient: str
    user_id: int | None = None


def hold_back(booking_ids: Collection[int]) -> set[int]:
    """Keep the mails of bookings from being begun until this transaction ends.

    Returns the bookings that have one on its way already. Waits for those that are being settled.
    """
    query = (
        select(Notification.booking_id, Notification.state)
        .where(
            Notification.booking_id.in_(booking_ids),
            Notification.state.in_(NOT_SETTLED),
        )
        .with_for_update()
    )
    return {
        booking_id
        for booking_id, state in db.session.execute(query)
        if booking_id and state == State.SENDING
    }


def plan_news(kind: Kind, hearers: Sequence[Hearer], serial: str, overtaken: str) -> None:
    """Plan one mail for each hearer; news of the same kind that still waits is overtaken by it.

    `serial` tells this change from others; `overtaken` is the reason that stands by what it
    replaces. The new mail is due when the first of those it replaces was, so that no row of
    changes can put it off for ever; a gate and new times are due together, and make one mail.
    """
    is_waiting = [
        Notification.segment_id.in_([hearer.segment_id for hearer in hearers]),
        Notification.state.in_(WAITING),
    ]
    together = _TOLD_TOGETHER if kind in _TOLD_TOGETHER else (kind,)
    first = (
        select(Notification.segment_id, func.min(Notification.due_at))
        .where(*is_waiting, Notification.kind.in_(together))
        .group_by(Notification.segment_id)
    )
    due_at = dict(db.session.execute(first).all())
    is_overtaken = update(Notification).where(*is_waiting, Notification.kind == kind)
    change_rows(is_overtaken.values(state=State.WITHHELD, reason=overtaken))
    soon = clock.now() + COALESCED_FOR
    service.plan_each(
        [
            service.planned(
                kind,
                hearer.booking_id,
                hearer.recipient,
                segment_id=hearer.segment_id,
                user_id=hearer.user_id,
                serial=serial,
                due_at=min(soon, due_at.get(hearer.segment_id, soon)),
            )
            for hearer in hearers
        ]
    )
