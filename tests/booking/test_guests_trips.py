"""What a guest booked, or began to book, and an account that the guest has or makes later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.airline import cancel_flight
from tests.booking.steps import hold
from tests.builders import (
    PASSWORD,
    birthday_of,
    log_in,
    make_booking,
    make_flight,
    make_offer,
    make_user,
)
from tests.pages import alerts, beside, page, typed
from tests.staff.test_mails import mail_of, settle
from webapp import clock
from webapp.accounts.models import User
from webapp.booking.contact.service import change_contact
from webapp.booking.models import Booking, BookingEvent
from webapp.booking.ownership import add_to_account
from webapp.booking.schedule_changes import links
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import db, transaction
from webapp.flights.models import Flight
from webapp.notifications.models import OPTIONAL, Kind, Notification, State
from webapp.notifications.preferences import set_preferences
from webapp.search.offers import sign

_BESIDE_NAMES = [f"passengers-0-{name}" for name in ("born_on", "position", "seen")]


def let_in(client: FlaskClient, booking: Booking) -> None:
    """Find a trip as a guest does."""
    found = {"reference": booking.reference, "last_name": "Meier"}
    assert client.get("/trip", query_string=found).status_code == 303


def test_whoever_logs_in_while_booking_comes_back_to_the_step(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    step = hold(client, make_flight())
    link = next(each for each in page(client.get(step)).all("a") if each.text == "Log in")
    form = {"email": alice.email, "password": PASSWORD}
    answer = client.post(link.attributes["href"], data=form)
    assert answer.location == step
    assert client.get(step).status_code == 200


def test_a_hold_of_a_guest_who_logged_in_stands_among_the_trips(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    hold(client, make_flight())
    log_in(client, alice)
    shown = page(client.get("/bookings"))
    assert "Finish booking" in shown.text
    assert "Name the passengers" in shown.text


def test_pages_about_accounts_are_not_come_back_to(client: FlaskClient) -> None:
    for address in ("/", "/login", "/password/forgot", "/nowhere"):
        links = {each.text: each for each in page(client.get(address)).all("a")}
        assert links["Log in"].attributes["href"] == "/login"


def test_a_trip_of_a_guest_is_added_to_an_account_with_its_mails(
    app: Flask, client: FlaskClient
) -> None:
    booking, alice = make_booking(make_flight()), make_user()
    let_in(client, booking)
    address = f"/bookings/{booking.reference}"
    assert "Log in to keep it under your trips" in page(client.get(address)).text
    log_in(client, alice)
    assert "Add it to my trips" in page(client.get(address)).text
    for _ in range(2):
        answer = client.post(f"{address}/add")
        assert answer.location == address
    shown = page(client.get(address)).text
    assert "stands under My trips" in shown
    assert "Added to an account" in shown
    assert "Add it to my trips" not in shown
    assert booking.reference in page(client.get("/bookings")).text
    db.session.expire_all()
    waiting = select(Notification).where(Notification.state == State.DUE)
    assert {each.user_id for each in db.session.scalars(waiting)} == {alice.id}
    lines = select(BookingEvent).where(BookingEvent.what == "added_to_account")
    assert [each.actor for each in db.session.scalars(lines)] == [alice.email]


@pytest.mark.parametrize("hours_ahead", [100, 20])
def test_a_trip_that_is_added_is_reminded_of_when_its_account_wishes(
    app: Flask, hours_ahead: int
) -> None:
    alice = make_user()
    with transaction():
        set_preferences(alice.id, alice.email, list(OPTIONAL), 3, "en-GB")
    flight = make_flight(departs_at=clock.now() + timedelta(hours=hours_ahead))
    booking = make_booking(flight)
    with transaction():
        add_to_account(booking.id, alice.id, alice.email)
    reminder = mail_of(booking, Kind.DEPARTURE_REMINDER)
    assert reminder.due_at == flight.departs_at - timedelta(hours=3)
    assert (reminder.state, reminder.user_id) == (State.DUE, alice.id)
    day = mail_of(booking, Kind.DAY_OF_TRAVEL)
    assert day.due_at == flight.departs_at - timedelta(hours=3)


def test_a_trip_of_another_account_stays_where_it_is(app: Flask, client: FlaskClient) -> None:
    owner, other = make_user(), make_user("charlie@example.com")
    booking = make_booking(make_flight(), user=owner)
    with transaction():
        booking_id, owner_id = booking.id, owner.id
    let_in(client, booking)
    log_in(client, other)
    address = f"/bookings/{booking.reference}"
    assert "Add it to my trips" not in page(client.get(address)).text
    client.post(f"{address}/add")
    assert "It is in another account" in page(client.get(address)).text
    db.session.expire_all()
    assert db.session.get_one(Booking, booking_id).user_id == owner_id


def test_who_knows_a_reference_and_a_name_does_not_see_how_to_reach_whoever_travels(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    with transaction():
        change_contact(booking.id, "alice@private.example", "+442079460018", "alice")
    address = f"/bookings/{booking.reference}"
    let_in(client, booking)
    shown = page(client.get(address)).text
    assert "Mail goes to a…@private.example, calls to …018" in shown
    form = client.get(f"{address}/contact")
    assert (typed(form, "contact_email"), typed(form, "contact_phone")) == ("", "")
    for page_ in ("", "/contact", "/e-ticket", "/cancel", "/check-in", "/names"):
        answer = client.get(f"{address}{page_}")
        assert (answer.status_code, "alice@" in answer.text) == (200, False), page_
    form = client.get(f"{address}/names")
    right = {"passengers-0-given_name": "Alicia", "passengers-0-family_name": "Meier"}
    sent = {name: typed(form, name) for name in _BESIDE_NAMES}
    names = client.post(f"{address}/names", data=sent | right, follow_redirects=True)
    assert "on its way to a…@private.example" in page(names).text
    log_in(client, alice)
    assert "Mail goes to alice@private.example, calls to +44 20" in page(client.get(address)).text


def test_who_knows_a_reference_and_a_name_sees_the_year_of_a_birth_and_no_day(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    born_on = birthday_of("adult")
    day = f"Born {born_on.day} {born_on:%B %Y}"
    address = f"/bookings/{booking.reference}"
    let_in(client, booking)
    assert f"Born {born_on.year}" in page(client.get(address)).text
    for part in ("", "/contact", "/e-ticket", "/cancel", "/check-in", "/names"):
        shown = client.get(f"{address}{part}")
        assert shown.status_code == 200
        for written in (f"{born_on:%B %Y}", born_on.isoformat()):
            assert written not in shown.text, part
    log_in(client, alice)
    assert day in page(client.get(address)).text
    assert typed(client.get(f"{address}/names"), "passengers-0-born_on") == born_on.isoformat()


def test_a_date_of_birth_that_is_not_seen_stays_when_a_name_is_put_right(
    client: FlaskClient,
) -> None:
    booking = private()
    born_on = booking.passengers[0].born_on
    assert born_on
    let_in(client, booking)
    address = f"/bookings/{booking.reference}/names"
    form = client.get(address)
    assert "The day stays unless you write another" in page(form).text
    assert typed(form, "passengers-0-born_on") == ""
    hidden = {name: typed(form, name) for name in ("passengers-0-position", "passengers-0-seen")}
    sent = hidden | {"passengers-0-given_name": "Alicia", "passengers-0-family_name": "Meier"}
    # What is refused, or comes too late, tells no day either.
    mistaken = client.post(address, data=sent | {"passengers-0-born_on": "never"})
    assert "year-month-day" in beside(mistaken, "passengers-0-born_on")
    moved = client.post(address, data=sent | {"passengers-0-seen": "older"})
    assert (mistaken.status_code, moved.status_code) == (422, 409)
    for answer in (mistaken, moved):
        assert born_on.isoformat() not in answer.text
    assert client.post(address, data=sent).status_code == 303
    db.session.expire_all()
    first = db.session.get_one(Booking, booking.id).passengers[0]
    assert (first.given_name, first.born_on) == ("Alicia", born_on)
    other_day = (born_on - timedelta(days=1)).isoformat()
    form = client.get(address)
    sent["passengers-0-seen"] = typed(form, "passengers-0-seen")
    assert client.post(address, data=sent | {"passengers-0-born_on": other_day}).status_code == 303
    db.session.expire_all()
    assert str(db.session.get_one(Booking, booking.id).passengers[0].born_on) == other_day


def correct(client: FlaskClient, booking: Booking, **fields: str) -> TestResponse:
    """Send the form of the only passenger's names, with these fields in it."""
    values = {"position": "0", "given_name": "Alice", "family_name": "Meier", **fields}
    data = {f"passengers-0-{name}": value for name, value in values.items()}
    return client.post(f"/bookings/{booking.reference}/names", data=data)


