"""Cancelling a part of a party, or one journey: the rest flies on, with seats and money right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.airline import cancel_flight
from tests.booking.test_cancel_booking import cancel
from tests.builders import (
    log_in,
    make_aircraft,
    make_booking,
    make_flight,
    make_return,
    make_user,
    quote_cancellation,
)
from tests.mails.gallery import written
from tests.pages import alerts, beside, page, typed
from tests.state import balance_of, sold
from webapp import clock
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin import service as checkin
from webapp.booking.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Coupon,
    CouponStatus,
    LedgerEntry,
    Quote,
)
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.service import choose_seat
from webapp.db import db, transaction
from webapp.flights.families import STANDARD
from webapp.flights.fares import Party
from webapp.formats import short_day
from webapp.money import format_money
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises


def test_one_of_three_stays_at_home(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9)
    booking = make_booking(flight, Party(2, 1), user=alice, family=STANDARD)
    clock.advance(timedelta(days=2))
    answer = cancel(client, booking, "?part=passengers&passenger=1")
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    told = page(client.get(answer.location)).one("main").text
    assert "Cancelled: Alice Meier. The rest stays. You get $28 back." in told
    assert sold(flight.id) == 2
    kept = db.session.get_one(Booking, booking.id)
    assert kept.status == BookingStatus.CONFIRMED
    assert [each.position for each in kept.passengers] == [0, 2]
    assert (kept.adults, kept.children, kept.infants) == (1, 1, 0)
    assert kept.total_minor == 118_00 + 88_50
    assert kept.calendar_sequence == 1
    assert db.session.query(Quote).one().total_minor == 90_00 - 118_00
    gone = db.session.query(Coupon).filter_by(status="cancelled").one()
    assert (gone.seat, gone.passenger.position) == (None, 1)
    mails = db.session.query(Notification).filter_by(kind=Kind.BOOKING_PARTLY_CANCELLED).all()
    assert len(mails) == 1
    assert broken_promises() == []


def test_the_same_part_confirmed_twice_is_cancelled_once(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9)
    booking = make_booking(flight, Party(3), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    ask = f"{address}?part=passengers&passenger=1"
    first, second = (typed(client.get(ask), "quote") for _ in range(2))
    for _ in range(2):
        assert client.post(address, data={"quote": first}).status_code == 303
        assert sold(flight.id) == 2
    answer = client.post(address, data={"quote": second})
    assert answer.status_code == 409
    assert "Nothing was cancelled" in alerts(answer)
    assert sold(flight.id) == 2
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("party", "who", "words"),
    [
        (Party(1, 1), (0,), "Children travel with an adult"),
        (Party(1, 0, 1), (0,), "Children travel with an adult"),
        (Party(2, 0, 2), (1,), "Each infant sits on an adult's lap"),
        (Party(2), (7,), "Choose one of these"),
    ],
)
def test_who_cannot_be_left_alone_is_said_beside_the_names(
    app: Flask, client: FlaskClient, party: Party, who: tuple[int, ...], words: str
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), party, user=alice)
    chosen = "".join(f"&passenger={each}" for each in who)
    answer = client.get(f"/bookings/{booking.reference}/cancel?part=passengers{chosen}")
    assert answer.status_code == 422
    assert words in beside(answer, "passenger")
    assert not page(answer).all(name="quote"), "there is nothing to confirm"


def test_before_anybody_is_ticked_it_is_asked_who_and_nothing_is_wrong(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user("alice@example.com"))
    booking = make_booking(make_flight(), Party(2), user=alice)
    answer = client.get(f"/bookings/{booking.reference}/cancel?part=passengers")
    assert answer.status_code == 200
    shown = page(answer)
    assert not shown.one("title").text.startswith("Error")
    names = shown.all("input", name="passenger")
    assert {shown.one(id=each.attributes["aria-describedby"]).text for each in names} == {
        "Choose who does not travel."
    }
    assert not any("aria-invalid" in each.attributes for each in names)
    assert not shown.all(name="quote"), "there is nothing to confirm"


def test_an_infant_gives_no_seat_back(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9)
    booking = make_booking(flight, Party(1, 0, 1), user=alice)
    assert cancel(client, booking, "?part=passengers&passenger=1").status_code == 303
    assert sold(flight.id) == 1
    assert db.session.get_one(Booking, booking.id).infants == 0
    assert broken_promises() == []


@pytest.mark.parametrize("party", [Party(2, 1), Party(2, 0, 1)])
def test_no_child_stays_checked_in_without_its_adult(app: Flask, party: Party) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=20))
    booking = make_booking(flight, party, family=STANDARD)
    with transaction():
        checkin.check_in(booking.id, {0: None, 2: None}, "alice")
    quoted = quote_cancellation(booking, Part(passengers=(0,)))
    with transaction():
        cancellation.cancel(booking.id, quoted, "alice")
    db.session.expire_all()
    assert {coupon.status for coupon in live_coupons(booking)} == {CouponStatus.OPEN}
    history = db.session.query(BookingEvent).filter_by(booking_id=booking.id)
    assert "check_in_undone" in [event.what for event in history]


def test_who_takes_an_infant_over_leaves_the_exit_row(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="103"))
    booking = make_booking(flight, Party(2, 0, 1), user=alice)
    segment_id, bob = booking.segments[0].id, booking.passengers[1]
    with transaction():
        choose_seat(booking.id, segment_id, bob.id, "103A", 8_00, "alice")
    assert cancel(client, booking, "?part=passengers&passenger=0").status_code == 303
    coupon = db.session.query(Coupon).filter_by(passenger_id=bob.id).one()
    assert coupon.seat not in (None, "103A")
    assert coupon.seat_price_minor == 0
    back = db.session.query(LedgerEntry).filter(LedgerEntry.what.startswith("Seat of your")).one()
    assert (back.amount_minor, back.kind) == (-8_00, "refund")
    assert broken_promises() == []


def test_what_an_infant_costs_its_next_adult_is_quoted_confirmed_and_mailed_as_it_is_written(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="103"))
    booking = make_booking(flight, Party(2, 0, 1), user=alice)
    clock.advance(timedelta(days=2))
    with transaction():
        for passenger, name in zip(booking.passengers, ("Ann", "Bob", "Mia"), strict=True):
            passenger.given_name = name
        choose_seat(booking.id, booking.segments[0].id, booking.passengers[1].id, "103A", 8_00, "")
    paid = balance_of(booking.id)
    address = f"/bookings/{booking.reference}/cancel"
    asked = client.get(f"{address}?part=passengers&passenger=0")
    shown = page(asked).text
    assert "Mia Meier then sits on the lap of Bob Meier." in shown
    assert "exit row: Bob Meier gets another seat than 103A on X1" in shown
    assert "Seat of your choice: Bob Meier, 103A on X1" in shown
    answer = client.post(address, data={"quote": typed(asked, "quote")}, follow_redirects=True)
    back = format_money(paid - balance_of(booking.id), "USD")
    assert f"and get {back} back" in shown
    assert f"You get {back} back. Mia Meier now sits on the lap of Bob Meier." in page(answer).text
    coupon = db.session.query(Coupon).filter_by(passenger_id=booking.passengers[0].id).one()
    assert coupon.passenger.given_name == "Bob"
    moved = f"Bob Meier has seat {coupon.seat} now, no longer 103A, on X1"
    assert moved in page(answer).text
    assert "On the lap of Bob Meier · Born" in page(answer).text
    receipt = db.session.query(Notification).filter_by(kind=Kind.BOOKING_PARTLY_CANCELLED).one()
    text = " ".join(written(receipt).body.split())
    assert "Mia Meier now sits on the lap of Bob Meier." in text
    assert moved in text
    assert f"You get back: {back}.00" in text


def test_a_child_left_alone_is_quoted_confirmed_and_mailed_with_the_way_to_its_seats(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(aircraft=make_aircraft("X1", seats=18, letters="ABC DEF"), seats=18)
    booking = make_booking(flight, Party(2, 1), user=alice, family=STANDARD)
    ann, bob, mia = booking.passengers
    with transaction():
        for passenger, name in zip((ann, bob, mia), ("Ann", "Bob", "Mia"), strict=True):
            passenger.given_name = name
        for passenger, seat in ((ann, "101F"), (bob, "101C"), (mia, "101B")):
            choose_seat(booking.id, booking.segments[0].id, passenger.id, seat, 0, "alice")
    address = f"/bookings/{booking.reference}/cancel"
    assert "in the next seat" not in client.get(f"{address}?part=passengers&passenger=0").text
    asked = client.get(f"{address}?part=passengers&passenger=1")
    said = f"has no adult of your party in the next seat on {flight.designator}"
    assert f"Mia Meier then {said}" in page(asked).text
    answer = client.post(address, data={"quote": typed(asked, "quote")}, follow_redirects=True)
    assert f"Mia Meier now {said}" in page(answer).text
    seats = page(answer).all("p", class_="notice")[0].one("a").attributes["href"]
    assert seats == f"/bookings/{booking.reference}/seats?flight=0&passenger=2"
    receipt = db.session.query(Notification).filter_by(kind=Kind.BOOKING_PARTLY_CANCELLED).one()
    assert f"Mia Meier now {said}" in " ".join(written(receipt).body.split())
    # The one who stays is moved to the child, into a seat that was given up.
    moved = {"flight": 0, "passenger": 2, "seat": "101B", "others": "move"}
    client.post(f"/bookings/{booking.reference}/seats", data=moved)
    assert sorted(each.seat or "" for each in live_coupons(booking)) == ["101A", "101B"]
    assert said not in " ".join(written(receipt).body.split()), "it is as they sit then"


def test_a_seat_that_was_changed_after_the_quote_is_asked_about_anew(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="103"))
    booking = make_booking(flight, Party(2, 0, 1), user=alice)
    segment_id, bob = booking.segments[0].id, booking.passengers[1]
    address = f"/bookings/{booking.reference}/cancel"
    quote = typed(client.get(f"{address}?part=passengers&passenger=0"), "quote")
    with transaction():
        choose_seat(booking.id, segment_id, bob.id, "103A", 8_00, "alice")
    answer = client.post(address, data={"quote": quote})
    assert answer.status_code == 409
    assert "Nothing was cancelled" in alerts(answer)
    assert "gets another seat than 103A" in page(answer).text
    assert sold(flight.id) == 2


def test_an_infant_whose_quoted_adult_is_gone_meanwhile_is_asked_about_anew(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight(seats=9)
    booking = make_booking(flight, Party(3, 0, 1), user=alice)
    address = f"/bookings/{booking.reference}/cancel"
    quote = typed(client.get(f"{address}?part=passengers&passenger=0"), "quote")
    assert cancel(client, booking, "?part=passengers&passenger=1").status_code == 303
    assert client.post(address, data={"quote": quote}).status_code == 409
    assert sold(flight.id) == 2


def test_everybody_named_one_by_one_is_the_whole_booking(app: Flask, client: FlaskClient) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    flight = make_flight()
    booking = make_booking(flight, Party(2), user=alice)
    assert cancel(client, booking, "?part=passengers&passenger=0&passenger=1").status_code == 303
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CANCELLED
    assert sold(flight.id) == 0


def test_what_the_airline_did_to_the_way_back_gives_the_way_out_no_refund(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    out, back = make_return()
    booking = make_booking(out, user=alice, back=back)
    clock.advance(timedelta(days=2))
    cancel_flight(back)
    address = f"/bookings/{booking.reference}/cancel"
    whole, way_out, way_back = (
        page(client.get(f"{address}{query}")).one("main").text
        for query in ("", "?part=journey-0", "?part=journey-1")
    )
    assert "The airline cancelled" in whole
    assert "the fare is not given back" not in whole
    assert "the fare is not given back" in way_out
    assert "the fare is not given back" not in way_back


def test_the_way_back_is_cancelled_and_the_way_out_is_flown(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    out, back = make_return()
    booking = make_booking(out, Party(2), user=alice, back=back, family=STANDARD)
    clock.move_to(out.departs_at + timedelta(minutes=1))
    address = f"/bookings/{booking.reference}/cancel"
    trip = client.get(f"/bookings/{booking.reference}")
    assert address in {each.attributes.get("href") for each in page(trip).all("a")}
    asked = client.get(address)
    assert f"Mumbai to Delhi, {short_day(back.departs_on)}" in asked.text
    assert not page(asked).all(value="all"), "what is flown cannot be cancelled"
    assert cancel(client, booking).status_code == 303
    assert (sold(out.id), sold(back.id)) == (2, 0)
    kept = db.session.get_one(Booking, booking.id)
    assert [each.flight_id for each in kept.segments] == [out.id]
    assert kept.status == BookingStatus.CONFIRMED
    assert kept.total_minor == 2 * 118_00
    assert db.session.query(Quote).one().total_minor == 2 * (90_00 - 118_00)
    assert client.get(address).status_code == 409
    assert broken_promises() == []


def test_the_way_out_is_cancelled_and_the_way_back_is_flown(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    out, back = make_return()
    booking = make_booking(out, Party(2), user=alice, back=back)
    assert cancel(client, booking, "?part=journey-0").status_code == 303
    assert (sold(out.id), sold(back.id)) == (0, 2)
    shown = client.get(f"/bookings/{booking.reference}")
    assert "Mumbai to Delhi" in page(shown).text
    assert cancel(client, booking).status_code == 303, "what is left is the whole booking now"
    assert sold(back.id) == 0
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CANCELLED
    assert broken_promises() == []


@pytest.mark.parametrize("part", ["nonsense", "journey-7", "journey-", "passengers"])
def test_a_part_that_is_none_is_refused_beside_the_choice(
    app: Flask, client: FlaskClient, part: str
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    answer = client.get(f"/bookings/{booking.reference}/cancel?part={part}")
    assert answer.status_code == 422
    assert not page(answer).all(name="quote")


@pytest.mark.parametrize("part", ["all", "journey-0"])
def test_somebody_who_is_ticked_is_never_taken_for_everybody(
    app: Flask, client: FlaskClient, part: str
) -> None:
    alice = make_user("alice@example.com")
    log_in(client, alice)
    out, back = make_return()
    booking = make_booking(out, Party(2), user=alice, back=back)
    answer = client.get(f"/bookings/{booking.reference}/cancel?part={part}&passenger=1")
    assert answer.status_code == 422
    assert "take the ticks away" in beside(answer, "part")
    assert not page(answer).all(name="quote")
    named = client.get(f"/bookings/{booking.reference}/cancel?passenger=1")
    assert named.status_code == 200
    assert "Alice Meier" in page(named).one("h2", id="quote").text
