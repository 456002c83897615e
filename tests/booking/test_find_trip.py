"""Finding a trip by its reference and a family name, without an account."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.booking.steps import hold, name
from tests.builders import (
    PASSWORD,
    cancel,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_user,
)
from tests.conftest import MakeApp
from tests.pages import alerts, beside, page, typed
from tests.statements import counted_selects
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.flights.fares import Party


def find(client: FlaskClient, reference: str, last_name: str) -> TestResponse:
    return client.get("/trip", query_string={"reference": reference, "last_name": last_name})


@pytest.mark.parametrize(
    ("family_name", "typed_name"),
    [
        ("Meier", "Meier"),
        ("Meier", "MEIER"),
        ("Meier", "  meier "),
        ("Müller", "muller"),
        ("Müller", "MUELLER"),
        ("Mueller", "Müller"),
        ("Nguyễn", "Nguyen"),
        ("Nguyễn", "nguye\u0302\u0303n"),
        ("O’Brien", "O'Brien"),
        ("García Márquez", "garcia  marquez"),
        ("O’Brien", "OBRIEN"),
        ("Łukasz", "Lukasz"),
        ("Đặng", "Dang"),
        ("Strauß", "STRAUSS"),
        ("李", "李"),
        ("Иванов", "иванов"),
        ("Иванов", "IVANOV"),
    ],
)
def test_a_name_is_found_in_any_case_and_without_its_accents(
    app: Flask, client: FlaskClient, family_name: str, typed_name: str
) -> None:
    booking = make_booking(make_flight(), family_name=family_name)
    answer = find(client, f" {booking.reference.lower()} ", typed_name)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    shown = client.get(answer.location)
    assert page(shown).one(class_="reference").text == booking.reference


@pytest.mark.parametrize("between", [" ", "-", "\u00a0", "\u2013", " - "])
def test_a_reference_is_found_with_spaces_or_dashes_in_it(
    app: Flask, client: FlaskClient, between: str
) -> None:
    booking = make_booking(make_flight())
    written = between.join((booking.reference[:3], booking.reference[3:].lower()))
    assert find(client, written, "Meier").location == f"/bookings/{booking.reference}"
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    for address in ("/staff/bookings?q", "/staff/mails?booking"):
        found = page(client.get(f"{address}={quote(written)}")).one("main")
        assert booking.reference in found.text


def test_any_passenger_of_the_party_finds_it(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), Party(2))
    with transaction() as session:
        session.get_one(Booking, booking.id).passengers[1].family_name = "Schmidt"
    assert find(client, booking.reference, "Schmidt").status_code == 303


def test_a_cancelled_trip_is_found_too(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight())
    cancel(booking)
    answer = find(client, booking.reference, "Meier")
    assert "This booking is cancelled" in client.get(answer.location).text


def test_a_wrong_name_an_unknown_reference_and_a_hold_get_the_same_answer(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    hold = make_hold(make_flight())
    answers, questions = [], []
    for reference, last_name in (
        (booking.reference, "Schmidt"),
        ("ZZZZZZ", "Meier"),
        (hold.reference, "Meier"),
    ):
        with counted_selects() as asked:
            answers.append(find(client, reference, last_name))
        questions.append(asked)
    assert questions[0] == questions[1] == questions[2]
    for answer in answers:
        assert answer.status_code == 422
        assert "No booking has this reference and family name." in alerts(answer)
        # The way on of whoever holds seats, in the same words for all.
        assert "found in the browser in which they were chosen" in alerts(answer)
    assert typed(answers[1], "reference") == "ZZZZZZ"
    assert typed(answers[1], "last_name") == "Meier"


def test_who_knows_a_name_on_a_hold_hears_that_it_is_not_booked_and_gets_no_further(
    app: Flask, client: FlaskClient
) -> None:
    name(client, hold(client))
    held = db.session.query(Booking).one()
    stranger = app.test_client()
    answer = find(stranger, held.reference, "Meier")
    assert answer.status_code == 422
    assert "held, and not booked yet" in alerts(answer)
    assert "the link in our mail" in alerts(answer)
    assert stranger.get(f"/bookings/{held.reference}/review").status_code == 404
    # Whoever chose the seats goes on.
    assert find(client, held.reference, "Meier").location == f"/bookings/{held.reference}"
    clock.move_to(held.expires_at)
    assert "No booking has this reference" in alerts(find(stranger, held.reference, "Meier"))


def test_who_held_seats_in_an_account_reads_that_logging_in_opens_them(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    name(client, hold(client))
    held = db.session.query(Booking).one()
    stranger = app.test_client()
    answer = find(stranger, held.reference, "Meier")
    assert "or log in, if they are held in an account" in alerts(answer)
    way = page(answer).one("main").one("a")
    assert way.text == "Log in"
    browser = app.test_client()
    sent = {"email": "alice@example.com", "password": PASSWORD}
    answer = browser.post(way.attributes["href"], data=sent, follow_redirects=True)
    assert answer.request.path == f"/bookings/{held.reference}/review"


def test_whether_an_account_holds_seats_is_told_to_nobody(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    guest, stranger = app.test_client(), app.test_client()
    for each in (client, guest):
        name(each, hold(each))
    answers: list[str] = []
    questions: list[list[str]] = []
    for reference in db.session.scalars(select(Booking.reference).order_by(Booking.id)).all():
        with counted_selects() as asked:
            answer = find(stranger, reference, "Meier")
        questions.append(asked)
        answers.append(answer.text.replace(reference, ""))
    assert answers[0] == answers[1]
    assert questions[0] == questions[1]
    unknown = find(stranger, "ZZZZZZ", "Meier")
    assert "or by logging in, if they are held in an account" in alerts(unknown)


def test_whoever_is_logged_in_is_not_asked_to_log_in(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    for answer in (client.get("/trip"), find(client, "ZZZZZZ", "Meier")):
        assert not page(answer).one("main").all("a")


def test_a_name_on_a_hold_is_guessed_no_more_often_than_another(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    name(client, hold(client))
    held = db.session.query(Booking).one()
    stranger = client.application.test_client()
    for last_name in ["Meier", "Schmidt"] * 10:
        assert find(stranger, held.reference, last_name).status_code == 422
    assert find(stranger, held.reference, "Meier").status_code == 429


def test_the_empty_form_is_no_mistake(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/trip")
    assert answer.status_code == 200
    assert not alerts(answer)
    assert typed(client.get("/trip?reference=ABC234"), "reference") == "ABC234"


@pytest.mark.parametrize(
    ("reference", "last_name", "field", "words"),
    [
        ("", "Meier", "reference", "six letters and digits"),
        ("A" * 21, "Meier", "reference", "20"),
        ("ABC23", "Meier", "reference", "A reference has six letters and digits."),
        ("ABC2345", "Meier", "reference", "A reference has six letters and digits."),
        ("ABC_34", "Meier", "reference", "A reference has six letters and digits."),
        ("901-1234567890", "Meier", "reference", "This is a ticket number."),
        ("abc23o", "Meier", "reference", "No reference has a 0, an O, a 1 or an I in it."),
        ("ABC201", "Meier", "reference", "No reference has a 0, an O, a 1 or an I in it."),
        ("ABC234", "", "last_name", "Tell us the family name."),
        ("ABC234", "x" * 10_000, "last_name", "60"),
    ],
)
def test_a_mistake_is_told_beside_the_field(
    app: Flask, client: FlaskClient, reference: str, last_name: str, field: str, words: str
) -> None:
    answer = find(client, reference, last_name)
    assert answer.status_code == 422
    assert words in beside(answer, field)


@pytest.mark.parametrize(
    "reference", ["ÄÖÜÄÖÜ", "ßßß", "😀😀", "abc\x00de", "%", "______", "' OR 1"]
)
@pytest.mark.parametrize("last_name", ["Meier", "-", "😀", "\x00"])
def test_odd_references_and_names_find_nothing(
    app: Flask, client: FlaskClient, reference: str, last_name: str
) -> None:
    make_booking(make_flight())
    answer = find(client, reference, last_name)
    assert answer.status_code == 422


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reference=st.text(max_size=12), last_name=st.text(max_size=20))
def test_no_text_at_all_breaks_the_look_up(
    app: Flask, client: FlaskClient, reference: str, last_name: str
) -> None:
    if not db.session.query(Booking).count():
        make_booking(make_flight())
    assert find(client, reference, last_name).status_code == 422


def test_guessing_is_stopped_with_words(make_app: MakeApp) -> None:
    booking = make_booking(make_flight())
    client = make_app(rate_limits=True).test_client()
    for _ in range(25):
        assert find(client, booking.reference, "Meier").status_code == 303
    for _ in range(20):
        assert find(client, booking.reference, "Schmidt").status_code == 422
    answer = find(client, booking.reference, "Meier")
    assert answer.status_code == 429
    assert "Too many tries" in page(answer).one("h1").text
    # What is no guess goes on: the empty form, and the links of mails.
    assert client.get("/trip").status_code == 200
    assert client.get("/trip", query_string={"reference": booking.reference}).status_code == 303


def test_the_owner_who_follows_a_mails_link_is_not_asked_for_a_name(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    link = f"/trip?reference={booking.reference}"
    assert client.get(link).status_code == 200
    log_in(client, alice)
    assert client.get(link).location == f"/bookings/{booking.reference}"
    assert client.get(f"{link}&go=check-in").location.endswith("/check-in")


def test_a_guest_who_follows_a_mails_link_to_check_in_gets_there(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    link = f"/trip?reference={booking.reference}"
    asked = " ".join(client.get(f"{link}&go=check-in").text.split())
    assert 'name="go" type="hidden" value="check-in"' in asked
    found = client.get(f"{link}&go=check-in&last_name=Meier")
    assert found.location == f"/bookings/{booking.reference}/check-in"
    assert client.get(f"{link}&go=//evil&last_name=Meier").location.endswith(booking.reference)
