"""Runs the migrations on the application's own engine."""

from alembic import context
from flask import current_app

from webapp.db import Base

migrate = current_app.extensions["migrate"]


def run() -> None:
    """Migrate in one transaction where the database can, which SQLite does and MariaDB does not."""
    with migrate.db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("fairwind: migrations need a database to run on")
run()
