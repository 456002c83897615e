"""Mails about the flights of a booking that was divided: one part hears of them as the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.db import db
from webapp.notifications import service
from webapp.notifications.models import NOT_SETTLED, Kind, Notification, State
from webapp.notifications.reminders import LEADS

OUT_BEFORE = "went out before the booking was divided"
# A flight of a booking has one of each, which says why it was not sent where that is so.
_ONE_EACH = (*LEADS, Kind.FLIGHT_CANCELLED)


def plan_as_before(
    booking_id: int, part_id: int, recipient: str, user_id: int | None, segments: Mapping[int, int]
) -> None:
    """Plan for a part of a booking what its flights' mails have come to until now.

    What waits, or is on its way, waits for the part as well; what was sent is not sent again.
    `segments` are the part's, by those of the booking. The caller holds the mails back.
    """
    query = select(Notification).where(
        Notification.booking_id == booking_id,
        Notification.segment_id.in_(segments),
        Notification.repeats_id.is_(None),
        Notification.kind != Kind.SEAT_BOUGHT,  # It was one person's, and is a receipt.
    )
    found = db.session.scalars(query.order_by(Notification.id)).all()
    mails = [each for each in found if each.state in NOT_SETTLED or each.kind in _ONE_EACH]
    service.plan_each([_as_before(each, part_id, recipient, user_id, segments) for each in mails])


def _as_before(
    mail: Notification,
    part_id: int,
    recipient: str,
    user_id: int | None,
    segments: Mapping[int, int],
) -> dict[str, Any]:
    assert mail.segment_id is not None
    row = service.planned(
        Kind(mail.kind),
        part_id,
        recipient,
        segment_id=segments[mail.segment_id],
        user_id=user_id,
        serial=service.serial_of(mail),
        due_at=mail.due_at,
    )
    row["created_at"] = mail.created_at  # What happened since then is told by it.
    if mail.state not in NOT_SETTLED:
        is_withheld = mail.state == State.WITHHELD
        row |= {"state": State.WITHHELD, "reason": mail.reason if is_withheld else OUT_BEFORE}
    return row
