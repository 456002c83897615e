"""Changing flights: found inside the booking, quoted, and swapped in one step."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.airline import cancel_flight, delay, retime
from tests.booking.test_cancel_booking import cancel
from tests.builders import (
    INDIA,
    log_in,
    make_airport,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
    make_return,
    make_user,
    today,
)
from tests.pages import alerts, beside, page, typed
from tests.state import balance_of, sold
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions, ledger
from webapp.booking.checkin import service as checkin
from webapp.booking.models import Booking, BookingStatus, Coupon, Passenger, Quote
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import db, transaction
from webapp.flights import inventory
from webapp.flights.families import FLEX, LIGHT, STANDARD
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.flights.sales import CabinSale, set_sales
from webapp.formats import clock_time, long_day, short_day
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.rendering import render_mail
from webapp.search.offers import sign
from webapp.staff.integrity import broken_promises
from worker.mails import Mail, decide


@pytest.fixture
def alice(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return Alice's browser, logged in."""
    log_in(client, make_user("alice@example.com"))
    return client


def booked(flight: Flight, party: Party | None = None, **more: object) -> Booking:
    values = {"family": STANDARD, "user": make_user("alice@example.com"), **more}
    return make_booking(flight, party, **values)  # type: ignore[arg-type]


def address(booking: Booking, **query: object) -> str:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/bookings/{booking.reference}/change" + (f"?{words}" if words else "")


def quote_for(client: FlaskClient, booking: Booking, day: date, journey: int = 0) -> str:
    """Choose the first flight of a day, and return the quote for it."""
    found = client.get(address(booking, journey=journey, depart=day))
    assert found.status_code == 200, found.text
    chosen = page(found).all("article", data_change="")[0].all("a")[0]
    asked = client.get(chosen.attributes["href"])
    assert asked.status_code == 200, asked.text
    return typed(asked, "quote")


def confirm(client: FlaskClient, booking: Booking, quote: str) -> TestResponse:
    return client.post(address(booking), data={"quote": quote})


def test_alice_flies_two_days_later_and_pays_the_difference_and_the_fee(
    alice: FlaskClient,
) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2), fare=150_00)
    booking = booked(old, Party(2, 1))
    trip = alice.get(f"/bookings/{booking.reference}")
    assert address(booking) in {each.attributes.get("href") for each in page(trip).all("a")}
    offered = alice.get(f"{address(booking)}?depart={new.departs_on}")
    made_of = "New flights $486.75 · Old flights −$324.50 · Change fee $180 +$342.25"
    assert made_of in page(offered).one("article", class_="result").text
    quote = quote_for(alice, booking, new.departs_on)
    assert (sold(old.id), sold(new.id)) == (3, 0), "asking changes nothing"
    answer = confirm(alice, booking, quote)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    assert (sold(old.id), sold(new.id)) == (0, 3)
    kept = db.session.get_one(Booking, booking.id)
    assert [segment.flight_id for segment in kept.segments] == [new.id]
    assert kept.total_minor == 2 * 177_00 + 132_75
    assert kept.calendar_sequence == 1
    difference = kept.total_minor - (2 * 118_00 + 88_50)
    assert db.session.query(Quote).one().total_minor == difference + 3 * 60_00
    assert balance_of(kept.id) == kept.total_minor + 3 * 60_00
    assert broken_promises() == []


def test_a_change_is_told_with_the_days_and_times_from_and_to(alice: FlaskClient) -> None:
    old = make_flight(seats=9, departs_at=clock.now() + timedelta(days=10))
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    now, then = (
        f"{each.designator} on {short_day(at.date())} at {clock_time(at)}"
        for each, at in ((each, each.departs_at.astimezone(INDIA)) for each in (new, old))
    )
    told = f"{now} instead of {then}"
    assert f"Flights changed: {told}" in page(alice.get(f"/bookings/{booking.reference}")).text
    (notification,) = db.session.query(Notification).filter_by(kind=Kind.BOOKING_CHANGED)
    mail = decide(notification)
    assert isinstance(mail, Mail)
    written = render_mail(notification, mail.template, "en-GB", mail.attached, **mail.context)
    assert f"You chose {told}." in " ".join(written.body.split())
    log_in(alice, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert told in page(alice.get(f"/staff/bookings/{booking.reference}")).text


def test_who_is_checked_in_is_told_what_becomes_of_the_boarding_passes(alice: FlaskClient) -> None:
    old = make_flight(seats=9, departs_at=clock.now() + timedelta(hours=20))
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(2))
    warning = "your boarding passes for the old flights end"
    for is_checked_in in (False, True):
        if is_checked_in:
            with transaction():
                checkin.check_in(booking.id, {1: None}, "alice")
        offered = page(alice.get(f"{address(booking)}?depart={new.departs_on}"))
        chosen = offered.all("article", data_change="")[0].all("a")[0].attributes["href"]
        assert (warning in page(alice.get(chosen)).text) == is_checked_in


