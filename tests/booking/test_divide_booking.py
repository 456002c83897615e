"""Dividing a booking, so that some of a party can go other ways than the rest."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.airline import cancel_flight, retime
from tests.booking.races import quote_of_change
from tests.booking.test_guests_trips import let_in
from tests.builders import (
    cancel,
    log_in,
    make_aircraft,
    make_booking,
    make_flight,
    make_return,
    make_user,
)
from tests.mails.gallery import mail_of, written
from tests.pages import alerts, beside, page, typed
from tests.state import balance_of, sold
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.checkin import service as checkin
from webapp.booking.contact.service import change_contact
from webapp.booking.division.service import divide_booking
from webapp.booking.errors import QuoteOutdated
from webapp.booking.models import Booking, BookingEvent, BookingStatus, Coupon, Passenger
from webapp.booking.names.rules import as_seen
from webapp.booking.names.service import Correction, correct_names
from webapp.booking.party import PassengerNames
from webapp.booking.schedule_changes import links
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import Answer, ScheduleChange
from webapp.booking.seats.service import choose_seat
from webapp.db import db, transaction
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.notifications.models import Kind, Notification, State
from webapp.staff.integrity import broken_promises


def divide(booking: Booking, *leaving: int) -> Booking:
    """Give some of a party, by position, a booking of their own."""
    with transaction():
        part = divide_booking(booking.id, leaving, secrets.token_hex(10), "alice@example.com")
    return part


def ask_to_divide(
    client: FlaskClient, booking: Booking, *leaving: int, key: str | None = None, agreed: str = ""
) -> TestResponse:
    """Send the form of the page as a browser does, with some ticked."""
    address = f"/bookings/{booking.reference}/divide"
    data = {
        "passenger": [str(each) for each in leaving],
        "agreed": agreed,
        "idempotency_key": key or typed(client.get(address), "idempotency_key"),
    }
    return client.post(address, data=data)


def part_of(booking: Booking) -> Booking:
    """Return the only booking beside one."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(Booking).filter(Booking.id != booking.id).one()


