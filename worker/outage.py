"""Whether the database is there: one line when it goes away, and one when it is back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

import dramatiq
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from webapp.db import db

log = logging.getLogger("fairwind.database")


class DatabaseAway(Exception):
    """The database cannot be reached; what an actor was about is done at a later turn."""


class DatabaseWatch(dramatiq.Middleware):
    """Knows from what the actors meet whether the database is there.

    Dramatiq would tell of an outage with a traceback at every turn of every actor, and each would
    read as if something was lost.
    """

    def __init__(self) -> None:
        self._is_away = False
        self._lock = threading.Lock()

    def before_declare_actor(
        self, broker: dramatiq.Broker, actor: dramatiq.Actor[..., Any]
    ) -> None:
        """Watch an actor, and have what the outage stopped logged by nobody else."""
        actor.fn = self.watched(actor.fn)
        actor.options["throws"] = DatabaseAway

    def watched(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return work that raises DatabaseAway where an outage stopped it, and else as ever."""

        @wraps(work)
        def run(*arguments: Any, **options: Any) -> Any:
            try:
                result = work(*arguments, **options)
            except Exception as error:
                if not is_outage(error):
                    raise
                self._note(True, error)
                raise DatabaseAway from error
            self._note(False)
            return result

        return run

    def _note(self, is_away: bool, error: Exception | None = None) -> None:
        with self._lock:
            if is_away and not self._is_away:
                words = str(getattr(error, "orig", error)).splitlines()[0]
                log.warning('event=database.away words="%s"', words)
            if self._is_away and not is_away:
                log.info("event=database.back")
            self._is_away = is_away


def is_outage(error: Exception) -> bool:
    """Tell whether an error came of a database that cannot be reached, by asking for it."""
    if not isinstance(error, DBAPIError):
        return False
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError:
        return True
    return False
