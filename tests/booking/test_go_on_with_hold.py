"""Going on with a hold by the link in the mail about it, in another browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.booking.steps import ALICE, hold, name
from tests.builders import birthday_of, log_in, make_booking, make_flight, make_hold, make_user
from tests.mails.post import deliver
from tests.pages import page
from webapp import clock
from webapp.accounts.models import User
from webapp.booking import ownership, service
from webapp.booking.contact.service import change_contact
from webapp.booking.hold_warning import WARNED_BEFORE
from webapp.booking.holds.links import token_of
from webapp.booking.models import Booking, BookingEvent, BookingStatus
from webapp.booking.party import PassengerNames
from webapp.db import db, transaction
from webapp.notifications.models import Kind


def named(user: User | None = None, email: str = "alice@example.com") -> Booking:
    """Return a hold whose party has said who travels."""
    held = make_hold(make_flight(), user=user)
    name_again(held, email)
    return held


def name_again(held: Booking, email: str) -> None:
    """Say who travels, and where mail goes."""
    names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
    with transaction():
        service.name_passengers(held.id, names, email, "alice")


def link_of(held: Booking) -> str:
    """Return the address that the mail about a hold leads to."""
    return f"/holds/{token_of(db.session.get_one(Booking, held.id))}"


def test_the_mail_about_a_hold_leads_on_in_another_browser(app: Flask, client: FlaskClient) -> None:
    name(client, hold(client))
    held = db.session.query(Booking).one()
    clock.move_to(held.expires_at - WARNED_BEFORE)
    (mail,) = deliver()
    assert mail.kind == Kind.HOLD_EXPIRING
    (link,) = re.findall(r"http://[^/]+(/holds/[\w.-]+)", mail.body)
    telephone = app.test_client()
    answer = telephone.get(link)
    review = f"/bookings/{held.reference}/review"
    assert (answer.status_code, answer.location) == (303, review)
    form = page(telephone.get(review)).one("form", action=f"/bookings/{held.reference}/confirm")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    telephone.post(form.attributes["action"], data=sent)
    assert db.session.get_one(Booking, held.id).status == BookingStatus.CONFIRMED


def test_an_owner_logs_in_and_goes_straight_on(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    held = named(alice)
    answer = client.get(link_of(held), follow_redirects=True)
    review = f"/bookings/{held.reference}/review"
    assert (answer.status_code, answer.request.path) == (404, review)
    assert page(answer).one("form", id="log-in").attributes["action"] == f"/login?next={review}"
    log_in(client, alice)
    assert client.get(link_of(held), follow_redirects=True).status_code == 200


def test_who_read_a_mail_that_went_astray_is_out_with_the_next_address(
    app: Flask, client: FlaskClient
) -> None:
    held = named(email="wrong@example.com")
    assert client.get(link_of(held), follow_redirects=True).status_code == 200
    name_again(held, "right@example.com")
    answer = client.get(f"/bookings/{held.reference}/review")
    assert answer.status_code == 404
    assert "right@example.com" not in answer.text


def test_who_is_led_in_stays_as_long_as_mail_goes_there(app: Flask, client: FlaskClient) -> None:
    held = named()
    client.get(link_of(held))
    with transaction():
        service.confirm_booking(held.id, "alice")
    address = f"/bookings/{held.reference}"
    # It may be the second click of whoever booked it.
    assert client.post(f"{address}/confirm").location == address
    assert client.get(address).status_code == 200
    with transaction():
        change_contact(held.id, "right@example.com", None, "alice")
    for suffix in ("", "/contact", "/cancel", "/e-ticket.pdf"):
        assert client.get(f"/bookings/{held.reference}{suffix}").status_code == 404


def test_who_books_by_the_link_sees_the_trip_and_may_mend_the_address_before(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    client.get(link_of(held))
    answer = name(
        client, f"/bookings/{held.reference}/passengers", contact_email="mended@example.com"
    )
    assert answer.status_code == 303
    review = client.get(f"/bookings/{held.reference}/review")
    form = page(review).one("form", action=f"/bookings/{held.reference}/confirm")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    booked = client.post(form.attributes["action"], data=sent, follow_redirects=True)
    assert booked.status_code == 200
    assert "mended@example.com" in booked.text
    contact = f"/bookings/{held.reference}/contact"
    assert client.post(contact, data={"contact_email": "new@example.com"}).status_code == 303
    assert "new@example.com" in client.get(f"/bookings/{held.reference}").text


def sent_twice(client: FlaskClient, address: str, data: dict[str, str]) -> list[TestResponse]:
    """Send a form twice, as a browser does that did not wait for the first answer's cookie."""
    key = page(client.get(address)).one("input", name="idempotency_key").attributes["value"]
    cookie = client.get_cookie("session")
    assert cookie
    answers = []
    for _ in range(2):
        client.set_cookie("session", cookie.value)
        answers.append(client.post(address, data={**data, "idempotency_key": key}))
    return answers


