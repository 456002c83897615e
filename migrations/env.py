"""Runs the migrations on the application's own engine."""

import sys
from contextlib import contextmanager, nullcontext

from alembic import context
from flask import current_app
from sqlalchemy.exc import DBAPIError

from webapp.db import Base

migrate = current_app.extensions["migrate"]

_LOCK = "CONCAT(DATABASE(), '.migrations')"
_PATIENCE_SECONDS = 3600


def run() -> None:
    """Migrate in one transaction where the database can, which SQLite does and MariaDB does not."""
    engine = migrate.db.engine
    is_sqlite = engine.dialect.name == "sqlite"
    with nullcontext() if is_sqlite else _step_by_step(engine), engine.connect() as connection:
        _migrate(connection, is_sqlite)


@contextmanager
def _step_by_step(engine):
    """Let one upgrade at a time run, and say in words where it or an earlier one broke off.

    The lock is held by a connection of its own: Alembic commits no transaction that it finds begun.
    """
    with engine.connect() as holder:
        if not _takes_lock(holder, 0):
            print("fairwind: waiting for another upgrade of this database", file=sys.stderr)
            if not _takes_lock(holder, _PATIENCE_SECONDS):
                raise SystemExit("fairwind: another upgrade of this database is still under way")
        try:
            yield from _told_in_words()
        finally:
            holder.invalidate()  # The lock ends with its connection, also with one that is lost.


def _takes_lock(holder, patience_seconds: int) -> bool:
    return bool(holder.exec_driver_sql(f"SELECT GET_LOCK({_LOCK}, {patience_seconds})").scalar())


def _told_in_words():
    try:
        yield
    except DBAPIError as error:
        raise SystemExit(
            f"fairwind: an upgrade of this database broke off half-way: {error.orig.args[-1]}. "
            "Restore the back-up from before it, or an empty database, and upgrade that"
        ) from None


def _migrate(connection, is_sqlite: bool) -> None:
    if is_sqlite:
        # SQLite alters a table by making it anew, which the rows that refer to it must bear
        # for a moment. The switch works outside of a transaction only.
        _switch_foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        **migrate.configure_args,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
            if is_sqlite:
                strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if strays:
                    raise SystemExit(f"fairwind: rows lost what they refer to: {strays[:5]}")
    finally:
        if is_sqlite:
            _switch_foreign_keys(connection, "ON")


def _switch_foreign_keys(connection, to: str) -> None:
    connection.connection.driver_connection.execute(f"PRAGMA foreign_keys = {to}")


if context.is_offline_mode():
    raise SystemExit("fairwind: migrations need a database to run on")
run()
