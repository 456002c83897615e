"""What travellers are told when a flight moves, once or several times, and when a sale is stale."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import birthday_of, make_booking, make_flight, make_hold, make_offer
from tests.state import mails
from webapp import clock
from webapp.booking import disruptions, service
from webapp.booking.errors import ConnectionBroken, TimesChanged
from webapp.booking.models import Segment
from webapp.booking.party import PassengerNames
from webapp.booking.queries import booking_by_id
from webapp.booking.told import record_told
from webapp.db import db, transaction
from webapp.flights.errors import FlightNotOpen
from webapp.flights.families import LIGHT
from webapp.flights.models import Flight
from webapp.notifications.models import Kind, Notification, State
from webapp.search.offers import digest, read, sign
from worker.mails import Mail, Withheld, decide


def move(flight: Flight, minutes: int) -> None:
    """Move a flight by minutes, later or earlier."""
    db.session.expire_all()
    by = timedelta(minutes=minutes)
    times = flight.departs_at + by, flight.arrives_at + by
    with transaction():
        disruptions.retime_flight(flight.id, *times, flight.departs_on, "sam")


def deliver(notification: Notification) -> bool:
    """Decide a mail and, where it goes out, record what it told; tell whether it did."""
    db.session.expire_all()
    if notification.state == State.WITHHELD:
        return False
    decision = decide(notification)
    if not isinstance(decision, Mail):
        return False
    with transaction():
        for told in decision.tells:
            record_told(told)
    return True


def test_moves_in_a_row_make_one_mail_about_where_the_flight_stands(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    move(flight, 45)
    move(flight, 5)
    earlier, later = mails(Kind.FLIGHT_RETIMED)
    assert earlier.reason
    assert earlier.reason.startswith("retimed to")
    assert later.due_at == earlier.due_at
    assert [deliver(mail) for mail in mails(Kind.FLIGHT_RETIMED)] == [False, True]
    segment = db.session.scalars(select(Segment)).one()
    assert segment.told_departs_at == segment.flight.departs_at


def test_small_moves_that_add_up_are_told(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    move(flight, 9)
    assert mails(Kind.FLIGHT_RETIMED) == []
    move(flight, 9)
    assert [deliver(mail) for mail in mails(Kind.FLIGHT_RETIMED)] == [True]


def test_a_flight_that_was_moved_back_makes_no_mail(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    move(flight, 60)
    move(flight, -60)
    assert len(mails(Kind.FLIGHT_RETIMED)) == 1
    assert decide(mails(Kind.FLIGHT_RETIMED)[0]) == Withheld("told already")


def test_a_reminder_comes_back_when_a_flight_booked_late_moves_far_away(app: Flask) -> None:
    flight = make_flight(departs_at=clock.now().replace(microsecond=0) + timedelta(hours=20))
    make_booking(flight)
    query = select(Notification).where(Notification.kind == Kind.DEPARTURE_REMINDER)
    assert db.session.scalars(query).one().state == State.WITHHELD
    with transaction() as session:
        later = timedelta(days=2)
        found = session.get_one(Flight, flight.id)
        times = found.departs_at + later, found.arrives_at + later
        disruptions.retime_flight(flight.id, *times, found.departs_on + later, "sam")
    db.session.expire_all()
    reminder = db.session.scalars(query).one()
    assert reminder.state == State.DUE
    assert reminder.due_at == flight.departs_at - timedelta(hours=24)


def test_an_offer_of_a_flight_that_moved_is_asked_about(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    offer = sign(make_offer(flight))
    move(flight, 300)
    with pytest.raises(TimesChanged), transaction():
        service.hold_seats(read(offer), LIGHT, "k" * 20, digest(offer), None, "test")
    answer = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    assert answer.status_code == 409
    assert "has new times" in answer.text


def test_a_hold_on_a_flight_that_moved_is_asked_about_and_on_one_that_left_refused(
    app: Flask,
) -> None:
    moved, left = make_flight(), make_flight()
    holds = [make_hold(moved).id, make_hold(left).id]
    for booking_id in holds:
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        with transaction():
            service.name_passengers(booking_id, names, "alice@example.com", "test")
    move(moved, 300)
    with pytest.raises(TimesChanged), transaction():
        service.confirm_booking(holds[0], "test")
    with transaction() as session:
        session.get_one(Flight, left.id).departs_at = clock.now() - timedelta(minutes=1)
    with pytest.raises(FlightNotOpen), transaction():
        service.confirm_booking(holds[1], "test")
    assert booking_by_id(holds[0])


@pytest.fixture
def connection(app: Flask) -> tuple[Flight, Flight]:
    """Return a flight of tomorrow to Mumbai, and one on to London two hours later."""
    first = make_flight(departs_at=clock.now() + timedelta(hours=20))
    onward = first.arrives_at + timedelta(hours=2)
    return first, make_flight(origin="BOM", destination="LHR", departs_at=onward, minutes=500)


def delay(flight: Flight, hours: int) -> None:
    by = timedelta(hours=hours)
    with transaction():
        disruptions.delay_flight(flight.id, flight.departs_at + by, flight.arrives_at + by, "sam")
    db.session.expire_all()


def test_a_connection_that_a_delay_broke_since_the_search_is_not_held(
    client: FlaskClient, connection: tuple[Flight, Flight]
) -> None:
    offer = sign(make_offer(*connection))
    delay(connection[0], 4)
    answer = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    assert answer.status_code == 409
    assert "has new times" in answer.text


def test_a_connection_that_a_delay_broke_since_the_hold_is_not_sold(
    connection: tuple[Flight, Flight],
) -> None:
    first, onward = connection
    held = make_hold(first, onward=onward)
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(held.id, names, "alice@example.com", "test")
    delay(first, 4)
    with pytest.raises(ConnectionBroken), transaction():
        service.confirm_booking(held.id, "test")
    delay(first, 0)
    with transaction():
        service.confirm_booking(held.id, "test")


@pytest.mark.parametrize("address", ["/login?next=/%09/[x", "/register?next=/%0a//[x"])
def test_an_odd_way_back_is_no_error(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_odd_names_of_passenger_fields_are_no_error(app: Flask, client: FlaskClient) -> None:
    offer = sign(make_offer(make_flight()))
    held = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    for name in ("passengers-²-given_name", f"passengers-{'9' * 5000}-given_name"):
        assert client.post(held.headers["Location"], data={name: "Alice"}).status_code == 422