def test_everybody_has_a_seat_on_the_new_flight_and_none_on_the_old(alice: FlaskClient) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(2, 0, 1))
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    coupons = db.session.query(Coupon).order_by(Coupon.id).all()
    assert [(each.flight_id, each.status) for each in coupons] == [
        *[(old.id, "cancelled")] * 3,
        *[(new.id, "open")] * 3,
    ]
    assert [each.seat for each in coupons[:3]] == [None] * 3
    assert [each.seat is None for each in coupons[3:]] == [False, False, True]


def test_reminders_follow_to_the_new_flight(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    mails = db.session.query(Notification).filter_by(kind=Kind.DEPARTURE_REMINDER)
    gone, planned = mails.order_by(Notification.id).all()
    assert (gone.state, gone.reason) == (State.WITHHELD, "changed to another flight")
    assert (planned.state, planned.due_at) == (State.DUE, new.departs_at - timedelta(hours=24))
    assert db.session.query(Notification).filter_by(kind=Kind.BOOKING_CHANGED).count() == 1


def test_the_same_quote_confirmed_twice_counts_once(alice: FlaskClient) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(2))
    quote = quote_for(alice, booking, new.departs_on)
    for _ in range(3):
        assert confirm(alice, booking, quote).status_code == 303
        assert (sold(old.id), sold(new.id)) == (0, 2)
    assert db.session.query(Quote).count() == 1
    assert broken_promises() == []


def test_the_same_choice_quoted_in_two_windows_costs_one_fee(alice: FlaskClient) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    quotes = [quote_for(alice, booking, new.departs_on) for _ in range(2)]
    assert confirm(alice, booking, quotes[0]).status_code == 303
    answer = confirm(alice, booking, quotes[1])
    assert answer.status_code == 409
    assert "You fly on those flights already" in alerts(answer)
    assert balance_of(booking.id) == 118_00 + 60_00
    assert sold(new.id) == 1
    assert broken_promises() == []


def test_two_quotes_that_do_not_fit_together_are_not_both_confirmed(alice: FlaskClient) -> None:
    out, back = make_return()
    later = make_flight(departs_at=out.departs_at + timedelta(days=2))
    sooner_at = out.departs_at + timedelta(days=1)
    sooner = make_flight(origin="BOM", destination="DEL", departs_at=sooner_at)
    booking = booked(out, back=back)
    go_later = quote_for(alice, booking, later.departs_on, journey=0)
    return_sooner = quote_for(alice, booking, sooner.departs_on, journey=1)
    assert confirm(alice, booking, return_sooner).status_code == 303
    answer = confirm(alice, booking, go_later)
    assert answer.status_code == 409
    assert "before the way out has arrived" in alerts(answer)
    kept = db.session.get_one(Booking, booking.id)
    assert [each.flight_id for each in kept.segments] == [out.id, sooner.id]
    assert broken_promises() == []


def test_a_change_that_waits_for_a_lock_for_longer_than_a_quote_lives_is_made(
    alice: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    quote = quote_for(alice, booking, new.departs_on)
    take = inventory.hold_seats

    def take_slowly(*claim: Any) -> int:
        taken = take(*claim)
        clock.advance(timedelta(hours=1))
        return taken

    monkeypatch.setattr(inventory, "hold_seats", take_slowly)
    assert confirm(alice, booking, quote).status_code == 303
    kept = db.session.get_one(Booking, booking.id)
    assert [each.flight_id for each in kept.segments] == [new.id]
    assert broken_promises() == []


def test_flights_that_filled_up_meanwhile_leave_alice_where_she_is(alice: FlaskClient) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=2, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(2))
    quote = quote_for(alice, booking, new.departs_on)
    make_hold(new)
    answer = confirm(alice, booking, quote)
    assert answer.status_code == 409
    assert "You still have yours" in alerts(answer)
    assert (sold(old.id), sold(new.id)) == (2, 0)
    clock.advance(timedelta(minutes=21))
    quote = quote_for(alice, booking, new.departs_on)
    assert confirm(alice, booking, quote).status_code == 303, "a lapsed hold holds nothing"
    assert broken_promises() == []