@pytest.fixture
def alice(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return Alice's browser, logged in."""
    log_in(client, make_user("alice@example.com"))
    return client


def book(party: Party, **more: object) -> Booking:
    """Return Alice's booking of a party that bears different names."""
    flight = make_flight(seats=9)
    booking = make_booking(flight, party, user=make_user(), **more)  # type: ignore[arg-type]
    with transaction():
        for passenger, name in zip(booking.passengers, "ABCDEFGHI", strict=False):
            passenger.given_name = f"Alice {name}"
    return booking


def test_either_trip_tells_of_the_seats_of_its_own_travellers(alice: FlaskClient) -> None:
    booking = book(Party(3))
    with transaction():
        for passenger, seat in zip(booking.passengers, ("106A", "107A", "108A"), strict=True):
            choose_seat(booking.id, booking.segments[0].id, passenger.id, seat, 8_00, "alice")
    clock.advance(timedelta(minutes=2))
    with transaction():
        second = booking.passengers[1]
        choose_seat(booking.id, booking.segments[0].id, second.id, "104A", 0, "alice")
    part = divide(booking, 1)

    def told(trip: Booking) -> list[str]:
        steps = page(alice.get(f"/bookings/{trip.reference}")).one("ol", id="timeline")
        words = [each.one("span").text.partition(": ") for each in steps.all("li")]
        return [names for what, _, names in words if "chosen" in what]

    assert told(booking) == [
        "Alice A Meier 106A instead of 100A, Alice C Meier 108A instead of 102A"
    ]
    assert told(part) == [
        "Alice B Meier 107A instead of 101A",
        "Alice B Meier 104A instead of 107A",
    ]


def test_one_of_three_gets_a_booking_of_their_own(alice: FlaskClient) -> None:
    booking = book(Party(3))
    flight_id, paid = booking.segments[0].flight_id, balance_of(booking.id)
    tickets = {each.position: each.ticket_number for each in booking.passengers}
    seats = {each.passenger_id: each.seat for each in db.session.query(Coupon)}
    answer = ask_to_divide(alice, booking, 1)
    part = part_of(booking)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{part.reference}")
    assert sold(flight_id) == 3
    assert [each.position for each in booking.passengers] == [0, 2]
    assert [each.position for each in part.passengers] == [1]
    assert (booking.adults, part.adults) == (2, 1)
    assert {each.position: each.ticket_number for each in db.session.query(Passenger)} == tickets
    assert {each.passenger_id: each.seat for each in db.session.query(Coupon)} == seats
    assert (balance_of(booking.id), balance_of(part.id)) == (paid * 2 // 3, paid // 3)
    assert part.confirmed_at == booking.confirmed_at
    assert part.sold_conditions == booking.sold_conditions
    assert part.user_id == booking.user_id
    shown = page(alice.get(answer.location)).text
    assert f"This is the booking of Alice B Meier from now on: {part.reference}" in shown
    assert f"Divided from {booking.reference}" in shown
    left = page(alice.get(f"/bookings/{booking.reference}")).text
    assert f"Divided: Alice B Meier under {part.reference}" in left
    assert broken_promises() == []


def test_a_form_sent_twice_divides_once_and_leads_to_the_same_place(alice: FlaskClient) -> None:
    booking = book(Party(3))
    answers = [ask_to_divide(alice, booking, 1, key="k" * 20) for _ in range(2)]
    part = part_of(booking)
    assert {(each.status_code, each.location) for each in answers} == {
        (303, f"/bookings/{part.reference}")
    }
    assert len(part.passengers) == 1
    assert db.session.query(Notification).filter_by(kind=Kind.BOOKING_DIVIDED).count() == 1


def test_the_key_of_a_form_with_others_ticked_is_refused(alice: FlaskClient) -> None:
    booking = book(Party(3))
    ask_to_divide(alice, booking, 1, key="k" * 20)
    answer = ask_to_divide(alice, booking, 2, key="k" * 20)
    assert answer.status_code == 409
    assert "Nothing was divided" in alerts(answer)
    assert [each.position for each in part_of(booking).passengers] == [1]


@pytest.mark.parametrize(
    ("party", "leaving", "words"),
    [
        (Party(2), (), "Choose who gets a booking of their own"),
        (Party(2), (0, 1), "Somebody has to stay"),
        (Party(2, 1), (2,), "Children travel with an adult"),
        (Party(2, 1), (0, 1), "Children travel with an adult"),
        (Party(3, 0, 3), (0,), "Each infant sits on an adult's lap"),
        (Party(3, 0, 3), (0, 3, 4), "Each infant sits on an adult's lap"),
    ],
)
def test_who_cannot_leave_is_said_beside_the_names_and_ticks_are_kept(
    alice: FlaskClient, party: Party, leaving: tuple[int, ...], words: str
) -> None:
    booking = book(party)
    answer = ask_to_divide(alice, booking, *leaving)
    assert answer.status_code == 422
    assert words in beside(answer, "passenger")
    ticked = [each for each in page(answer).all(name="passenger") if "checked" in each.attributes]
    assert [each.attributes["value"] for each in ticked] == [str(each) for each in leaving]
    assert db.session.query(Booking).count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"passenger": "1"},
        {"passenger": "1", "idempotency_key": "short"},
        {"passenger": "nobody", "idempotency_key": "k" * 20},
    ],
)
def test_a_form_that_is_not_whole_divides_nothing(alice: FlaskClient, data: dict[str, str]) -> None:
    booking = book(Party(2))
    answer = alice.post(f"/bookings/{booking.reference}/divide", data=data)
    assert answer.status_code == 422
    assert "Nothing was divided" in alerts(answer)
    assert db.session.query(Booking).count() == 1


def test_who_was_cancelled_meanwhile_cannot_leave(alice: FlaskClient) -> None:
    booking = book(Party(3))
    cancel(booking, Part(passengers=(1,)))
    answer = ask_to_divide(alice, booking, 1)
    assert answer.status_code == 409
    assert "the booking has changed since you opened this page" in alerts(answer)


