"""The database goes away or hangs, and comes back: pages say so, nothing is half done."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from pymysql.err import OperationalError as DriverError
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from tests.builders import log_in, make_booking, make_flight, make_offer, make_user
from tests.conftest import settings_for
from tests.pages import page
from tests.services import MariaDB
from webapp import connections, create_app
from webapp import db as database
from webapp.accounts.models import Role
from webapp.booking.models import Booking
from webapp.connections import Entrance, QuietConnection
from webapp.db import db
from webapp.flights.models import Flight, FlightStatus
from webapp.search.offers import sign


@pytest.mark.mariadb
def test_pages_say_that_the_database_is_away_and_work_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    with MariaDB() as server:
        app = create_app(settings_for(server.create_database(), tmp_path))
        app.config.update(WTF_CSRF_ENABLED=False)
        with app.app_context():
            upgrade()
            form = {"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
            alice = make_user()
        client, logged_in = app.test_client(), app.test_client()
        assert client.get("/").status_code == 200
        log_in(logged_in, alice)

        server.kill()
        trips = logged_in.get("/bookings")
        assert trips.status_code == 503
        assert page(trips).one("h1").text == "We cannot reach our bookings"
        nothing = logged_in.get("/nothing")
        assert nothing.status_code == 500
        assert page(nothing).one("h1").text == "Something broke on our side"
        asked = client.get("/trip?reference=ABC234&family_name=Meier")
        assert asked.status_code == 503
        assert page(asked).one("h1").text == "We cannot reach our bookings"
        again = page(asked).one("main").one("a", href="/trip?reference=ABC234&family_name=Meier")
        assert again.text == "Try again"
        refused = client.post("/holds", data=form)
        assert refused.status_code == 503
        assert page(refused).one("h1").text == "We cannot reach our bookings"
        assert "Nothing was booked or changed" in refused.text
        assert "Back button brings back what you typed" in refused.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200

        server.start()
        assert client.post("/holds", data=form).status_code == 303
        assert logged_in.get("/bookings").status_code == 200
        with app.app_context():
            db.engine.dispose()


@pytest.mark.mariadb
def test_a_page_does_not_say_that_nothing_was_saved_where_the_commit_has_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_TO_ANSWER", 0.4)
    monkeypatch.setattr(database, "_LONGEST_STATEMENT_SECONDS", 0.8)
    with MariaDB() as server, ExitStack() as until_then:
        settings = settings_for(server.create_database(), tmp_path)
        with create_app(settings).app_context():
            upgrade()
            form = {"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
            db.engine.dispose()
        app = create_app(settings, serves=True)
        app.config.update(WTF_CSRF_ENABLED=False)
        client = app.test_client()
        with app.app_context():
            engine = db.engine
        event.listen(
            engine, "commit", lambda _: until_then.enter_context(server.hanging()), once=True
        )
        answer = client.post("/holds", data=form)
        assert answer.status_code == 503
        assert "We cannot tell whether what you just sent was saved" in answer.text
        assert "Nothing was booked" not in answer.text
        assert "Nothing was booked" in client.post("/holds", data=form).text
        until_then.close()
        assert client.post("/holds", data=form).status_code == 303
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
            engine.dispose()


@pytest.mark.mariadb
def test_no_page_waits_long_for_a_database_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_TO_ANSWER", 0.4)
    monkeypatch.setattr(database, "_LONGEST_STATEMENT_SECONDS", 0.8)
    with MariaDB() as server:
        settings = settings_for(server.create_database(), tmp_path)
        with create_app(settings).app_context():
            upgrade()
            db.engine.dispose()
        app = create_app(settings, serves=True)
        client = app.test_client()
        for trusted in (60.0, 0.0):  # It hangs in a statement, or while a connection waits.
            monkeypatch.setattr(connections, "_SECONDS_TRUSTED", trusted)
            assert client.get("/readyz").status_code == 200
            with server.hanging():
                for address in ("/readyz", "/trip?reference=ABC234&family_name=Meier", "/readyz"):
                    began_at = time.monotonic()
                    assert client.get(address).status_code == 503, address
                    assert time.monotonic() - began_at < 3
        assert client.get("/readyz").status_code == 200
        with app.app_context():
            db.engine.dispose()


@pytest.mark.mariadb
def test_the_statements_of_a_command_may_take_as_long_as_they_need(
    mariadb: MariaDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_TO_ANSWER", 0.4)
    monkeypatch.setattr(database, "_LONGEST_STATEMENT_SECONDS", 0.4)
    settings = settings_for(mariadb.create_database(), tmp_path)
    slow = text("SELECT SLEEP(1)")
    with create_app(settings).app_context():
        assert db.session.scalar(slow) == 0
        db.engine.dispose()
    with create_app(settings, serves=True).app_context():
        with pytest.raises(OperationalError):
            db.session.scalar(slow)
        db.engine.dispose()


def test_one_at_a_time_tries_a_server_that_is_known_to_hang() -> None:
    entrance, is_trying, may_end = Entrance(), Event(), Event()

    def hang() -> QuietConnection:
        is_trying.set()
        may_end.wait(10)
        raise DriverError(2003, "timed out")

    def try_it() -> None:
        with pytest.raises(DriverError):
            entrance.connect(hang)

    may_end.set()
    try_it()
    is_trying.clear()
    may_end.clear()
    first = Thread(target=try_it)
    first.start()
    assert is_trying.wait(10)
    with pytest.raises(DriverError, match="timed out"):
        entrance.connect(lambda: pytest.fail("a second one tries it meanwhile"))
    may_end.set()
    first.join()
    connection = QuietConnection(defer_connect=True)
    assert entrance.connect(lambda: connection) is connection


def test_a_page_does_not_say_that_nothing_was_changed_after_a_commit(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    lost: list[bool] = []

    def lose(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if lost:
            raise OperationalError(statement, {}, DriverError(2013, "Lost connection"))

    def note(_connection: object) -> None:
        lost.append(True)

    event.listen(db.engine, "commit", note)
    event.listen(db.engine, "before_cursor_execute", lose)
    try:
        where = f"X1{flight.number}/{flight.departs_on}/DEL"
        answer = client.post(f"/staff/flights/{where}/cancel")
    finally:
        event.remove(db.engine, "commit", note)
        event.remove(db.engine, "before_cursor_execute", lose)
    assert answer.status_code == 303 or "We cannot tell whether" in answer.text
    db.session.rollback()
    assert db.session.get_one(Flight, flight.id).status == FlightStatus.CANCELLED