def test_a_fare_that_moved_is_asked_about_again(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    quote = quote_for(alice, booking, new.departs_on)
    with transaction():
        db.session.get_one(FlightCabin, (new.id, "economy")).fare_minor = 500_00
    answer = confirm(alice, booking, quote)
    assert answer.status_code == 409
    assert "flights and prices of this moment" in alerts(answer)
    assert page(answer).all("article", data_change=""), "the flights are there to choose again"
    assert sold(new.id) == 0


def test_a_flight_that_moved_is_asked_about_again(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    quote = quote_for(alice, booking, new.departs_on)
    later = timedelta(hours=1)
    retime(new, later)
    assert confirm(alice, booking, quote).status_code == 409
    assert sold(new.id) == 0


def test_a_quote_that_is_too_old_is_asked_about_again(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    quote = quote_for(alice, booking, new.departs_on)
    clock.advance(timedelta(minutes=15))
    assert confirm(alice, booking, quote).status_code == 409
    assert (sold(old.id), sold(new.id)) == (1, 0)


def test_cheaper_flights_give_the_difference_back(alice: FlaskClient) -> None:
    old = make_flight(fare=300_00)
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, family=FLEX)
    offered = page(alice.get(address(booking, depart=new.departs_on)))
    assert (
        "New flights $142 · Old flights −$426 $284 back"
        in offered.one("article", data_change="").text
    )
    assert f"{short_day(new.departs_on)}: 1 choice" in offered.one("title").text
    quote = quote_for(alice, booking, new.departs_on)
    assert confirm(alice, booking, quote).status_code == 303
    assert db.session.query(Quote).one().total_minor == 142_00 - 426_00
    assert broken_promises() == []
    receipt = decide(db.session.query(Notification).filter_by(kind=Kind.BOOKING_CHANGED).one())
    assert isinstance(receipt, Mail)
    amounts = [amount for _, amount in receipt.context["lines"]]
    assert amounts == ["$142.00", "−$426.00", "$284.00"]


def test_a_change_to_a_later_day_does_not_bring_the_cooling_off_back(alice: FlaskClient) -> None:
    booking = booked(make_flight(departs_at=clock.now() + timedelta(days=2)))
    later = make_flight(departs_at=clock.now() + timedelta(days=12))
    quote = quote_for(alice, booking, later.departs_on)
    assert alice.post(address(booking), data={"quote": quote}).status_code == 303
    asked = alice.get(f"/bookings/{booking.reference}/cancel").text
    assert "Standard: $90 per passenger" in asked
    assert "the whole price comes back" not in asked


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("is_closed", [False, True])
def test_who_has_seats_on_a_full_or_closed_flight_keeps_it_with_another_connection(
    alice: FlaskClient, lost: int, is_closed: bool
) -> None:
    at = datetime.combine(today() + timedelta(days=10), time(8), INDIA)
    seats = [9, 9]
    if not is_closed:
        seats[1 - lost] = 1  # The one that flies as planned is full: Alice has its only seat.
    first = make_flight(seats[0], destination="ZRH", departs_at=at, minutes=300)
    onward = partial(make_flight, origin="ZRH", destination="LHR", minutes=100)
    second = onward(seats[1], departs_at=at + timedelta(minutes=480))
    booking = booked(first, family=LIGHT, onward=second)
    if lost:
        new = onward(departs_at=at + timedelta(minutes=600))
    else:
        new = make_flight(destination="ZRH", departs_at=at + timedelta(minutes=30), minutes=300)
    kept = (first, second)[1 - lost]
    with transaction():
        if is_closed:
            set_sales(kept.id, {"economy": CabinSale(100_00, 0)}, "sam")
        disruptions.cancel_flight((first, second)[lost].id, "sam")
    answer = confirm(alice, booking, quote_for(alice, booking, first.departs_on))
    assert answer.status_code == 303, alerts(answer)
    db.session.expire_all()
    flown = [segment.flight_id for segment in db.session.get_one(Booking, booking.id).segments]
    assert set(flown) == {kept.id, new.id}
    assert (sold(kept.id), sold(new.id)) == (1, 1)
    assert broken_promises() == []


def test_changing_costs_never_more_than_was_paid(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(1, 0, 1))
    infant = next(each for each in booking.passengers if each.kind == "infant")
    paid = infant.price_minor
    assert confirm(alice, booking, quote_for(alice, booking, new.departs_on)).status_code == 303
    fees = [line.amount_minor for line in ledger.entries_of(booking.id) if line.kind == "fee"]
    assert paid < max(fees)
    assert min(fees) == paid


def test_a_seat_that_was_paid_for_has_a_line_of_its_own(alice: FlaskClient) -> None:
    old = make_flight(seats=6)
    new = make_flight(seats=6, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old, Party(1))
    coupon = booking.passengers[0].coupons[0]
    with transaction():
        db.session.get_one(Coupon, coupon.id).seat_price_minor = 24_00
    asked = alice.get(f"{address(booking)}?depart={new.departs_on}")
    assert "Old flights −$118 · Old seats −$24 · Change fee $60" in page(asked).text


def test_light_fares_are_not_changed(alice: FlaskClient) -> None:
    old = make_flight()
    booking = booked(old, family=LIGHT)
    answer = alice.get(address(booking))
    assert answer.status_code == 200
    assert page(answer).one("h1").text == "This fare cannot be changed"
    assert f"/bookings/{booking.reference}/cancel" in answer.text


def test_whom_the_airline_cancelled_changes_free_of_charge_within_a_week(
    alice: FlaskClient,
) -> None:
    old = make_flight()
    near = make_flight(departs_at=old.departs_at + timedelta(days=6), fare=900_00)
    far = make_flight(departs_at=old.departs_at + timedelta(days=8), fare=900_00)
    booking = booked(old, Party(1, 1), family=LIGHT)
    cancel_flight(old)
    assert "+$1,400" in page(alice.get(address(booking, depart=far.departs_on))).text
    quote = quote_for(alice, booking, near.departs_on)
    assert confirm(alice, booking, quote).status_code == 303
    kept = db.session.get_one(Booking, booking.id)
    assert [segment.flight_id for segment in kept.segments] == [near.id]
    assert kept.total_minor == 175_00
    assert balance_of(kept.id) == 175_00
    assert (sold(old.id), sold(near.id)) == (0, 2)
    assert broken_promises() == []


def test_who_is_stranded_sees_no_way_that_another_beats_and_which_is_the_fastest(
    alice: FlaskClient,
) -> None:
    old = make_flight(origin="JFK", destination="LHR", minutes=400)
    booking = booked(old, family=LIGHT)
    leaves = old.departs_at + timedelta(days=2)
    make_flight(origin="JFK", destination="ZRH", departs_at=leaves, minutes=400)
    for hours, fare in ((9, 300_00), (12, 100_00)):
        onward = leaves + timedelta(hours=hours)
        make_flight(origin="ZRH", destination="LHR", departs_at=onward, minutes=90, fare=fare)
    direct = make_flight(
        origin="JFK", destination="LHR", departs_at=leaves + timedelta(hours=1), minutes=900
    )
    cancel_flight(old)
    found = page(alice.get(address(booking, depart=direct.departs_on)))
    cards = [each.text for each in found.all("article", data_change="")]
    assert [("Non-stop" in each, "Fastest" in each) for each in cards] == [
        (False, True),
        (True, False),
    ]


def test_seats_are_said_to_be_kept_on_a_flight_that_flies_alone(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    offer = address(booking, journey=0, offer=sign(make_offer(new)))
    kept = "Your old seats are kept until the new ones are yours."
    assert kept in page(alice.get(offer)).text
    cancel_flight(old)
    shown = page(alice.get(offer)).text
    assert "Good until" in shown
    assert kept not in shown


def test_the_way_out_is_changed_and_stays_before_the_way_back(alice: FlaskClient) -> None:
    out, back = make_return()
    day_before = make_flight(departs_at=out.departs_at - timedelta(days=1))
    too_late = make_flight(departs_at=back.departs_at + timedelta(hours=1))
    booking = booked(out, back=back)
    found = alice.get(address(booking, journey=0, depart=too_late.departs_on))
    day = back.departs_at.astimezone(INDIA)
    assert (
        f"Your way back leaves on {long_day(day.date())} at {clock_time(day)}, and these flights "
        "would arrive too late for it. Try an earlier day, or change Mumbai to Delhi first."
    ) in page(found).text
    too_early = make_flight(
        origin="BOM", destination="DEL", departs_at=out.departs_at - timedelta(days=1)
    )
    found = alice.get(address(booking, journey=1, depart=too_early.departs_on))
    assert "too late for these flights. Try a later day, or change Delhi to Mumbai first" in (
        page(found).text
    )
    offer = sign(make_offer(too_late))
    refused = alice.get(address(booking, journey=0, offer=offer))
    assert refused.status_code == 409
    assert "before the way out has arrived" in alerts(refused)
    quote = quote_for(alice, booking, day_before.departs_on)
    assert confirm(alice, booking, quote).status_code == 303
    kept = db.session.get_one(Booking, booking.id)
    assert [each.flight_id for each in kept.segments] == [day_before.id, back.id]
    assert [each.journey for each in kept.segments] == [0, 1]
    shown = page(alice.get(f"/bookings/{booking.reference}")).text
    assert shown.index("Delhi DEL") < shown.index("Mumbai BOM")
    assert broken_promises() == []


def test_the_way_back_is_changed_after_the_way_out_is_flown(alice: FlaskClient) -> None:
    out, back = make_return()
    later = make_flight(
        origin="BOM", destination="DEL", departs_at=back.departs_at + timedelta(days=1)
    )
    booking = booked(out, back=back)
    clock.move_to(out.departs_at + timedelta(hours=5))
    quote = quote_for(alice, booking, later.departs_on, journey=1)
    assert confirm(alice, booking, quote).status_code == 303
    kept = db.session.get_one(Booking, booking.id)
    assert [each.flight_id for each in kept.segments] == [out.id, later.id]
    assert alice.get(address(booking, journey=0)).status_code == 404
    assert broken_promises() == []


def test_a_delay_since_the_quote_is_asked_about(alice: FlaskClient) -> None:
    booking = booked(make_flight())
    new = make_flight(departs_at=clock.now() + timedelta(hours=20))
    quote = typed(alice.get(address(booking, offer=sign(make_offer(new)))), "quote")
    late = timedelta(hours=9)
    delay(new, late)
    answer = confirm(alice, booking, quote)
    assert answer.status_code == 409
    assert "something has moved" in alerts(answer)
    db.session.expire_all()
    assert [segment.flight_id for segment in booking.segments] != [new.id]


def test_flights_whose_connection_a_delay_breaks_are_not_changed_to(alice: FlaskClient) -> None:
    booking = booked(make_flight(destination="LHR", minutes=600))
    first = make_flight(departs_at=clock.now() + timedelta(hours=20))
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=first.arrives_at + timedelta(hours=2)
    )
    offer = sign(make_offer(first, onward))
    quote = typed(alice.get(address(booking, offer=offer)), "quote")
    late = timedelta(hours=4)
    delay(first, late)
    for answer in (alice.get(address(booking, offer=offer)), confirm(alice, booking, quote)):
        assert answer.status_code == 409
        assert "something has moved" in alerts(answer)
    assert len(db.session.get_one(Booking, booking.id).segments) == 1


def test_an_infant_who_is_two_by_then_is_told_so(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=60))
    booking = booked(old, Party(1, 0, 1))
    with transaction():
        infant = db.session.query(Passenger).filter_by(kind="infant").one()
        infant.born_on = (old.departs_on + timedelta(days=30)).replace(
            year=old.departs_on.year - 2, day=1
        )
    refused = alice.get(address(booking, offer=sign(make_offer(new))))
    assert refused.status_code == 409
    assert "an infant is 2" in alerts(refused)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"journey": 7}, 404),
        ({"journey": "x"}, 404),
        ({"offer": "nonsense"}, 422),
        ({"depart": "2020-01-01"}, 422),
        ({"depart": "tomorrow"}, 422),
        ({"depart": "9999-12-31"}, 422),
        ({"depart": ""}, 422),
        ({"depart": "2027-01-01&depart=2027-01-02"}, 422),
    ],
)
def test_bad_input_is_refused_and_nothing_changes(
    alice: FlaskClient, query: dict[str, object], status: int
) -> None:
    booking = booked(make_flight())
    answer = alice.get(address(booking, **query))
    assert answer.status_code == status, answer.text
    if "depart" in query:
        assert beside(answer, "depart")


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 5000])
def test_a_quote_that_is_none_of_ours_changes_nothing(alice: FlaskClient, text: str) -> None:
    flight = make_flight()
    booking = booked(flight)
    assert confirm(alice, booking, text).status_code == 422
    assert sold(flight.id) == 1


