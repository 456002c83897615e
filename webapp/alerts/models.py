"""Tables: price alerts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, Id, UtcDateTime, code, exact_text, word


class Rule(StrEnum):
    """When somebody wants to hear: a move by so many per cent or units, or a limit that is met."""

    PERCENT = "percent"
    AMOUNT = "amount"
    BELOW = "below"


class AlertState(StrEnum):
    """The life of an alert.

    unconfirmed (an address without an account has not answered yet) -> active <-> paused; and
    ended, once the day of the journey has come.
    """

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PriceAlert(Base):
    """A journey that an account or an address follows, once.

    `threshold` is in per cent or in whole units of the currency, as `rule` says. Prices are the
    party's, in minor units: `base_minor` is what moves are measured from, `seen_minor` what the
    last check found (None: no seats), `before_minor` what the price was before the move that was
    told at `told_at`.
    """

    __tablename__ = "price_alerts"
    __table_args__ = (
        UniqueConstraint("owner", "journey"),
        CheckConstraint("threshold > 0", name="threshold"),
        Index("ix_price_alerts_check", "state", "checked_at"),
        # Links and mails name an alert by its id, also after it has gone: no other may get it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(word(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(exact_text(254))
    journey: Mapped[str] = mapped_column(word(80))
    origin: Mapped[str] = mapped_column(code(3))
    destination: Mapped[str] = mapped_column(code(3))
    depart: Mapped[date]
    return_on: Mapped[date | None]
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger)
    infants: Mapped[int] = mapped_column(SmallInteger)
    cabin: Mapped[str] = mapped_column(word(16))
    rule: Mapped[str] = mapped_column(word(10))
    threshold: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))
    base_minor: Mapped[int] = mapped_column(Integer)
    seen_minor: Mapped[int | None] = mapped_column(Integer)
    before_minor: Mapped[int | None] = mapped_column(Integer)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(word(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
