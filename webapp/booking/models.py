"""Tables: bookings, segments, passengers, coupons, the ledger, quotes, history."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain, repeat
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Id, UtcDateTime, code, word
from webapp.flights.families import family_of
from webapp.flights.models import Flight, SeatClaim
from webapp.money import Money
from webapp.notifications.marks import mark_of

# A shift that is shorter than this troubles nobody.
TOLD_FROM = timedelta(minutes=10)
# So many letters fit into what a line of the ledger is for.
LINE_LENGTH = 160


class BookingStatus(StrEnum):
    """held -> confirmed -> cancelled, or held -> expired."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# What a party paid for, whatever became of it since.
BOOKED = (BookingStatus.CONFIRMED, BookingStatus.CANCELLED)


class PassengerKind(StrEnum):
    """What a passenger is on the day of travel: adult, child (2-11), infant (under 2, on a lap)."""

    ADULT = "adult"
    CHILD = "child"
    INFANT = "infant"


class CouponStatus(StrEnum):
    """open -> checked_in, and either of them -> cancelled (with the seat given back)."""

    OPEN = "open"
    CHECKED_IN = "checked_in"
    CANCELLED = "cancelled"


class EntryKind(StrEnum):
    """What a line of the ledger is: a price, a fee on top, or money given back."""

    CHARGE = "charge"
    FEE = "fee"
    REFUND = "refund"


class QuoteKind(StrEnum):
    """What a quote is for."""

    CANCELLATION = "cancellation"
    CHANGE = "change"


# So long after it was to leave, the travellers of a cancelled flight choose what they want.
CANCELLED_FOR = timedelta(days=30)
# So long seats are kept for a party while it types.
HOLD_TIME = timedelta(minutes=20)


class Booking(Base):
    """A party's trip. `idempotency_key` comes with the form, so a form sent twice is one booking.

    `offer_digest` tells the same form sent again from another body under a stolen key. What was
    typed for seats that nobody booked is gone since `forgotten_at`.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("adults BETWEEN 1 AND 9", name="adults"),
        CheckConstraint("adults + children + infants <= 9", name="party"),
        CheckConstraint("infants <= adults", name="laps"),
        Index("ix_bookings_status", "status", "expires_at"),
        Index("ix_bookings_forgotten", "status", "forgotten_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(code(6), unique=True)
    idempotency_key: Mapped[str] = mapped_column(word(64), unique=True)
    offer_digest: Mapped[str] = mapped_column(code(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(word(10), default=BookingStatus.HELD)
    cabin: Mapped[str] = mapped_column(word(16))
    family: Mapped[str] = mapped_column(word(10), default="light")
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger)
    infants: Mapped[int] = mapped_column(SmallInteger)
    total_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(word(20), index=True)
    calendar_sequence: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    segments: Mapped[list[Segment]] = relationship(
        primaryjoin="and_(Segment.booking_id == Booking.id, Segment.dropped_at.is_(None))",
        order_by="(Segment.journey, Segment.position)",
        back_populates="booking",
    )
    passengers: Mapped[list[Passenger]] = relationship(
        primaryjoin="and_(Passenger.booking_id == Booking.id, Passenger.cancelled_at.is_(None))",
        order_by="Passenger.position",
    )
    # Who was cancelled as well: the ledger and the history name them.
    everybody: Mapped[list[Passenger]] = relationship(order_by="Passenger.position", viewonly=True)
    events: Mapped[list[BookingEvent]] = relationship(order_by="BookingEvent.id")

    @property
    def total(self) -> Money:
        """What the whole party pays."""
        return Money(self.total_minor, self.currency)

    @property
    def travellers(self) -> int:
        """How many people the party is, infants included."""
        return self.adults + self.children + self.infants

    @property
    def sold_conditions(self) -> dict[str, Any]:
        """The conditions that were sold; what was booked before they were kept has the family's."""
        return self.conditions or family_of(self.family).conditions(self.currency)

    @property
    def address_mark(self) -> str:
        """What tells in a link to which address it was sent."""
        return mark_of(self.contact_email)

    def status_at(self, instant: datetime) -> BookingStatus:
        """Return the status that holds at an instant: a hold past its time is expired.

        The row may say `held` until somebody tidies it; what people are told never does.
        """
        if self.status == BookingStatus.HELD and self.expires_at <= instant:
            return BookingStatus.EXPIRED
        return BookingStatus(self.status)


def _are_near(times: tuple[datetime, datetime], others: tuple[datetime, datetime]) -> bool:
    return all(abs(one - other) < TOLD_FROM for one, other in zip(times, others, strict=True))