def test_an_offer_of_another_route_is_no_change(alice: FlaskClient) -> None:
    booking = booked(make_flight())
    other = make_flight(origin="LHR", destination="JFK")
    answer = alice.get(address(booking, offer=sign(make_offer(other))))
    assert answer.status_code == 409
    assert "lead elsewhere" in alerts(answer)


def test_the_quote_of_a_cancellation_changes_nothing(alice: FlaskClient) -> None:
    booking = booked(make_flight())
    quote = typed(alice.get(f"/bookings/{booking.reference}/cancel"), "quote")
    assert confirm(alice, booking, quote).status_code == 422
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_what_has_left_or_is_only_held_is_not_changed(alice: FlaskClient) -> None:
    flight = make_flight()
    booking = booked(flight)
    held = make_hold(make_flight(), user=make_user("alice@example.com"))
    assert alice.get(address(held)).location == f"/bookings/{held.reference}"
    clock.move_to(flight.departs_at + timedelta(minutes=1))
    assert alice.get(address(booking)).status_code == 409


def test_another_flight_or_a_refund_answers_what_the_airline_changed(alice: FlaskClient) -> None:
    old = make_flight()
    new = make_flight(departs_at=old.departs_at + timedelta(days=1))
    moving, leaving = booked(old, family=LIGHT), booked(old, family=LIGHT)
    cancel_flight(old)
    assert confirm(alice, moving, quote_for(alice, moving, new.departs_on)).status_code == 303
    assert cancel(alice, leaving).status_code == 303
    answers = {each.booking_id: each.answer for each in db.session.query(ScheduleChange)}
    assert answers == {moving.id: "changed", leaving.id: "refunded"}


