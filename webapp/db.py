"""The database: the base of all tables, UTC columns, plain inserts, and transaction(), which
alone commits.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Update,
    event,
    func,
    insert,
)
from sqlalchemy.dialects.mysql import CHAR, DATETIME, VARCHAR
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from webapp.connections import SECONDS_TO_ANSWER, Entrance, QuietConnection
from webapp.errors import Busy

Result = TypeVar("Result")
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])

# Deadlock, lock wait time-out, and a row changed since the snapshot.
_MYSQL_CONFLICTS = {1205, 1213, 1020}
_ATTEMPTS = 6
# Longer than a statement of a page ever takes, lock waits included, and shorter than people wait.
_LONGEST_STATEMENT_SECONDS = 15.0


class Base(DeclarativeBase):
    """The base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite counts rows up by itself only in a column whose type is INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def code(length: int) -> String:
    """Return the type of a fixed-length code (DEL, B6, USD): compared byte by byte."""
    exact = CHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def word(length: int) -> String:
    """Return the type of a word of our own vocabulary (economy, held): compared byte by byte."""
    exact = VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def exact_text(length: int) -> String:
    """Return the type of a text in which each accent counts, such as an e-mail address."""
    exact = VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in Python, a DATETIME(6) in UTC in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Keep microseconds on MariaDB and MySQL, whose plain DATETIME drops them."""
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: a time without a zone is a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware instant."""
        return value if value is None else value.replace(tzinfo=UTC)


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def engine_options(database_url: str, serves: bool) -> dict[str, Any]:
    """Return the engine's options for one kind of database.

    A process that serves gives up a statement which takes too long, since somebody waits for it;
    a command's statements may take hours.
    """
    if database_url.startswith("sqlite:"):
        return {"connect_args": {"timeout": 5, "check_same_thread": False}}
    longest = _LONGEST_STATEMENT_SECONDS if serves else None
    return {
        # A database that was restarted costs a ping, not a failed booking.
        "pool_pre_ping": True,
        "pool_recycle": 600,
        "pool_size": 16,
        "max_overflow": 16,
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": SECONDS_TO_ANSWER,
            "read_timeout": longest,
            "write_timeout": longest,
            "init_command": "SET SESSION innodb_lock_wait_timeout = 3, time_zone = '+00:00', "
            "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
        },
    }


def prepare_engine(engine: Engine) -> None:
    """Teach the drivers: SQLite's, that writers queue; MariaDB's, to be quiet where it can."""
    if engine.dialect.name != "sqlite":
        entrance = Entrance()

        @event.listens_for(engine, "do_connect")
        def connect_quietly(
            _dialect: Dialect, _record: object, arguments: list[Any], settings: dict[str, Any]
        ) -> QuietConnection:
            return entrance.connect(
                lambda: QuietConnection(*arguments, **settings, autocommit=True)
            )

        return

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # The "begin" listener below begins transactions.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot wait for another writer in
        # SQLite: it fails at once. So writers take the write lock when they begin.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a block as one transaction: commit at its end, roll back when it raises.

    Entry points (views, actors, commands) own it; it does not nest. What the session read before
    the block is let go of, so that the block sees the present.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() does not nest: the entry point owns it")
    session.rollback()
    session.expire_all()
    session.info["in_transaction"] = True
    try:
        session.connection(execution_options={"writes": True})
        yield session
        session.flush()  # What fails until here is not saved; of a commit nobody can tell.
        session.info["may_be_saved"] = True
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["in_transaction"] = False


def insert_row(model: type[Base], **values: object) -> int:
    """Write a row at once, past the unit of work, and return its id.

    For what is written and not looked at again: to track a row costs more than to write it.
    """
    inserted = db.session.execute(_insert_into(model), values)
    (row_id,) = cast("CursorResult[Any]", inserted).inserted_primary_key or (0,)
    return int(row_id)


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows at once, all by one statement, where nobody asks for their ids."""
    if rows:
        db.session.execute(_insert_into(model), rows)


@cache
def _insert_into(model: type[Base]) -> Insert:
    # One statement for each table, so that it is put into words once.
    return insert(Base.metadata.tables[model.__tablename__])


def change_rows(statement: Update | Delete, **values: object) -> int:
    """Run an UPDATE or a DELETE past the session, and return how many rows it was about.

    What the session has read stays as it was read. `values` are those of bound parameters.
    """
    changed = db.session.execute(
        statement, values or None, execution_options={"synchronize_session": False}
    )
    return cast("CursorResult[Any]", changed).rowcount


def in_one_text(*columns: ColumnElement[Any]) -> ColumnElement[str | None]:
    """Return what makes a query answer with one text, of which rows_in() reads all its rows.

    A driver in Python takes several times as long over each row. Instants come as text in UTC.
    """
    return func.group_concat(func.json_array(*columns))


def rows_in(text: str | None) -> list[list[Any]]:
    """Return the rows of a query that was made with in_one_text()."""
    return json.loads(f"[{text or ''}]")  # type: ignore[no-any-return]


def instant_in(text: str) -> datetime:
    """Return an instant of such a row."""
    return datetime.fromisoformat(f"{text}+00:00")


def under_lock(query: Query, read: bool = False) -> Query:
    """Return a query whose rows are read afresh, and changed by nobody else before the commit.

    With `read`, others may ask for the same at once.
    """
    return query.with_for_update(read=read).execution_options(populate_existing=True)


def may_be_saved() -> bool:
    """Tell, once the database is lost, whether it may have committed anything in this session."""
    return bool(db.session().info.get("may_be_saved"))


def abandon() -> None:
    """Let go of whatever the session was doing, so that the page about an error can still read."""
    db.session.rollback()


def retry_conflicts(work: Callable[[], Result]) -> Result:
    """Run `work`, which owns its transactions, again when the database found a deadlock in it.

    A deadlock or a lock time-out has rolled everything back, so a second run starts afresh.
    After several runs it raises Busy.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            db.session.rollback()
            if not _is_conflict(error):
                raise
            if attempt == _ATTEMPTS:
                raise Busy from error
            # Jitter: two transactions that met once should not meet again in step.
            time.sleep(random.uniform(0.005, 0.03) * attempt)
    raise AssertionError("unreachable")


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run `work` as one transaction, and again when the database found a deadlock in it."""

    def run() -> Result:
        with transaction():
            return work()

    return retry_conflicts(run)


def _is_conflict(error: OperationalError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    return bool(cause and cause.args and cause.args[0] in _MYSQL_CONFLICTS)
