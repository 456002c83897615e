"""Who may see a booking: its owner and who was let in; to everybody else it does not exist."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.steps import ALICE, hold
from tests.builders import PASSWORD, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from tests.statements import counted_selects
from webapp.booking.models import Booking, BookingStatus
from webapp.db import db


def addresses(app: Flask, reference: str) -> list[tuple[str, str]]:
    """Return every method and address under a reference."""
    found = [
        (method, re.sub(r"<[^>]+>", "1", rule.rule.replace("<reference>", reference)))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/bookings/<reference>")
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"})
    ]
    assert len(found) >= 8
    return found


def test_charlie_finds_nothing_at_any_address_of_alices_bookings(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, make_user("charlie@example.com"))
    flight = make_flight()
    for booking in (make_booking(flight, user=alice), make_hold(flight, user=alice)):
        status = booking.status
        for reference in (booking.reference, booking.reference.lower()):
            for method, address in addresses(app, reference):
                answer = client.open(address, method=method, data=ALICE)
                assert answer.status_code == 404, f"{method} {address}"
                assert "alice" not in answer.text.lower()
        assert db.session.get_one(Booking, booking.id).status == status


@pytest.mark.parametrize("stranger", ["charlie@example.com", None])
def test_nothing_tells_a_stranger_which_references_exist(
    app: Flask, client: FlaskClient, stranger: str | None
) -> None:
    reference = make_booking(make_flight(), user=make_user("alice@example.com")).reference
    if stranger:
        log_in(client, make_user(stranger))
    nowhere = addresses(app, "ZZZZZZ")
    for (method, here), (_, there) in zip(addresses(app, reference), nowhere, strict=True):
        with counted_selects() as asked_here:
            answer = client.open(here, method=method)
        with counted_selects() as asked_there:
            other = client.open(there, method=method)
        # Nor does the time that it takes.
        assert asked_here == asked_there
        assert answer.status_code == other.status_code == 404
        assert without_tokens(answer.text).replace(reference, "ZZZZZZ") == without_tokens(
            other.text
        )


def without_tokens(text: str) -> str:
    """Return a page without its form tokens, which carry the second they were made in."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


def test_a_visitor_reads_that_no_trip_is_open_and_what_may_open_it(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), user=make_user("alice@example.com"))
    for reference in (booking.reference, "ZZZZZZ"):
        for method, address in addresses(app, reference):
            answer = client.open(address, method=method)
            assert answer.status_code == 404, f"{method} {address}"
            main = page(answer).one("main")
            assert main.one("h1").text == "This trip is not open here"
            back = address if method == "GET" else "/"
            assert main.one("form").attributes["action"] == f"/login?next={back}"
            assert main.one("a", href=f"/trip?reference={reference}")
            assert ("changed nothing" in main.text) == (method != "GET")
            assert not main.all(role="alert")
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_who_logs_in_there_goes_straight_on_to_the_page_that_was_asked_for(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    address = f"/bookings/{make_booking(make_flight(), user=alice).reference}/contact"
    typed = {"email": alice.email, "password": "another password"}
    action = page(client.get(f"{address}?x=1")).one("main").one("form").attributes["action"]
    refused = client.post(action, data=typed)
    assert refused.status_code == 422
    action = page(refused).one("main").one("form").attributes["action"]
    entered = client.post(action, data=typed | {"password": PASSWORD})
    assert entered.location == f"{address}?x=1"
    assert client.get(entered.location).status_code == 200


def test_a_form_whose_session_ended_leads_back_to_its_page_and_fills_in_no_other_form(
    app: Flask, client: FlaskClient
) -> None:
    alice, other = make_user("alice@example.com"), app.test_client()
    address = f"/bookings/{make_booking(make_flight(), user=alice).reference}/contact"
    for browser in (client, other):
        log_in(browser, alice)
    other.post("/logout")
    typed = {"contact_email": "a@example.com", "email": "a@example.com"}
    origin = {"Referer": f"http://localhost{address}"}
    answer = client.post(address, data=typed, headers=origin)
    assert answer.status_code == 404
    assert "cookie" not in str(answer.vary).lower(), "Back would not bring back what was typed"
    form = page(answer).one("main").one("form")
    assert form.attributes["action"] == f"/login?next={address}"
    assert not form.one(name="email").attributes.get("value")


def test_htmx_leaves_a_page_whose_session_ended_for_the_log_in(
    app: Flask, client: FlaskClient
) -> None:
    reference = make_booking(make_flight()).reference
    for known in (reference, "ZZZZZZ"):
        address = f"/bookings/{known}/cancel"
        answer = client.get(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.text) == (404, "")
        assert answer.headers["HX-Redirect"] == f"/login?next={address}"


def test_who_is_let_in_and_not_logged_in_is_asked_to_before_a_trip_goes_into_an_account(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    address = f"/bookings/{booking.reference}/add"
    assert client.post(address).status_code == 404
    client.get(f"/trip?reference={booking.reference}&last_name=Meier")
    assert client.post(address).location == "/login?next=/"


@pytest.mark.parametrize("reference", ["ÄÖÜÄÖÜ", "😀", "a" * 10_000, "%00", "' OR 1=1", "..", "ß"])
def test_odd_references_are_no_bookings(app: Flask, client: FlaskClient, reference: str) -> None:
    log_in(client, make_user("charlie@example.com"))
    for suffix in ("", "/passengers", "/cancel"):
        assert client.get(f"/bookings/{reference}{suffix}").status_code == 404


def test_a_trip_booked_without_an_account_belongs_to_its_session(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    assert client.get(address).status_code == 200
    assert app.test_client().get(address).status_code == 404
    charlie = app.test_client()
    log_in(charlie, make_user("charlie@example.com"))
    assert charlie.get(address).status_code == 404


def test_alice_sees_her_trip_from_every_session_of_hers(app: Flask) -> None:
    alice = make_user("alice@example.com")
    booking = make_booking(make_flight(), user=alice)
    for _ in range(2):
        browser = app.test_client()
        log_in(browser, alice)
        assert browser.get(f"/bookings/{booking.reference.lower()}").status_code == 200
        assert booking.reference in browser.get("/bookings").text


def test_charlies_trips_are_his_own(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), user=make_user("alice@example.com"))
    log_in(client, make_user("charlie@example.com"))
    assert booking.reference not in client.get("/bookings").text


def test_a_session_remembers_the_last_twenty_trips(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    held = [hold(client, flight) for _ in range(1)]
    for _ in range(20):
        held.append(hold(client, make_flight()))
    assert client.get(held[-1]).status_code == 200
    assert client.get(held[1]).status_code == 200
    assert client.get(held[0]).status_code == 404
