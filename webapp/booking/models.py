"""Tables: bookings, their segments and passengers, their history."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Id, UtcDateTime, code, word
from webapp.flights.models import Flight, SeatClaim
from webapp.money import Money

# A shift that is shorter than this troubles nobody.
TOLD_FROM = timedelta(minutes=10)


class BookingStatus(StrEnum):
    """held -> confirmed -> cancelled, or held -> expired."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PassengerKind(StrEnum):
    """What a passenger is on the day of travel: adult, child (2-11), infant (under 2, on a lap)."""

    ADULT = "adult"
    CHILD = "child"
    INFANT = "infant"


class Booking(Base):
    """A party's trip. `idempotency_key` comes with the form, so a form sent twice is one booking.

    `offer_digest` tells the same form sent again from another body under a stolen key.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("adults BETWEEN 1 AND 9", name="adults"),
        CheckConstraint("adults + children + infants <= 9", name="party"),
        CheckConstraint("infants <= adults", name="laps"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(code(6), unique=True)
    idempotency_key: Mapped[str] = mapped_column(word(64), unique=True)
    offer_digest: Mapped[str] = mapped_column(code(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(word(10), default=BookingStatus.HELD)
    cabin: Mapped[str] = mapped_column(word(16))
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger)
    infants: Mapped[int] = mapped_column(SmallInteger)
    total_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    segments: Mapped[list[Segment]] = relationship(
        order_by="Segment.position", back_populates="booking"
    )
    passengers: Mapped[list[Passenger]] = relationship(order_by="Passenger.position")
    events: Mapped[list[BookingEvent]] = relationship(order_by="BookingEvent.id")

    @property
    def total(self) -> Money:
        """What the whole party pays."""
        return Money(self.total_minor, self.currency)

    def status_at(self, instant: datetime) -> BookingStatus:
        """Return the status that holds at an instant: a hold past its time is expired.

        The row may say `held` until somebody tidies it; what people are told never does.
        """
        if self.status == BookingStatus.HELD and self.expires_at <= instant:
            return BookingStatus.EXPIRED
        return BookingStatus(self.status)


class Segment(Base):
    """One flight of a booking, the seats it claims, and the times that the party was told."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("booking_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    flight_id: Mapped[int] = mapped_column(ForeignKey("flights.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("seat_claims.id"), unique=True)
    told_departs_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_arrives_at: Mapped[datetime] = mapped_column(UtcDateTime)

    booking: Mapped[Booking] = relationship(back_populates="segments")
    flight: Mapped[Flight] = relationship()
    claim: Mapped[SeatClaim] = relationship()

    @property
    def is_told(self) -> bool:
        """Tell whether the party knows the flight's present times, to within a few minutes."""
        shift = max(
            abs(self.flight.departs_at - self.told_departs_at),
            abs(self.flight.arrives_at - self.told_arrives_at),
        )
        return shift < TOLD_FROM


class Passenger(Base):
    """A member of the party; unnamed while the hold is being filled in."""

    __tablename__ = "passengers"
    __table_args__ = (
        UniqueConstraint("booking_id", "position"),
        CheckConstraint("kind IN ('adult', 'child', 'infant')", name="kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(word(10))
    given_name: Mapped[str | None] = mapped_column(String(60))
    family_name: Mapped[str | None] = mapped_column(String(60))
    born_on: Mapped[date | None]
    price_minor: Mapped[int] = mapped_column(Integer)


class BookingEvent(Base):
    """A line of a booking's history: who did what, when, from what to what."""

    __tablename__ = "booking_events"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(word(40))
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
