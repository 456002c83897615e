"""Tables: notifications (a row for each mail), what was done to them by hand, preferences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Id, UtcDateTime, exact_text, word
from webapp.formats import HOUSE_LOCALE

# How long before departure a reminder goes out where nobody chose otherwise.
DEFAULT_REMINDER_HOURS = 24


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
SETTLED = (State.SENT, State.WITHHELD, State.FAILED)
NOT_SETTLED = (*WAITING, *IN_HANDS)
# The id of one may be on the broker; what it says, and to whom, is read when a worker begins.
NOT_BEGUN = (*WAITING, State.QUEUED)


class Kind(StrEnum):
    """What a mail is about; its template has the same name."""

    HOLD_EXPIRING = "hold_expiring"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_PARTLY_CANCELLED = "booking_partly_cancelled"
    BOOKING_CANCELLED = "booking_cancelled"
    CHECK_IN_OPEN = "check_in_open"
    DEPARTURE_REMINDER = "departure_reminder"
    DAY_OF_TRAVEL = "day_of_travel"
    GATE_CHANGED = "gate_changed"
    FLIGHT_DELAYED = "flight_delayed"
    FLIGHT_RETIMED = "flight_retimed"
    FLIGHT_CANCELLED = "flight_cancelled"
    SEATS_MOVED = "seats_moved"
    SEAT_BOUGHT = "seat_bought"
    CONTACT_CHANGED = "contact_changed"
    NAMES_CORRECTED = "names_corrected"
    BOOKING_DIVIDED = "booking_divided"
    SCHEDULE_CHANGE_OPEN = "schedule_change_open"
    PRICE_ALERT = "price_alert"
    ALERT_OPENED = "alert_opened"
    TRIPS_OF_ADDRESS = "trips_of_address"
    WELCOME = "welcome"
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_CLOSED = "account_closed"
    STAFF_INVITED = "staff_invited"


# What a reader may switch off: the rest are receipts, or tell of what happens to the trip.
OPTIONAL = (
    Kind.CHECK_IN_OPEN,
    Kind.DEPARTURE_REMINDER,
    Kind.DAY_OF_TRAVEL,
    Kind.HOLD_EXPIRING,
    Kind.PRICE_ALERT,
)

# Why a mail of a kind that its reader switched off is not sent.
UNSUBSCRIBED = "unsubscribed"

# What follows at once on what one person did, who waits for it: it overtakes a flood of others.
AWAITED = (
    Kind.BOOKING_CONFIRMED,
    Kind.BOOKING_CHANGED,
    Kind.BOOKING_PARTLY_CANCELLED,
    Kind.BOOKING_CANCELLED,
    Kind.SEAT_BOUGHT,
    Kind.CONTACT_CHANGED,
    Kind.NAMES_CORRECTED,
    Kind.BOOKING_DIVIDED,
    Kind.HOLD_EXPIRING,
    Kind.ALERT_OPENED,
    Kind.TRIPS_OF_ADDRESS,
    Kind.WELCOME,
    Kind.EMAIL_VERIFICATION,
    Kind.PASSWORD_RESET,
    Kind.PASSWORD_CHANGED,
    Kind.EMAIL_CHANGED,
    Kind.ACCOUNT_CLOSED,
    Kind.STAFF_INVITED,
)
# What tells that a flight leaves or arrives at another time.
NEW_TIMES = (Kind.FLIGHT_RETIMED, Kind.FLIGHT_DELAYED)


class Notification(Base):
    """A mail, derived from a fact and written in the transaction of that fact.

    It belongs to a booking, to an account, or to what `about` names in its owner's own words
    ("alert:17"). `key` names the fact, so that no fact is announced twice; a mail that somebody
    asked for once more is a row of its own, which `repeats_id` ties to the first.

    `lease_until` runs on the machine's clock: past it, whoever had the row is taken for dead and
    the row is due again. `attempts` counts the hand-overs to the mail server, and fences a worker
    that lost its lease. `reason` says why it was not sent, or not yet; `answer` is what the mail
    server said when it took it.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        # The kind at the end lets /metrics count from the index alone.
        Index("ix_notifications_due", "state", "due_at", "kind"),
        Index("ix_notifications_lease", "state", "lease_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(word(100), unique=True)
    kind: Mapped[str] = mapped_column(word(30))
    booking_id: Mapped[int | None] = mapped_column(Id, index=True)
    segment_id: Mapped[int | None] = mapped_column(Id, index=True)
    user_id: Mapped[int | None] = mapped_column(Id, index=True)
    about: Mapped[str | None] = mapped_column(word(40), index=True)
    repeats_id: Mapped[int | None] = mapped_column(Id)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(word(10), default=State.DUE)
    reason: Mapped[str | None] = mapped_column(String(500))
    answer: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[str] = mapped_column(word(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    events: Mapped[list[NotificationEvent]] = relationship(order_by="NotificationEvent.id")


# The line of history that a refusal leaves.
REFUSED = "refused"


class NotificationEvent(Base):
    """A line of a mail's history: what somebody did to it by hand, or what a server refused."""

    __tablename__ = "notification_events"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notifications.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(word(20))
    words: Mapped[str | None] = mapped_column(String(500))


class MailPreference(Base):
    """What an account wants, or what somebody without one switched off by a link in a mail.

    `muted` are the kinds that are not sent. Only an account chooses the rest.
    """

    __tablename__ = "mail_preferences"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (address IS NULL)", name="whose"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    address: Mapped[str | None] = mapped_column(exact_text(254), unique=True)
    muted: Mapped[list[str]] = mapped_column(JSON, default=list)
    reminder_hours: Mapped[int] = mapped_column(SmallInteger, default=DEFAULT_REMINDER_HOURS)
    locale: Mapped[str] = mapped_column(word(10), default=HOUSE_LOCALE)
