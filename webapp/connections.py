"""MariaDB's connections, which say nothing to the server that it need not hear."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymysql.connections import Connection
from pymysql.constants import CR
from pymysql.err import OperationalError

# A server that is well says hello and answers a ping at once; one that takes so long hangs.
SECONDS_TO_ANSWER = 3.0
# A server that was restarted within this time has refused somebody else meanwhile, and every
# connection of the pool was then thrown away.
_SECONDS_TRUSTED = 1.0
_LOCKING = (" FOR UPDATE", " FOR SHARE", " LOCK IN SHARE MODE")


class QuietConnection(Connection):
    """A connection whose transaction begins with its first statement that is no plain read.

    Under READ COMMITTED a plain SELECT sees the present of its own moment, inside a transaction
    or before it. So a page that only reads has none: nothing to begin, and nothing to roll back,
    which the session and the pool would each do for it. What begins with a locking read or a
    write ends with COMMIT or ROLLBACK as ever.
    """

    _has_begun = False
    _answered_at = 0.0
    _read_timeout: float | None
    _write_timeout: float | None

    def connect(self, sock: Any = None) -> None:
        """Connect, and settle what a transaction sees and that no text of many rows is cut."""
        with self._answering_at_once():
            super().connect(sock)
            self.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            self.query("SET SESSION group_concat_max_len = @@max_allowed_packet")

    def query(self, sql: str | bytes | bytearray, unbuffered: bool = False) -> int:
        """Run a statement, in a transaction unless it is a plain read before any."""
        if not self._has_begun and not _needs_none(sql):
            self.begin()
            self._has_begun = True
        rows: int = super().query(sql, unbuffered)
        self._answered_at = time.monotonic()
        return rows

    # These two are what the driver does when transaction() ends; nobody else calls them.

    def commit(self) -> None:
        """Commit what has begun."""
        if self._has_begun:
            super().commit()
            self._has_begun = False

    def rollback(self) -> None:
        """Roll back what has begun."""
        if self._has_begun:
            super().rollback()
            self._has_begun = False

    def ping(self, reconnect: Any = False) -> None:
        """Ask whether the server is there, unless it has just answered."""
        if time.monotonic() - self._answered_at > _SECONDS_TRUSTED:
            with self._answering_at_once():
                super().ping(reconnect)

    @contextmanager
    def _answering_at_once(self) -> Iterator[None]:
        usual = self._read_timeout, self._write_timeout
        self._read_timeout = self._write_timeout = SECONDS_TO_ANSWER
        try:
            yield
        finally:
            self._read_timeout, self._write_timeout = usual


class Entrance:
    """The way to a server. While it is known to hang, one at a time tries it.

    Otherwise every thread would wait for it by turns, and the visitors for the threads.
    """

    def __init__(self) -> None:
        self._trouble: OperationalError | None = None
        self._trying = threading.Lock()

    def connect(self, make: Callable[[], QuietConnection]) -> QuietConnection:
        """Make a connection; raise at once what another met who is just trying again."""
        if not (trouble := self._trouble):
            return self._try(make)
        if not self._trying.acquire(blocking=False):
            raise OperationalError(*trouble.args)
        try:
            return self._try(make)
        finally:
            self._trying.release()

    def _try(self, make: Callable[[], QuietConnection]) -> QuietConnection:
        try:
            connection = make()
        except OperationalError as error:
            is_away = error.args[0] in (CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_LOST)
            self._trouble = error if is_away else None
            raise
        self._trouble = None
        return connection


def _needs_none(sql: str | bytes | bytearray) -> bool:
    text = sql if isinstance(sql, str) else sql.decode(errors="replace")
    return text.startswith(("SELECT ", "SET ", "SHOW ")) and not any(
        words in text for words in _LOCKING
    )