def test_a_change_of_airport_and_the_time_for_it_are_said_before_anything_is_paid(
    alice: FlaskClient,
) -> None:
    old = make_flight(origin="DEL", destination="LHR", minutes=600)
    booking = booked(old)
    leaves = old.departs_at + timedelta(days=2)
    first = make_flight(origin="DEL", destination="ZRH", departs_at=leaves, minutes=480)
    onward = first.arrives_at + timedelta(minutes=200)
    make_flight(origin="ZRH", destination="LGW", departs_at=onward, minutes=100)
    found = page(alice.get(address(booking, journey=0, depart=first.departs_on)))
    card = found.one("article", data_change="")
    quote = page(alice.get(card.one("a").attributes["href"]))
    for shown in (card.text, quote.one("main").text):
        assert "Lands at LGW, not LHR" in shown
        assert "1 stop, ZRH" in shown
        assert "3 h 20 min in Zürich" in shown


def test_a_way_across_a_city_is_named_on_the_change_page(alice: FlaskClient) -> None:
    old = make_flight(origin="JFK", destination="ZRH", minutes=480)
    booking = booked(old)
    leaves = old.departs_at + timedelta(days=2)
    first = make_flight(origin="JFK", destination="LHR", departs_at=leaves, minutes=400)
    onward = first.arrives_at + timedelta(minutes=240)
    make_flight(origin="LGW", destination="ZRH", departs_at=onward, minutes=100)
    found = page(alice.get(address(booking, journey=0, depart=first.departs_on)))
    card = found.one("article", data_change="").text
    assert "1 stop, LHR–LGW" in card
    assert "Change of airport in London: LHR to LGW, 4 h" in card


