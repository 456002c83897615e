"""Tables: users, their moves to other addresses, and the travellers they book for."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, Id, UtcDateTime, exact_text, word


class Role(StrEnum):
    """What a user may do: travel, manage one airline, manage all of them."""

    CUSTOMER = "customer"
    AIRLINE_STAFF = "airline_staff"
    ADMIN = "admin"


# What stands in the place of a password's hash where there is none.
NO_PASSWORD = ""


class User(UserMixin, Base):
    """Somebody who can log in. Staff, and only staff, belong to an airline."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("(role = 'airline_staff') = (airline_iata IS NOT NULL)", name="staff"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(exact_text(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(word(16), default=Role.CUSTOMER)
    airline_iata: Mapped[str | None] = mapped_column(ForeignKey("airlines.iata"))
    # Of the present address alone: another one is confirmed anew.
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def get_id(self) -> str:
        """Return what the session cookie carries; raising `session_epoch` ends every session."""
        return f"{self.id}.{self.session_epoch}"

    @property
    def is_closed(self) -> bool:
        """Tell whether only the row is left, for what refers to it: no password opens it."""
        return self.password_hash == NO_PASSWORD

    @property
    def is_active(self) -> bool:
        """Tell who counts as logged in: no request that outlives its account does."""
        return not self.is_closed

    @property
    def is_staff(self) -> bool:
        """Tell whether the staff pages are open to this user."""
        return self.role in (Role.AIRLINE_STAFF, Role.ADMIN)


class EmailChange(Base):
    """An account's move to another address, which the owner of the old one may put back."""

    __tablename__ = "email_changes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    before: Mapped[str] = mapped_column(exact_text(254), index=True)
    after: Mapped[str] = mapped_column(exact_text(254))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    put_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SavedTraveller(Base):
    """Somebody whom a user books for again: the names and the date of birth, to be filled in."""

    __tablename__ = "saved_travellers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    given_name: Mapped[str] = mapped_column(String(60))
    family_name: Mapped[str] = mapped_column(String(60))
    born_on: Mapped[date]
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def reference(self) -> str:
        """What stands for the traveller in the addresses of its account.

        An id alone would not do: SQLite gives the one of somebody who was removed to the next.
        """
        whole = f"{self.id} {self.saved_at.isoformat()}"
        return hashlib.sha256(whole.encode()).hexdigest()[:16]
