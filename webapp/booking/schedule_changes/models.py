"""Tables: significant changes that an airline made, each waiting for the traveller's answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.booking.models import Booking, Segment
from webapp.db import Base, Id, UtcDateTime, word

# When an answer is asked for again; after the last time staff take over.
ASKED_AGAIN_AFTER = (timedelta(hours=24), timedelta(hours=72))
# Whoever leaves so soon, as it was or as it is, is on the way to the airport and reads no mail.
CALLED_BEFORE = timedelta(hours=6)


class Answer(StrEnum):
    """open -> one of the answers; or withdrawn, where the airline moved the flight back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"


class ScheduleChange(Base):
    """A change of one flight of one booking that gives a choice, and what the party made of it.

    `was_departs_at` and `was_arrives_at` are the times that the party had agreed to; the flight
    itself says the present ones. `open_segment_id` repeats the segment while the answer is open,
    so that a segment has one open change at most.
    """

    __tablename__ = "schedule_changes"
    __table_args__ = (
        CheckConstraint("(answer = 'open') = (open_segment_id IS NOT NULL)", name="open"),
        Index("ix_schedule_changes_answer", "answer", "opened_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    open_segment_id: Mapped[int | None] = mapped_column(Id, unique=True)
    answer: Mapped[str] = mapped_column(word(10), default=Answer.OPEN)
    was_departs_at: Mapped[datetime] = mapped_column(UtcDateTime)
    was_arrives_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[str | None] = mapped_column(String(254))

    booking: Mapped[Booking] = relationship()
    segment: Mapped[Segment] = relationship()

    @property
    def is_open(self) -> bool:
        """Tell whether the party has not answered yet."""
        return self.answer == Answer.OPEN