def test_a_way_that_alone_fits_the_rest_of_the_trip_is_not_pushed_out(alice: FlaskClient) -> None:
    for airport in ("ZRH", "LGW"):
        make_airport(airport)  # The network is read once in a while.
    out = make_flight(origin="DEL", destination="LHR", minutes=600)
    day = (out.departs_at + timedelta(days=3)).replace(hour=3, minute=0)
    back = make_flight(origin="LHR", destination="DEL", departs_at=day + timedelta(hours=9))
    booking = booked(out, back=back)
    first = make_flight(origin="DEL", destination="ZRH", departs_at=day, minutes=240)
    onward = first.arrives_at + timedelta(hours=2)
    # To Gatwick is better, but from there nobody reaches the way back from Heathrow.
    for airport, fare in (("LGW", 50_00), ("LHR", 60_00)):
        make_flight(origin="ZRH", destination=airport, departs_at=onward, minutes=65, fare=fare)
    found = page(alice.get(address(booking, journey=0, depart=first.departs_on)))
    card = found.one("article", data_change="").text
    assert "London LHR" in card


def test_a_trip_that_was_moved_to_a_later_day_promises_no_cooling_off(alice: FlaskClient) -> None:
    booking = booked(make_flight(departs_at=clock.now() + timedelta(days=4)))
    later = make_flight(departs_at=clock.now() + timedelta(days=12))
    assert confirm(alice, booking, quote_for(alice, booking, later.departs_on)).status_code == 303
    assert "within 24 hours" not in page(alice.get(f"/bookings/{booking.reference}")).text.lower()
    quote = page(alice.get(f"/bookings/{booking.reference}/cancel")).text
    assert "the whole price comes back" not in quote


