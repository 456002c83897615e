"""Runs the migrations on the application's own engine."""

from alembic import context
from flask import current_app

from webapp.db import Base

migrate = current_app.extensions["migrate"]


def run() -> None:
    """Migrate in one transaction where the database can, which SQLite does and MariaDB does not."""
    with migrate.db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
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