class Segment(Base):
    """One flight of a booking, the seats it claims, and the times and gate the party was told.

    `journey` is 0 on the way out and 1 on the way back. A segment that was cancelled or changed
    for another keeps its row, with `dropped_at`; new ones get higher positions. The party agreed to
    the times that it booked, or took later; what it was told since may be others. `seen` are times
    that a mail about something else showed before the news of them was told.
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("booking_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    journey: Mapped[int] = mapped_column(SmallInteger, default=0)
    flight_id: Mapped[int] = mapped_column(ForeignKey("flights.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("seat_claims.id"), unique=True)
    agreed_departs_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_arrives_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_departs_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_arrives_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_departs_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_arrives_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_terminal: Mapped[str | None] = mapped_column(String(4))
    told_gate: Mapped[str | None] = mapped_column(String(6))
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    booking: Mapped[Booking] = relationship(back_populates="segments")
    flight: Mapped[Flight] = relationship()
    claim: Mapped[SeatClaim] = relationship()

    def is_told_of(self, departs_at: datetime, arrives_at: datetime) -> bool:
        """Tell whether the party knows these times, to within a few minutes, and saw no others."""
        times = departs_at, arrives_at
        return _are_near(times, self._told) and _are_near(times, self.last_seen)

    @property
    def is_agreed(self) -> bool:
        """Tell whether the party took the flight at the times at which it is expected."""
        present = self.flight.expected_departs_at, self.flight.expected_arrives_at
        return _are_near(present, (self.agreed_departs_at, self.agreed_arrives_at))

    @property
    def last_seen(self) -> tuple[datetime, datetime]:
        """The times that the party read last, whether they were told as news or not."""
        return (
            self.seen_departs_at or self.told_departs_at,
            self.seen_arrives_at or self.told_arrives_at,
        )

    @property
    def known_before(self) -> tuple[datetime, datetime]:
        """The times that the present ones are news to: those told, else those seen since."""
        present = self.flight.expected_departs_at, self.flight.expected_arrives_at
        return self.last_seen if _are_near(present, self._told) else self._told

    @property
    def _told(self) -> tuple[datetime, datetime]:
        return self.told_departs_at, self.told_arrives_at

    @property
    def is_told(self) -> bool:
        """Tell whether the party knows the times that are expected at present."""
        return self.is_told_of(self.flight.expected_departs_at, self.flight.expected_arrives_at)

    @property
    def is_gate_told(self) -> bool:
        """Tell whether the party knows the present terminal and gate.

        While there is no gate, nobody is told who was never told of one, or of a terminal.
        """
        known = self.told_terminal, self.told_gate
        is_first = known == (None, None)
        present = self.flight.terminal, self.flight.gate
        return present == known or (is_first and self.flight.gate is None)


class Passenger(Base):
    """A member of the party; unnamed while the hold is being filled in.

    Who was cancelled alone keeps the row, with `cancelled_at`. `ticket_number` is the airline's
    three digits and ten of a serial, `filed_name` is HEIDE/ALICE. Travel documents are asked for
    at check-in; without `document_given_at` there are none.
    """

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
    filed_name: Mapped[str | None] = mapped_column(word(120), index=True)
    born_on: Mapped[date | None]
    price_minor: Mapped[int] = mapped_column(Integer)
    ticket_number: Mapped[str | None] = mapped_column(code(13), unique=True)
    nationality: Mapped[str | None] = mapped_column(code(2))
    document_number: Mapped[str | None] = mapped_column(word(20))
    document_country: Mapped[str | None] = mapped_column(code(2))
    document_expires_on: Mapped[date | None]
    document_given_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    coupons: Mapped[list[Coupon]] = relationship(back_populates="passenger")

    @property
    def shown_ticket_number(self) -> str:
        """The ticket number as people read it: the airline's digits, a hyphen, the serial."""
        return f"{number[:3]}-{number[3:]}" if (number := self.ticket_number) else ""


class Coupon(Base):
    """One passenger on one segment: the fare, the seat, the check-in.

    `seat` (12A) is unique on its flight, and given back (NULL) with a cancellation; infants have
    none. `flight_id` is the segment's, so that the constraint can be written.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("passenger_id", "segment_id"),
        UniqueConstraint("flight_id", "seat"),
        UniqueConstraint("flight_id", "boarding_sequence"),
        CheckConstraint("seat IS NULL OR status <> 'cancelled'", name="seat_given_back"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    passenger_id: Mapped[int] = mapped_column(ForeignKey("passengers.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    flight_id: Mapped[int] = mapped_column(ForeignKey("flights.id"))
    price_minor: Mapped[int] = mapped_column(Integer)
    seat: Mapped[str | None] = mapped_column(word(4))
    seat_price_minor: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(word(12), default=CouponStatus.OPEN)
    checked_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    boarding_sequence: Mapped[int | None] = mapped_column(Integer)

    passenger: Mapped[Passenger] = relationship(back_populates="coupons")
    segment: Mapped[Segment] = relationship()


class LedgerEntry(Base):
    """A line of a booking's account, never changed: charges and fees count up, refunds down.

    The balance, what the party has paid in the end, is the sum of `amount_minor`. `rule` is the
    condition that the amount follows from.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("(kind = 'refund') = (amount_minor < 0)", name="sign"),
        CheckConstraint("kind IN ('charge', 'fee', 'refund')", name="kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(word(10))
    amount_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))
    what: Mapped[str] = mapped_column(String(LINE_LENGTH))
    rule: Mapped[str | None] = mapped_column(String(200))


class Quote(Base):
    """What a cancellation or a change costs, as its traveller confirmed it, once.

    `plan` says what was done; `lines` are amounts with the rule each comes from. `total_minor`
    was to be paid where positive and given back where negative.
    """

    __tablename__ = "quotes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(word(64), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), index=True)
    kind: Mapped[str] = mapped_column(word(16))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    total_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Who acts, where nobody is logged in.
TRAVELLER = "traveller"


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

    @property
    def flights_before(self) -> list[tuple[str, datetime | None]]:
        """The flights that were changed for others, with when each leaves where it does."""
        return _flights_in(self.before)

    @property
    def flights_after(self) -> list[tuple[str, datetime | None]]:
        """The flights that others were changed for, with when each leaves where it does."""
        return _flights_in(self.after)


def _flights_in(state: dict[str, Any]) -> list[tuple[str, datetime | None]]:
    flights = state.get("flights", [])
    # Lines that were written before they bore times say the flights alone.
    times = map(datetime.fromisoformat, state.get("departs_at", []))
    return list(zip(flights, chain(times, repeat(None)), strict=False))