def test_a_trip_booked_well_ahead_and_moved_forward_keeps_its_cooling_off(
    alice: FlaskClient,
) -> None:
    booking = booked(make_flight(departs_at=clock.now() + timedelta(days=12)))
    sooner = make_flight(departs_at=clock.now() + timedelta(days=4))
    assert confirm(alice, booking, quote_for(alice, booking, sooner.departs_on)).status_code == 303
    assert "within 24 hours" in page(alice.get(f"/bookings/{booking.reference}")).text.lower()
    quote = page(alice.get(f"/bookings/{booking.reference}/cancel")).text
    assert "the whole price comes back" in quote


def test_who_takes_other_times_of_the_airlines_keeps_the_cooling_off(alice: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(days=7, hours=2))
    booking = booked(flight)
    early = timedelta(hours=-4)
    retime(flight, early)
    with transaction():
        schedule_changes.accept(db.session.query(ScheduleChange).one().id, "alice")
    quote = page(alice.get(f"/bookings/{booking.reference}/cancel")).text
    assert "the whole price comes back" in quote


def test_the_steps_keep_what_the_airline_did_before_another_flight_was_chosen(
    alice: FlaskClient,
) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    clock.advance(timedelta(minutes=10))
    cancel_flight(old)
    clock.advance(timedelta(minutes=10))
    quote = quote_for(alice, booking, new.departs_on)
    assert confirm(alice, booking, quote).status_code == 303
    timeline = page(alice.get(f"/bookings/{booking.reference}")).one("ol", id="timeline")
    steps = [each.one("span").text for each in timeline.all("li")]
    (cancelled,) = [n for n, each in enumerate(steps) if "cancelled by the airline" in each]
    (changed,) = [n for n, each in enumerate(steps) if each.startswith("Flights changed")]
    assert cancelled < changed


def test_what_befell_a_flight_before_the_party_chose_it_is_none_of_its_steps(
    alice: FlaskClient,
) -> None:
    old = make_flight(seats=9)
    new = make_flight(seats=9, departs_at=old.departs_at + timedelta(days=2))
    booking = booked(old)
    clock.advance(timedelta(minutes=10))
    later = new.departs_at + timedelta(minutes=40)
    with transaction():
        times = later, later + timedelta(minutes=130)
        disruptions.retime_flight(new.id, *times, later.astimezone(INDIA).date(), "sam")
    clock.advance(timedelta(minutes=10))
    db.session.expire_all()
    quote = quote_for(alice, booking, new.departs_on)
    assert confirm(alice, booking, quote).status_code == 303
    timeline = page(alice.get(f"/bookings/{booking.reference}")).one("ol", id="timeline")
    assert "moved by the airline" not in timeline.text
