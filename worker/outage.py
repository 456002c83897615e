"""An outage of the database, which the actors of a process tell of together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import dramatiq
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from webapp.db import db
from worker.presence import Presence


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
