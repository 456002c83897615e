"""Checking in: when, who, with which document; and taking it back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.booking.races import quote_of_change
from tests.builders import (
    PASSWORD,
    birthday_of,
    cancel,
    log_in,
    make_aircraft,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
    make_user,
)
from tests.pages import alerts, beside, page, typed
from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.passwords.links import verification_token
from webapp.accounts.queries import user_by_email
from webapp.booking import disruptions
from webapp.booking import service as booking_service
from webapp.booking.changes import service as changes
from webapp.booking.checkin import service
from webapp.booking.checkin.errors import FlightsChanged
from webapp.booking.contact.service import change_contact
from webapp.booking.history import record
from webapp.booking.models import Booking, Coupon, CouponStatus, Passenger, Segment
from webapp.booking.party import PassengerNames
from webapp.db import db, transaction
from webapp.flights.families import FLEX, LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.formats import long_day, short_day
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.reminders import CHECKED_IN
from webapp.search.offers import digest

DOCUMENT = {
    "nationality": "Switzerland",
    "document_number": "x 123-4567",
    "document_country": "ch",
    "document_expires_on": "2039-05-31",
}


def booked(
    client: FlaskClient,
    party: Party | None = None,
    hours_ahead: float = 20,
    destination: str = "BOM",
    **flight: object,
) -> Booking:
    """Return Alice's booking, a day or less before its flight leaves; her browser is logged in."""
    alice = make_user()
    log_in(client, alice)
    made = make_flight(destination=destination, **flight)  # type: ignore[arg-type]
    booking = make_booking(made, party, alice)
    clock.move_to(made.departs_at - timedelta(hours=hours_ahead))
    log_in(client, alice)
    return booking


def send(
    client: FlaskClient,
    booking: Booking,
    *positions: int,
    without: tuple[int, ...] = (),
    **values: str,
) -> TestResponse:
    """Tick the passengers at these positions, of all who still wait, and send the form."""
    data = {"flights": open_flights(client, booking)}
    waiting = [each for each in range(len(booking.passengers)) if each not in without]
    for index, position in enumerate(waiting):
        data[f"travellers-{index}-position"] = str(position)
        if position in positions:
            data[f"travellers-{index}-checks_in"] = "y"
        data |= {f"travellers-{index}-{name}": value for name, value in values.items()}
    return client.post(f"/bookings/{booking.reference}/check-in", data=data)


def open_flights(client: FlaskClient, booking: Booking) -> str:
    """Return what the page that is open now says of the flights that it shows."""
    opened = client.get(f"/bookings/{booking.reference}/check-in")
    shown = page(opened).all(name="flights") if opened.status_code == 200 else []
    return shown[0].attributes["value"] if shown else ""


def statuses(booking: Booking) -> list[str]:
    query = select(Coupon.status).join(Coupon.passenger).order_by(Passenger.position)
    return list(db.session.scalars(query.where(Passenger.booking_id == booking.id)))