def test_of_one_adult_with_a_child_nobody_can_leave(alice: FlaskClient) -> None:
    booking = book(Party(1, 1))
    assert "/divide" not in alice.get(f"/bookings/{booking.reference}").text
    shown = page(alice.get(f"/bookings/{booking.reference}/divide"))
    assert "only one adult travels" in shown.text
    assert not shown.all(name="passenger")
    assert (
        alice.post(
            f"/bookings/{booking.reference}/divide",
            data={"passenger": "1", "idempotency_key": "k" * 20},
        ).status_code
        == 422
    )


def test_the_trip_and_its_change_lead_to_the_division(alice: FlaskClient) -> None:
    booking = book(Party(2), family=FLEX)
    for address in ("", "/change"):
        shown = page(alice.get(f"/bookings/{booking.reference}{address}"))
        links = [each.attributes.get("href") for each in shown.all("a")]
        assert f"/bookings/{booking.reference}/divide" in links


def test_what_has_left_is_not_divided_any_more(alice: FlaskClient) -> None:
    booking = book(Party(2))
    clock.move_to(booking.segments[0].flight.departs_at + timedelta(minutes=1))
    assert "/divide" not in alice.get(f"/bookings/{booking.reference}").text
    answer = alice.get(f"/bookings/{booking.reference}/divide")
    assert answer.status_code == 409
    assert "Nothing was changed" in alerts(answer)
    sent = ask_to_divide(alice, booking, 1, key="k" * 20)
    assert sent.status_code == 409
    assert db.session.query(Booking).count() == 1


def test_a_cancelled_booking_is_not_divided(alice: FlaskClient) -> None:
    booking = book(Party(2))
    cancel(booking)
    answer = ask_to_divide(alice, booking, 1, key="k" * 20)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    assert db.session.query(Booking).count() == 1


def test_the_parts_go_other_ways(alice: FlaskClient) -> None:
    booking = book(Party(3), family=FLEX)
    flight_id, paid = booking.segments[0].flight_id, balance_of(booking.id)
    part = divide(booking, 1)
    cancel(part)
    assert sold(flight_id) == 2
    assert db.session.get_one(Booking, part.id).status == BookingStatus.CANCELLED
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED
    assert balance_of(part.id) == 0
    cancel(booking, Part(passengers=(2,)))
    assert sold(flight_id) == 1
    assert balance_of(booking.id) == paid // 3
    assert broken_promises() == []


def test_a_part_is_divided_again(alice: FlaskClient) -> None:
    booking = book(Party(4, 1))
    part = divide(booking, 1, 2, 4)
    last = divide(part, 2, 4)
    assert [each.position for each in last.passengers] == [2, 4]
    other = divide(booking, 3)
    assert [each.position for each in other.passengers] == [3]
    assert sold(booking.segments[0].flight_id) == 5
    assert broken_promises() == []


# Check-in and seats


def check_in(booking: Booking, *passengers: int) -> None:
    with transaction():
        checkin.check_in(booking.id, dict.fromkeys(passengers), "alice")


def test_who_is_checked_in_takes_that_back_before_they_leave(alice: FlaskClient) -> None:
    booking = book(Party(3))
    clock.move_to(booking.segments[0].flight.departs_at - timedelta(hours=20))
    log_in(alice, make_user())
    check_in(booking, 0, 1)
    shown = page(alice.get(f"/bookings/{booking.reference}/divide")).text
    assert "Alice B Meier is checked in, and the boarding pass bears this reference" in shown
    answer = ask_to_divide(alice, booking, 1)
    assert answer.status_code == 422
    assert "take the check-in of Alice B Meier back first" in beside(answer, "passenger")
    with transaction():
        checkin.undo_check_in(booking.id, 1, 0, "alice")
    assert ask_to_divide(alice, booking, 1).status_code == 303
    kept = db.session.query(Coupon).filter_by(status="checked_in").one()
    assert kept.passenger.given_name == "Alice A"


