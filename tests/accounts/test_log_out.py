"""Logging out, and the guard against forged forms."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.builders import PASSWORD, log_in, make_flight, make_offer, make_user
from tests.conftest import MakeApp
from tests.pages import page
from webapp.search.offers import sign

# The link that a mail carries is signed, and mail programs post to it by themselves.
BY_SIGNED_LINK = {"alerts.stop_alert", "preferences.unsubscribe"}


def test_logging_out_ends_the_session_and_forgets_its_trips(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    offer = sign(make_offer(make_flight()))
    held = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    answer = client.post("/logout")
    assert (answer.status_code, answer.location) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache"', "Back would show what was kept"
    assert "You are logged out, on every device." in client.get("/").text
    assert client.get("/account").status_code == 303
    assert client.get(held.location).status_code == 404


def test_logging_out_makes_a_copied_cookie_worthless(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    thief = app.test_client()
    offer = sign(make_offer(make_flight()))
    held = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief.set_cookie("session", cookie.value)
    for address in ("/account", held.location):
        assert thief.get(address).status_code == 200
    client.post("/logout")
    assert thief.get("/account").location.startswith("/login")
    assert thief.get(held.location).status_code == 404


def test_logging_out_is_no_link(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    assert client.get("/logout").status_code == 405
    assert client.get("/account").status_code == 200


def test_logging_out_twice_does_no_harm(app: Flask, client: FlaskClient) -> None:
    assert client.post("/logout").status_code == 303


def test_every_form_that_changes_something_needs_its_token(make_app: MakeApp) -> None:
    app = make_app(csrf=True)
    client = app.test_client()
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if {"POST", "PUT", "DELETE"} & rule.methods and rule.endpoint not in BY_SIGNED_LINK
    ]
    assert {"accounts.log_in", "booking.confirm", "holds.hold_seats"} <= {
        rule.endpoint for rule in rules
    }
    for rule in rules:
        address = re.sub(r"<[^>]+>", "ABC234", rule.rule)
        answer = client.post(address, headers={"Referer": "http://localhost/trip?x=1"})
        assert answer.status_code == 400, rule
        tree = page(answer)
        assert tree.one("h1").text == "Your session ended", rule
        ways_on = {link.attributes["href"] for link in tree.one("main").all("a")}
        assert ways_on == {"/login?next=/trip?x%3D1", "/trip?x=1"}


def test_the_token_of_another_session_is_refused(make_app: MakeApp) -> None:
    app = make_app(csrf=True)
    make_user("alice@example.com")
    mallory, alice = app.test_client(), app.test_client()
    token = page(mallory.get("/login")).one("main").one(name="csrf_token").attributes["value"]
    alice.get("/login")
    data = {"email": "alice@example.com", "password": PASSWORD, "csrf_token": token}
    assert alice.post("/login", data=data).status_code == 400
    assert mallory.post("/login", data=data).status_code == 303


def test_a_form_sent_as_it_was_shown_is_taken(make_app: MakeApp) -> None:
    client = make_app(csrf=True).test_client()
    make_user("alice@example.com")
    token = page(client.get("/login")).one("main").one(name="csrf_token").attributes["value"]
    answer = client.post(
        "/login",
        data={"email": "alice@example.com", "password": PASSWORD, "csrf_token": token},
    )
    assert answer.status_code == 303