def test_a_form_of_names_is_of_its_own_booking_so_that_none_tells_of_another(
    client: FlaskClient,
) -> None:
    seen = set()
    for booking in (make_booking(make_flight()), make_booking(make_flight())):
        let_in(client, booking)
        seen.add(typed(client.get(f"/bookings/{booking.reference}/names"), "passengers-0-seen"))
    assert len(seen) == 2


@pytest.mark.parametrize("family_name", ["Meier", "Meyer"])
def test_no_made_form_tells_whether_a_date_of_birth_was_guessed(
    client: FlaskClient, family_name: str
) -> None:
    booking = make_booking(make_flight())
    let_in(client, booking)
    born_on = birthday_of("adult")
    answers = []
    for guess in (born_on, born_on + timedelta(days=1)):
        answer = correct(
            client, booking, family_name=family_name, born_on=guess.isoformat(), seen="made up"
        )
        assert typed(answer, "passengers-0-born_on") == guess.isoformat(), "as it was typed"
        answers.append((answer.status_code, alerts(answer)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 409


def test_a_link_of_a_mail_shows_more_than_a_name_does(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    let_in(client, booking)
    address = f"/bookings/{booking.reference}"
    assert "Mail goes to a…@example.com" in page(client.get(address)).text
    cancel_flight(flight)
    change = db.session.scalars(select(ScheduleChange)).one()
    assert client.get(f"/schedule-change/{links.sign(change)}/refund").status_code == 303
    assert "Mail goes to alice@example.com" in page(client.get(address)).text


def private(user: User | None = None, flight: Flight | None = None) -> Booking:
    """Return a booking whose party is reached where a name alone does not say."""
    booking = make_booking(flight or make_flight(), user=user)
    with transaction():
        change_contact(booking.id, "alice@private.example", "+442079460018", "alice")
    return booking


def test_a_link_of_the_page_shows_no_more_than_the_page(client: FlaskClient) -> None:
    flight = make_flight()
    booking = private(flight=flight)
    cancel_flight(flight)
    let_in(client, booking)
    address = f"/bookings/{booking.reference}"
    decide = next(each for each in page(client.get(address)).all("a") if each.text == "Decide now")
    for answer in ("refund", "other-flight"):
        assert client.get(f"{decide.attributes['href']}/{answer}").status_code == 303
    assert "alice@private.example" not in client.get(address).text


def test_what_is_booked_is_not_held_again(client: FlaskClient) -> None:
    flight = make_flight()
    booking = private(flight=flight)
    let_in(client, booking)
    form = {"offer": sign(make_offer(flight)), "idempotency_key": "x" * 20}
    held = client.post("/holds", data=form | {"again": booking.reference})
    shown = client.get(held.location)
    assert (typed(shown, "contact_email"), typed(shown, "contact_phone")) == ("", "")
    assert typed(shown, "passengers-0-given_name") == ""


def test_a_booking_that_is_confirmed_again_names_no_address(client: FlaskClient) -> None:
    booking = private()
    let_in(client, booking)
    answer = client.post(f"/bookings/{booking.reference}/confirm", follow_redirects=True)
    assert "on its way to a…@private.example" in page(answer).text
    assert "alice@private.example" not in answer.text


def test_the_words_of_a_mail_server_name_no_address_either(client: FlaskClient) -> None:
    booking = make_booking(make_flight())
    settle(mail_of(booking), State.FAILED, "550 5.1.1 <Alice@example.com>: no such user")
    let_in(client, booking)
    shown = client.get(f"/bookings/{booking.reference}")
    assert "550 5.1.1 <a…@example.com>: no such user" in page(shown).text


def test_who_knows_a_name_alone_keeps_a_trip_once_its_mail_goes_to_them(
    client: FlaskClient,
) -> None:
    booking = private()
    charlie = make_user("charlie@example.com")
    log_in(client, charlie)
    let_in(client, booking)
    address = f"/bookings/{booking.reference}"
    refused = client.post(f"{address}/add")
    assert refused.location == f"{address}/contact"
    form = client.get(refused.location)
    assert "First let mail about this trip go to charlie@example.com" in page(form).text
    assert booking.reference not in page(client.get("/bookings")).text
    sent = {name: typed(form, name) for name in ("contact_email", "contact_phone")}
    assert client.post(refused.location, data=sent).status_code == 303
    client.post(f"{address}/add")
    assert booking.reference in page(client.get("/bookings")).text
    told = select(Notification.recipient).where(Notification.kind == Kind.CONTACT_CHANGED)
    assert "alice@private.example" in list(db.session.scalars(told))


def test_a_telephone_that_is_not_seen_is_not_lost(client: FlaskClient) -> None:
    booking = private()
    let_in(client, booking)
    address = f"/bookings/{booking.reference}/contact"
    assert "…018 stays unless you write another" in page(client.get(address)).text
    sent = {"contact_email": "alice@example.com", "contact_phone": ""}
    assert client.post(address, data=sent).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Booking, booking.id).contact_phone == "+442079460018"