def test_no_infant_is_left_checked_in_on_a_lap_that_is_another_then(alice: FlaskClient) -> None:
    booking = book(Party(3, 0, 2))
    clock.move_to(booking.segments[0].flight.departs_at - timedelta(hours=20))
    log_in(alice, make_user())
    check_in(booking, 1, 4)
    answer = ask_to_divide(alice, booking, 0)
    assert answer.status_code == 422
    assert "take the check-in of Alice E Meier back first" in beside(answer, "passenger")


def test_a_boarding_pass_of_the_way_out_is_no_obstacle_on_the_way_back(
    alice: FlaskClient,
) -> None:
    out, back = make_return()
    booking = make_booking(out, Party(2), user=make_user(), back=back)
    clock.move_to(out.departs_at - timedelta(hours=2))
    check_in(booking, 0, 1)
    clock.move_to(out.arrives_at + timedelta(hours=1))
    log_in(alice, make_user())
    assert ask_to_divide(alice, booking, 1).status_code == 303
    part = part_of(booking)
    flown = db.session.query(Coupon).filter_by(flight_id=out.id, status="checked_in").count()
    assert (flown, sold(out.id), sold(back.id)) == (2, 2, 2)
    cancel(part, Part(journey=1))
    assert sold(back.id) == 1
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("party", "leaving"), [(Party(3, 1), (1, 3)), (Party(3, 1), (0, 2)), (Party(2, 0, 1), (0,))]
)
def test_who_would_mind_a_child_agrees_to_leave_the_exit_row_and_gets_its_price_back(
    alice: FlaskClient, party: Party, leaving: tuple[int, ...]
) -> None:
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="108"))
    booking = make_booking(flight, party, user=make_user())
    bob = booking.passengers[1]
    with transaction():
        bob.given_name = "Bob"
        choose_seat(booking.id, booking.segments[0].id, bob.id, "108A", 8_00, "alice")
    paid = balance_of(booking.id)
    asked = ask_to_divide(alice, booking, *leaving)
    assert asked.status_code == 422
    assert "This would give Bob Meier another seat than 108A" in beside(asked, "passenger")
    assert db.session.query(Booking).count() == 1
    answer = ask_to_divide(alice, booking, *leaving, agreed=typed(asked, "agreed"))
    assert answer.status_code == 303
    part = part_of(booking)
    coupon = db.session.query(Coupon).filter_by(passenger_id=bob.id).one()
    assert coupon.seat not in (None, "108A")
    assert balance_of(booking.id) + balance_of(part.id) == paid - 8_00
    text = " ".join(written(mail_of(part, Kind.BOOKING_DIVIDED)).body.split())
    assert "the $8 that choosing them cost comes back" in text
    assert f"Bob Meier: Adult · seat {coupon.seat}" in text
    assert broken_promises() == []


def test_a_yes_to_another_seat_counts_for_no_seat_that_nobody_was_told_of(
    alice: FlaskClient,
) -> None:
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="108"))
    booking = make_booking(flight, Party(2, 0, 1), user=make_user())
    asked = ask_to_divide(alice, booking, 0, agreed="0-108A")
    assert asked.status_code == 422
    assert "Nobody has to leave an exit row any more" in beside(asked, "passenger")
    assert ask_to_divide(alice, booking, 0, agreed=typed(asked, "agreed")).status_code == 303


# What is open, and what is told


