"""Registering: one account per address, a hash that tells nothing, words for mistakes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD, make_flight, make_offer, make_user
from tests.conftest import MakeApp
from tests.pages import alerts, beside, page, typed
from webapp.accounts.models import Role, User
from webapp.accounts.queries import user_by_email
from webapp.db import db
from webapp.search.offers import sign


def register(client: FlaskClient, address: str = "/register", **changes: str) -> TestResponse:
    typed_in = {"email": "alice@example.com", "password": PASSWORD, "password_again": PASSWORD}
    return client.post(address, data={**typed_in, **changes})


def test_a_new_customer_is_logged_in_and_sees_their_trips(app: Flask, client: FlaskClient) -> None:
    answer = register(client)
    assert (answer.status_code, answer.location) == (303, "/bookings")
    assert "Welcome aboard" in client.get("/bookings").text
    assert "alice@example.com" in client.get("/account").text
    assert db.session.query(User).one().role == Role.CUSTOMER


def test_one_word_leads_to_an_account(client: FlaskClient) -> None:
    log_in = page(client.get("/login"))
    ways = [each for each in log_in.all("a") if each.attributes["href"].startswith("/register")]
    assert [each.text for each in ways] == ["Register", "Register"], "above, and in the page"
    asked = page(client.get(ways[-1].attributes["href"]))
    assert asked.one("title").text == "Register – Fairwind"
    assert asked.one("h1").text == "Register"
    assert "Register" in [each.text for each in asked.all("button")]


def test_nobody_registers_as_staff(app: Flask, client: FlaskClient) -> None:
    register(client, role="admin", airline_iata="X1", session_epoch="7")
    user = db.session.query(User).one()
    assert (user.role, user.airline_iata, user.session_epoch) == (Role.CUSTOMER, None, 0)


def test_the_password_is_kept_as_an_argon2id_hash(app: Flask, client: FlaskClient) -> None:
    register(client)
    kept = db.session.query(User).one().password_hash
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Alice@Example.COM", "alice@example.com"),
        ("  alice@example.com \t", "alice@example.com"),
        ("ALICE+trips@EXAMPLE.com", "alice+trips@example.com"),
        ("Älice@MÜNCHEN.example", "älice@münchen.example"),
        ("alice@xn--mnchen-3ya.example", "alice@münchen.example"),
        ("zoe\u0308@example.com", "zoë@example.com"),
    ],
)
def test_an_address_is_kept_in_one_form(
    app: Flask, client: FlaskClient, written: str, kept: str
) -> None:
    assert register(client, email=written).status_code == 303
    assert db.session.query(User).one().email == kept


@pytest.mark.parametrize(
    "written", ["alice@example.com", "ALICE@example.com", " Alice@Example.com"]
)
def test_an_address_has_one_account(app: Flask, client: FlaskClient, written: str) -> None:
    make_user("alice@example.com")
    answer = register(client, email=written)
    assert answer.status_code == 422
    assert "Log in instead" in beside(answer, "email")
    assert db.session.query(User).count() == 1


def test_addresses_that_differ_by_an_accent_are_different_people(
    app: Flask, client: FlaskClient
) -> None:
    make_user("jose@example.com")
    assert register(client, email="josé@example.com").status_code == 303
    emails = {user.email for user in db.session.query(User)}
    assert emails == {"jose@example.com", "josé@example.com"}
    found = user_by_email("josé@example.com")
    assert found is not None
    assert found.email == "josé@example.com"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("email", "", "Tell us your e-mail address."),
        ("email", "alice", "@"),
        ("email", "alice@", "after the @"),
        ("email", "alice @example.com", "invalid characters"),
        ("email", "alice@example..com", "period"),
        ("email", "a" * 10_000 + "@example.com", "too long"),
        ("email", "alice@<b>.example", "invalid characters"),
        ("password", "", "Choose a password."),
        ("password", "nine char", "from 10 to 200"),
        ("password", "x" * 201, "from 10 to 200"),
        ("password", "1234567890", "among the first"),
        ("password", "xyxyxyxyxyxy", "among the first"),
        ("password", "aaa bbb aaa bbb", "among the first"),
        ("password", "Password2026!", "among the first"),
        ("password_again", "", "not the same"),
        ("password_again", "another password", "not the same"),
    ],
)
def test_a_mistake_is_told_beside_the_field(
    app: Flask, client: FlaskClient, name: str, value: str, words: str
) -> None:
    answer = register(client, **{name: value})
    assert answer.status_code == 422
    assert words in beside(answer, name)
    assert alerts(answer)
    assert db.session.query(User).count() == 0
    if name != "email":
        assert typed(answer, "email") == "alice@example.com"
    assert typed(answer, "password") == ""


def test_ten_letters_of_any_script_are_long_enough(app: Flask, client: FlaskClient) -> None:
    password = "пароль 密码 ok"
    assert register(client, password=password, password_again=password).status_code == 303


def test_trips_of_the_session_before_are_kept(app: Flask, client: FlaskClient) -> None:
    offer = sign(make_offer(make_flight()))
    held = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    register(client)
    assert client.get(held.location).status_code == 200


def test_registering_goes_back_to_where_the_traveller_was(app: Flask, client: FlaskClient) -> None:
    shown = client.get("/register?next=/account")
    action = page(shown).all("form", method="post")[-1].attributes["action"]
    assert register(client, action).location == "/account"
    other = app.test_client()
    answer = register(other, "/register?next=https://evil.example/", email="bob@example.com")
    assert answer.location == "/bookings"


def test_registrations_from_one_place_are_limited(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    for _ in range(100):
        assert register(client, password="short").status_code == 422
    answer = register(client)
    assert answer.status_code == 429
    assert "Too many tries" in page(answer).one("h1").text
    assert client.get("/register").status_code == 200
