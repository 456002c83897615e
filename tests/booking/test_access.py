"""Who may see a booking: its owner and who was let in; to everybody else it does not exist."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.test_name_passengers import ALICE, hold
from tests.builders import log_in, make_booking, make_flight, make_hold, make_user
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


def test_nothing_tells_charlie_which_references_exist(app: Flask, client: FlaskClient) -> None:
    reference = make_booking(make_flight(), user=make_user("alice@example.com")).reference
    log_in(client, make_user("charlie@example.com"))
    for suffix in ("", "/passengers", "/review", "/cancel"):
        with counted_selects() as asked_there:
            there = client.get(f"/bookings/{reference}{suffix}")
        with counted_selects() as asked_nowhere:
            nowhere = client.get(f"/bookings/ZZZZZZ{suffix}")
        # Nor does the time that it takes.
        assert asked_there == asked_nowhere
        assert there.status_code == nowhere.status_code == 404
        assert without_tokens(there.text) == without_tokens(nowhere.text)


def without_tokens(text: str) -> str:
    """Return a page without its form tokens, which carry the second they were made in."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


def test_a_visitor_is_asked_to_log_in_whether_or_not_the_reference_exists(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), user=make_user("alice@example.com"))
    for reference in (booking.reference, "ZZZZZZ"):
        for method, address in addresses(app, reference):
            answer = client.open(address, method=method)
            assert answer.status_code == 303, f"{method} {address}"
            expected = address if method == "GET" else "/"
            assert answer.location == f"/login?next={expected}"
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


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
    assert app.test_client().get(address).status_code == 303
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
    assert client.get(held[0]).status_code == 303
