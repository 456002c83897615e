"""Who needs more time holds the seats for as long once more, while they are held."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.booking.steps import hold, name
from tests.builders import make_flight, make_hold
from tests.pages import page
from tests.races import at_once
from webapp import clock
from webapp.booking import service
from webapp.booking.errors import HoldExpired
from webapp.booking.hold_warning import WARNED_BEFORE
from webapp.booking.holds.service import extend_hold
from webapp.booking.models import HOLD_TIME, Booking, BookingStatus
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.models import FlightCabin, SeatClaim
from webapp.flights.queries import SALES_CLOSE
from webapp.notifications.models import Notification, State
from webapp.staff.integrity import broken_promises
from worker.mails import Mail, Postponed, decide

MINUTE = timedelta(minutes=1)


def only() -> Booking:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Booking)).one()


def extend(booking: Booking) -> None:
    with transaction():
        extend_hold(booking.id, "alice")


def test_more_time_is_given_once_and_the_seats_with_it(client: FlaskClient) -> None:
    flight = make_flight(1)
    step = hold(client, flight)
    address = step.replace("passengers", "extend")
    clock.advance(HOLD_TIME - MINUTE)
    asked = page(client.get(step))
    assert "1 more minute" in asked.text
    assert "Need more time?" in [each.text for each in asked.all("button")]
    first = only().expires_at
    for _ in range(2):  # A form that is sent twice gives no more.
        answer = client.post(address)
        assert answer.status_code == 200
        assert page(answer).one("h1").text == "Your seats are held for longer"
        assert "21 more minutes" in page(answer).text
        assert "Need more time?" not in answer.text
        assert only().expires_at - first == pytest.approx(HOLD_TIME, abs=timedelta(seconds=1))
    assert [each.what for each in only().events] == ["held", "extended"]
    clock.advance(20 * MINUTE)
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)
    assert name(client, step).status_code == 303
    confirmed = client.post(step.replace("passengers", "confirm"))
    assert confirmed.status_code == 303
    assert only().status == BookingStatus.CONFIRMED
    assert broken_promises() == []


def test_a_script_puts_the_new_time_in_the_place_of_the_old(client: FlaskClient) -> None:
    address = hold(client, make_flight()).replace("passengers", "extend")
    answer = client.post(address, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div class="notice deadline" id="deadline">')
    assert "40 more minutes" in answer.text


def test_a_hold_that_is_over_is_not_extended(client: FlaskClient) -> None:
    flight = make_flight(1)
    step = hold(client, flight)
    clock.advance(HOLD_TIME)
    answer = client.post(step.replace("passengers", "extend"), follow_redirects=True)
    assert answer.status_code == 409
    assert "held any more" in page(answer).text or "ran out" in page(answer).text
    with pytest.raises(HoldExpired):
        extend(only())
    assert make_hold(flight)


def test_an_extended_hold_past_its_time_holds_nothing_with_no_worker_running(
    client: FlaskClient,
) -> None:
    flight = make_flight(1)
    hold(client, flight)
    extend(only())
    clock.advance(2 * HOLD_TIME)
    assert make_hold(flight)
    assert broken_promises() == []


def test_no_hold_lasts_beyond_the_end_of_sales(client: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + SALES_CLOSE + 30 * MINUTE)
    step = hold(client, flight)
    extend(only())
    assert only().expires_at == flight.departs_at - SALES_CLOSE
    assert "Need more time?" not in client.get(step).text


def test_the_warning_waits_for_the_new_end(client: FlaskClient) -> None:
    step = hold(client, make_flight())
    name(client, step)
    mail = db.session.scalars(select(Notification)).one()
    clock.move_to(mail.due_at)
    assert isinstance(decide(mail), Mail)
    extend(only())
    later = only().expires_at - WARNED_BEFORE
    mail = db.session.scalars(select(Notification)).one()
    assert (mail.state, mail.due_at) == (State.DUE, later)
    # A worker that had it in hands already finds that it is not yet time.
    assert decide(mail) == Postponed(later)


def test_who_named_the_party_late_is_warned_of_the_new_end(client: FlaskClient) -> None:
    step = hold(client, make_flight())
    clock.advance(HOLD_TIME - 2 * MINUTE)
    name(client, step)
    assert db.session.scalars(select(Notification.state)).all() == [State.WITHHELD]
    extend(only())
    mail = db.session.scalars(select(Notification)).one()
    assert (mail.state, mail.reason) == (State.DUE, None)
    assert mail.due_at == only().expires_at - WARNED_BEFORE


def test_a_warning_that_was_sent_is_sent_once(client: FlaskClient) -> None:
    step = hold(client, make_flight())
    name(client, step)
    with transaction() as session:
        session.scalars(select(Notification)).one().state = State.SENT
    extend(only())
    assert db.session.scalars(select(Notification.state)).all() == [State.SENT]


@pytest.mark.parametrize("round_", range(4))
def test_of_more_time_and_the_end_of_the_hold_one_wins(app: Flask, round_: int) -> None:
    flight = make_flight(1)
    booking_id = make_hold(flight).id

    def asks() -> str:
        def work() -> None:
            with transaction():
                extend_hold(booking_id, "alice")

        try:
            retry_conflicts(work)
        except HoldExpired:
            return "late"
        return "extended"

    def gives_up() -> str:
        def work() -> None:
            with transaction():
                service.release_hold(booking_id, "alice")

        retry_conflicts(work)
        return "released"

    outcomes = at_once(app, [asks, asks, gives_up, asks, asks])
    db.session.rollback()
    booking = only()
    claim = db.session.scalars(select(SeatClaim)).one()
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert set(outcomes) <= {"late", "extended", "released"}
    assert (booking.status, claim.status, cabin.held) == ("expired", "released", 0)
    assert broken_promises() == []