def test_a_traveller_checks_in_and_is_shown_the_boarding_pass(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    opened = client.get(f"/bookings/{booking.reference}/check-in")
    assert alerts(opened) == ""
    shown = page(opened)
    assert shown.one("h1").text == "Check-in"
    assert shown.all(name="travellers-0-nationality") == []
    answer = send(client, booking, 0)
    assert answer.status_code == 303
    after = page(client.get(answer.location))
    assert "You are checked in" in after.text
    assert after.all("a", class_="button")[0].text.startswith("Boarding pass of Alice Meier")
    coupon = db.session.scalars(select(Coupon)).one()
    assert (coupon.status, coupon.boarding_sequence) == (CouponStatus.CHECKED_IN, 1)
    assert coupon.seat
    assert "Checked in" in client.get(f"/bookings/{booking.reference}").text


@pytest.mark.parametrize(
    ("hours_ahead", "is_open"),
    [(24.01, False), (23.99, True), (1.01, True), (0.99, False), (-1, False)],
)
def test_check_in_is_open_from_24_hours_to_1_hour_before_departure(
    app: Flask, client: FlaskClient, hours_ahead: float, is_open: bool
) -> None:
    booking = booked(client, hours_ahead=hours_ahead)
    answer = send(client, booking, 0)
    assert answer.status_code == (303 if is_open else 409)
    assert statuses(booking) == [CouponStatus.CHECKED_IN if is_open else CouponStatus.OPEN]


def test_outside_its_hours_the_page_says_when_check_in_opens_and_when_it_closed(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, hours_ahead=30)
    early = client.get(f"/bookings/{booking.reference}/check-in")
    assert early.status_code == 200
    assert "at 08:00 (Delhi time), 24 hours before departure" in page(early).text
    refused = send(client, booking, 0)
    assert refused.status_code == 409
    assert "at 08:00 (Delhi time), 24 hours before departure" in page(refused).text
    assert "see below when check-in is open" in alerts(refused)
    clock.advance(timedelta(hours=29.5))
    late = client.get(f"/bookings/{booking.reference}/check-in")
    assert "at 07:00 (Delhi time), 1 hour before departure" in page(late).text


def test_a_retimed_flight_moves_its_check_in(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, hours_ahead=20)
    flight = booking.segments[0].flight
    later = timedelta(hours=8)
    with transaction():
        disruptions.retime_flight(
            flight.id,
            flight.departs_at + later,
            flight.arrives_at + later,
            flight.departs_on,
            "test",
        )
    assert send(client, booking, 0).status_code == 409
    clock.advance(timedelta(hours=5))
    assert send(client, booking, 0).status_code == 303


def test_a_delay_stands_beside_the_planned_time(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    flight = booking.segments[0].flight
    with transaction():
        flight.estimated_departs_at = flight.departs_at + timedelta(hours=1)
        flight.estimated_arrives_at = flight.arrives_at + timedelta(hours=1)
    expected = (flight.departs_at + timedelta(hours=1)).astimezone(ZoneInfo(flight.origin.timezone))
    text = page(client.get(f"/bookings/{booking.reference}/check-in")).one("main").text
    assert f"now expected at {expected:%H:%M}." in text


def test_a_cancelled_flight_cannot_be_checked_in_for(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    with transaction():
        disruptions.cancel_flight(booking.segments[0].flight_id, "test")
    assert "The airline cancelled this flight" in page(send(client, booking, 0)).text
    assert statuses(booking) == [CouponStatus.OPEN]


def test_a_part_of_the_party_checks_in_and_the_rest_later(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, Party(adults=3))
    assert send(client, booking, 1).status_code == 303
    assert statuses(booking) == ["open", "checked_in", "open"]
    assert send(client, booking, 0, 2, without=(1,)).status_code == 303
    assert statuses(booking) == ["checked_in"] * 3
    numbers = db.session.scalars(select(Coupon.boarding_sequence)).all()
    assert sorted(number or 0 for number in numbers) == [1, 2, 3]


def test_a_form_that_was_filled_in_before_somebody_checked_in_is_shown_afresh(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, Party(adults=2))
    send(client, booking, 0)
    again = send(client, booking, 0, 1)
    assert again.status_code == 422
    assert "Somebody was checked in meanwhile" in alerts(again)
    assert statuses(booking) == ["checked_in", "open"]


def test_nobody_ticked_is_nobody_checked_in(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    answer = send(client, booking)
    assert answer.status_code == 422
    assert "Tick who checks in" in alerts(answer)


@pytest.mark.parametrize("alone", [(2,), (3,), (1, 3), (2, 3)])
def test_a_child_or_an_infant_does_not_check_in_without_its_adult(
    app: Flask, client: FlaskClient, alone: tuple[int, ...]
) -> None:
    """The party: two adults, a child, and an infant on the first adult's lap."""
    booking = booked(client, Party(adults=2, children=1, infants=1))
    answer = send(client, booking, *alone)
    assert answer.status_code == 422
    assert "together with an adult" in alerts(answer)
    assert statuses(booking) == ["open"] * 4
    assert send(client, booking, 0, 2, 3).status_code == 303
    assert statuses(booking) == ["checked_in", "open", "checked_in", "checked_in"]


# Travel documents


def test_a_border_asks_for_a_travel_document(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, destination="LHR")
    answer = send(client, booking, 0)
    assert answer.status_code == 422
    assert "another look" in alerts(answer)
    assert "nationality" in beside(answer, "travellers-0-nationality")
    assert "number" in beside(answer, "travellers-0-document_number")
    assert "country" in beside(answer, "travellers-0-document_country")
    assert "valid" in beside(answer, "travellers-0-document_expires_on")
    assert statuses(booking) == ["open"]

    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    given = [each for each in booking.events if each.what == "documents_given"]
    whose = {"passengers": ["Alice Meier"], "positions": [0], "account": booking.user_id}
    assert [each.after for each in given] == [whose]
    kept = db.session.scalars(select(Passenger)).one()
    assert (kept.nationality, kept.document_number, kept.document_country) == (
        "CH",
        "X1234567",
        "CH",
    )


def test_a_form_for_flights_that_the_party_left_meanwhile_checks_nobody_in(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    old = make_flight(departs_at=clock.now() + timedelta(hours=20))
    new = make_flight(departs_at=clock.now() + timedelta(hours=22))
    booking = make_booking(old, Party(2), alice, family=FLEX)
    log_in(client, alice)
    address = f"/bookings/{booking.reference}/check-in"
    form = {"flights": open_flights(client, booking)}
    for each in ("0", "1"):
        form |= {f"travellers-{each}-position": each, f"travellers-{each}-checks_in": "y"}
    with transaction():
        changes.change(booking.id, quote_of_change(booking, new), "test")
    refused = client.post(address, data=form)
    assert refused.status_code == 409
    assert "nobody was checked in" in alerts(refused)
    assert new.designator in page(refused).one("h2").text
    with pytest.raises(FlightsChanged), transaction():
        service.check_in(booking.id, {0: None}, "test", shown=[int(form["flights"])])
    query = select(Coupon.status).join(Coupon.segment).where(Segment.flight_id == new.id)
    assert set(db.session.scalars(query)) == {CouponStatus.OPEN}
    form["flights"] = page(refused).one(name="flights").attributes["value"]
    assert client.post(address, data=form).status_code == 303
    assert set(db.session.scalars(query)) == {CouponStatus.CHECKED_IN}


def test_a_form_that_names_no_flights_checks_nobody_in(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    form = {"travellers-0-position": "0", "travellers-0-checks_in": "y"}
    for flights in ({}, {"flights": "½ of them"}, {"flights": "7"}):
        answer = client.post(f"/bookings/{booking.reference}/check-in", data=form | flights)
        assert answer.status_code == 409
        assert statuses(booking) == ["open"]


def test_only_who_is_ticked_shows_a_document(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, Party(adults=2), destination="LHR")
    data = {f"travellers-1-{name}": value for name, value in DOCUMENT.items()}
    data |= {"travellers-0-position": "0", "travellers-1-position": "1"}
    data |= {"travellers-1-checks_in": "y", "flights": open_flights(client, booking)}
    answer = client.post(f"/bookings/{booking.reference}/check-in", data=data)
    assert answer.status_code == 303
    assert statuses(booking) == ["open", "checked_in"]


def test_a_document_must_be_valid_until_the_arrival(app: Flask, client: FlaskClient) -> None:
    departs_at = clock.now().replace(hour=18, minute=0) + timedelta(days=10)
    booking = booked(client, destination="LHR", departs_at=departs_at, minutes=540)
    arrives_on = (departs_at + timedelta(minutes=540)).date()
    for expires_on, words in (
        (clock.now().date() - timedelta(days=2), "has expired"),
        (arrives_on - timedelta(days=1), "Use a document that is valid until"),
    ):
        document = DOCUMENT | {"document_expires_on": expires_on.isoformat()}
        answer = send(client, booking, 0, **document)
        assert answer.status_code == 422
        assert words in beside(answer, "travellers-0-document_expires_on")
        assert typed(answer, "travellers-0-document_number") == "x 123-4567"
    last = DOCUMENT | {"document_expires_on": arrives_on.isoformat()}
    assert send(client, booking, 0, **last).status_code == 303


def test_a_document_must_be_valid_until_the_way_back_arrives(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    out = make_flight(origin="DEL", destination="LHR")
    returns_at = out.departs_at + timedelta(days=14)
    back = make_flight(origin="LHR", destination="DEL", departs_at=returns_at)
    booking = make_booking(out, user=alice, back=back)
    clock.move_to(out.departs_at - timedelta(hours=20))
    log_in(client, alice)
    last_day = back.arrives_at.astimezone(ZoneInfo("Asia/Kolkata")).date()
    shown = page(client.get(f"/bookings/{booking.reference}/check-in")).text
    assert f"valid until {long_day(last_day)} at least" in shown
    early = DOCUMENT | {"document_expires_on": (last_day - timedelta(days=1)).isoformat()}
    answer = send(client, booking, 0, **early)
    assert f"valid until {short_day(last_day)} at least." in beside(
        answer, "travellers-0-document_expires_on"
    )
    last = DOCUMENT | {"document_expires_on": last_day.isoformat()}
    assert send(client, booking, 0, **last).status_code == 303


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("nationality", "Atlantis", "as in the list"),
        ("document_country", "ZZ", "as in the list"),
        ("document_number", "12", "5 to 20 letters"),
        ("document_number", "12345;DROP", "5 to 20 letters"),
        ("document_number", "ÄÖÜ12345", "5 to 20 letters"),
        ("document_number", "9" * 41, "At most 20"),
        ("document_expires_on", "soon", "year-month-day"),
        ("nationality", "x" * 5000, "At most 60"),
    ],
)
def test_what_is_wrong_with_a_document_stands_beside_its_field(
    app: Flask, client: FlaskClient, name: str, value: str, words: str
) -> None:
    booking = booked(client, destination="LHR")
    answer = send(client, booking, 0, **(DOCUMENT | {name: value}))
    assert answer.status_code == 422
    assert words in beside(answer, f"travellers-0-{name}")
    assert (
        alerts(answer).split(": see the words beside the fields. ")[1].startswith("Alice Meier, ")
    )
    assert statuses(booking) == ["open"]


# Who changes planes


def test_the_flights_of_one_journey_open_together_and_close_each_by_itself(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    first = make_flight(origin="DEL", destination="BOM")
    second = make_flight(
        origin="BOM", destination="ZRH", departs_at=first.departs_at + timedelta(hours=5)
    )
    booking = booked_on([first, second], alice)
    clock.move_to(first.departs_at - timedelta(hours=23))
    log_in(client, alice)
    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    assert statuses(booking) == ["checked_in", "checked_in"]

    clock.move_to(first.departs_at + timedelta(hours=1))
    for segment, expected in (("1", 409), ("2", 303)):
        undo = {"passenger": "1", "segment": segment}
        answer = client.post(f"/bookings/{booking.reference}/check-in/undo", data=undo)
        assert answer.status_code == expected
    assert sorted(statuses(booking)) == ["checked_in", "open"]


def booked_on(flights: list[Flight], user: User) -> Booking:
    """Return a confirmed booking on flights that make one journey."""
    offer = make_offer(*flights)
    with transaction():
        held = booking_service.hold_seats(
            offer, LIGHT, "a-key-of-the-journey", digest("journey"), user.id, "test"
        )
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        booking_service.name_passengers(held.id, names, user.email, "test")
    with transaction():
        booking_service.confirm_booking(held.id, "test")
    return held


# Seats and boarding numbers


def test_who_has_no_seat_gets_one_at_check_in(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, Party(adults=2))
    with transaction() as session:
        for coupon in session.scalars(select(Coupon)):
            coupon.seat = None
    assert send(client, booking, 0, 1).status_code == 303
    seats = db.session.scalars(select(Coupon.seat)).all()
    assert None not in seats
    assert len(set(seats)) == 2


def test_without_a_free_seat_the_desk_at_the_airport_helps(app: Flask, client: FlaskClient) -> None:
    aircraft = make_aircraft(seats=1)
    booking = booked(client, Party(adults=2), seats=2, aircraft=aircraft)
    answer = send(client, booking, 0, 1)
    assert answer.status_code == 409
    assert "Come to the airline’s desk" in alerts(answer)
    assert statuses(booking) == ["open", "open"]


def test_a_check_in_form_that_is_sent_twice_leads_to_the_passes(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    for _ in range(2):
        answer = send(client, booking, 0)
        assert (answer.status_code, answer.location) == (
            303,
            f"/bookings/{booking.reference}/check-in",
        )
    assert statuses(booking) == ["checked_in"]


def test_checking_in_twice_keeps_the_boarding_number(app: Flask) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    clock.move_to(flight.departs_at - timedelta(hours=3))
    for _ in range(2):
        with transaction():
            service.check_in(booking.id, {0: None}, "test")
    assert db.session.scalars(select(Coupon.boarding_sequence)).one() == 1


# Taking it back


def test_check_in_is_taken_back_and_given_again_with_the_same_number(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, Party(adults=2))
    send(client, booking, 0, 1)
    numbers = list(db.session.scalars(select(Coupon.boarding_sequence).order_by(Coupon.id)))
    undo = {"passenger": "1", "segment": "1"}
    answer = client.post(f"/bookings/{booking.reference}/check-in/undo", data=undo)
    assert answer.status_code == 303
    assert statuses(booking) == ["open", "checked_in"]
    assert client.get(f"/bookings/{booking.reference}/boarding-pass/1/1").status_code == 409
    send(client, booking, 0, without=(1,))
    assert statuses(booking) == ["checked_in"] * 2
    again = list(db.session.scalars(select(Coupon.boarding_sequence).order_by(Coupon.id)))
    assert again == numbers


def test_an_adult_does_not_leave_an_infant_checked_in_alone(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, Party(adults=1, infants=1))
    send(client, booking, 0, 1)
    shown = page(client.get(f"/bookings/{booking.reference}/check-in"))
    assert "Alice Meier · on the lap of Alice Meier" in shown.text
    undo = {"passenger": "1", "segment": "1"}
    answer = client.post(f"/bookings/{booking.reference}/check-in/undo", data=undo)
    assert answer.status_code == 409
    assert "together with an adult" in alerts(answer)
    assert statuses(booking) == ["checked_in", "checked_in"]


def test_check_in_that_has_closed_is_not_taken_back(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    send(client, booking, 0)
    clock.advance(timedelta(hours=19.5))
    undo = {"passenger": "1", "segment": "1"}
    answer = client.post(f"/bookings/{booking.reference}/check-in/undo", data=undo)
    assert answer.status_code == 409
    assert statuses(booking) == ["checked_in"]


@pytest.mark.parametrize("passenger", ["", "x", "-1", "²", "9" * 30])
def test_an_odd_passenger_is_not_found(app: Flask, client: FlaskClient, passenger: str) -> None:
    booking = booked(client)
    undo = {"passenger": passenger, "segment": "1"}
    address = f"/bookings/{booking.reference}/check-in/undo"
    assert client.post(address, data=undo).status_code == 404


# Mails


def reminders(booking: Booking) -> set[tuple[str, str | None]]:
    query = select(Notification).where(
        Notification.booking_id == booking.id, Notification.kind == Kind.DEPARTURE_REMINDER
    )
    return {(each.state, each.reason) for each in db.session.scalars(query)}


def test_the_reminder_dies_when_the_whole_party_is_checked_in(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, Party(adults=2))
    send(client, booking, 0)
    assert reminders(booking) == {(State.DUE, None)}
    send(client, booking, 1, without=(0,))
    assert reminders(booking) == {(State.WITHHELD, CHECKED_IN)}


# Bookings that are none, or none yet


def test_a_hold_cannot_be_checked_in(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    held = make_hold(make_flight(), user=alice)
    for method in ("GET", "POST"):
        answer = client.open(f"/bookings/{held.reference}/check-in", method=method)
        assert (answer.status_code, answer.location) == (303, f"/bookings/{held.reference}")


def test_a_cancelled_booking_cannot_be_checked_in(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    cancel(booking)
    answer = send(client, booking, 0)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")


def test_a_passport_is_filled_in_again_for_who_gave_it_alone(
    app: Flask, client: FlaskClient
) -> None:
    alice, flight = make_user(), make_flight(destination="LHR")
    booking = make_booking(flight, Party(2), user=alice)
    clock.move_to(flight.departs_at - timedelta(hours=20))
    bob = app.test_client()
    bob.get(f"/trip?reference={booking.reference}&last_name=Meier")
    log_in(client, alice)
    address = f"/bookings/{booking.reference}/check-in"
    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    his = {**DOCUMENT, "document_number": "B7654321"}
    assert send(bob, booking, 1, without=(0,), **his).status_code == 303
    for passenger in ("1", "2"):
        client.post(f"{address}/undo", data={"passenger": passenger, "segment": "1"})
    shown = client.get(address)
    assert typed(shown, "travellers-0-document_number") == "X1234567"
    assert typed(shown, "travellers-1-document_number") == ""
    assert "B7654321" not in client.get("/account/data.json").text
    assert "X1234567" not in bob.get(address).text


def test_who_puts_a_guests_trip_into_an_account_sees_no_passport_that_was_given_before(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(destination="LHR")
    booking = make_booking(flight)
    clock.move_to(flight.departs_at - timedelta(hours=20))
    guest = app.test_client()
    found = {"reference": booking.reference, "last_name": "Meier"}
    guest.get("/trip", query_string=found)
    assert send(guest, booking, 0, **DOCUMENT).status_code == 303
    charlie = make_user("charlie@example.com")
    log_in(client, charlie)  # Who read reference and name off a bag tag.
    with transaction():
        change_contact(booking.id, charlie.email, None, "traveller")
    client.get("/trip", query_string=found)
    client.post(f"/bookings/{booking.reference}/add")
    address = f"/bookings/{booking.reference}/check-in"
    undone = {"passenger": "1", "segment": "1"}
    client.post(f"{address}/undo", data=undone)
    assert db.session.get_one(Booking, booking.id).user_id == charlie.id
    assert str(DOCUMENT["document_number"]) not in client.get("/account/data.json").text
    assert typed(client.get(address), "travellers-0-document_number") == ""
    other = {**DOCUMENT, "document_number": "Y7654321"}
    assert send(client, booking, 0, **other).status_code == 303
    client.post(f"{address}/undo", data=undone)
    assert typed(client.get(address), "travellers-0-document_number") == "Y7654321"


def test_who_took_a_guests_trip_sees_no_passport_that_the_guest_gives_later(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(destination="LHR")
    booking = make_booking(flight)
    clock.move_to(flight.departs_at - timedelta(hours=20))
    found = {"reference": booking.reference, "last_name": "Meier"}
    log_in(client, make_user("charlie@example.com"))
    client.get("/trip", query_string=found)
    client.post(f"/bookings/{booking.reference}/add")
    guest = app.test_client()
    guest.get("/trip", query_string=found)
    assert send(guest, booking, 0, **DOCUMENT).status_code == 303
    address = f"/bookings/{booking.reference}/check-in"
    client.post(f"{address}/undo", data={"passenger": "1", "segment": "1"})
    assert typed(client.get(address), "travellers-0-document_number") == ""


def test_a_passport_is_not_handed_on_with_the_address_of_a_closed_account(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, destination="LHR")
    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    client.post("/account/close", data={"password": PASSWORD})
    stranger = app.test_client()
    account = {"email": "alice@example.com", "password": PASSWORD, "password_again": PASSWORD}
    assert stranger.post("/register", data=account).status_code == 303
    named_so = user_by_email("alice@example.com")
    assert named_so
    assert stranger.post(f"/account/verify/{verification_token(named_so)}").status_code == 303
    stranger.get("/trip", query_string={"reference": booking.reference, "last_name": "Meier"})
    stranger.post(f"/bookings/{booking.reference}/add")
    undone = {"passenger": "1", "segment": "1"}
    stranger.post(f"/bookings/{booking.reference}/check-in/undo", data=undone)
    form = stranger.get(f"/bookings/{booking.reference}/check-in")
    assert typed(form, "travellers-0-document_number") == ""
    data = stranger.get("/account/data.json").text
    assert booking.reference in data
    assert "X1234567" not in data


def test_documents_that_were_given_before_their_giver_was_kept_break_no_page(
    client: FlaskClient,
) -> None:
    booking = booked(client, destination="LHR")
    with transaction():
        kept = db.session.get_one(Booking, booking.id)
        record(kept, "alice@example.com", "documents_given", after={"passengers": ["Alice Meier"]})
    form = client.get(f"/bookings/{booking.reference}/check-in")
    assert typed(form, "travellers-0-document_number") == ""
    assert client.get("/account/data.json").status_code == 200


def test_a_passport_stays_its_givers_when_the_account_moves_to_another_address(
    client: FlaskClient,
) -> None:
    booking = booked(client, destination="LHR")
    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    client.post("/account/email", data={"password": PASSWORD, "email": "new@example.com"})
    data = client.get("/account/data.json").text
    assert "X1234567" in data
    assert '"account":' not in data.partition('"history"')[2]