def test_what_the_airline_asks_is_asked_of_either_part_and_answered_by_each(
    alice: FlaskClient,
) -> None:
    booking = book(Party(2))
    retime(booking.segments[0].flight, timedelta(hours=4))
    part = divide(booking, 1)
    theirs, others = (
        db.session.query(ScheduleChange).filter_by(booking_id=each).one()
        for each in (part.id, booking.id)
    )
    assert theirs.open_segment_id == part.segments[0].id
    assert theirs.was_departs_at == others.was_departs_at
    asked = db.session.query(Notification).filter_by(kind=Kind.SCHEDULE_CHANGE_OPEN)
    theirs_again, again = (
        sorted(each.due_at for each in asked if each.booking_id == booking_id)
        for booking_id in (part.id, booking.id)
    )
    assert theirs_again == again
    assert len(again) == 2
    with transaction():
        schedule_changes.accept(theirs.id, "alice")
    db.session.expire_all()
    assert (theirs.answer, others.answer) == (Answer.ACCEPTED, Answer.OPEN)
    assert part.segments[0].is_agreed
    assert not booking.segments[0].is_agreed
    cancel(booking)
    assert balance_of(booking.id) == 0, "the airline moved it by more than three hours"
    assert broken_promises() == []


def test_mails_about_a_flight_go_to_either_part_and_what_was_sent_is_not_sent_again(
    alice: FlaskClient,
) -> None:
    booking = book(Party(2))
    flight = booking.segments[0].flight
    clock.move_to(flight.departs_at - timedelta(hours=10))
    with transaction():
        sent = db.session.query(Notification).filter_by(kind=Kind.DEPARTURE_REMINDER).one()
        sent.state, sent.sent_at = State.SENT, clock.now()
        other = db.session.query(Notification).filter_by(kind=Kind.CHECK_IN_OPEN).one()
        other.state, other.reason = State.WITHHELD, "said in the reminder"
    retime(flight, timedelta(minutes=30))
    part = divide(booking, 1)
    mails = {
        each.kind: (each.state, each.reason, each.due_at)
        for each in db.session.query(Notification).filter_by(booking_id=part.id)
    }
    departs_at = db.session.get_one(type(flight), flight.id).departs_at
    before = "went out before the booking was divided"
    assert mails[Kind.DEPARTURE_REMINDER][:2] == (State.WITHHELD, before)
    assert mails[Kind.CHECK_IN_OPEN][:2] == (State.WITHHELD, "said in the reminder")
    assert mails[Kind.DAY_OF_TRAVEL] == (State.DUE, None, departs_at - timedelta(hours=3))
    assert mails[Kind.FLIGHT_RETIMED][:2] == (State.DUE, None)
    assert mails[Kind.BOOKING_DIVIDED][:2] == (State.DUE, None)
    assert len(mails) == 5
    retime(flight, timedelta(hours=1))
    waiting = db.session.query(Notification).filter_by(booking_id=part.id, state=State.DUE)
    due = {each.kind: each.due_at for each in waiting}
    assert due[Kind.DAY_OF_TRAVEL] == departs_at + timedelta(hours=1) - timedelta(hours=3)
    assert broken_promises() == []


@pytest.mark.parametrize("on_its_way", [State.QUEUED, State.SENDING, State.RETRY])
def test_a_mail_that_is_on_its_way_to_the_whole_party_is_due_to_the_part(
    alice: FlaskClient, on_its_way: State
) -> None:
    booking = book(Party(2))
    retime(booking.segments[0].flight, timedelta(minutes=30))
    with transaction():
        news = db.session.query(Notification).filter_by(kind=Kind.FLIGHT_RETIMED).one()
        news.state, news.reason = on_its_way, "451 later"
    mail = mail_of(divide(booking, 1), Kind.FLIGHT_RETIMED)
    assert (mail.state, mail.reason, mail.attempts) == (State.DUE, None, 0)


def test_of_a_cancelled_flight_either_part_knows(alice: FlaskClient) -> None:
    booking = book(Party(2))
    cancel_flight(booking.segments[0].flight)
    with transaction():
        told = db.session.query(Notification).filter_by(kind=Kind.FLIGHT_CANCELLED).one()
        told.state, told.sent_at = State.SENT, clock.now()
    part = divide(booking, 1)
    mail = mail_of(part, Kind.FLIGHT_CANCELLED)
    assert (mail.state, mail.reason) == (State.WITHHELD, "went out before the booking was divided")
    cancel(part)
    assert balance_of(part.id) == 0
    assert broken_promises() == []


