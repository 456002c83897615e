"""Tables: recent searches, one row for each distinct search of a user."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, Id, UtcDateTime, code, word


class RecentSearch(Base):
    """What a user searched, and when last; `key` tells it from the user's other searches."""

    __tablename__ = "recent_searches"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_recent_searches_newest", "user_id", "searched_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(word(80))
    origin: Mapped[str] = mapped_column(code(3))
    destination: Mapped[str] = mapped_column(code(3))
    depart: Mapped[date] = mapped_column(index=True)
    return_on: Mapped[date | None]
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger)
    infants: Mapped[int] = mapped_column(SmallInteger)
    cabin: Mapped[str] = mapped_column(word(16))
    searched_at: Mapped[datetime] = mapped_column(UtcDateTime)
