"""Cancelling a booking: asked first, done once, announced, and not after departure."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from tests.builders import log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from webapp import clock
from webapp.booking.models import Booking, BookingStatus
from webapp.db import db
from webapp.flights.fares import Party
from webapp.flights.models import FlightCabin
from webapp.notifications.models import Kind, Notification, State


def sold(flight_id: int) -> int:
    db.session.expire_all()
    return db.session.get_one(FlightCabin, (flight_id, "economy")).sold


def test_it_is_asked_first_and_then_done(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=5)
    booking = make_booking(flight, Party(2), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    trip = client.get(f"/bookings/{booking.reference}")
    assert address in {each.attributes.get("href") for each in page(trip).all("a")}
    asked = client.get(address)
    assert "for 2 passengers" in asked.text
    assert "cannot be undone" in asked.text
    assert sold(flight.id) == 2, "asking changes nothing"
    answer = client.post(address)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    shown = client.get(answer.location)
    assert "This booking is cancelled" in shown.text
    assert sold(flight.id) == 0


def test_cancelling_twice_gives_the_seats_back_once_and_sends_one_mail(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=5)
    make_booking(flight, Party(2))
    booking = make_booking(flight, Party(2), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    for _ in range(3):
        assert client.post(address).status_code == 303
        assert sold(flight.id) == 2
    assert client.get(address).location == f"/bookings/{booking.reference}"
    told = db.session.query(Notification).filter_by(kind=Kind.BOOKING_CANCELLED).all()
    assert [mail.booking_id for mail in told] == [booking.id]
    assert told[0].state == State.DUE


def test_its_reminder_dies_with_a_reason_that_the_page_shows(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    client.post(f"/bookings/{booking.reference}/cancel")
    reminder = (
        db.session.query(Notification)
        .filter_by(kind=Kind.DEPARTURE_REMINDER, booking_id=booking.id)
        .one()
    )
    assert (reminder.state, reminder.reason) == (State.WITHHELD, "cancelled")
    assert "Not sent: cancelled" in page(client.get(f"/bookings/{booking.reference}")).text


def test_it_leaves_a_line_of_history_with_who_did_it(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    client.post(f"/bookings/{booking.reference}/cancel")
    event = db.session.get_one(Booking, booking.id).events[-1]
    assert (event.what, event.actor) == ("cancelled", "alice@example.com")
    assert event.before == {"status": "confirmed"}
    assert abs(event.at - clock.now()) < timedelta(seconds=20)
    shown = page(client.get(f"/bookings/{booking.reference}"))
    history = shown.one("section", aria_labelledby="history")
    assert [each.all("span")[0].text for each in history.all("li")] == [
        "Seats held",
        "Passengers named",
        "Booked",
        "Cancelled",
    ]


def test_a_flight_that_has_left_is_not_cancelled(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    flight = make_flight()
    booking = make_booking(flight, user=alice)
    clock.move_to(flight.departs_at + timedelta(minutes=1))
    log_in(client, alice)
    shown = client.get(f"/bookings/{booking.reference}")
    assert "/cancel" not in shown.text
    assert client.get(f"/bookings/{booking.reference}/cancel").status_code == 404
    assert client.post(f"/bookings/{booking.reference}/cancel").status_code == 404
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_a_hold_is_given_up_and_not_cancelled(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    hold = make_hold(make_flight(), user=alice)
    assert client.post(f"/bookings/{hold.reference}/cancel").status_code == 404
    assert client.post(f"/bookings/{hold.reference}/release").status_code == 303
    kept = db.session.get_one(Booking, hold.id)
    assert kept.status == BookingStatus.EXPIRED
    assert kept.events[-1].what == "released"


def test_a_confirmed_booking_is_not_released(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    client.post(f"/bookings/{booking.reference}/release")
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED
    assert "Your seats are released" not in client.get(f"/bookings/{booking.reference}").text