def test_one_mail_says_who_is_under_which_reference(alice: FlaskClient) -> None:
    booking = book(Party(3))
    part = divide(booking, 1)
    mail = written(mail_of(part, Kind.BOOKING_DIVIDED))
    text = " ".join(mail.body.split())
    assert f"Booking reference: {part.reference} Passengers Alice B Meier" in text
    assert f"Still under {booking.reference} Alice A Meier: Adult" in text
    assert "Alice C Meier: Adult" in text
    for reference in (booking.reference, part.reference):
        assert f"/trip?reference={reference}" in text
    cancel(booking)
    text = written(mail_of(part, Kind.BOOKING_DIVIDED)).body
    assert booking.reference not in text.replace(f"and {booking.reference}", "")


def test_where_mail_about_the_part_goes_elsewhere_the_rest_stays_unnamed(
    alice: FlaskClient,
) -> None:
    booking = book(Party(2))
    part = divide(booking, 1)
    with transaction():
        change_contact(part.id, "bob@example.com", None, "bob")
    mail = mail_of(part, Kind.BOOKING_DIVIDED)
    assert mail.recipient == "bob@example.com"
    text = written(mail).body
    assert "Alice B Meier" in text
    assert "Alice A Meier" not in text


def test_the_calendar_of_either_part_is_its_own(alice: FlaskClient) -> None:
    booking = book(Party(2))
    part = divide(booking, 1)
    for each in (booking, part):
        text = alice.get(f"/bookings/{each.reference}/calendar.ics").text
        assert f"UID:{each.reference}-1@" in text
        assert "SEQUENCE:1" in text
        assert "STATUS:CONFIRMED" in text


def test_names_that_were_corrected_before_stand_on_either_page(alice: FlaskClient) -> None:
    booking = book(Party(2))
    for passenger in booking.passengers:
        seen = PassengerNames.of(passenger)
        names = PassengerNames("Alicia", seen.family_name, seen.born_on)
        with transaction():
            correction = Correction(
                passenger.position, names, as_seen(booking.id, passenger.position, seen)
            )
            correct_names(booking.id, [correction], "alice")
    part = divide(booking, 1)
    for each in (booking, part):
        answer = alice.get(f"/bookings/{each.reference}")
        assert answer.status_code == 200
        assert "Alicia Meier" in page(answer).one(id="receipt").text


# Who may see it


def test_a_guest_sees_the_part_in_the_same_session(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), Party(2))
    let_in(client, booking)
    answer = ask_to_divide(client, booking, 1)
    assert client.get(answer.location).status_code == 200
    assert app.test_client().get(answer.location).status_code == 404


def test_who_booked_without_an_account_sees_the_part_until_it_stands_in_one(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), Party(2))
    with client.session_transaction() as session:
        session["guest"] = [booking.reference]
    address = ask_to_divide(client, booking, 1).location
    assert client.get(address).status_code == 200
    owner_id = make_user().id
    with transaction():
        part_of(booking).user_id = owner_id
    assert client.get(address).status_code == 404


def test_who_came_by_a_mail_sees_the_part_while_mail_goes_there(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), Party(2))
    retime(booking.segments[0].flight, timedelta(hours=4))
    asked = db.session.query(ScheduleChange).one()
    client.get(f"/schedule-change/{links.sign(asked)}/other-flight")
    address = ask_to_divide(client, booking, 1).location
    assert client.get(address).status_code == 200
    with transaction():
        change_contact(part_of(booking).id, "bob@example.com", None, "bob")
    assert client.get(address).status_code == 404


def test_who_knows_a_name_alone_does_not_learn_the_reference_of_the_others(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), Party(2))
    part = divide(booking, 1)
    let_in(client, booking)
    shown = page(client.get(f"/bookings/{booking.reference}")).text
    assert part.reference not in shown
    assert f"under …{part.reference[-3:]}" in shown


