"""Tables: calendar feeds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime, word


class CalendarFeed(Base):
    """The private address under which a traveller's calendar program reads their trips.

    Whoever has the token sees the trips, so it can be replaced and revoked.
    """

    __tablename__ = "calendar_feeds"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    token: Mapped[str] = mapped_column(word(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
