"""The accounts of staff, as an administrator sees them."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import log_in, make_airline, make_user
from tests.pages import page
from webapp.accounts.models import NO_PASSWORD, Role, User
from webapp.db import transaction


def test_an_administrator_sees_who_works_for_which_airline(app: Flask, client: FlaskClient) -> None:
    make_airline("X1", "Airline X1")
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2")
    closed = make_user("stella@example.com", Role.AIRLINE_STAFF, "X1")
    with transaction() as session:
        session.execute(update(User).where(User.id == closed.id).values(password_hash=NO_PASSWORD))
    make_user("alice@example.com")
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    shown = page(client.get("/staff/accounts")).one("main")
    accounts = [row.one("th").text for row in shown.one("tbody").all("tr")]
    assert accounts == ["ada@example.com", "sam@example.com", "olga@example.com"]
    works_for = [row.all("td")[0].text for row in shown.one("tbody").all("tr")]
    assert works_for == ["All airlines Administrator", "Airline X1 X1", "Airline Y2 Y2"]
    assert shown.one("nav").one("a", href="/staff/accounts").attributes["aria-current"] == "page"


def test_only_an_administrator_is_led_there(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert not page(client.get("/staff/flights")).all("a", href="/staff/accounts")
    assert client.get("/staff/accounts").status_code == 404
