"""What the worker cannot do without: one line when it goes away, and one when it is back."""

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


class Presence:
    """Whether something is there, from what the threads of a process meet."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._log = logging.getLogger(f"fairwind.{name}")
        self._is_away = False
        self._lock = threading.Lock()

    def note_away(self, words: str) -> None:
        """Note that it is not there; the first one says so."""
        with self._lock:
            if not self._is_away:
                self._log.warning('event=%s.away words="%s"', self._name, words)
            self._is_away = True

    def note_back(self) -> None:
        """Note that it is there; the first one after an outage says so."""
        with self._lock:
            if self._is_away:
                self._log.info("event=%s.back", self._name)
            self._is_away = False


class DatabaseAway(Exception):
    """The database cannot be reached; what an actor was about is done at a later turn."""


class DatabaseWatch(dramatiq.Middleware):
    """Has the actors tell of an outage of the database together.

    Dramatiq would tell of it with a traceback at every turn of every actor, and each would read as
    if something was lost.
    """

    def __init__(self) -> None:
        self._database = Presence("database")

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
            except DBAPIError as error:
                if database_answers():
                    raise
                self._database.note_away(str(error.orig).splitlines()[0])
                raise DatabaseAway from error
            self._database.note_back()
            return result

        return run


def database_answers() -> bool:
    """Tell whether the database can be asked anything at this moment."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True