def test_who_is_led_in_and_sends_another_address_twice_gets_to_the_same_place(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    of_trip = f"/bookings/{held.reference}"
    client.get(link_of(held))
    mended = {**ALICE, "contact_email": "mended@example.com"}
    answers = sent_twice(client, f"{of_trip}/passengers", mended)
    assert [each.location for each in answers] == [f"{of_trip}/review"] * 2
    assert client.get(f"{of_trip}/review").status_code == 200
    with transaction():
        service.confirm_booking(held.id, "alice")
    answers = sent_twice(client, f"{of_trip}/contact", {"contact_email": "new@example.com"})
    assert [each.location for each in answers] == [of_trip] * 2
    assert "new@example.com" in client.get(of_trip).text
    db.session.expire_all()
    lines = [each for each in held.events if each.what == "contact_changed"]
    assert len(lines) == 1


def test_nobody_else_who_was_led_in_before_gets_in_by_the_address_that_was_changed_to(
    app: Flask, client: FlaskClient
) -> None:
    held = named(email="wrong@example.com")
    client.get(link_of(held))
    with transaction():
        service.confirm_booking(held.id, "alice")
    address = f"/bookings/{held.reference}/contact"
    key = page(client.get(address)).one("input", name="idempotency_key").attributes["value"]
    with transaction():
        change_contact(held.id, "right@example.com", None, "alice", "the key of another form")
    for guess in (key, "", "the key of a third form"):
        sent = {"contact_email": "right@example.com", "idempotency_key": guess}
        assert client.post(address, data=sent).status_code == 404
    # Who knows the key and was not led in is out as well.
    sent["idempotency_key"] = "the key of another form"
    assert app.test_client().post(address, data=sent).status_code == 404
    with transaction():
        change_contact(held.id, "third@example.com", None, "alice", "the key of a third form")
    sent["idempotency_key"] = "the key of a third form"
    assert client.post(address, data=sent).status_code == 404, "its address is older than that"


def test_who_changed_the_address_is_out_with_the_one_after_it(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    client.get(link_of(held))
    with transaction():
        service.confirm_booking(held.id, "alice")
    cookie = client.get_cookie("session")
    assert cookie
    address = f"/bookings/{held.reference}/contact"
    key = page(client.get(address)).one("input", name="idempotency_key").attributes["value"]
    sent = {"contact_email": "thief@example.com", "idempotency_key": key}
    assert client.post(address, data=sent).status_code == 303
    with transaction():
        change_contact(held.id, "right@example.com", None, "alice")
    client.set_cookie("session", cookie.value)
    assert client.post(address, data=sent).status_code == 404


def test_a_log_in_and_an_older_link_leave_the_hold_alone(app: Flask, client: FlaskClient) -> None:
    before = make_booking(make_flight())
    held = named()
    name_address = f"/bookings/{held.reference}/review"
    client.get(link_of(held))
    client.get(link_of(before))
    assert client.get(name_address).status_code == 200
    log_in(client, make_user("charlie@example.com"))
    assert client.get(name_address).status_code == 200


def test_who_comes_too_late_by_the_link_sees_the_flights_again(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    client.get(link_of(held))
    clock.move_to(held.expires_at)
    answer = client.get(f"/bookings/{held.reference}/review")
    assert answer.status_code == 409
    assert "mail" not in page(answer).one("h1").text


def test_the_link_leads_to_the_step_that_is_due(app: Flask, client: FlaskClient) -> None:
    held = make_hold(make_flight())
    answer = client.get(link_of(held), follow_redirects=True)
    assert answer.request.path == f"/bookings/{held.reference}/passengers"


def test_to_follow_the_link_changes_nothing_but_the_session(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    link = link_of(held)

    def state() -> tuple[object, ...]:
        booking = db.session.get_one(Booking, held.id)
        return booking.status, booking.expires_at, db.session.query(BookingEvent).count()

    before = state()
    client.get(link)
    client.head(link)
    assert state() == before


def test_a_link_that_lost_a_piece_lets_nobody_in_and_says_how_to_go_on(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    link = link_of(held)
    for odd in (
        link[:-1],
        f"{link}x",
        "/holds/x",
        f"/holds/{'ä' * 40}",
        f"/holds/{held.reference}",
    ):
        answer = client.get(odd)
        assert answer.status_code == 404
        assert "Copy it whole from the mail" in answer.text
        assert page(answer).one("a", class_="button").attributes["href"] == "/"
    assert client.get(f"/bookings/{held.reference}/review").status_code == 404


@pytest.mark.parametrize("how", ["ran out", "given up"])
def test_the_link_ends_with_the_hold(app: Flask, client: FlaskClient, how: str) -> None:
    held = named()
    link = link_of(held)
    if how == "ran out":
        clock.move_to(held.expires_at)
    else:
        with transaction():
            service.release_hold(held.id, "alice")
    answer = client.get(link)
    assert answer.status_code == 410
    assert "nothing was booked" in answer.text
    assert page(answer).one("a", class_="button").attributes["href"].startswith("/flights?")
    assert client.get(f"/bookings/{held.reference}/review").status_code == 404


def test_the_link_lives_as_long_as_a_hold_that_was_extended(
    app: Flask, client: FlaskClient
) -> None:
    name(client, hold(client))
    held = db.session.query(Booking).one()
    first_end = held.expires_at
    client.post(f"/bookings/{held.reference}/extend")
    clock.move_to(first_end + timedelta(minutes=1))
    assert app.test_client().get(link_of(held)).status_code == 303


def test_once_it_is_booked_the_link_opens_nothing_to_another_browser(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    link = link_of(booking)
    answer = client.get(link)
    assert answer.status_code == 410
    way_on = page(answer).one("a", class_="button").attributes["href"]
    assert way_on == f"/trip?reference={booking.reference}"
    assert client.get(f"/bookings/{booking.reference}").status_code == 404


def test_who_may_see_the_trip_gets_there_by_the_link_at_any_time(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    answer = client.get(link_of(booking), follow_redirects=True)
    assert answer.request.path == f"/bookings/{booking.reference}"


def test_a_link_to_an_address_that_the_party_has_left_opens_nothing(
    app: Flask, client: FlaskClient
) -> None:
    held = named(email="wrong@example.com")
    link = link_of(held)
    name_again(held, "right@example.com")
    assert client.get(link).status_code == 404
    assert client.get(link_of(held)).status_code == 303


def test_who_hands_a_hold_to_somebody_with_an_account_is_out_when_they_book_it(
    app: Flask, client: FlaskClient
) -> None:
    thief = app.test_client()
    name(thief, hold(thief))
    held = db.session.query(Booking).one()
    log_in(client, make_user())
    client.get(link_of(held))
    client.post(f"/bookings/{held.reference}/confirm")
    assert client.get(f"/bookings/{held.reference}").status_code == 200
    for suffix in ("", "/cancel", "/contact", "/e-ticket.pdf"):
        assert thief.get(f"/bookings/{held.reference}{suffix}").status_code == 404


def test_a_hold_that_a_mail_led_into_is_among_those_to_finish(
    app: Flask, client: FlaskClient
) -> None:
    held = named()
    client.get(link_of(held))
    assert held.reference in client.get("/").text


def test_who_is_led_into_one_hold_and_then_another_stays_in_both(
    app: Flask, client: FlaskClient
) -> None:
    booked, held = named(), named()
    client.get(link_of(booked))
    with transaction():
        service.confirm_booking(booked.id, "alice")
    client.get(link_of(held))
    for each in (f"{booked.reference}", f"{held.reference}/review"):
        assert client.get(f"/bookings/{each}").status_code == 200


def test_an_old_link_keeps_nobody_in_who_finds_the_trip_by_its_name(
    app: Flask, client: FlaskClient
) -> None:
    held = named(email="wrong@example.com")
    client.get(link_of(held))
    with transaction():
        service.confirm_booking(held.id, "alice")
        change_contact(held.id, "right@example.com", "+441632960123", "alice")
    found = {"reference": held.reference, "last_name": "Meier"}
    client.get("/trip", query_string=found)
    contact = f"/bookings/{held.reference}/contact"
    assert client.post(contact, data={"contact_email": "other@example.com"}).status_code == 303
    assert "+441632960123" not in client.get(contact).text


def test_who_is_out_of_a_trip_does_not_read_of_it_beside_another(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    name(client, hold(client, flight))
    booked = db.session.query(Booking).one()
    client.post(f"/bookings/{booked.reference}/confirm")
    address = hold(client, make_flight(departs_at=flight.departs_at + timedelta(minutes=20)))
    name(client, address)
    review = address.replace("/passengers", "/review")
    assert booked.reference in client.get(review).text
    alice = make_user()
    with transaction():
        ownership.add_to_account(booked.id, alice.id, "alice")
    assert booked.reference not in client.get(review).text


def test_who_was_led_in_is_out_once_the_trip_stands_in_an_account(
    app: Flask, client: FlaskClient
) -> None:
    held, alice = named(), make_user()
    client.get(link_of(held))
    with transaction():
        service.confirm_booking(held.id, "alice", user_id=alice.id)
    assert client.get(f"/bookings/{held.reference}").status_code == 404
