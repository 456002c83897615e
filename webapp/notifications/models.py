"""Tables: notifications, one row for each mail that is, was or will not be sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, Id, UtcDateTime, word


class State(StrEnum):
    """The life of a mail.

    due -> queued (its id is on the broker) -> sending (a worker has it) -> sent, withheld (with a
    reason) or failed (with the server's words); or sending -> retry -> queued.
    """

    DUE = "due"
    QUEUED = "queued"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    WITHHELD = "withheld"
    FAILED = "failed"


WAITING = (State.DUE, State.RETRY)
IN_HANDS = (State.QUEUED, State.SENDING)


class Kind(StrEnum):
    """What a mail is about."""

    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CANCELLED = "booking_cancelled"
    DEPARTURE_REMINDER = "departure_reminder"
    FLIGHT_RETIMED = "flight_retimed"
    FLIGHT_CANCELLED = "flight_cancelled"


class Notification(Base):
    """A mail, derived from a fact and written in the transaction of that fact.

    `key` names the fact, so that no fact is announced twice. `lease_until` runs on the machine's
    clock: past it, whoever had the row is taken for dead and the row is due again. `attempts`
    counts the hand-overs to the mail server, and fences a worker that lost its lease.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_due", "state", "due_at"),
        Index("ix_notifications_lease", "state", "lease_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(word(100), unique=True)
    kind: Mapped[str] = mapped_column(word(30))
    booking_id: Mapped[int] = mapped_column(Id, index=True)
    segment_id: Mapped[int | None] = mapped_column(Id, index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(word(10), default=State.DUE)
    reason: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[str] = mapped_column(word(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
