"""A connection begins a transaction where one is needed, and asks nothing in vain."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from tests.builders import make_airline
from webapp import connections
from webapp.db import db, transaction
from webapp.network.models import Airline

pytestmark = pytest.mark.databases("mariadb")

_COUNTERS = text(
    "SHOW SESSION STATUS WHERE variable_name IN"
    " ('COM_BEGIN', 'COM_COMMIT', 'COM_ROLLBACK', 'COM_ADMIN_COMMANDS')"
)


def said(connection: Connection) -> dict[str, int]:
    """Return how often the server was told each thing, over the life of a connection."""
    return {name: int(value) for name, value in connection.execute(_COUNTERS)}


def test_what_only_reads_begins_nothing_and_rolls_nothing_back(app: Flask) -> None:
    make_airline("X1")
    db.session.rollback()
    with db.engine.connect() as connection:
        before = said(connection)
    for _ in range(3):
        assert db.session.scalar(select(Airline.name)) == "Airline X1"
        db.session.rollback()
    with db.engine.connect() as connection:
        assert said(connection) == before


def test_a_locking_read_begins_a_transaction_and_keeps_its_lock_to_the_end(app: Flask) -> None:
    make_airline("X1")
    nowait = text("SELECT iata FROM airlines WHERE iata = 'X1' FOR UPDATE NOWAIT")
    with transaction() as session:
        session.execute(select(Airline).with_for_update())
        with db.engine.connect() as other, pytest.raises(OperationalError):
            other.execute(nowait)
    with db.engine.connect() as other:
        assert other.scalar(nowait) == "X1"


def test_what_is_written_without_a_commit_is_rolled_back_when_the_connection_is_given_back(
    app: Flask,
) -> None:
    make_airline("X1")
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE airlines SET name = 'Another'"))
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM airlines")) == "Airline X1"


def test_many_rows_at_once_are_one_transaction(app: Flask) -> None:
    rows = [
        {"iata": f"X{number}", "name": "Many", "ticketing_code": "901", "currency": "USD"}
        for number in range(5)
    ]
    count = select(func.count()).select_from(Airline)
    with db.engine.connect() as connection:
        connection.execute(insert(Airline.__table__), rows)
        connection.rollback()
        assert connection.scalar(count) == 0
        connection.execute(insert(Airline.__table__), rows)
        connection.commit()
        assert connection.scalar(count) == 5


def test_each_statement_sees_what_others_have_committed_meanwhile(app: Flask) -> None:
    make_airline("X1")
    name = text("SELECT name FROM airlines")
    with db.engine.connect() as reading, db.engine.connect() as writing:
        assert reading.scalar(name) == "Airline X1"
        writing.execute(text("UPDATE airlines SET name = 'Another'"))
        assert reading.scalar(name) == "Airline X1", "nothing is committed yet"
        writing.commit()
        assert reading.scalar(name) == "Another"
        # MariaDB 10 calls it tx_isolation, MySQL 8 transaction_isolation.
        names = "('tx_isolation', 'transaction_isolation')"
        settled = reading.execute(text(f"SHOW SESSION VARIABLES WHERE variable_name IN {names}"))
        assert {value for _, value in settled} == {"READ-COMMITTED"}


def test_a_connection_that_has_waited_is_asked_whether_the_server_is_there(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.engine.connect() as first, db.engine.connect() as second:
        number = second.scalar(text("SELECT CONNECTION_ID()"))
        first.execute(text(f"KILL {number}"))
    monkeypatch.setattr(connections, "_SECONDS_TRUSTED", 0.0)
    for _ in range(2):
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT CONNECTION_ID()")) != number
