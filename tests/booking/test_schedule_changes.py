"""What an airline changes in a trip, from the moment it does to the traveller's answer."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Event, Thread
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy import select, update

from tests.airline import cancel_flight, delay, retime
from tests.builders import (
    INDIA,
    log_in,
    make_booking,
    make_flight,
    make_return,
    make_user,
    quote_cancellation,
)
from tests.mails.gallery import written
from tests.pages import Element, alerts, page, typed
from tests.staff.addresses import address
from tests.statements import counted_selects
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions, ledger
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.connections import connections_lost
from webapp.booking.contact.service import change_contact
from webapp.booking.ledger import Line
from webapp.booking.models import Booking, Coupon, EntryKind, Segment
from webapp.booking.schedule_changes import links, service
from webapp.booking.schedule_changes.models import Answer, ScheduleChange
from webapp.booking.schedule_changes.queries import change_by_id
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.formats import short_day
from webapp.money import format_money
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.rendering import render_mail
from worker.mails import Mail, Withheld, decide


def changes() -> list[ScheduleChange]:
    db.session.expire_all()
    return list(db.session.scalars(select(ScheduleChange).order_by(ScheduleChange.id)))


def again() -> list[Notification]:
    """Return the mails that ask for an answer once more."""
    db.session.expire_all()
    query = select(Notification).where(Notification.kind == Kind.SCHEDULE_CHANGE_OPEN)
    return list(db.session.scalars(query.order_by(Notification.due_at)))


def token_of(change: ScheduleChange) -> str:
    found = change_by_id(change.id)
    assert found
    return links.sign(found)


@pytest.mark.parametrize(
    ("destination", "hours", "is_asked"),
    [("BOM", 3, False), ("BOM", 3.1, True), ("LHR", 6, False), ("LHR", 6.1, True)],
)
def test_a_choice_is_owed_over_three_hours_at_home_and_six_abroad(
    app: Flask, destination: str, hours: float, is_asked: bool
) -> None:
    flight = make_flight(destination=destination, minutes=600)
    make_booking(flight)
    retime(flight, timedelta(hours=hours))
    assert [change.answer for change in changes()] == [Answer.OPEN] * is_asked


def test_a_cancelled_flight_is_a_choice_to_make(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    cancel_flight(flight)
    assert [change.answer for change in changes()] == [Answer.OPEN]


def test_several_moves_are_one_choice_and_a_move_back_withdraws_it(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    retime(flight, timedelta(hours=1))
    assert [change.answer for change in changes()] == [Answer.OPEN]
    retime(flight, timedelta(hours=-5))
    assert [change.answer for change in changes()] == [Answer.WITHDRAWN]
    retime(flight, timedelta(hours=4))
    assert [change.answer for change in changes()] == [Answer.WITHDRAWN, Answer.OPEN]


def test_the_answer_is_asked_for_again_after_a_day_and_three(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    began = clock.now()
    retime(flight, timedelta(hours=4))
    hours = [round((mail.due_at - began).total_seconds() / 3600) for mail in again()]
    assert hours == [24, 72]


def test_accepting_needs_no_account_and_no_more_than_one_click(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    retime(flight, timedelta(hours=4))
    address = f"/schedule-change/{token_of(changes()[0])}"
    page = client.get(f"{address}/accept")
    assert page.status_code == 200
    assert "moved" in page.text
    # A mail scanner that follows the link has accepted nothing.
    assert changes()[0].answer == Answer.OPEN
    for _ in range(2):
        answer = client.post(f"{address}/accept")
        assert answer.status_code == 303
        assert answer.location == f"/bookings/{booking.reference}"
    assert changes()[0].answer == Answer.ACCEPTED
    segment = db.session.scalars(select(Segment)).one()
    db.session.refresh(flight)
    assert segment.told_departs_at == flight.departs_at
    found = db.session.get_one(Booking, booking.id)
    assert [event.what for event in found.events].count("schedule_change_accepted") == 1


def test_who_pressed_accept_in_the_mail_is_asked_that_first_and_told_what_silence_means(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    address = f"/schedule-change/{token_of(changes()[0])}"
    asked = page(client.get(f"{address}/accept"))
    assert asked.one("h1").text == f"Accept the new times of {flight.designator}?"
    assert "You have not answered yet" in asked.text
    answers = [each.text for each in asked.one("main").all("button")]
    assert answers == ["Yes, accept the new times"]
    assert asked.text.index("Yes, accept") < asked.text.index("Choose another flight")
    silence = "your booking stays as it is: you keep your seats and fly at the new times."
    assert silence in asked.text
    shown = page(client.get(address))
    assert "You have not answered yet" in shown.text
    assert silence in shown.text
    assert "You can accept the new times, have the whole price back, or take" in shown.text


def test_each_mail_that_asks_again_says_from_when_to_when(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    was = flight.departs_at.astimezone(ZoneInfo("Asia/Kolkata"))
    retime(flight, timedelta(hours=4))
    now = was + timedelta(hours=4)
    for reminder in again():
        clock.move_to(reminder.due_at)
        body = " ".join(written(reminder).body.split())
        assert f"Was: {short_day(was.date())}, {was:%H:%M}" in body
        assert f"Now: {short_day(now.date())}, {now:%H:%M}" in body
        assert "you keep your seats and fly at the new times" in body


def test_times_that_moved_while_alice_read_are_not_accepted_for_her(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    address = f"/schedule-change/{token_of(changes()[0])}"
    seen = typed(client.get(address), "seen")
    retime(flight, timedelta(hours=5))
    answer = client.post(f"{address}/accept", data={"seen": seen})
    assert answer.status_code == 409
    assert "moved the flight once more" in alerts(answer)
    assert changes()[0].answer == Answer.OPEN
    seen = typed(answer, "seen")
    for _ in range(2):
        assert client.post(f"{address}/accept", data={"seen": seen}).status_code == 303
    assert changes()[0].answer == Answer.ACCEPTED


def test_a_cancelled_flight_cannot_be_accepted(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    cancel_flight(flight)
    address = f"/schedule-change/{token_of(changes()[0])}"
    assert "Accept" not in client.get(address).text
    assert client.post(f"{address}/accept").status_code == 409
    assert changes()[0].answer == Answer.OPEN


def test_a_link_that_was_tampered_with_or_is_over_says_how_to_go_on(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    token = token_of(changes()[0])
    for odd in (token[:-1], f"{token}x", "x", "ä" * 40):
        page = client.get(f"/schedule-change/{odd}")
        assert page.status_code == 404
        assert "Find my trip" in page.text
    db.session.refresh(flight)
    clock.move_to(flight.departs_at)
    for suffix in ("", "/accept", "/other-flight", "/refund"):
        page = client.get(f"/schedule-change/{token}{suffix}")
        assert page.status_code == 410
        assert "until your flight left" in page.text


def test_a_link_lives_until_a_delayed_flight_leaves_indeed(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    planned_at, late = flight.departs_at, timedelta(hours=5)
    with transaction():
        disruptions.delay_flight(flight.id, planned_at + late, flight.arrives_at + late, "sam")
    address = f"/schedule-change/{token_of(changes()[0])}"
    clock.move_to(planned_at + late - timedelta(minutes=1))
    assert client.get(address).status_code == 200
    clock.move_to(planned_at + late)
    assert client.get(address).status_code == 410


def test_what_was_answered_is_said_and_leads_nowhere_else(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    address = f"/schedule-change/{token_of(changes()[0])}"
    client.post(f"{address}/accept")
    assert "You accepted the new times" in client.get(address).text
    assert client.get(f"{address}/refund").status_code == 409


def test_staff_see_who_has_not_answered_and_take_them_off_the_list(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    flight = make_flight(airline="X1")
    booking = make_booking(flight)
    retime(flight, timedelta(hours=4))
    page = client.get("/staff/schedule-changes").text
    assert booking.reference in page
    assert "Needs a call" not in page
    clock.advance(timedelta(hours=72))
    assert "Needs a call" in client.get("/staff/schedule-changes").text
    handled = f"/staff/schedule-changes/{booking.reference}/0/handled"
    assert client.post(handled).status_code == 303
    assert "Nobody is waiting" in client.get("/staff/schedule-changes").text
    assert client.post("/staff/schedule-changes/ZZZZZZ/0/handled").status_code == 404


def test_staff_are_shown_the_most_urgent_first(app: Flask, client: FlaskClient) -> None:
    waiting_long = make_flight(departs_at=clock.now() + timedelta(days=40))
    make_booking(waiting_long)
    cancel_flight(waiting_long)
    clock.advance(timedelta(hours=72))
    first, onward = make_connection(timedelta(hours=2))
    soon, later = (
        make_flight(departs_at=clock.now() + timedelta(hours=hours)) for hours in (5, 30)
    )
    make_booking(first, onward=onward)
    for flight in (later, soon):
        make_booking(flight)
    clock.advance(timedelta(hours=3))
    for flight in (later, soon, onward):
        cancel_flight(flight)
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))

    def listed() -> list[tuple[str, bool]]:
        rows = page(client.get("/staff/schedule-changes")).one("tbody").all("tr")
        return [(row.all("a")[1].text, "Needs a call" in row.text) for row in rows]

    in_order = [(soon, True), (onward, True), (waiting_long, True), (later, False)]
    assert listed() == [(flight.designator, is_urgent) for flight, is_urgent in in_order]
    clock.advance(timedelta(hours=48))
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    in_order = [later, waiting_long, soon, onward]
    assert listed() == [(flight.designator, True) for flight in in_order]


def test_staff_see_whom_to_call_and_which_connection_is_lost(
    app: Flask, client: FlaskClient
) -> None:
    first, onward = make_connection(timedelta(days=2))
    booking = make_booking(first, Party(2), onward=onward)
    delay(first, timedelta(hours=3))
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    (row,) = page(client.get("/staff/schedule-changes")).one("tbody").all("tr")
    assert "Alice Meier and 1 other" in row.text
    leaves = onward.departs_at.astimezone(INDIA)
    assert f"To {onward.designator}, {leaves:%H:%M} Lost" in row.text
    shown = page(client.get(f"/staff/bookings/{booking.reference}")).text
    assert f"{onward.designator} cannot be reached." in shown


@pytest.mark.parametrize("hours", [7, 5])
def test_whoever_leaves_soon_needs_a_call_at_once(
    app: Flask, client: FlaskClient, hours: int
) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=hours))
    make_booking(flight)
    delay(flight, timedelta(hours=4))
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    (row,) = page(client.get("/staff/schedule-changes")).one("tbody").all("tr")
    assert ("Needs a call" in row.text) == (hours < 6)


def test_nobody_is_to_be_called_about_a_flight_that_left(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(days=2))
    booking = make_booking(flight)
    delay(flight, timedelta(hours=4))
    clock.move_to(flight.departs_at + timedelta(hours=5))
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert "Nobody is waiting" in client.get("/staff/schedule-changes").text
    shown = page(client.get(f"/staff/bookings/{booking.reference}")).text
    assert "has not answered" not in shown
    assert "need a call" not in shown
    listed = page(client.get(f"{address(flight)}/passengers")).text
    assert "Needs a call" not in listed


def test_staff_of_another_airline_see_nothing(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    flight = make_flight(airline="X1")
    booking = make_booking(flight)
    retime(flight, timedelta(hours=4))
    assert booking.reference not in client.get("/staff/schedule-changes").text
    handled = f"/staff/schedule-changes/{booking.reference}/0/handled"
    assert client.post(handled).status_code == 404


def test_the_mail_that_asks_again_carries_three_links_that_work(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    reminder = again()[0]
    decision = decide(reminder)
    assert isinstance(decision, Mail)
    body = render_mail(reminder, decision.template, "en-GB", **decision.context).body
    addresses = re.findall(r"http://[^/]+(/schedule-change/\S+)", body)
    statuses = [client.get(address).status_code for address in addresses]
    assert statuses == [200, 303, 303]


def test_a_trip_announces_no_mail_for_after_its_flight_has_left(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=30))
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    retime(flight, timedelta(hours=4))
    mails = page(client.get(f"/bookings/{booking.reference}")).one(id="mails-of-trip")
    (once, late) = [each.text for each in mails.all("li") if "Your choice is open" in each.text]
    assert "to alice@example.com" in once
    assert "Only if your flight has not left by then" in late
    folded = mails.one("details", id="mails-folded").text
    assert late in folded


def test_nobody_is_asked_again_who_has_answered(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=4))
    client.post(f"/schedule-change/{token_of(changes()[0])}/accept")
    assert [decide(mail) for mail in again()] == [Withheld("answered")] * 2
    assert {mail.reason for mail in again()} == {"accepted"}


def make_connection(leaves_in: timedelta) -> tuple[Flight, Flight]:
    """Return a flight to Mumbai and one on to London, with under three hours between them."""
    first = make_flight(departs_at=clock.now() + leaves_in)
    onward = first.arrives_at + timedelta(minutes=170)
    return first, make_flight(origin="BOM", destination="LHR", departs_at=onward)


def test_a_flight_that_was_moved_shows_what_it_was_until_its_traveller_has_answered(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)

    def leg() -> Element:
        return page(client.get(f"/bookings/{booking.reference}")).one("article", class_="leg")

    assert "New times" not in leg().text
    retime(flight, timedelta(hours=4))
    assert "New times" in leg().text
    assert [each.text for each in leg().all("s")] == ["08:00", "10:10"]
    client.post(f"/schedule-change/{token_of(changes()[0])}/accept")
    assert "New times" not in leg().text
    assert leg().all("s") == []


def test_nobody_waits_between_flights_of_which_one_is_cancelled(
    app: Flask, client: FlaskClient
) -> None:
    first, onward = make_connection(timedelta(days=5))
    log_in(client, alice := make_user())
    booking = make_booking(first, onward=onward, user=alice)
    assert "2 h 50 min in Mumbai" in page(client.get(f"/bookings/{booking.reference}")).text
    cancel_flight(first)
    trip = page(client.get(f"/bookings/{booking.reference}"))
    assert "min in Mumbai" not in trip.text
    assert trip.all("a", class_="button")[0].text == "Decide now"


def test_a_connection_that_is_missed_is_said_wherever_the_change_is_answered(
    app: Flask, client: FlaskClient
) -> None:
    first, onward = make_connection(timedelta(days=5))
    log_in(client, alice := make_user())
    booking = make_booking(first, onward=onward, user=alice)
    retime(first, timedelta(hours=4))
    missed = f"You cannot make your connection in Mumbai: {onward.designator} leaves before"
    assert missed in page(client.get(f"/bookings/{booking.reference}")).text
    asked = page(client.get(f"/schedule-change/{token_of(changes()[0])}"))
    assert missed in asked.text
    acts = asked.one("main").one("div", class_="actions")
    back = format_money(booking.total_minor, booking.currency)
    answers = ["Choose another flight", f"Get a full refund of {back}"]
    assert acts.text == " ".join(answers)
    (notification,) = db.session.query(Notification).filter_by(kind=Kind.FLIGHT_RETIMED)
    mail = decide(notification)
    assert isinstance(mail, Mail)
    written = render_mail(notification, mail.template, "en-GB", mail.attached, **mail.context)
    assert missed in written.body
    assert "stands" not in written.body
    assert "Open your trip to see" not in written.body
    assert [written.body.index(answer) for answer in answers] == sorted(
        written.body.index(answer) for answer in answers
    )
    assert "Accept" not in written.body
    assert re.search(r"You can answer until .* \(Delhi time\)", written.body)
    refused = client.post(f"/schedule-change/{token_of(changes()[0])}/accept")
    assert refused.status_code == 409
    assert [change.answer for change in changes()] == [Answer.OPEN]
    retime(first, timedelta(hours=-4))
    assert missed not in page(client.get(f"/bookings/{booking.reference}")).text


def test_a_short_connection_may_be_accepted_last_of_all(app: Flask, client: FlaskClient) -> None:
    first, onward = make_connection(timedelta(days=5))
    booking = make_booking(first, onward=onward)
    retime(first, timedelta(minutes=150))
    acts = page(client.get(f"/schedule-change/{token_of(changes()[0])}")).one("main")
    assert acts.one("div", class_="actions").text.endswith("Accept the new times")
    assert client.post(f"/schedule-change/{token_of(changes()[0])}/accept").status_code == 303
    assert [change.answer for change in changes()] == [Answer.ACCEPTED]
    assert "accept it" not in page(client.get(f"/bookings/{booking.reference}")).text


@pytest.mark.parametrize("minutes", [0, 14])
def test_a_connection_that_ends_at_closed_doors_cannot_be_accepted(
    app: Flask, client: FlaskClient, minutes: int
) -> None:
    first, onward = make_connection(timedelta(days=5))
    make_booking(first, onward=onward)
    retime(first, timedelta(minutes=170 - minutes))
    address = f"/schedule-change/{token_of(changes()[0])}"
    assert "Accept" not in page(client.get(address)).text
    assert client.post(f"{address}/accept").status_code == 409
    retime(first, timedelta(minutes=minutes - 15))
    assert "Accept the new times" in page(client.get(address)).text
    assert client.post(f"{address}/accept").status_code == 303


def test_fees_that_were_paid_before_are_named_and_do_not_come_back(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    with transaction():
        fee = Line(EntryKind.FEE, 60_00, "Change fee: Alice", "Standard")
        ledger.write(db.session.get_one(Booking, booking.id), [fee])
    assert "Fees of $60 came on top" in page(client.get(f"/bookings/{booking.reference}")).text
    retime(flight, timedelta(hours=4))
    asked = page(client.get(f"/schedule-change/{token_of(changes()[0])}")).text
    assert "Get $100 back" in asked
    assert "full refund" not in asked
    quote = page(client.get(f"/bookings/{booking.reference}/cancel")).text
    assert "Fees of $60, paid before" in quote


def test_a_cancelled_way_back_takes_the_way_out_with_it_only_where_that_is_asked_for(
    app: Flask, client: FlaskClient
) -> None:
    out, back = make_return()
    booking = make_booking(out, back=back)
    cancel_flight(back)
    address = f"/schedule-change/{token_of(changes()[0])}"
    asked = page(client.get(address)).one("main")
    assert (
        "have the whole price of Mumbai to Delhi back, or that of the whole booking" in asked.text
    )
    assert "If you do not, no other flight is booked for you." in asked.text
    ways = {each.text: each.attributes["href"] for each in asked.all("a", class_="button plain")}
    alone, whole = ways
    assert alone == "Get $100 back for Mumbai to Delhi"
    assert whole == "Get $200 back for the whole booking, both ways"
    cancel = f"/bookings/{booking.reference}/cancel"
    assert client.get(ways[alone]).location == f"{cancel}?part=journey-1"
    assert client.get(ways[whole]).location == cancel
    banner = page(client.get(f"/bookings/{booking.reference}")).text
    assert "get the whole price of Mumbai to Delhi back, or that of the whole booking" in banner
    (told,) = db.session.query(Notification).filter_by(kind=Kind.FLIGHT_CANCELLED)
    mail = decide(told)
    assert isinstance(mail, Mail)
    body = render_mail(told, mail.template, "en-GB", mail.attached, **mail.context).body
    assert f"{alone}, or $200 for the whole booking" in body
    assert "have the whole price of Mumbai to Delhi back, or that of the whole booking" in body
    assert "If you do not, no other flight is booked for you." in body
    assert "full refund" not in asked.text + banner + body


def test_once_the_way_out_is_flown_the_cancelled_way_back_is_all_that_comes_back(
    app: Flask, client: FlaskClient
) -> None:
    out, back = make_return()
    booking = make_booking(out, back=back)
    clock.move_to(out.departs_at + timedelta(hours=1))
    cancel_flight(back)
    address = f"/schedule-change/{token_of(changes()[0])}"
    asked = page(client.get(address)).one("main").text
    assert "have the whole price of Mumbai to Delhi back, or take another flight" in asked
    assert "Get $100 back for Mumbai to Delhi" in asked
    assert "the whole booking" not in asked
    cancel = f"/bookings/{booking.reference}/cancel?part=journey-1"
    assert client.get(f"{address}/refund?whole=yes").location == cancel


def test_a_connection_that_the_party_took_as_it_is_gives_no_choice_any_more(app: Flask) -> None:
    first, onward = make_connection(timedelta(days=9))
    booking = make_booking(first, onward=onward)
    clock.advance(timedelta(days=2))
    retime(first, timedelta(minutes=120))
    with transaction():
        service.accept(changes()[0].id, "alice")
    db.session.expire_all()
    fare_kept = quote_cancellation(booking).total.minor
    assert -booking.total_minor < fare_kept < 0, "a Light fare gives its taxes back alone"
    retime(first, timedelta(minutes=1))
    assert [change.answer for change in changes()] == [Answer.ACCEPTED]
    retime(first, timedelta(minutes=60))
    assert [change.answer for change in changes()] == [Answer.ACCEPTED, Answer.OPEN]
    assert quote_cancellation(booking).total.minor == -booking.total_minor


def test_a_connection_that_the_other_flight_makes_good_is_no_choice_any_more(app: Flask) -> None:
    first, onward = make_connection(timedelta(days=5))
    make_booking(first, onward=onward)
    retime(first, timedelta(minutes=150))
    assert [change.answer for change in changes()] == [Answer.OPEN]
    retime(onward, timedelta(minutes=100))
    assert [change.answer for change in changes()] == [Answer.WITHDRAWN]
    assert {mail.reason for mail in again()} == {"the airline took the change back"}


def test_who_is_on_the_way_already_is_offered_a_flight_and_no_money(
    app: Flask, client: FlaskClient
) -> None:
    first, onward = make_connection(timedelta(hours=5))
    booking = make_booking(first, onward=onward)
    clock.advance(timedelta(hours=6))
    cancel_flight(onward)
    told = db.session.scalars(
        select(Notification).where(Notification.kind == Kind.FLIGHT_CANCELLED)
    ).one()
    decision = decide(told)
    assert isinstance(decision, Mail)
    body = render_mail(told, decision.template, "en-GB", **decision.context).body
    assert "You are on your way already" in body
    assert "/other-flight" in body
    assert "/refund" not in body
    assert [decide(mail) for mail in again()] == [Withheld("on the way already")] * 2
    for answer in ("", "/refund"):
        shown = client.get(f"/schedule-change/{token_of(changes()[0])}{answer}")
        assert shown.status_code == (409 if answer else 200)
        assert "You are on your way already" in shown.text
        assert "Get a full refund" not in shown.text
    client.get(f"/trip?reference={booking.reference}&last_name=Meier")
    assert "You are on your way already" in client.get(f"/bookings/{booking.reference}").text
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert "Needs a call" in client.get("/staff/schedule-changes").text


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("what", ["cancels", "moves"])
def test_what_a_party_gives_back_at_that_moment_asks_for_no_answer(app: Flask, what: str) -> None:
    out, back = make_return()
    booking = make_booking(out, back=back)
    booking_id, flight_id, day = booking.id, back.id, back.departs_on
    departs_at, arrives_at = (at + timedelta(hours=7) for at in (back.departs_at, back.arrives_at))
    offered, is_cancelled = quote_cancellation(booking, Part(journey=1)), Event()
    with transaction() as session:
        # Without a seat nothing but the booking itself makes the airline wait.
        session.execute(update(Coupon).values(seat=None))

    def give_back_slowly() -> None:
        with app.app_context(), transaction():
            cancellation.cancel(booking_id, offered, "alice")
            is_cancelled.set()
            sleep(0.5)

    thread = Thread(target=give_back_slowly)
    thread.start()
    assert is_cancelled.wait(10)
    db.session.rollback()
    with transaction():
        if what == "cancels":
            disruptions.cancel_flight(flight_id, "sam")
        else:
            disruptions.retime_flight(flight_id, departs_at, arrives_at, day, "sam")
    thread.join()
    assert not changes()
    told = (Kind.FLIGHT_CANCELLED, Kind.FLIGHT_RETIMED)
    assert not list(db.session.scalars(select(Notification).where(Notification.kind.in_(told))))


def test_the_list_of_the_staff_asks_no_more_for_many_bookings(client: FlaskClient) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    asked = []
    for number in (2, 2, 10):
        flight = make_flight()
        for _ in range(number):
            make_booking(flight, Party(2))
        cancel_flight(flight)
        with counted_selects() as seen:
            assert client.get("/staff/schedule-changes").status_code == 200
        asked.append(len(seen))
    assert asked[1] == asked[2]


def test_a_way_back_that_leaves_before_the_way_out_arrives_is_a_choice_on_both(
    app: Flask, client: FlaskClient
) -> None:
    out = make_flight()
    onward = out.arrives_at + timedelta(hours=2)
    back = make_flight(origin="BOM", destination="DEL", departs_at=onward)
    alice = make_user("alice@example.com")
    booking = make_booking(out, user=alice, back=back)
    later = timedelta(minutes=110)
    db.session.expire_all()
    assert connections_lost({out.id: (out.departs_at + later, out.arrives_at + later)}) == 1
    retime(out, later)
    later *= 2
    assert connections_lost({out.id: (out.departs_at + later, out.arrives_at + later)}) == 0
    assert [change.answer for change in changes()] == [Answer.OPEN]
    log_in(client, alice)
    for journey in (0, 1):
        asked = client.get(f"/bookings/{booking.reference}/cancel?part=journey-{journey}")
        assert "the whole price comes back" in asked.text
    retime(out, -later)
    assert [change.answer for change in changes()] == [Answer.WITHDRAWN]


def test_nobody_is_asked_again_of_whom_staff_took_care(app: Flask) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=5))
    (change,) = changes()
    mails = again()
    with transaction():
        service.mark_handled(change.id, "sam")
    assert {mail.reason for mail in again()} == {service.HANDLED}
    assert {decide(mail) for mail in mails} == {Withheld(service.HANDLED)}
    clock.advance(timedelta(hours=5))
    cancel_flight(flight)
    # What befalls the flight afterwards is another matter.
    assert changes()[0].handled_at is None
    waiting = [mail for mail in again() if mail.state == State.DUE]
    assert [mail.due_at - clock.now() > timedelta(hours=23) for mail in waiting] == [True, True]


def test_a_link_lives_for_as_long_as_there_is_something_to_decide(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    make_booking(flight)
    planned = flight.departs_at
    retime(flight, timedelta(hours=5))
    address = f"/schedule-change/{token_of(changes()[0])}"
    retime(flight, timedelta(hours=9))
    clock.move_to(planned + timedelta(hours=10))  # Four hours before it leaves.
    assert client.get(address).status_code == 200
    cancel_flight(flight)
    clock.advance(timedelta(days=20))
    assert "The airline cancelled" in client.get(address).text
    clock.advance(timedelta(days=20))
    assert client.get(address).status_code == 410


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_link_of_a_change_that_was_taken_back_leads_to_what_there_is_to_decide_now(
    app: Flask, client: FlaskClient, is_cancelled: bool
) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    retime(flight, timedelta(hours=5))
    address = f"/schedule-change/{token_of(changes()[0])}"
    retime(flight, timedelta(hours=-5))
    assert "nothing to decide" in client.get(address).text
    if is_cancelled:
        cancel_flight(flight)
    else:
        retime(flight, timedelta(hours=7))
    shown = client.get(address)
    assert "nothing to decide" not in shown.text
    assert "Choose another flight" in shown.text
    assert client.get(f"{address}/refund").location == f"/bookings/{booking.reference}/cancel"


def test_a_link_that_went_to_an_address_that_was_left_opens_nothing(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    booking = make_booking(flight, email="stranger@example.com")
    cancel_flight(flight)
    to_stranger = token_of(changes()[0])
    with transaction():
        change_contact(booking.id, "alice@example.com", None, "alice")
    for answer in ("", "/refund", "/other-flight"):
        assert client.get(f"/schedule-change/{to_stranger}{answer}").status_code == 404
    assert client.get(f"/bookings/{booking.reference}").status_code == 404
    assert client.get(f"/schedule-change/{token_of(changes()[0])}/refund").status_code == 303


@pytest.mark.parametrize("choice", ["accept", "other-flight", "refund"])
def test_who_followed_such_a_link_before_is_out_with_the_next_address(
    app: Flask, client: FlaskClient, choice: str
) -> None:
    flight = make_flight()
    booking = make_booking(flight, user=make_user(), email="wrong@example.com")
    retime(flight, timedelta(hours=5))
    (change,) = changes()
    link = f"/schedule-change/{token_of(change)}/{choice}"
    client.open(link, method="POST" if choice == "accept" else "GET")
    address = f"/bookings/{booking.reference}"
    assert client.get(address).status_code == 200
    with transaction():
        change_contact(booking.id, "right@example.com", None, "alice@example.com")
    for suffix in ("", "/contact", "/names", "/cancel", "/e-ticket.pdf"):
        assert client.get(f"{address}{suffix}").status_code == 404
    back = client.post(f"{address}/contact", data={"contact_email": "wrong@example.com"})
    assert back.status_code == 404


def test_whose_flight_of_tomorrow_is_cancelled_is_asked_again(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    flight = make_flight(departs_at=clock.now() + timedelta(hours=20))
    booking = make_booking(flight, user=alice)
    log_in(client, alice)
    cancel_flight(flight)
    for mail in again():
        clock.move_to(mail.due_at + timedelta(minutes=1))
        db.session.expire_all()
        assert "not left by then" not in client.get(f"/bookings/{booking.reference}").text
        assert isinstance(decide(mail), Mail)
        shown = page(client.get("/bookings"))
        assert "Upcoming" in shown.text
        assert "Past" not in [heading.text for heading in shown.all("h2")]
    clock.advance(timedelta(days=30))
    assert "Past" in [heading.text for heading in page(client.get("/bookings")).all("h2")]


def earlier_tokens(change: ScheduleChange) -> list[str]:
    """Return links as mails had them before they named the address that they went to."""
    signer = URLSafeSerializer(current_app.secret_key or "", salt="schedule-change")
    return [signer.dumps([change.id]), signer.dumps([change.id, 1_800_000_000])]


def test_a_link_of_an_earlier_mail_works_while_its_party_is_at_the_same_address(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    retime(flight, timedelta(hours=5))
    for token in earlier_tokens(changes()[0]):
        address = f"/schedule-change/{token}"
        assert "Choose another flight" in client.get(address).text
        assert client.get(f"{address}/refund").location == f"/bookings/{booking.reference}/cancel"
        assert client.get(f"{address}tampered").status_code == 404
    assert client.post(f"{address}/accept").status_code == 303
    assert changes()[0].answer == Answer.ACCEPTED


def test_a_link_of_an_earlier_mail_says_that_it_is_too_old_once_its_party_is_elsewhere(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    booking = make_booking(flight, email="stranger@example.com")
    retime(flight, timedelta(hours=5))
    with transaction():
        change_contact(booking.id, "alice@example.com", None, "alice")
    for token in earlier_tokens(changes()[0]):
        for answer in ("", "/accept", "/refund", "/other-flight"):
            refused = client.get(f"/schedule-change/{token}{answer}")
            assert refused.status_code == 410
            assert "This link no longer works" in refused.text
            assert "It is too old" in refused.text
            assert page(refused).one("main").one("a", href="/trip").text == "Find my trip"
        assert client.post(f"/schedule-change/{token}/accept").status_code == 410
    assert client.get(f"/bookings/{booking.reference}").status_code == 404
    assert changes()[0].answer == Answer.OPEN


@pytest.mark.parametrize("moves_from", ["alice@example.com", "typo@example.com"])
def test_a_link_of_an_earlier_mail_minds_no_telephone_and_no_address_before_it(
    app: Flask, client: FlaskClient, moves_from: str
) -> None:
    flight = make_flight()
    booking = make_booking(flight, email=moves_from)
    with transaction():
        change_contact(booking.id, "alice@example.com", None, "alice")
    clock.advance(timedelta(hours=1))
    retime(flight, timedelta(hours=5))
    with transaction():
        change_contact(booking.id, "alice@example.com", "+442079460018", "alice")
    for token in earlier_tokens(changes()[0]):
        assert client.get(f"/schedule-change/{token}").status_code == 200
