"""Counts for the rate limits, kept in the database so that all web processes count together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection

from limits.storage import Storage
from sqlalchemy import Connection, Delete, Double, Integer, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, change_rows, code, db, retry_conflicts
from webapp.retention import PORTION


class RateLimit(Base):
    """How often something was tried in the window that ends at `expires_at` (seconds, epoch)."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(code(64), primary_key=True)
    hits: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[float] = mapped_column(Double, index=True)


class DatabaseStorage(Storage):
    """Flask-Limiter's store on our own database; each count is a transaction of its own.

    A count must outlive the request's rollback: the attempt was made, whatever became of it.
    """

    STORAGE_SCHEME = ["database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing store raises."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more tries and return how many there are in the window."""
        # Two first tries at once may deadlock over the new row; the second run finds it there.
        return retry_conflicts(lambda: self._count(key, expiry, amount))

    def _count(self, key: str, expiry: int, amount: int) -> int:
        now, digest = time.time(), _digest(key)
        over = delete(RateLimit).where(RateLimit.key == digest, RateLimit.expires_at <= now)
        first = insert(RateLimit).values(key=digest, hits=amount, expires_at=now + expiry)
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(over)
            if not self._add(connection, digest, amount):
                try:
                    connection.execute(first)
                except IntegrityError:
                    # Another process began the same window between our two statements.
                    self._add(connection, digest, amount)
            return self._hits(connection, digest, now)

    def get(self, key: str) -> int:
        """Return how many tries there are in the window."""
        with db.engine.connect() as connection:
            return self._hits(connection, _digest(key), time.time())

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds of the epoch."""
        query = select(RateLimit.expires_at).where(RateLimit.key == _digest(key))
        with db.engine.connect() as connection:
            return connection.scalar(query) or time.time()

    def check(self) -> bool:
        """Tell whether the store can be used."""
        with db.engine.connect() as connection:
            connection.execute(select(1))
        return True

    def reset(self) -> int | None:
        """Forget every count."""
        return self._delete(delete(RateLimit))

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._delete(delete(RateLimit).where(RateLimit.key == _digest(key)))

    @staticmethod
    def _add(connection: Connection, digest: str, amount: int) -> bool:
        added = connection.execute(
            update(RateLimit).where(RateLimit.key == digest).values(hits=RateLimit.hits + amount)
        )
        return bool(added.rowcount)

    @staticmethod
    def _hits(connection: Connection, digest: str, now: float) -> int:
        query = select(RateLimit.hits).where(RateLimit.key == digest, RateLimit.expires_at > now)
        return connection.scalar(query) or 0

    @staticmethod
    def _delete(statement: Delete) -> int:
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            return int(connection.execute(statement).rowcount)


def ended_windows() -> list[str]:
    """Return the keys of windows that are over."""
    query = select(RateLimit.key).where(RateLimit.expires_at <= time.time()).limit(PORTION)
    return list(db.session.scalars(query))


def forget_windows(keys: Collection[str]) -> None:
    """Delete windows that are over. Safe to repeat: one that began anew stays."""
    is_over = RateLimit.expires_at <= time.time()
    change_rows(delete(RateLimit).where(RateLimit.key.in_(keys), is_over))


def _digest(key: str) -> str:
    # Addresses of people are in the key; the table keeps only their hash.
    return hashlib.sha256(key.encode()).hexdigest()
