"""Cancelling a whole booking: quoted first, done once, announced, and not after departure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.airline import cancel_flight
from tests.builders import cancel as quote_and_cancel
from tests.builders import log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import alerts, page, typed
from tests.state import sold
from webapp import clock
from webapp.booking import disruptions, ledger
from webapp.booking.checkin.service import check_in
from webapp.booking.ledger import Line
from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    EntryKind,
    LedgerEntry,
    Passenger,
    Quote,
)
from webapp.booking.seats.service import choose_seat
from webapp.booking.told import Told, record_told
from webapp.db import db, transaction
from webapp.flights.families import FLEX, LIGHT, STANDARD, FareFamily
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.flights.taxes import taxes_in
from webapp.notifications.models import Kind, Notification, State
from webapp.staff.integrity import broken_promises


def cancel(client: FlaskClient, booking: Booking, query: str = "") -> TestResponse:
    """Ask what comes back, and confirm that quote."""
    address = f"/bookings/{booking.reference}/cancel"
    asked = client.get(address + query)
    if asked.status_code != 200:
        return asked
    return client.post(address, data={"quote": typed(asked, "quote")})


def test_the_quote_is_shown_first_and_then_confirmed(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=5)
    booking = make_booking(flight, Party(2), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    trip = client.get(f"/bookings/{booking.reference}")
    assert address in {each.attributes.get("href") for each in page(trip).all("a")}
    asked = client.get(address)
    assert "cannot be undone" in asked.text
    assert "Cancel the whole booking and get $200 back" in asked.text
    assert sold(flight.id) == 2, "asking changes nothing"
    assert db.session.query(Quote).count() == 0
    answer = client.post(address, data={"quote": typed(asked, "quote")})
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    shown = client.get(answer.location)
    assert "This booking is cancelled" in shown.text
    assert "You get $200 back." in shown.text
    assert sold(flight.id) == 0


def test_the_lines_of_a_quote_add_up_to_what_comes_back(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    booking = make_booking(make_flight(), user=alice, family=STANDARD)
    clock.advance(timedelta(days=2))
    log_in(client, alice)
    table = page(client.get(f"/bookings/{booking.reference}/cancel")).one("table")
    amounts = [row.all("td")[0].text for row in table.all("tr")[1:]]
    assert amounts == ["$118.00", "−$90.00", "$28.00"]


@pytest.mark.parametrize(
    ("family", "price", "kept"),
    [
        (LIGHT, 100_00, 100_00 - taxes_in(100_00, "adult")),
        (STANDARD, 118_00, 90_00),
        (FLEX, 142_00, 0),
    ],
    ids=["light", "standard", "flex"],
)
def test_what_was_sold_says_what_comes_back(
    app: Flask, client: FlaskClient, family: FareFamily, price: int, kept: int
) -> None:
    alice = make_user("alice@example.com")
    booking = make_booking(make_flight(), user=alice, family=family)
    clock.advance(timedelta(hours=24, minutes=1))
    log_in(client, alice)
    before = len(ledger.entries_of(booking.id))
    assert cancel(client, booking).status_code == 303
    entries = ledger.entries_of(booking.id)[before:]
    assert sum(entry.amount_minor for entry in entries) == kept - price
    assert all(entry.rule and family.name in entry.rule for entry in entries if entry.kind == "fee")
    quote = db.session.query(Quote).one()
    assert quote.total_minor == kept - price
    assert {entry.quote_id for entry in entries} == {quote.id}


def test_the_fee_is_never_more_than_the_fare_whatever_the_seat_cost(app: Flask) -> None:
    booking = make_booking(make_flight(fare=60_00), family=STANDARD)
    segment_id, passenger_id = booking.segments[0].id, booking.passengers[0].id
    with transaction():
        choose_seat(booking.id, segment_id, passenger_id, "119A", 0, "alice")
    coupon = db.session.query(Coupon).one()
    with transaction():
        coupon.seat_price_minor = 24_00
        ledger.write(booking, [Line(EntryKind.CHARGE, 24_00, "Seat", None)])
    clock.advance(timedelta(days=2))
    quote_and_cancel(db.session.get_one(Booking, booking.id))
    fee = db.session.query(LedgerEntry).filter_by(kind=EntryKind.FEE).one()
    assert fee.amount_minor == coupon.price_minor - taxes_in(coupon.price_minor, "adult")
    assert broken_promises() == []


def test_what_seats_cost_is_named_where_it_is_kept_with_the_fare(app: Flask) -> None:
    booking = make_booking(make_flight(), family=LIGHT)
    segment_id, passenger_id = booking.segments[0].id, booking.passengers[0].id
    with transaction():
        choose_seat(booking.id, segment_id, passenger_id, "119A", 8_00, "alice")
    clock.advance(timedelta(days=2))
    quote_and_cancel(db.session.get_one(Booking, booking.id))
    kept = db.session.query(LedgerEntry).filter_by(kind=EntryKind.FEE).one()
    assert kept.what.startswith("Fare and seats, kept: Alice")
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("days_ahead", "hours_later", "is_full"),
    [(7.01, 23.9, True), (7.01, 24.1, False), (6.9, 1, False)],
)
def test_a_booking_made_a_week_ahead_can_be_undone_for_a_day(
    app: Flask, client: FlaskClient, days_ahead: float, hours_later: float, is_full: bool
) -> None:
    alice = make_user("alice@example.com")
    flight = make_flight(departs_at=clock.now() + timedelta(days=days_ahead))
    booking = make_booking(flight, user=alice)
    clock.advance(timedelta(hours=hours_later))
    log_in(client, alice)
    asked = client.get(f"/bookings/{booking.reference}/cancel")
    assert ("Cancel the whole booking and get $100 back" in asked.text) == is_full
    assert ("Within 24 hours of booking" in asked.text) == is_full


def test_a_quote_is_worth_its_minutes_and_no_longer(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    clock.advance(timedelta(hours=23, minutes=55))
    full = typed(client.get(address), "quote")
    clock.advance(timedelta(minutes=16))
    late = client.post(address, data={"quote": full})
    assert late.status_code == 409
    assert "Nothing was cancelled" in alerts(late)
    assert "Cancel the whole booking and get $100 back" not in late.text, (
        "the day in which it was free is over"
    )
    answer = client.post(address, data={"quote": typed(late, "quote")})
    assert answer.status_code == 303
    assert db.session.query(Quote).one().total_minor == -taxes_in(100_00, "adult")


def test_a_quote_made_while_it_was_free_is_still_free_within_its_minutes(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    clock.advance(timedelta(hours=23, minutes=55))
    full = typed(client.get(address), "quote")
    clock.advance(timedelta(minutes=14))
    assert client.post(address, data={"quote": full}).status_code == 303
    assert db.session.query(Quote).one().total_minor == -100_00


def test_a_flight_that_the_airline_cancelled_gives_everything_back(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight()
    booking = make_booking(flight, user=alice)
    clock.advance(timedelta(days=2))
    address = f"/bookings/{booking.reference}/cancel"
    stale = typed(client.get(address), "quote")
    cancel_flight(flight)
    refused = client.post(address, data={"quote": stale})
    assert refused.status_code == 409, "the traveller gets more back by now"
    assert f"The airline cancelled {flight.designator}" in refused.text
    clock.move_to(flight.departs_at + timedelta(hours=1))
    assert cancel(client, booking).status_code == 303, "a flight that never left is no past one"
    assert db.session.query(Quote).one().total_minor == -100_00


@pytest.mark.parametrize("text", ["", "nonsense", "WyJhIl0.abc", "x" * 5000])
def test_a_quote_that_is_none_of_ours_cancels_nothing(
    app: Flask, client: FlaskClient, text: str
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    answer = client.post(f"/bookings/{booking.reference}/cancel", data={"quote": text})
    assert answer.status_code == 422
    assert "Nothing was cancelled" in alerts(answer)
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_the_quote_of_another_booking_cancels_nothing(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    cheap, dear = (make_booking(make_flight(fare=fare), user=alice) for fare in (10_00, 900_00))
    quote = typed(client.get(f"/bookings/{dear.reference}/cancel"), "quote")
    answer = client.post(f"/bookings/{cheap.reference}/cancel", data={"quote": quote})
    assert answer.status_code == 422
    assert db.session.query(Quote).count() == 0


def test_cancelling_twice_gives_seats_and_money_back_once_and_sends_one_mail(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=5)
    make_booking(flight, Party(2))
    booking = make_booking(flight, Party(2), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    quotes = [typed(client.get(address), "quote") for _ in range(2)]
    for quote in (quotes[0], quotes[0], quotes[1]):
        assert client.post(address, data={"quote": quote}).status_code == 303
        assert sold(flight.id) == 2
    assert client.get(address).location == f"/bookings/{booking.reference}"
    told = db.session.query(Notification).filter_by(kind=Kind.BOOKING_CANCELLED).all()
    assert [mail.booking_id for mail in told] == [booking.id]
    assert told[0].state == State.DUE
    refunds = [each for each in ledger.entries_of(booking.id) if each.kind == "refund"]
    assert sum(entry.amount_minor for entry in refunds) == -200_00
    assert db.session.query(Quote).count() == 1


def test_its_reminder_dies_with_a_reason_that_the_page_shows(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    cancel(client, booking)
    reminder = (
        db.session.query(Notification)
        .filter_by(kind=Kind.DEPARTURE_REMINDER, booking_id=booking.id)
        .one()
    )
    assert (reminder.state, reminder.reason) == (State.WITHHELD, "cancelled")
    assert "Not sent Cancelled" in page(client.get(f"/bookings/{booking.reference}")).text


def test_it_leaves_a_line_of_history_with_who_did_it(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    cancel(client, booking)
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
    for answer in (
        client.get(f"/bookings/{booking.reference}/cancel"),
        client.post(f"/bookings/{booking.reference}/cancel"),
    ):
        assert answer.status_code == 409
        assert "can be neither changed nor cancelled" in alerts(answer)
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_a_hold_is_given_up_and_not_cancelled(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    hold = make_hold(make_flight(), user=alice)
    answer = client.post(f"/bookings/{hold.reference}/cancel")
    assert answer.location == f"/bookings/{hold.reference}"
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


@pytest.mark.parametrize(("hours", "is_full"), [(2.9, False), (3.1, True)])
def test_a_flight_that_moved_by_more_than_three_hours_gives_everything_back(
    app: Flask, client: FlaskClient, hours: float, is_full: bool
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight()
    booking = make_booking(flight, user=alice)
    clock.advance(timedelta(days=2))
    booked = flight.departs_at, flight.arrives_at
    # Two steps, of which each was told: what counts is what was booked.
    for part in (0.5, 1):
        shift = timedelta(hours=hours * part)
        times = booked[0] + shift, booked[1] + shift
        with transaction():
            disruptions.retime_flight(flight.id, *times, flight.departs_on, "sam")
            record_told(Told(booking.segments[0].id, times, (None, None), True))
    asked = client.get(f"/bookings/{booking.reference}/cancel")
    assert ("Cancel the whole booking and get $100 back" in asked.text) == is_full


def test_a_receipt_calls_what_comes_back_a_refund(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice, family=FLEX)
    quote_and_cancel(booking)
    for place in ("", "/e-ticket"):
        rows = page(client.get(f"/bookings/{booking.reference}{place}")).all("tr")
        (back,) = (row.text for row in rows if "\N{MINUS SIGN}" in row.text)
        assert back.startswith("Refund of the price: Alice Meier, Delhi to Mumbai")


def test_the_longest_names_between_the_longest_cities_get_their_money_back(app: Flask) -> None:
    flight = make_flight()
    booking = make_booking(flight, family_name="B" * 60, family=FLEX)
    with transaction() as session:
        passenger = session.query(Passenger).one()
        passenger.given_name = "A" * 60
        flight = session.get_one(Flight, flight.id)
        flight.origin.city = flight.destination.city = "C" * 80
    quote_and_cancel(booking)
    entry = ledger.entries_of(booking.id)[-1]
    assert entry.amount_minor == -142_00
    assert entry.what.startswith(f"Refund of the price: {'A' * 60} {'B' * 60}, C")


def test_whoever_boards_is_at_the_gate_and_gets_nothing_back(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    flight = make_flight(departs_at=clock.now() + timedelta(hours=3))
    booking = make_booking(flight, user=alice, family=FLEX)
    log_in(client, alice)
    with transaction():
        check_in(booking.id, {0: None}, "alice")
    trip, address = (f"/bookings/{booking.reference}{end}" for end in ("", "/cancel"))
    assert address in client.get(trip).text
    quote = typed(client.get(address), "quote")
    clock.advance(timedelta(hours=2, minutes=1))
    log_in(client, alice)
    assert address not in client.get(trip).text
    for refused in (
        client.get(address),
        client.post(address, data={"quote": quote}),
        client.get(f"{trip}/change"),
    ):
        assert refused.status_code == 409
        assert "Boarding has begun" in refused.text
    part = client.get(address, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"].startswith(address), "no page inside the page"
    cancel_flight(flight)
    assert "the whole price comes back" in client.get(address).text
