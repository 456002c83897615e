"""Who is stranded on the way chooses another flight from there, and keeps what was flown."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.airline import cancel_flight, delay
from tests.booking.checkin.test_check_in import DOCUMENT, send
from tests.booking.test_change_flights import address, confirm, quote_for
from tests.booking.test_schedule_changes import changes, make_connection, token_of
from tests.builders import (
    INDIA,
    birthday_of,
    log_in,
    make_booking,
    make_flight,
    make_offer,
    make_user,
    today,
)
from tests.pages import page, typed
from tests.state import balance_of, sold
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import service
from webapp.booking.checkin.service import check_in
from webapp.booking.models import CANCELLED_FOR, Booking
from webapp.booking.party import PassengerNames
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import Answer
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.families import FLEX, LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.notifications.models import Kind, State
from webapp.notifications.preferences import set_preferences
from webapp.notifications.queries import mails_of
from webapp.staff.integrity import broken_promises
from worker.mails import Mail, decide

HOUR = timedelta(hours=1)
to_london = partial(make_flight, origin="BOM", destination="LHR")


@pytest.fixture(autouse=True)
def early_morning(app: Flask) -> None:
    """Let it be early in India, so that all flights of a test leave on one day."""
    clock.move_to(datetime.combine(today() + timedelta(days=1), time(4), INDIA))


@pytest.fixture
def alice(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return Alice's browser, logged in."""
    log_in(client, make_user("alice@example.com"))
    return client


def set_off(party: Party | None = None) -> tuple[Booking, Flight, Flight]:
    """Return Alice's trip by way of Mumbai, in the cheapest fare, its first flight in the air."""
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, party, user=make_user("alice@example.com"), onward=onward)
    clock.move_to(first.departs_at + timedelta(minutes=5))
    return booking, first, onward


def fly_by(*flights: Flight) -> Booking:
    """Return Alice's trip by several flights in a row."""
    alice, offer, key = make_user(), make_offer(*flights), "by several flights"
    with transaction():
        booking = service.hold_seats(offer, LIGHT, key, "x", alice.id, "test")
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(booking.id, names, "alice@example.com", "test")
    with transaction():
        service.confirm_booking(booking.id, "test")
    return booking


def offered(client: FlaskClient, booking: Booking, flight: Flight) -> list[str]:
    """Return the numbers of the flights that are offered on a flight's day."""
    shown = page(client.get(address(booking, depart=flight.departs_on)))
    return [card.text for card in shown.all("article", data_change="")]


def flying(booking: Booking) -> list[int]:
    db.session.expire_all()
    return [each.flight_id for each in db.session.get_one(Booking, booking.id).segments]


def test_a_party_whose_next_flight_is_cancelled_flies_on_with_another_free_of_charge(
    alice: FlaskClient,
) -> None:
    booking, first, onward = set_off(Party(2, 0, 1))
    paid = balance_of(booking.id)
    new = to_london(seats=9, departs_at=onward.departs_at + 3 * HOUR, fare=900_00)
    cancel_flight(onward)
    trip = page(alice.get(f"/bookings/{booking.reference}"))
    assert "choose another flight from where you are" in trip.text
    assert address(booking) in {each.attributes.get("href") for each in trip.all("a")}
    shown = page(alice.get(address(booking)))
    assert "Change Mumbai to London" in shown.text
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert flying(booking) == [first.id, new.id]
    assert (sold(first.id), sold(onward.id), sold(new.id)) == (2, 0, 2)
    assert balance_of(booking.id) == paid
    assert [change.answer for change in changes()] == [Answer.CHANGED]
    assert Kind.BOOKING_CHANGED in {mail.kind for mail in mails_of(booking.id)}
    assert broken_promises() == []


