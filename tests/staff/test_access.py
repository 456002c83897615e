"""Who gets into the staff pages: staff of the airline and administrators, and nobody else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import log_in, make_flight, make_user
from tests.pages import alerts, read
from tests.staff.addresses import address
from webapp.accounts.models import Role
from webapp.db import db, transaction
from webapp.flights.models import Flight
from webapp.flights.queries import history_of

FLIGHT_PAGES = [
    ("GET", ""),
    ("GET", "/retime?departs_on=2026-01-01&departs_local=08:00"),
    ("POST", "/retime"),
    ("POST", "/gate"),
    ("POST", "/aircraft"),
    ("GET", "/sales"),
    ("GET", "/sales/preview?fare_economy=1"),
    ("POST", "/sales"),
    ("GET", "/cancel"),
    ("POST", "/cancel"),
]


@pytest.mark.parametrize(("method", "page"), FLIGHT_PAGES)
def test_a_flight_of_another_airline_does_not_exist_and_cannot_be_changed(
    app: Flask, client: FlaskClient, method: str, page: str
) -> None:
    flight = make_flight(airline="X1")
    log_in(client, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    good = {
        "departs_on": flight.departs_on.isoformat(),
        "departs_local": "20:00",
        "gate": "B42",
        "aircraft": flight.aircraft.tail,
    }
    answer = client.open(address(flight) + page, method=method, data=good)
    assert answer.status_code == 404
    db.session.expire_all()
    assert (flight.gate, flight.status) == (None, "scheduled")
    assert history_of(flight.id) == []


def test_sam_does_not_see_the_flights_of_another_airline_in_the_list(
    app: Flask, client: FlaskClient
) -> None:
    make_flight(airline="X1", number=321)
    make_flight(airline="Y2", number=654)
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    days = "day_to=2099-01-01"
    page = client.get(f"/staff/flights?{days}").text
    assert "X1 321" in page
    assert ">Y2 654<" not in page
    assert ">Y2 654<" not in client.get(f"/staff/flights?{days}&number=Y2+654").text
    assert client.get(f"/staff/flights?{days}&airline=Y2").status_code == 404


def test_ada_sees_and_changes_the_flights_of_every_airline(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(airline="Y2")
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    assert client.get(address(flight)).status_code == 200
    assert client.post(address(flight) + "/gate", data={"gate": "b42"}).status_code == 303
    db.session.expire_all()
    assert flight.gate == "B42"


def test_sam_reads_which_promises_hold_and_not_whom_a_broken_one_concerns(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    flight, other = make_flight(airline="X1"), make_flight(airline="Y2")
    assert read(client.get("/staff/flights").text).one("a", href="/staff/integrity")
    assert "Every promise holds." in client.get("/staff/integrity").text
    with transaction() as session:
        session.execute(update(Flight).values(gate="B42"))
    shown = client.get("/staff/integrity")
    assert "1 promise is broken. Tell an administrator" in alerts(shown)
    assert "2 rows break it" in shown.text
    assert "B42" not in shown.text
    assert not [each for each in (flight, other) if str(each.number) in shown.text]
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    shown = client.get("/staff/integrity")
    assert all(f"{each.airline_iata}{each.number}/" in shown.text for each in (flight, other))
    assert "Tell an administrator" not in shown.text


def test_a_change_without_the_token_against_forgery_is_refused(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    app.config["WTF_CSRF_ENABLED"] = True
    for page in ("/retime", "/gate", "/aircraft", "/sales", "/cancel"):
        assert client.post(address(flight) + page, data={"gate": "B42"}).status_code == 400
    assert history_of(flight.id) == []


@pytest.mark.parametrize(
    "page",
    [
        "X1/2026-12-01/DEL",
        "X1nine/2026-12-01/DEL",
        "X199999/2026-12-01/DEL",
        "X1²/2026-12-01/DEL",
        "X1123/tomorrow/DEL",
        "X1123/2026-12-01/LHR",
    ],
)
def test_an_address_that_names_no_flight_is_not_found(
    app: Flask, client: FlaskClient, page: str
) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert client.get(f"/staff/flights/{page}").status_code == 404