def test_staff_who_serve_a_party_serve_either_part(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), Party(2))
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    client.post(f"/staff/bookings/{booking.reference}/serve")
    answer = ask_to_divide(client, booking, 1)
    assert client.get(answer.location).status_code == 200
    part = part_of(booking)
    by = db.session.query(BookingEvent).filter_by(booking_id=part.id, what="divided_from").one()
    assert by.actor == "sam@example.com"
    assert broken_promises() == []


def test_a_form_that_is_sent_again_leads_nobody_back_into_a_part_of_somebody_else(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), Party(2))
    retime(booking.segments[0].flight, timedelta(hours=4))
    question = links.sign(db.session.query(ScheduleChange).one())
    client.get(f"/schedule-change/{question}/other-flight")
    key = "a-key-of-twenty-letters"
    address = ask_to_divide(client, booking, 1, key=key).location
    assert client.get(address).status_code == 200
    bob = make_user("bob@example.com")
    with transaction():
        change_contact(part_of(booking).id, bob.email, None, "bob")
        part_of(booking).user_id = bob.id
    ask_to_divide(client, booking, 1, key=key)
    assert client.get(address).status_code == 404


def test_the_history_that_goes_along_names_nobody_who_stays(alice: FlaskClient) -> None:
    booking = make_booking(make_flight(seats=9), Party(3), user=make_user())
    seats = "106A", "107A", "108A"
    for passenger, seat in zip(booking.passengers, seats, strict=True):
        seen = PassengerNames.of(passenger)
        names = PassengerNames("Alicia", seen.family_name, seen.born_on)
        shown = as_seen(booking.id, passenger.position, seen)
        with transaction():
            correct_names(booking.id, [Correction(passenger.position, names, shown)], "alice")
        choose_a_seat(booking, passenger, seat)
    part = divide(booking, 1, 2)
    again = divide(db.session.get_one(Booking, part.id), 2)
    db.session.expire_all()
    of_two, of_one = (told_in(each) for each in (part, again))
    assert {position for position, _ in of_two} == {1, 2}
    assert {position for position, _ in of_one} == {2}
    assert {seat for _, seat in of_two if seat} == {"107A", "108A"}
    assert {seat for _, seat in of_one if seat} == {"108A"}


def choose_a_seat(booking: Booking, passenger: Passenger, seat: str) -> None:
    with transaction():
        choose_seat(booking.id, booking.segments[0].id, passenger.id, seat, 8_00, "alice")


def told_in(booking: Booking) -> set[tuple[int, str | None]]:
    """Return whom the lines of a history are about, by position, each with a seat chosen."""
    told: set[tuple[int, str | None]] = set()
    for event in booking.events:
        for side in (event.before, event.after):
            told |= {(each, None) for each in side.get("positions", ())}
            if "passengers" in side and event.what == "named":
                assert len(side["born_on"]) == len(side["passengers"]) == len(side["positions"])
            told |= {(side["position"], None)} if "position" in side else set()
            told |= {(side["passenger"], side["seat"])} if "passenger" in side else set()
    return told


def test_who_stays_and_would_lose_the_seat_of_a_boarding_pass_takes_that_back_first(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="108"))
    booking = make_booking(flight, Party(2, 1), user=alice)
    choose_a_seat(booking, booking.passengers[0], "108A")
    clock.move_to(flight.departs_at - timedelta(hours=20))
    log_in(client, alice)
    check_in(booking, 0, 2)
    asked = ask_to_divide(client, booking, 1)
    assert asked.status_code == 422
    assert "take the check-in of Alice Meier back first" in beside(asked, "passenger")
    assert db.session.query(Booking).count() == 1


def test_a_free_change_that_was_quoted_for_all_is_not_made_for_those_who_stay(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=9)
    booking = make_booking(flight, Party(3))
    cancel_flight(flight)
    new = make_flight(seats=9, departs_at=flight.departs_at + timedelta(hours=26))
    offered = quote_of_change(booking, new)
    assert offered.total.minor == 0
    divide(booking, 1)
    with pytest.raises(QuoteOutdated), transaction():
        changes.change(booking.id, offered, "alice")
    assert sold(new.id) == 0