def test_a_way_back_that_is_in_the_way_of_the_stranded_moves_free_of_charge_or_comes_back_whole(
    alice: FlaskClient,
) -> None:
    first, onward = make_connection(5 * HOUR)
    home = partial(make_flight, origin="LHR", destination="DEL", minutes=560)
    back = home(departs_at=onward.arrives_at + timedelta(days=1))
    later = home(departs_at=back.departs_at + timedelta(days=4), fare=900_00)
    owner = make_user("alice@example.com")
    booking = make_booking(first, user=owner, onward=onward, back=back)
    paid = balance_of(booking.id)
    clock.move_to(first.departs_at + 5 * HOUR / 60)
    way_back = f"/bookings/{booking.reference}/change?journey=1"
    assert "This fare cannot be changed" in page(alice.get(way_back)).text
    cancel_flight(onward)
    new = to_london(departs_at=onward.departs_at + timedelta(days=3))
    stuck = page(alice.get(address(booking, depart=new.departs_on)))
    assert "change London to Delhi first" in stuck.text
    asked = page(alice.get(f"/bookings/{booking.reference}/cancel?part=journey-1")).text
    assert f"The airline cancelled {onward.designator}, on the way there: the whole" in asked
    confirm(alice, booking, quote_for(alice, booking, later.departs_on, journey=1))
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert flying(booking) == [first.id, new.id, later.id]
    assert balance_of(booking.id) == paid
    assert "This fare cannot be changed" in page(alice.get(way_back)).text
    assert broken_promises() == []


def test_only_flights_that_the_party_is_in_time_for_are_offered(alice: FlaskClient) -> None:
    booking, first, onward = set_off()
    early = to_london(departs_at=first.arrives_at + timedelta(minutes=20))
    late = to_london(departs_at=first.arrives_at + 2 * HOUR)
    cancel_flight(onward)
    (card,) = offered(alice, booking, late)
    assert late.designator in card
    delay(first, timedelta(minutes=90))
    assert offered(alice, booking, early) == []


def test_a_flight_ahead_that_still_goes_may_be_kept_or_left_out(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    with transaction() as session:  # Alice has its last seat.
        session.get_one(FlightCabin, (onward.id, "economy")).sellable = 1
    to_new_york = partial(make_flight, destination="JFK", minutes=480)
    last = to_new_york(origin="LHR", departs_at=onward.arrives_at + 3 * HOUR)
    booking = fly_by(first, onward, last)
    clock.move_to(first.departs_at + timedelta(minutes=5))
    later = to_new_york(origin="LHR", departs_at=last.departs_at + HOUR)
    straight = to_new_york(origin="BOM", departs_at=onward.departs_at + 2 * HOUR, minutes=950)
    cancel_flight(last)
    keeping, leaving_out = offered(alice, booking, onward)
    assert onward.designator in keeping
    assert later.designator in keeping
    assert straight.designator in leaving_out
    confirm(alice, booking, quote_for(alice, booking, onward.departs_on))
    assert flying(booking) == [first.id, onward.id, later.id]
    assert (sold(onward.id), sold(last.id), sold(later.id)) == (1, 0, 1)
    assert broken_promises() == []


@pytest.mark.parametrize("has_left", [False, True])
def test_a_party_that_missed_its_next_flight_flies_on_with_another(
    alice: FlaskClient, has_left: bool
) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    delay(first, 3 * HOUR)
    new = to_london(departs_at=first.arrives_at + 6 * HOUR)
    clock.move_to(onward.departs_at + HOUR if has_left else first.departs_at + 3 * HOUR)
    trip = page(alice.get(f"/bookings/{booking.reference}"))
    assert address(booking) in {each.attributes.get("href") for each in trip.all("a")}
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert flying(booking) == [first.id, new.id]
    assert {change.answer for change in changes()} == {Answer.CHANGED}
    assert broken_promises() == []


def test_a_flight_that_was_out_of_reach_is_never_told_as_flown(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    trip_page = f"/bookings/{booking.reference}"
    clock.move_to(first.departs_at - 5 * HOUR)
    with transaction():
        check_in(booking.id, {0: None}, "alice")
    delay(first, 3 * HOUR)
    passes = [page(alice.get(f"{trip_page}/boarding-pass/1/{each}")).text for each in (1, 2)]
    assert ["The connection to" in each for each in passes] == [False, True]
    clock.move_to(onward.arrives_at + HOUR)
    trip = page(alice.get(trip_page))
    flown, missed = (each.one("p", class_="leg-day").text for each in trip.all("article"))
    assert "Flown" in flown
    assert "Missed: the connection was lost" in missed
    assert f"{onward.designator} left Mumbai without you" in trip.one(id="timeline").text
    assert "Arrived in London" not in trip.text
    assert "You could not make your connection in Mumbai" in trip.text
    assert "is expected to leave" not in trip.text
    assert address(booking) in {each.attributes.get("href") for each in trip.all("a")}
    trips = page(alice.get("/bookings")).text
    assert "Connection lost" in trips
    assert "Past" not in trips
    clock.move_to(onward.departs_at + timedelta(days=8))
    trip = page(alice.get(trip_page))
    assert "Missed: the connection was lost" in trip.text
    assert "choose another flight" not in trip.text.lower()
    assert "Past" in page(alice.get("/bookings")).text


def test_nobody_is_sent_to_check_in_for_a_flight_out_of_reach(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    delay(first, 3 * HOUR)
    for hour, words in (
        (first.departs_at - 2 * HOUR, "nobody boards without"),
        (first.departs_at + 2 * HOUR, f"Check-in for {first.designator} has closed"),
        (onward.departs_at - 2 * HOUR, ""),
        (onward.departs_at - HOUR / 2, ""),
    ):
        clock.move_to(hour)
        shown = page(alice.get(f"/bookings/{booking.reference}")).text
        assert "later. You cannot make your connection in Mumbai" in shown
        assert ("nobody boards without" in shown) == (words == "nobody boards without")
        assert ("has closed" in shown) == ("has closed" in words)
        check_in_page = page(alice.get(f"/bookings/{booking.reference}/check-in")).text
        assert "You cannot make your connection in Mumbai" in check_in_page
        assert "airline’s desk" not in check_in_page or "has closed" in words


def test_nobody_is_told_to_be_on_the_way_whom_the_first_flight_left_behind(
    alice: FlaskClient,
) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    delay(first, 4 * HOUR)
    clock.move_to(onward.arrives_at)
    shown = page(alice.get(f"/bookings/{booking.reference}")).text
    assert "It left without you: change what follows, free of charge" in shown
    assert "on your way already" not in shown


def test_staff_see_which_flights_a_party_missed_and_call_nobody_for_what_is_over(
    app: Flask, client: FlaskClient
) -> None:
    first, onward = make_connection(5 * HOUR)
    stranded = make_booking(first, onward=onward)
    at_home = make_booking(make_flight(departs_at=clock.now() + 9 * HOUR))
    clock.move_to(first.departs_at - 5 * HOUR)
    with transaction():
        check_in(stranded.id, {0: None}, "alice")
    delay(first, 3 * HOUR)
    delay(at_home.segments[0].flight, 4 * HOUR)
    clock.move_to(onward.arrives_at + HOUR)
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))

    def shown(booking: Booking) -> str:
        return page(client.get(f"/staff/bookings/{booking.reference}")).text

    waiting = page(client.get("/staff/schedule-changes")).text
    assert stranded.reference in waiting
    assert at_home.reference not in waiting
    assert "Missed: the connection was lost" in shown(stranded)
    assert "They need a call" in shown(stranded)
    assert "Left without them" in shown(at_home)
    assert "Not flown" in shown(at_home)
    assert "need a call" not in shown(at_home)
    clock.move_to(onward.departs_at + timedelta(days=8))
    assert "Nobody is waiting" in page(client.get("/staff/schedule-changes")).text
    assert "Partly flown" in shown(stranded)
    assert "need a call" not in shown(stranded)


def test_who_may_have_made_a_short_connection_has_flown(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    delay(first, timedelta(minutes=120))
    to_london(departs_at=onward.departs_at + 3 * HOUR)
    clock.move_to(onward.departs_at - timedelta(minutes=30))
    assert alice.get(address(booking)).status_code == 200
    clock.move_to(onward.departs_at + timedelta(minutes=1))
    assert alice.get(address(booking)).status_code == 409


def test_nothing_is_changed_under_way_that_the_airline_did_not_break(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    to_london(departs_at=onward.departs_at + 3 * HOUR)
    assert alice.get(address(booking)).status_code == 409
    delay(onward, HOUR)
    assert alice.get(address(booking)).status_code == 409


def test_a_week_later_nobody_is_stranded_any_more(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    cancel_flight(onward)
    assert alice.get(address(booking)).status_code == 200
    clock.move_to(onward.departs_at + timedelta(days=7, minutes=1))
    log_in(alice, make_user("alice@example.com"))
    assert alice.get(address(booking)).status_code == 409
    trip = page(alice.get(f"/bookings/{booking.reference}"))
    assert address(booking) not in {each.attributes.get("href") for each in trip.all("a")}


def test_a_quote_of_the_whole_way_is_worth_nothing_once_it_has_begun(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    cancel_flight(onward)
    again = make_flight(departs_at=first.departs_at + HOUR)
    to_london(departs_at=again.arrives_at + 3 * HOUR)
    quote = quote_for(alice, booking, again.departs_on)
    clock.move_to(first.departs_at + timedelta(minutes=1))
    refused = confirm(alice, booking, quote)
    assert refused.status_code == 409
    assert flying(booking) == [first.id, onward.id]


def test_the_mail_leads_to_other_flights_and_not_to_the_money(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    cancel_flight(onward)
    told = next(each for each in mails_of(booking.id) if each.kind == Kind.FLIGHT_CANCELLED)
    decision = decide(told)
    assert isinstance(decision, Mail)
    (link,) = decision.context["choices"]
    assert link[1] == "Choose another flight"
    token = token_of(changes()[0])
    there = alice.get(f"/schedule-change/{token}/other-flight")
    assert there.location == address(booking, journey=0)
    assert alice.get(f"/schedule-change/{token}/refund").status_code == 409


def test_staff_choose_for_a_party_that_asks_them(app: Flask) -> None:
    booking, first, onward = set_off()
    new = to_london(departs_at=onward.departs_at + 3 * HOUR)
    cancel_flight(onward)
    sam = app.test_client()
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert booking.reference in sam.get("/staff/schedule-changes").text
    sam.post(f"/staff/bookings/{booking.reference}/serve")
    confirm(sam, booking, quote_for(sam, booking, new.departs_on))
    assert flying(booking) == [first.id, new.id]
    assert booking.reference not in sam.get("/staff/schedule-changes").text


def test_a_page_under_way_promises_no_change_that_is_refused(alice: FlaskClient) -> None:
    first = make_flight(departs_at=clock.now() + 5 * HOUR)
    onward = to_london(departs_at=first.arrives_at + 12 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    delay(first, 4 * HOUR)  # That gives a choice; but it has left, and the connection holds.
    with transaction():
        check_in(booking.id, {0: None}, "alice")
    clock.move_to(first.departs_at + 5 * HOUR)
    text = page(alice.get(f"/bookings/{booking.reference}")).text
    assert "You are on your way already: ask the airline's staff" in text
    assert alice.get(address(booking)).status_code == 409


def test_a_link_says_after_a_week_who_helps_instead(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    cancel_flight(onward)
    link = f"/schedule-change/{token_of(changes()[0])}"
    assert "Choose another flight from where you are" in page(alice.get(link)).text
    clock.move_to(onward.departs_at + timedelta(days=7, minutes=1))
    assert "Choose another flight" not in page(alice.get(link)).text
    assert alice.get(f"{link}/other-flight").status_code == 409
    assert booking.reference in alice.get(link).text


def test_check_in_for_a_flight_of_days_later_opens_a_day_before_it(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    later = to_london(departs_at=onward.departs_at + timedelta(days=5))
    cancel_flight(onward)
    confirm(alice, booking, quote_for(alice, booking, later.departs_on))
    check_in = f"/bookings/{booking.reference}/check-in"
    assert "Check-in opens" in page(alice.get(check_in)).text
    clock.move_to(later.departs_at - timedelta(hours=23))
    log_in(alice, make_user("alice@example.com"))
    assert "Check-in is open" in page(alice.get(check_in)).text


def test_a_short_connection_that_was_taken_leads_to_no_change_that_is_refused(
    alice: FlaskClient,
) -> None:
    first, onward = make_connection(5 * HOUR)
    back = make_flight(origin="LHR", destination="DEL", departs_at=onward.arrives_at + 90 * HOUR)
    user = make_user("alice@example.com")
    booking = make_booking(first, user=user, onward=onward, back=back, family=FLEX)
    delay(first, timedelta(minutes=120))
    with transaction():
        schedule_changes.accept(changes()[0].id, "alice")
    clock.move_to(first.departs_at + 3 * HOUR)
    trip = page(alice.get(f"/bookings/{booking.reference}"))
    assert "Your connection in Mumbai is too short" in trip.text
    assert "Change flights" in trip.text, "the way back can be changed"
    ways = {
        each.attributes["href"] for each in trip.all("a") if "/change" in each.attributes["href"]
    }
    assert {alice.get(way).status_code for way in ways} == {200}


def test_a_timeline_opens_check_in_when_the_page_does(alice: FlaskClient) -> None:
    booking, _, onward = set_off()
    later = to_london(departs_at=onward.departs_at + timedelta(days=5))
    cancel_flight(onward)
    assert confirm(alice, booking, quote_for(alice, booking, later.departs_on)).status_code == 303
    lines = page(alice.get(f"/bookings/{booking.reference}")).one(id="timeline").all("li")
    opening = [
        each.text for each in lines if later.designator in each.text and "heck-in" in each.text
    ]
    assert [each for each in opening if "Check-in opens" in each]
    assert not [each for each in opening if "opened" in each]


def come_by_other_ways(alice: FlaskClient) -> tuple[Booking, Flight]:
    """Return a trip whose first flight was cancelled, with the second for which she is there."""
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward)
    clock.move_to(first.departs_at - 2 * HOUR)
    assert send(alice, booking, 0, **DOCUMENT).status_code == 303
    cancel_flight(first)
    return booking, onward


def test_what_was_flown_although_the_first_flight_was_cancelled_is_kept_of_the_refund(
    alice: FlaskClient,
) -> None:
    booking, onward = come_by_other_ways(alice)
    clock.move_to(onward.departs_at - 3 * HOUR)
    warned = page(alice.get(f"/bookings/{booking.reference}/check-in")).text
    assert "Check in only if you get to Mumbai by other ways" in warned
    assert send(alice, booking, 0, **DOCUMENT).status_code == 303
    assert "Flown, kept" not in alice.get(f"/bookings/{booking.reference}/cancel").text
    clock.move_to(onward.arrives_at + timedelta(days=20))
    shown = alice.get(f"/bookings/{booking.reference}/cancel")
    assert f"Flown, kept: Alice Meier, {onward.designator}" in page(shown).text
    sent = {"quote": typed(shown, "quote")}
    assert alice.post(f"/bookings/{booking.reference}/cancel", data=sent).status_code == 303
    db.session.expire_all()
    assert balance_of(booking.id) == 100_00
    assert broken_promises() == []


@pytest.mark.parametrize("days", [2, 9])  # Free of charge, and at the fares of that day.
def test_what_was_flown_is_not_flown_again_for_what_it_cost(alice: FlaskClient, days: int) -> None:
    booking, onward = come_by_other_ways(alice)
    clock.move_to(onward.departs_at - 3 * HOUR)
    assert send(alice, booking, 0, **DOCUMENT).status_code == 303
    clock.move_to(onward.arrives_at + HOUR)
    first, _ = make_connection(days * 24 * HOUR)
    assert confirm(alice, booking, quote_for(alice, booking, first.departs_on)).status_code == 303
    db.session.expire_all()
    assert balance_of(booking.id) == 300_00
    assert broken_promises() == []


def test_each_of_a_party_has_flown_for_themselves(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    booking = make_booking(first, Party(2), make_user("alice@example.com"), onward=onward)
    cancel_flight(first)
    clock.move_to(onward.departs_at - 3 * HOUR)
    with transaction():
        check_in(booking.id, {booking.passengers[0].position: None}, "alice")
    clock.move_to(onward.arrives_at + HOUR)
    sent = {"quote": typed(alice.get(f"/bookings/{booking.reference}/cancel"), "quote")}
    assert alice.post(f"/bookings/{booking.reference}/cancel", data=sent).status_code == 303
    db.session.expire_all()
    assert balance_of(booking.id) == 100_00


def test_who_could_not_reach_a_flight_before_the_cancelled_one_has_not_flown_it(
    alice: FlaskClient,
) -> None:
    first, onward = make_connection(5 * HOUR)
    last = make_flight(origin="LHR", destination="JFK", departs_at=onward.arrives_at + 3 * HOUR)
    booking = fly_by(first, onward, last)
    clock.move_to(first.departs_at - 2 * HOUR)
    assert send(alice, booking, 0, **DOCUMENT).status_code == 303
    delay(first, 20 * HOUR)
    cancel_flight(last)
    clock.move_to(onward.arrives_at)
    shown = alice.get(f"/bookings/{booking.reference}/cancel")
    assert "Flown, kept" not in page(shown).text
    sent = {"quote": typed(shown, "quote")}
    assert alice.post(f"/bookings/{booking.reference}/cancel", data=sent).status_code == 303
    db.session.expire_all()
    assert balance_of(booking.id) == 0


def test_only_what_follows_on_the_same_way_is_to_be_checked_in_anew(alice: FlaskClient) -> None:
    first, onward = make_connection(5 * HOUR)
    back = make_flight(origin="LHR", destination="DEL", departs_at=onward.arrives_at + 3 * HOUR)
    booking = make_booking(first, user=make_user("alice@example.com"), onward=onward, back=back)
    clock.move_to(first.departs_at - 2 * HOUR)
    assert send(alice, booking, 0, **DOCUMENT).status_code == 303
    coupons = booking.passengers[0].coupons
    cancel_flight(onward)
    assert [each.status for each in coupons] == ["checked_in"] * 3
    cancel_flight(first)
    trip = trip_of(booking)
    assert [trip.follows_cancelled(leg) for leg in trip.legs] == [False, True, False]
    by_flight = {each.flight_id: each.status for each in coupons}
    assert by_flight == {first.id: "checked_in", onward.id: "open", back.id: "checked_in"}


def test_who_stays_at_home_after_the_first_flight_was_cancelled_gets_it_all(
    alice: FlaskClient,
) -> None:
    booking, onward = come_by_other_ways(alice)
    assert "Check-in taken back" in page(alice.get(f"/bookings/{booking.reference}")).text
    clock.move_to(onward.arrives_at + HOUR)
    shown = alice.get(f"/bookings/{booking.reference}/cancel")
    sent = {"quote": typed(shown, "quote")}
    assert alice.post(f"/bookings/{booking.reference}/cancel", data=sent).status_code == 303
    db.session.expire_all()
    assert balance_of(booking.id) == 0
    assert broken_promises() == []


def test_the_airline_of_what_is_ahead_helps_who_came_with_another_one(app: Flask) -> None:
    first = make_flight(departs_at=clock.now() + 5 * HOUR)
    onward = to_london(departs_at=first.arrives_at + 5 * HOUR, airline="Y2")
    booking = make_booking(first, user=make_user(), onward=onward)
    staff = {}
    for name, airline in (("sam", "X1"), ("olga", "Y2")):
        staff[name] = app.test_client()
        log_in(staff[name], make_user(f"{name}@example.com", Role.AIRLINE_STAFF, airline))
    serve = f"/staff/bookings/{booking.reference}/serve"
    assert [each.post(serve).status_code for each in staff.values()] == [404, 404]
    clock.move_to(first.departs_at + timedelta(minutes=5))
    cancel_flight(onward)
    assert [each.post(serve).status_code for each in staff.values()] == [404, 303]
    assert staff["olga"].get(f"/bookings/{booking.reference}/change").status_code == 200


def test_a_flight_that_was_cancelled_long_ago_keeps_no_airline_from_helping(app: Flask) -> None:
    out = make_flight(departs_at=clock.now() + 5 * HOUR)
    leaves = clock.now() + timedelta(days=40)
    back = make_flight(origin="BOM", destination="DEL", departs_at=leaves, airline="Y2")
    booking = make_booking(out, user=make_user(), back=back)
    cancel_flight(out)
    olga = app.test_client()
    log_in(olga, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    serve = f"/staff/bookings/{booking.reference}/serve"
    assert olga.post(serve).status_code == 404
    clock.move_to(out.departs_at + CANCELLED_FOR)
    log_in(olga, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    assert olga.post(serve).status_code == 303


def test_reminders_wait_again_where_a_cancellation_took_the_check_in_back(
    alice: FlaskClient,
) -> None:
    owner = make_user("alice@example.com")
    with transaction():
        set_preferences(owner.id, owner.email, [Kind.DEPARTURE_REMINDER], 3, "en-GB")
    booking, onward = come_by_other_ways(alice)
    onward_segment = next(each for each in booking.segments if each.flight_id == onward.id)
    reminders = {
        mail.segment_id: mail.state
        for mail in mails_of(booking.id)
        if mail.kind == Kind.DEPARTURE_REMINDER
    }
    assert reminders[onward_segment.id] == State.DUE
